"""Read one list of ``[polling] sources_from``: a TOML file with [[sources]], or an OPML document. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from aggregator.config.checks import (
    ConfigProblem,
    category_checks,
    cross_checks,
    filter_checks,
    problem_at,
    problem_from_pydantic,
    route_checks,
    selection_checks,
    syntax_problem,
    url_key,
)
from aggregator.config.environment import Expansion, expand_references
from aggregator.config.opml_sources import OpmlRules, RefusedFeedError, source_of
from aggregator.config.request_checks import request_checks
from aggregator.config.settings import SourceConfig
from aggregator.config.toml_positions import line_of
from aggregator.texts import Phrase

MAX_PROBLEMS = 50  # errors of one list that are reported


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source of a list. ``key`` is equal for addresses of one document (``checks.url_key``)."""

    config: SourceConfig
    key: str
    line: int | None = None  # None: not determined yet (``SourceList.line``)


@dataclass(frozen=True, slots=True)
class SourceList:
    """The sources of one file or address, or its errors: a list is taken as a whole or not at all."""

    place: str  # as in messages: path or address
    sources: tuple[ListedSource, ...] = ()
    problems: tuple[ConfigProblem, ...] = ()
    warnings: tuple[ConfigProblem, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)  # of a TOML file, in which lines are found when they are needed

    def line(self, number: int) -> int | None:
        """Return the line of a source."""
        line = self.sources[number].line
        return line_of(self.text, ("sources", number, "url")) if line is None and self.text else line


class _SourcesFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: tuple[SourceConfig, ...] = ()


def read_toml_list(
    place: str,
    content: bytes,
    rules: OpmlRules,
    environ: Mapping[str, str],
    may_be_unset: Collection[str] = frozenset(),
) -> SourceList:
    """Return the sources of a TOML file, which are written as in config.toml.

    ``may_be_unset``: see ``expand_references``.
    """
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        written = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return _failed(place, [ConfigProblem(place, line, "", Phrase("not UTF-8 text; save the file as UTF-8"))])
    except tomllib.TOMLDecodeError as error:
        return _failed(place, [syntax_problem(place, error, text)])
    expansion = expand_references(written, environ, may_be_unset) if "${" in text else Expansion(written)
    problems = [problem_at(place, text, written, key, message) for key, message in expansion.problems]
    found: tuple[SourceConfig, ...] = ()
    try:
        found = _SourcesFile.model_validate(expansion.data).sources
    except ValidationError as error:
        details = [detail for detail in error.errors() if tuple(detail["loc"]) not in expansion.unresolved_keys]
        problems += [_problem(place, text, written, detail) for detail in details]
    checks = [
        *cross_checks(place, text, written),
        *selection_checks(place, text, written),
        *category_checks(place, text, written, rules.tree),
        *filter_checks(place, text, written),
        *route_checks(place, text, written, has_instance=rules.has_rsshub),
        *request_checks(place, text, written, expansion),
    ]
    better = {(problem.line, problem.key): problem for problem in [*problems, *checks]}
    if better:
        return _failed(place, list(better.values()))
    sources = tuple(ListedSource(source, url_key(source.url)) for source in found)
    unset = tuple(problem_at(place, text, written, key, message) for key, message in expansion.unset)
    return SourceList(place, sources, warnings=unset, secrets=expansion.secrets, text=text)


def _problem(place: str, text: str, written: Mapping[str, Any], detail: Any) -> ConfigProblem:
    if detail["type"] == "extra_forbidden" and len(detail["loc"]) == 1:
        message = Phrase("does not belong here: a list of sources has [[sources]] and nothing else")
        return problem_at(place, text, written, detail["loc"], message)
    return problem_from_pydantic(place, text, written, detail)


def read_opml_list(place: str, content: bytes, rules: OpmlRules, *, url: str | None = None) -> SourceList:
    """Return the feeds of an OPML document as sources; one that is named twice counts once.

    ``url``: the base of relative addresses.
    """
    from feeds.model import NotAFeed
    from feeds.opml import read_opml  # most configs have no list, and every command loads the config

    document = read_opml(content, url=url)
    if isinstance(document, NotAFeed):
        return _failed(place, [ConfigProblem(place, None, "", document.reason)])
    if document.truncated:
        return _failed(place, [ConfigProblem(place, None, "", Phrase("has too many outlines; split it"))])
    problems: list[ConfigProblem] = []
    sources: dict[str, ListedSource] = {}
    for folders, outline in document.feeds():
        try:
            config = source_of(outline, folders, rules).config
        except RefusedFeedError as refused:
            shown = (outline.xml_url or "")[:300]
            problems.append(
                ConfigProblem(
                    place,
                    outline.line,
                    "xmlUrl",
                    Phrase("{message} (found {found!r})", message=refused.args[0], found=shown),
                )
            )
        else:
            key = url_key(config.url)
            sources.setdefault(key, ListedSource(config, key, outline.line))
    if problems:
        return _failed(place, problems)
    if not sources:
        return _failed(place, [ConfigProblem(place, None, "", Phrase("has no feed: no outline has an xmlUrl"))])
    return SourceList(place, tuple(sources.values()))


def _failed(place: str, problems: list[ConfigProblem]) -> SourceList:
    ordered = sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))
    more = len(ordered) - MAX_PROBLEMS
    rest = [ConfigProblem(place, None, "", Phrase("and {count} more errors", count=more))] if more > 0 else []
    return SourceList(place, problems=(*ordered[:MAX_PROBLEMS], *rest))


def check_list(url: str, base: str, content: bytes, rules: OpmlRules) -> tuple[int, tuple[str, ...]]:
    """Return the number of sources in a fetched list, and its errors. Runs in a worker process."""
    read = read_opml_list(url, content, rules, url=base)
    return len(read.sources), tuple(map(_without_place, read.problems))


def _without_place(problem: ConfigProblem) -> str:
    return f"line {problem.line}: {problem.message}" if problem.line else problem.message
