// What is wrong with a document that shows strangers' words: every element, attribute and address that the site
// itself would not have written. `live`: the document of this window, whose styles are known.
(root, live) => {
  const bad = [];
  const say = (what, element) => bad.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  const known = new Set(('html head meta title link script body a header div p form label input button nav ul ol li main ' +
    'section article aside h1 h2 h3 h4 time span small b strong em i mark code pre dl dt dd footer fieldset legend details ' +
    'summary table caption thead tbody tr th td select option blockquote br wbr hr dialog kbd q').split(' '));
  // in plots and in the spread of a story
  const drawn = new Set('figure figcaption svg title desc g path rect line polyline circle text'.split(' '));
  const prose = new Set(('p br b strong i em ul ol li blockquote pre code a h2 h3 figure figcaption img ' +
    'table caption thead tbody tfoot tr th td').split(' '));
  const told = new Set('href rel lang title colspan rowspan'.split(' '));
  const shown = new Set('src alt width height loading decoding'.split(' ')); // of pictures from the site itself
  const rels = new Set(['stylesheet', 'icon', 'apple-touch-icon', 'manifest', 'search', 'canonical', 'alternate', 'next', 'prev']);
  for (const element of root.querySelectorAll('*')) {
    const name = element.localName;
    const ours = name === 'base' && !element.hasAttribute('href') && element.parentNode === root.head; // the widget's
    const typed = name === 'textarea' && element.closest('form.letter'); // the one of /corrections
    const plotted = drawn.has(name) && element.closest('figure.plot, table.spread');
    const written = prose.has(name) && element.closest('.prose'); // judged below
    if (!known.has(name) && !ours && !typed && !plotted && !written) say('element', element);
    for (const { name: attribute, value } of element.attributes) {
      if (!ours && /^on|^(style|srcset|ping|background|formaction|srcdoc|target|popover|popovertarget|is|slot|xmlns|xlink:href)$/i.test(attribute)) say('attribute', element);
      if (/^(href|src|action|data|poster)$/.test(attribute) && /^\s*(javascript|vbscript|file|blob)\s*:/i.test(value)) say('address', element);
    }
    if (name === 'a' && element.hasAttribute('href') && !['http:', 'https:', 'mailto:'].includes(element.protocol)) say('link', element);
    if (name === 'script' && element.type !== 'application/ld+json' && !/^\/static\//.test(element.getAttribute('src') ?? '')) say('script', element);
    if (name === 'script' && element.type === 'application/ld+json') try { JSON.parse(element.textContent); } catch { say('data', element); }
    if (name === 'link' && !rels.has(element.rel)) say('link', element);
    if (name === 'meta' && element.httpEquiv) say('meta', element);
    if (name === 'form' && !element.getAttribute('action')?.startsWith('/')) say('form', element);
    if (live && element.closest('main') && ['fixed', 'sticky'].includes(getComputedStyle(element).position)) say('cover', element);
  }
  for (const element of root.querySelectorAll('.prose *')) {
    if (!prose.has(element.localName)) say('in the text', element);
    const ours = element.localName === 'img' && element.getAttribute('src')?.startsWith('/pictures/');
    if (element.localName === 'img' && !ours) say('in the text', element);
    for (const { name } of element.attributes) if (!told.has(name) && !(ours && shown.has(name))) say('in the text', element);
  }
  if (root.querySelectorAll('main').length > 1 || root.querySelectorAll('h1').length > 1) bad.push('main or h1 twice');
  return bad;
}
