"""Load ``config.toml``: a ``Config``, or every error at once with line, key, source and remedy."""

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
    ConfigProblem,
    build_selection,
    category_checks,
    config_warnings,
    cross_checks,
    filter_checks,
    logo_checks,
    problem_at,
    problem_from_pydantic,
    selection_checks,
    syntax_problem,
)
from aggregator.config.environment import Expansion, expand_references, redact_secrets
from aggregator.config.settings import (
    NATIONAL,
    DatabaseSettings,
    PollingSettings,
    PublishingSettings,
    RetentionSettings,
    Settings,
    SiteSettings,
    SourceConfig,
    WebSettings,
)
from aggregator.model import Source
from aggregator.model.slugs import slug_of
from aggregator.reference.categories import CategoryTree

__all__ = [
    "Config",
    "ConfigErrors",
    "content_digest",
    "keep_startup_settings",
    "parse_config",
    "read_config",
    "slug_of",
]


@dataclass(frozen=True, repr=False)
class Config:
    """A valid config, with the defaults that depend on other settings."""

    settings: Settings
    path: Path
    category_tree: CategoryTree
    sources: tuple[Source, ...]
    database_url: str
    file_settings: Settings = field(default_factory=Settings)  # as in the file, without defaults
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)  # value -> name in the environment
    warnings: tuple[ConfigProblem, ...] = ()
    file_digest: str = ""  # of the file's bytes

    def __repr__(self) -> str:
        """Return the fields with every secret hidden, also where its quotes or backslashes are escaped."""
        shown = ", ".join(f"{part.name}={getattr(self, part.name)!r}" for part in fields(self) if part.repr)
        escaped = {repr(value)[1:-1]: name for value, name in self.secrets.items()}
        return redact_secrets(f"Config({shown})", {**self.secrets, **escaped})

    def redact(self, text: str) -> str:
        """Return a text with every secret replaced by its name in the file: "${NAME}"."""
        return redact_secrets(text, self.secrets) if self.secrets else text

    @property
    def site(self) -> SiteSettings:
        return self.settings.site

    @property
    def database(self) -> DatabaseSettings:
        return self.settings.database

    @property
    def web(self) -> WebSettings:
        return self.settings.web

    @property
    def polling(self) -> PollingSettings:
        return self.settings.polling

    @property
    def publishing(self) -> PublishingSettings:
        return self.settings.publishing

    @property
    def retention(self) -> RetentionSettings:
        return self.settings.retention

    @property
    def hub_url(self) -> str | None:
        """Return the WebSub hub named in feeds: another one, or this site."""
        hub = self.publishing.hub
        return f"{self.site.url}/hub" if hub == "self" else hub

    @property
    def folder(self) -> Path:
        """Return the folder of the file, which also holds database and model."""
        return self.path.parent


