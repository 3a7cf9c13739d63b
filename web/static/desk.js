// Optional: keys for the queues of admins. j and k move, the key shown in a button presses it, u undoes.
{
  const entries = [...document.querySelectorAll('.queue > li')];
  let place = -1;
  const go = (to) => {
    if (!entries[to]) return;
    entries[place]?.classList.remove('now');
    place = to;
    entries[place].classList.add('now');
    entries[place].focus({ preventScroll: true });
    entries[place].scrollIntoView({ block: 'nearest' });
  };
  go(0);
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest('input, select, textarea')) return;
    if (event.key === 'j') go(place + 1);
    else if (event.key === 'k') go(place - 1);
    else {
      const within = event.key === 'u' ? document : entries[place];
      const key = CSS.escape(event.key);
      within?.querySelector(`button[aria-keyshortcuts="${key}"]`)?.click();
    }
  });
}
