"""Quality of series: which titles of invented outlets are taken for issues, in order of publication."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from aggregator.steps.stories.series import MIN_DAYS, Issue, count_issue_days, read_title
from benchmarks.series_titles import MadeTitle, make_titles

SEEDS = (1, 1001)
_WORST = 8  # templates that are printed


class Recognizer:
    """What the store remembers of titles: the issues of each key, and the keys that are a series."""

    def __init__(self) -> None:
        self._issues: dict[tuple[int, str], list[Issue]] = defaultdict(list)
        self.members: dict[tuple[int, str], list[MadeTitle]] = defaultdict(list)
        self.recognized: set[tuple[int, str]] = set()

    def add(self, made: MadeTitle) -> None:
        """Read the next title."""
        read = read_title(made.title)
        if read is None:
            return
        key = made.outlet, read.skeleton
        self._issues[key].append(Issue(made.published, made.story))
        self.members[key].append(made)
        if read.form or count_issue_days(self._issues[key]) >= MIN_DAYS:
            self.recognized.add(key)

    def series(self) -> list[list[MadeTitle]]:
        """Return the members of each series."""
        return [self.members[key] for key in sorted(self.recognized)]


def main() -> None:
    for seed in SEEDS:
        measure(seed)


def measure(seed: int) -> tuple[float, float]:
    """Print and return precision and recall: of the titles taken for issues, and of the issues."""
    made = make_titles(seed)
    recognizer = Recognizer()
    for title in made:
        recognizer.add(title)
    series = recognizer.series()
    taken = [title for members in series for title in members]
    right = [title for title in taken if title.kind == "series"]
    issues = [title for title in made if title.kind == "series"]
    precision, recall = len(right) / max(1, len(taken)), len(right) / len(issues)
    mixed = sum(len({title.truth for title in members}) > 1 for members in series)
    print(f"series {seed}: {len(made)} titles, {len(issues)} issues; {len(series)} series found, {mixed} of them mixed")
    print(f"  precision {precision:.1%}, recall {recall:.1%}")
    _print_worst("missed", (title for title in issues if title not in set(taken)), made)
    _print_worst("wrongly taken", (title for title in taken if title.kind != "series"), made)
    return precision, recall


def _print_worst(name: str, titles: Iterable[MadeTitle], made: Iterable[MadeTitle]) -> None:
    """Print the templates with the most titles among these."""
    there = Counter(title.template for title in made)
    for template, count in Counter(title.template for title in titles).most_common(_WORST):
        print(f"    {name}: {count} of {there[template]}  {template}")


if __name__ == "__main__":
    main()