def read_config(path: str | Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Read and validate a file. Raises ConfigErrors with every error."""
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        remedy = "create it, or name another file with --config" if isinstance(error, FileNotFoundError) else ""
        raise ConfigErrors(
            [ConfigProblem(str(path), None, "", f"cannot be read: {error.strerror}. {remedy}".strip())]
        ) from None
    return parse_config(content, path, environ)


def parse_config(content: bytes, path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Validate bytes; ``path`` resolves relative files and names the file in messages. Raises ConfigErrors."""
    name = str(path)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        written = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigErrors([ConfigProblem(name, line, "", "not UTF-8 text; save the file as UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigErrors([syntax_problem(name, error, text)]) from None
    expansion = expand_references(written, environ)
    settings, tree, problems = _validate(path, text, written, expansion)
    if settings is None or problems:
        raise ConfigErrors(problems)
    config = _build_config(settings, path, tree, expansion.secrets)
    warnings = sorted(config_warnings(name, text, written, settings), key=_position_key)
    return replace(config, warnings=tuple(warnings), file_digest=content_digest(content))


def content_digest(content: bytes) -> str:
    """Return the digest of a file's content."""
    return hashlib.sha256(content).hexdigest()


def keep_startup_settings(config: Config, running: Config) -> Config:
    """Return a new config for a running service: database, host and port keep their values."""
    kept = {"database": running.file_settings.database, "web": running.file_settings.web}
    secrets = {**running.secrets, **config.secrets}
    rebuilt = _build_config(config.file_settings.model_copy(update=kept), config.path, config.category_tree, secrets)
    return replace(rebuilt, warnings=config.warnings, file_digest=config.file_digest)


def _validate(
    path: Path, text: str, raw: Mapping[str, Any], expansion: Expansion
) -> tuple[Settings | None, CategoryTree, list[ConfigProblem]]:
    """Return settings and categories, or all errors in the order of the file."""
    name = str(path)
    found = [problem_at(name, text, raw, key, message) for key, message in expansion.problems]
    settings = None
    try:
        settings = Settings.model_validate(expansion.data)
    except ValidationError as error:
        details = [detail for detail in error.errors() if tuple(detail["loc"]) not in expansion.unresolved_keys]
        found += [problem_from_pydantic(name, text, raw, detail) for detail in details]
    tree = CategoryTree.default()
    if settings is not None:
        try:
            tree = tree.with_config(settings.categories)
        except ValueError as error:
            found.append(problem_at(name, text, raw, ("categories",), str(error)))
    checks = [
        *cross_checks(name, text, raw),
        *selection_checks(name, text, raw),
        *category_checks(name, text, raw, tree),
        *filter_checks(name, text, raw),
        *logo_checks(name, text, expansion.data, path.parent, raw),
    ]
    better = {(problem.line, problem.key): problem for problem in [*found, *checks]}  # the checks know more words
    return settings, tree, sorted(better.values(), key=_position_key)


def _position_key(problem: ConfigProblem) -> tuple[int, int]:
    return problem.line or 0, problem.column or 0


# ---------------------------------------------------------------- values of a valid file
def _from_address(settings: Settings) -> str | None:
    """Return the e-mail address for the From field (RFC 9110 10.1.2)."""
    contact = settings.site.contact or ""
    return settings.polling.sender or (contact if re.fullmatch(r"[!-~]+@[!-~]+", contact) else None)


def _build_config(file_settings: Settings, path: Path, tree: CategoryTree, secrets: Mapping[str, str]) -> Config:
    url = file_settings.site.url or f"http://{_public_host(file_settings.web.host)}:{file_settings.web.port}"
    contact = f"; {file_settings.site.contact}" if file_settings.site.contact else ""
    agent = file_settings.polling.user_agent or f"Gedi/{VERSION} (+{url}{contact})"
    settings = file_settings.model_copy(
        update={
            "site": file_settings.site.model_copy(update={"url": url.rstrip("/")}),
            "polling": file_settings.polling.model_copy(
                update={"user_agent": agent, "sender": _from_address(file_settings)}
            ),
        }
    )
    sources = _build_sources(settings, tree, secrets)
    return Config(
        settings, path, tree, sources, _resolve_sqlite_path(file_settings.database.url, path), file_settings, secrets
    )


def _build_sources(settings: Settings, tree: CategoryTree, secrets: Mapping[str, str]) -> tuple[Source, ...]:
    made: set[str] = set()
    return tuple(_build_source(source, settings, tree, made, secrets) for source in settings.sources)


def _build_source(
    source: SourceConfig, settings: Settings, tree: CategoryTree, used_slugs: set[str], secrets: Mapping[str, str]
) -> Source:
    category = tree.find(source.category) if source.category else None
    slug = source.slug or slug_of(redact_secrets(source.url, secrets))  # slugs are public
    if slug in used_slugs:
        slug = f"{slug[:50]}-{hashlib.sha256(source.url.encode()).hexdigest()[:6]}"
    used_slugs.add(slug)
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
        pictures=source.pictures or settings.publishing.pictures,
        enabled=source.enabled,
        include=source.include or settings.filters.include,
        exclude=tuple(dict.fromkeys((*settings.filters.exclude, *source.exclude))),
        advertorial=source.advertorial or settings.filters.advertorial,
        former_slugs=source.former,
        kind=source.kind,
        select=build_selection(source.select),
        articles=(source.content == "full") if source.articles is None else source.articles,
    )


def _resolve_sqlite_path(url: str, path: Path) -> str:
    """Resolve a relative SQLite path against the config file, independent of the working directory."""
    match = re.fullmatch(r"sqlite:///(?!/)(.+)", url)
    return f"sqlite:///{(path.absolute().parent / match[1])}" if match else url


def _public_host(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "[::]") else host
