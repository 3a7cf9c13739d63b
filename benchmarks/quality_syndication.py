"""Quality of reprints and stories on a stream of excerpts and headlines, by what two texts share and kind of change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from aggregator.steps.stories.comparable_text import ngram_hashes, strip_punctuation
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.sorted_arrays import count_shared
from benchmarks.simulated_store import SimulatedStore
from benchmarks.syndicated_stream import SyndicatedItem, generate_syndicated

DEVELOPMENT, HELD_OUT = (1,), (1001, 1002, 1003)
BANDS = (">= 80 %", "50 to 80 %", "< 50 %", "a headline or line")
_LINE = 42  # characters of a headline or a line
_GRAM = 6

Pairs = set[tuple[int, int]]


def main() -> None:
    for seeds in (DEVELOPMENT, HELD_OUT):
        measure(seeds)


def measure(seeds: Sequence[int]) -> None:
    """Print recall by band and by kind of change, and precision, of the streams of these seeds together."""
    made: list[SyndicatedItem] = []
    texts, events, reprints, stories = Pairs(), Pairs(), Pairs(), Pairs()
    seconds = Counter[str]()
    for seed in seeds:
        stream, store = generate_syndicated(seed), SimulatedStore(locating=True)
        store.stream(item.raw for item in stream)
        numbered = dict(enumerate(stream, 1))
        for pairs, found in (
            (texts, _pairs({number: item.text_number for number, item in numbered.items()})),
            (events, _pairs({number: item.event for number, item in numbered.items()})),
            (reprints, store.reprint_pairs()),
            (stories, _pairs(store.story)),
        ):
            pairs |= {(a + len(made), b + len(made)) for a, b in found}
        made += stream
        seconds.update(store.seconds)
    forms = Counter(item.form for item in made)
    print(f"syndicated, seeds {', '.join(map(str, seeds))}: {len(made)} items, {dict(forms)}")
    print(f"  {len(texts)} pairs of one text, {len(events)} of one event")
    bands = _bands(made, events)
    _print_by_band(bands, texts, events, reprints, stories)
    _print_by_kind(made, bands, texts, reprints, stories)
    headlines = {pair for pair in events if any(made[number - 1].form == "headline" for number in pair)}
    _print_precision("reprint", made, reprints, texts | headlines)  # a headline may stand for any text of its event
    _print_precision("same story", made, stories, events)
    for step, spent in seconds.items():
        print(f"  {step}: {1000 * spent / len(made):.2f} ms of CPU an item")


def _pairs(groups: Mapping[int, int]) -> Pairs:
    members: dict[int, list[int]] = defaultdict(list)
    for number, group in groups.items():
        members[group].append(number)
    return {(a, b) for own in members.values() for a in own for b in own if a < b}


def _bands(made: Sequence[SyndicatedItem], pairs: Pairs) -> dict[tuple[int, int], int]:
    """Return the band of each pair, by the share of the 6-character grams of the shorter text that the other has."""
    bare = [strip_punctuation(fold(item.raw.text)) for item in made]
    grams = [ngram_hashes(text, _GRAM) for text in bare]

    def band(a: int, b: int) -> int:
        if min(len(bare[a]), len(bare[b])) <= _LINE:
            return 3
        share = count_shared(grams[a], grams[b]) / min(grams[a].size, grams[b].size)
        return 0 if share >= 0.8 else 1 if share >= 0.5 else 2

    return {(a, b): band(a - 1, b - 1) for a, b in pairs}


def _print_by_band(
    bands: Mapping[tuple[int, int], int], texts: Pairs, events: Pairs, reprints: Pairs, stories: Pairs
) -> None:
    for number, name in enumerate(BANDS):
        of_band = {pair for pair, band in bands.items() if band == number}
        for kind, truth in (("of one text", of_band & texts), ("of one event only", (of_band & events) - texts)):
            if truth:
                print(
                    f"  {name}, {kind}: {len(truth)} pairs, reprint {len(truth & reprints) / len(truth):.1%}, "
                    f"same story {len(truth & stories) / len(truth):.1%}"
                )


def _print_by_kind(
    made: Sequence[SyndicatedItem], bands: Mapping[tuple[int, int], int], texts: Pairs, reprints: Pairs, stories: Pairs
) -> None:
    """Print the recall of pairs that share half of the shorter text, by the changes that either has."""
    there, right, near = (Counter[str]() for _ in range(3))
    for pair in texts:
        if bands[pair] < 2:
            kinds = {*made[pair[0] - 1].kinds, *made[pair[1] - 1].kinds}
            there.update(kinds)
            right.update(kinds if pair in reprints else ())
            near.update(kinds if pair in stories else ())
    for kind in sorted(there):
        shares = f"reprint {right[kind] / there[kind]:.1%}, same story {near[kind] / there[kind]:.1%}"
        print(f"    {kind}: {there[kind]} pairs, {shares}")


def _print_precision(name: str, made: Sequence[SyndicatedItem], found: Pairs, truth: Pairs) -> None:
    wrong = found - truth
    short = {pair for pair in found if all(made[n - 1].form == "headline" for n in pair)}
    any_short = {pair for pair in found if any(made[n - 1].form == "headline" for n in pair)}
    issues = [pair for pair in wrong if all("bulletin" in made[n - 1].kinds for n in pair)]
    print(
        f"  {name}: precision {_share(found, truth):.2%} of {len(found)} pairs, {len(issues)} of two issues of a series"
    )
    print(f"    of two headlines {_share(short, truth):.2%} of {len(short)} pairs")
    print(f"    with a headline {_share(any_short, truth):.2%} of {len(any_short)} pairs")


def _share(found: Pairs, truth: Pairs) -> float:
    return len(found & truth) / (len(found) or 1)


if __name__ == "__main__":
    main()
