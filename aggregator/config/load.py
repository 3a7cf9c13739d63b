"""config.toml -> Config, or every mistake at once, each with its line, key, source and remedy."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aggregator import VERSION
from aggregator.config.checks import (
    ConfigErrors,
    Problem,
    category_checks,
    cautions,
    cross_checks,
    problem_at,
    problem_of,
    syntax_problem,
)
from aggregator.config.environment import Expansion, expand, hide
from aggregator.config.filter_checks import filter_checks
from aggregator.config.selector_checks import selection_checks, selection_of
from aggregator.config.settings import (
    NATIONAL,
    Database,
    Polling,
    Publishing,
    Retention,
    Settings,
    Site,
    SourceConfig,
    Web,
)
from aggregator.model import Source
from aggregator.model.slugs import slug_of
from aggregator.reference.categories import CategoryTree

__all__ = ["Config", "ConfigErrors", "digest_of", "load", "parse", "slug_of", "with_running"]


@dataclass(frozen=True, repr=False)
class Config:
    """A valid config, with the defaults filled in that depend on other settings."""

    settings: Settings
    path: Path
    tree: CategoryTree
    sources: tuple[Source, ...]
    database_url: str
    written: Settings = field(default_factory=Settings)  # as the file has them, nothing filled in
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)  # value -> name in the environment
    warnings: tuple[Problem, ...] = ()
    digest: str = ""  # of the bytes of the file

    def __repr__(self) -> str:
        """Return the fields with every secret hidden, also where its quotes or backslashes are escaped."""
        shown = ", ".join(f"{part.name}={getattr(self, part.name)!r}" for part in fields(self) if part.repr)
        escaped = {repr(value)[1:-1]: name for value, name in self.secrets.items()}
        return hide(f"Config({shown})", {**self.secrets, **escaped})

    def hide(self, text: str) -> str:
        """A text for people, with every secret replaced by the name it has in the file: "${NAME}"."""
        return hide(text, self.secrets) if self.secrets else text

    @property
    def site(self) -> Site:
        return self.settings.site

    @property
    def database(self) -> Database:
        return self.settings.database

    @property
    def web(self) -> Web:
        return self.settings.web

    @property
    def polling(self) -> Polling:
        return self.settings.polling

    @property
    def publishing(self) -> Publishing:
        return self.settings.publishing

    @property
    def retention(self) -> Retention:
        return self.settings.retention

    @property
    def hub_url(self) -> str | None:
        """The WebSub hub that feeds name: another's, or this site's own."""
        hub = self.publishing.hub
        return f"{self.site.url}/hub" if hub == "self" else hub

    @property
    def folder(self) -> Path:
        """The folder of the file: database and model live beside it."""
        return self.path.parent


def load(path: str | Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Read and check a file. Raises ConfigErrors with everything that is wrong."""
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        remedy = "create it, or name another file with --config" if isinstance(error, FileNotFoundError) else ""
        raise ConfigErrors(
            [Problem(str(path), None, "", f"cannot be read: {error.strerror}. {remedy}".strip())]
        ) from None
    return parse(content, path, environ)


