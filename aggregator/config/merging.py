"""Merge the sources of config.toml with those of its lists: an address that is named in two places is one source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from aggregator.config.checks import ConfigProblem, url_key
from aggregator.config.request_checks import request_risks
from aggregator.config.settings import SourceConfig
from aggregator.config.source_lists import SourceList
from aggregator.config.toml_positions import line_of
from aggregator.texts import Phrase

MAX_WARNINGS = 20  # of one list

_LineOf = Callable[[int], int | None]  # the line of a source by its number, found only for messages


@dataclass(slots=True)
class MergedSources:
    """All sources in order, and the place that each comes from."""

    sources: list[SourceConfig] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    warnings: list[ConfigProblem] = field(default_factory=list)


def merge_sources(
    main: Sequence[SourceConfig], main_place: str, main_line: _LineOf, lists: Iterable[SourceList]
) -> MergedSources:
    """Return the sources of config.toml, and those of the lists that no earlier place names."""
    merged = MergedSources(list(main), [main_place] * len(main))
    first: dict[str, tuple[str, _LineOf, int]] = {}
    for number, source in enumerate(main):
        first.setdefault(url_key(source.url), (main_place, main_line, number))
    for each in lists:
        repeated: list[tuple[int, str]] = []
        for number, listed in enumerate(each.sources):
            if listed.key in first:
                repeated.append((number, listed.key))
                continue
            first[listed.key] = (each.place, each.line, number)
            merged.sources.append(listed.config)
            merged.places.append(each.place)
            merged.warnings += _risks(each, number)
        merged.warnings += _warnings(each, repeated, first)
    return merged


def _risks(each: SourceList, number: int) -> Iterator[ConfigProblem]:
    source = each.sources[number].config
    for key, message in request_risks(source):
        line = line_of(each.text, ("sources", number, key)) if each.text else each.line(number)
        yield ConfigProblem(each.place, line, key, message, source.slug or source.title or source.url)


def _warnings(
    each: SourceList,
    repeated: Sequence[tuple[int, str]],
    first: dict[str, tuple[str, _LineOf, int]],
) -> Iterator[ConfigProblem]:
    for number, key in repeated[:MAX_WARNINGS]:
        place, line_of, position = first[key]
        line = line_of(position)
        where = f"{place}:{line}" if line else place
        message = Phrase(
            "{url} is there already, in {where}, which counts; remove one",
            url=each.sources[number].config.url,
            where=where,
        )
        yield ConfigProblem(each.place, each.line(number), "url", message)
    if len(repeated) > MAX_WARNINGS:
        more = len(repeated) - MAX_WARNINGS
        yield ConfigProblem(each.place, None, "", Phrase("{count} more of its sources are there already", count=more))
