"""Load ``config.toml``: a ``Config``, or every error at once with line, key, source and remedy."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aggregator import VERSION
from aggregator.config.checks import (
    ConfigErrors,
    ConfigProblem,
    build_selection,
    category_checks,
    cross_checks,
    filter_checks,
    logo_checks,
    problem_at,
    problem_from_pydantic,
    route_checks,
    selection_checks,
    syntax_problem,
)
from aggregator.config.environment import (
    Expansion,
    drop_unset,
    expand_references,
    redact_secrets,
    with_env_file,
)
from aggregator.config.likely_mistakes import config_warnings
from aggregator.config.list_files import Digests, FollowedLists, ListCache
from aggregator.config.merging import MergedSources, merge_sources
from aggregator.config.notify_checks import notify_checks
from aggregator.config.opml_sources import OpmlRules
from aggregator.config.request_checks import request_checks, request_warnings
from aggregator.config.request_settings import encoded_secrets, request_digest, request_options
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
    is_list_address,
)
from aggregator.config.source_lists import SourceList
from aggregator.config.toml_positions import line_of
from aggregator.fetching.address_guard import AddressGuard
from aggregator.model import Source
from aggregator.model.request_options import RequestOptions
from aggregator.model.slugs import slug_of
from aggregator.reference.categories import CategoryTree
from aggregator.texts import Phrase, reason_of

__all__ = [
    "Config",
    "ConfigErrors",
    "content_digest",
    "follow_lists",
    "keep_startup_settings",
    "parse_config",
    "read_config",
    "reading_rules",
    "resolve_sqlite_path",
    "slug_of",
]


@dataclass(frozen=True, slots=True)
class ConfigLists:
    """The lists of ``[polling] sources_from``, and what reading them again needs."""

    text: str = ""  # of config.toml
    main_warnings: tuple[ConfigProblem, ...] = ()  # of config.toml alone
    files: Mapping[str, tuple[SourceList, ...]] = field(default_factory=dict)  # place in sources_from -> lists
    addresses: Mapping[str, SourceList] = field(default_factory=dict)
    places: tuple[str, ...] = ()  # of each source of the config
    digests: Digests = ()  # of all files, when they were read
    followed: Mapping[str, str] | None = None  # address -> digest; None: addresses are left out so far
    cache: ListCache = field(default_factory=ListCache)
    environ: Mapping[str, str] = field(default_factory=dict)
    may_be_unset: Collection[str] = frozenset()

    def in_order(self, places: Iterable[str]) -> Iterator[SourceList]:
        """Yield the lists of these places; those of addresses that are not fetched yet are left out."""
        for place in dict.fromkeys(places):
            yield from self.files.get(place, ())
            if place in self.addresses:
                yield self.addresses[place]


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
    may_be_unset: Collection[str] = frozenset()  # sections whose variables need not be set
    requests: Mapping[str, RequestOptions] = field(default_factory=dict, repr=False)  # slug -> how it is requested
    lists: ConfigLists = field(default_factory=lambda: ConfigLists(), repr=False)

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
    def list_addresses(self) -> tuple[str, ...]:
        """Return the addresses of lists that are followed."""
        return tuple(dict.fromkeys(filter(is_list_address, self.file_settings.polling.sources_from)))

    @property
    def is_complete(self) -> bool:
        """Return whether the sources of followed addresses are among ``sources`` (``follow_lists``)."""
        return not self.list_addresses or self.lists.followed is not None

    def request_options(self, slug: str) -> RequestOptions | None:
        """Return how the documents of a source are requested; None: by a plain GET."""
        return self.requests.get(slug)

    def place_of(self, slug: str) -> str | None:
        """Return the file or address that names a source."""
        return self._place_by_slug.get(slug)

    @cached_property
    def _place_by_slug(self) -> Mapping[str, str]:
        return {source.slug: place for source, place in zip(self.sources, self.lists.places, strict=True)}

    @property
    def hub_url(self) -> str | None:
        """Return the WebSub hub named in feeds: another one, or this site."""
        hub = self.publishing.hub
        return f"{self.site.url}/hub" if hub == "self" else hub

    @property
    def folder(self) -> Path:
        """Return the folder of the file, which also holds database and model."""
        return self.path.parent


def read_config(
    path: str | Path, environ: Mapping[str, str] = os.environ, *, may_be_unset: Collection[str] = frozenset()
) -> Config:
    """Read and validate a file, with the files of sources it names. Raises ConfigErrors with every error.

    The sources of followed addresses are added by ``follow_lists``. Variables named in the sections ``may_be_unset``
    need not be set: what has such values must not be used.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = reason_of(error)
        message = (
            Phrase("cannot be read: {reason}. gedi init writes one; --config names another file", reason=reason)
            if isinstance(error, FileNotFoundError)
            else Phrase("cannot be read: {reason}.", reason=reason)
        )
        raise ConfigErrors([ConfigProblem(str(path), None, "", message)]) from None
    return parse_config(content, path, environ, may_be_unset=may_be_unset)