def parse(content: bytes, path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The same from bytes; ``path`` says where relative files are and what to call it in messages."""
    name = str(path)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        written = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigErrors([Problem(name, line, "", "not UTF-8 text; save the file as UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigErrors([syntax_problem(name, error, text)]) from None
    expansion = expand(written, environ)
    settings, tree, problems = _validated(name, text, written, expansion)
    if settings is None or problems:
        raise ConfigErrors(problems)
    config = _build(settings, path, tree, expansion.secrets)
    warnings = sorted(cautions(name, text, written, settings), key=_place)
    return replace(config, warnings=tuple(warnings), digest=digest_of(content))


def digest_of(content: bytes) -> str:
    """What tells one content of the file from another."""
    return hashlib.sha256(content).hexdigest()


def with_running(config: Config, running: Config) -> Config:
    """A new config for a service that runs: database, host and port stay what they were when it began."""
    kept = {"database": running.written.database, "web": running.written.web}
    secrets = {**running.secrets, **config.secrets}
    rebuilt = _build(config.written.model_copy(update=kept), config.path, config.tree, secrets)
    return replace(rebuilt, warnings=config.warnings, digest=config.digest)


def _validated(
    name: str, text: str, written: Mapping[str, Any], expansion: Expansion
) -> tuple[Settings | None, CategoryTree, list[Problem]]:
    """Settings and categories, or all that is wrong, in the order of the file."""
    found = [problem_at(name, text, written, key, message) for key, message in expansion.problems]
    settings = None
    try:
        settings = Settings.model_validate(expansion.data)
    except ValidationError as error:
        details = [detail for detail in error.errors() if tuple(detail["loc"]) not in expansion.unfilled]
        found += [problem_of(name, text, written, detail) for detail in details]
    tree = CategoryTree.default()
    if settings is not None:
        try:
            tree = tree.merged(settings.categories)
        except ValueError as error:
            found.append(problem_at(name, text, written, ("categories",), str(error)))
    checks = [
        *cross_checks(name, text, written),
        *selection_checks(name, text, written),
        *category_checks(name, text, written, tree),
        *filter_checks(name, text, written),
    ]
    better = {(problem.line, problem.key): problem for problem in [*found, *checks]}  # the checks know more words
    return settings, tree, sorted(better.values(), key=_place)


def _place(problem: Problem) -> tuple[int, int]:
    return problem.line or 0, problem.column or 0


# ---------------------------------------------------------------- what a valid file becomes
def _sender(written: Settings) -> str | None:
    """The e-mail address for the From field (RFC 9110 10.1.2)."""
    contact = written.site.contact or ""
    return written.polling.sender or (contact if re.fullmatch(r"[!-~]+@[!-~]+", contact) else None)


def _build(written: Settings, path: Path, tree: CategoryTree, secrets: Mapping[str, str]) -> Config:
    url = written.site.url or f"http://{_public_host(written.web.host)}:{written.web.port}"
    contact = f"; {written.site.contact}" if written.site.contact else ""
    agent = written.polling.user_agent or f"Gedi/{VERSION} (+{url}{contact})"
    settings = written.model_copy(
        update={
            "site": written.site.model_copy(update={"url": url.rstrip("/")}),
            "polling": written.polling.model_copy(update={"user_agent": agent, "sender": _sender(written)}),
        }
    )
    sources = _sources(settings, tree, secrets)
    return Config(settings, path, tree, sources, _resolve(written.database.url, path), written, secrets)


def _sources(settings: Settings, tree: CategoryTree, secrets: Mapping[str, str]) -> tuple[Source, ...]:
    made: set[str] = set()
    return tuple(_source(source, settings, tree, made, secrets) for source in settings.sources)


def _source(
    source: SourceConfig, settings: Settings, tree: CategoryTree, made: set[str], secrets: Mapping[str, str]
) -> Source:
    category = tree.find(source.category) if source.category else None
    slug = source.slug or slug_of(hide(source.url, secrets))  # a slug is for all to see
    if slug in made:
        slug = f"{slug[:50]}-{hashlib.sha256(source.url.encode()).hexdigest()[:6]}"
    made.add(slug)
    return Source(
        id=0,
        slug=slug,
        url=source.url,
        title=source.title or "",
        category=category.path if category else None,
        region=None if source.region == NATIONAL else source.region,
        language=source.language or settings.site.language,
        timezone=source.timezone or settings.site.timezone,
        encoding=source.encoding,
        interval=source.interval,
        content=source.content or settings.publishing.content,
        enabled=source.enabled,
        include=source.include or settings.filters.include,
        exclude=tuple(dict.fromkeys((*settings.filters.exclude, *source.exclude))),
        advertorial=source.advertorial or settings.filters.advertorial,
        former=source.former,
        kind=source.kind,
        select=selection_of(source.select),
        articles=(source.content == "full") if source.articles is None else source.articles,
    )


def _resolve(url: str, path: Path) -> str:
    """A relative SQLite file lies beside the config file, wherever the command is called from."""
    match = re.fullmatch(r"sqlite:///(?!/)(.+)", url)
    return f"sqlite:///{(path.absolute().parent / match[1])}" if match else url


def _public_host(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "[::]") else host