def parse_config(
    content: bytes,
    path: Path,
    environ: Mapping[str, str] = os.environ,
    cache: ListCache | None = None,
    *,
    may_be_unset: Collection[str] = frozenset(),
) -> Config:
    """Validate bytes; ``path`` resolves relative files and names the file in messages. Raises ConfigErrors.

    ``cache``: lists that were read before and are not read again. ``may_be_unset``: see ``read_config``.
    """
    name = str(path)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        written = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigErrors([ConfigProblem(name, line, "", Phrase("not UTF-8 text; save the file as UTF-8"))]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigErrors([syntax_problem(name, error, text)]) from None
    environ = with_env_file(path.parent, environ)
    expansion = expand_references(written, environ, may_be_unset)
    drop_unset(expansion, "web")
    settings, tree, problems = _validate(path, text, written, expansion)
    lists = ConfigLists(text, cache=cache or ListCache(), environ=environ, may_be_unset=may_be_unset)
    if settings is not None:
        lists = _read_list_files(settings, tree, path, lists)
        problems += [problem for read in lists.files.values() for each in read for problem in each.problems]
    if settings is None or problems:
        raise ConfigErrors(problems, settings.polling.sources_from if settings else None)
    found = [
        *config_warnings(name, text, written, settings),
        *request_warnings(name, text, written, settings.sources),
        *(problem_at(name, text, written, key, message) for key, message in expansion.unset),
    ]
    warnings = sorted(found, key=_position_key)
    lists = replace(lists, main_warnings=tuple(warnings))
    config = _build_config(settings, path, tree, expansion.secrets, lists)
    return replace(config, file_digest=content_digest(content), may_be_unset=may_be_unset)


def follow_lists(config: Config, followed: FollowedLists) -> Config:
    """Return the config with the sources of followed addresses, as far as these were fetched."""
    if not config.list_addresses:
        return config
    stored = followed.list_digests()
    wanted = {url: stored[url] for url in config.list_addresses if url in stored}
    if wanted == config.lists.followed:
        return config
    rules, key = reading_rules(config.file_settings, config.category_tree)
    cache = config.lists.cache
    read = {url: cache.read_address(url, digest, followed, rules, key) for url, digest in wanted.items()}
    lists = replace(config.lists, addresses=read, followed=wanted)
    rebuilt = _build_config(config.file_settings, config.path, config.category_tree, config.secrets, lists)
    return replace(rebuilt, file_digest=config.file_digest, may_be_unset=config.may_be_unset)


def content_digest(content: bytes) -> str:
    """Return the digest of a file's content."""
    return hashlib.sha256(content).hexdigest()


def keep_startup_settings(config: Config, running: Config) -> Config:
    """Return a new config for a running service: database, host and port keep their values."""
    kept = {"database": running.file_settings.database, "web": running.file_settings.web}
    secrets = {**running.secrets, **config.secrets}
    settings = config.file_settings.model_copy(update=kept)
    rebuilt = _build_config(settings, config.path, config.category_tree, secrets, config.lists)
    return replace(rebuilt, file_digest=config.file_digest, may_be_unset=config.may_be_unset)


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
            found.append(problem_at(name, text, raw, ("categories",), error.args[0]))
    checks = [
        *cross_checks(name, text, raw),
        *selection_checks(name, text, raw),
        *category_checks(name, text, raw, tree),
        *filter_checks(name, text, raw),
        *route_checks(
            name, text, raw, has_instance=isinstance(raw.get("polling"), dict) and "rsshub" in raw["polling"]
        ),
        *request_checks(name, text, raw, expansion),
        *logo_checks(name, text, expansion.data, path.parent, raw),
        *notify_checks(name, text, expansion.data, raw, tree),
    ]
    better = {(problem.line, problem.key): problem for problem in [*found, *checks]}  # the checks know more words
    return settings, tree, sorted(better.values(), key=_position_key)


def _position_key(problem: ConfigProblem) -> tuple[int, int]:
    return problem.line or 0, problem.column or 0


# ---------------------------------------------------------------- lists of sources
def reading_rules(settings: Settings, tree: CategoryTree) -> tuple[OpmlRules, object]:
    """Return by which rules lists are read, and a key that differs for other rules."""
    polling, language = settings.polling, settings.site.language
    rules = OpmlRules(tree, AddressGuard(polling.allow), language, has_rsshub=polling.rsshub is not None)
    return rules, (settings.categories, polling.allow, language, rules.has_rsshub)


def _read_list_files(settings: Settings, tree: CategoryTree, path: Path, lists: ConfigLists) -> ConfigLists:
    places = [place for place in dict.fromkeys(settings.polling.sources_from) if not is_list_address(place)]
    rules, key = reading_rules(settings, tree)
    read: dict[str, SourceList] = {}
    files: dict[str, tuple[SourceList, ...]] = {}
    for place in places:
        found = lists.cache.read_files(path.parent, place, rules, key, lists.environ, lists.may_be_unset)
        files[place] = tuple(each for each in found if read.setdefault(each.place, each) is each)
    lists.cache.forget_others({*read, *filter(is_list_address, settings.polling.sources_from)})
    if any(each.problems for each in read.values()):
        return replace(lists, files=files)
    return replace(lists, files=files, digests=lists.cache.digests_read(read))


# ---------------------------------------------------------------- values of a valid file
def _from_address(settings: Settings) -> str | None:
    """Return the e-mail address for the From field (RFC 9110 10.1.2)."""
    contact = settings.site.contact or ""
    return settings.polling.sender or (contact if re.fullmatch(r"[!-~]+@[!-~]+", contact) else None)


def _build_config(
    file_settings: Settings, path: Path, tree: CategoryTree, secrets: Mapping[str, str], lists: ConfigLists
) -> Config:
    listed = list(lists.in_order(file_settings.polling.sources_from))
    merged = _merge_sources(file_settings, path, lists.text, listed)
    url = file_settings.site.url or f"http://{_public_host(file_settings.web.host)}:{file_settings.web.port}"
    contact = f"; {file_settings.site.contact}" if file_settings.site.contact else ""
    agent = file_settings.polling.user_agent or f"Gedi/{VERSION} (+{url}{contact})"
    settings = file_settings.model_copy(
        update={
            "site": file_settings.site.model_copy(update={"url": url.rstrip("/")}),
            "polling": file_settings.polling.model_copy(
                update={"user_agent": agent, "sender": _from_address(file_settings)}
            ),
            "sources": tuple(merged.sources),
        }
    )
    all_secrets = {**secrets, **{value: name for each in listed for value, name in each.secrets.items()}}
    all_secrets |= {
        value: name for each in merged.sources for value, name in encoded_secrets(each, all_secrets).items()
    }
    sources = _build_sources(settings, tree, all_secrets)
    problems = [problem for each in lists.addresses.values() for problem in each.problems]
    problems += [warning for each in listed for warning in each.warnings]
    return Config(
        settings,
        path,
        tree,
        sources,
        resolve_sqlite_path(file_settings.database.url, path),
        file_settings,
        all_secrets,
        (*lists.main_warnings, *merged.warnings, *problems),
        lists=replace(lists, places=tuple(merged.places)),
        requests={
            source.slug: options
            for source, each in zip(sources, merged.sources, strict=True)
            if (options := request_options(each, all_secrets, settings.polling.rsshub)) is not None
        },
    )


def _merge_sources(settings: Settings, path: Path, text: str, lists: Sequence[SourceList]) -> MergedSources:
    return merge_sources(settings.sources, str(path), lambda number: line_of(text, ("sources", number, "url")), lists)


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
        request=request_digest(source, secrets),
        articles=(source.content == "full") if source.articles is None else source.articles,
    )


def resolve_sqlite_path(url: str, path: Path) -> str:
    """Resolve a relative SQLite path against the config file, independent of the working directory."""
    match = re.fullmatch(r"sqlite:///(?!/)(.+)", url)
    return f"sqlite:///{(path.absolute().parent / match[1])}" if match else url


def _public_host(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "[::]") else host
