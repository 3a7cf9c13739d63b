"""config.toml -> Config, or every mistake at once, each with its line, key, source and remedy."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from aggregator import VERSION
from aggregator.categories import CategoryTree
from aggregator.config_checks import ConfigErrors, Problem, cross_checks, nearest, problem_of, syntax_problem
from aggregator.model import Source
from aggregator.settings import NATIONAL, Database, Polling, Publishing, Retention, Settings, Site, SourceConfig, Web
from aggregator.toml_lines import line_of


@dataclass(frozen=True)
class Config:
    """A valid config, with the defaults filled in that depend on other settings."""

    settings: Settings
    path: Path
    tree: CategoryTree
    sources: tuple[Source, ...]
    database_url: str

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
        text = content.decode("utf-8-sig")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigErrors([Problem(name, line, "", "not UTF-8 text; save the file as UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigErrors([syntax_problem(name, error)]) from None
    problems = []
    settings = None
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        problems += [problem_of(name, text, data, detail) for detail in error.errors()]
    problems += list(cross_checks(name, text, data))
    tree = CategoryTree.default()
    if settings is not None:
        try:
            tree = tree.merged(settings.categories)
        except ValueError as error:
            problems.append(Problem(name, line_of(text, ("categories",)), "categories", str(error)))
    if settings is None or problems:
        raise ConfigErrors(sorted(problems, key=lambda p: p.line or 0))
    return _build(settings, path, tree, text, environ)


# ---------------------------------------------------------------- what a valid file becomes
def _build(settings: Settings, path: Path, tree: CategoryTree, text: str, environ: Mapping[str, str]) -> Config:
    name = str(path)
    problems = [
        Problem(
            name,
            line_of(text, ("sources", number, "category")),
            f"sources[{number + 1}].category",
            f'there is no category "{source.category}"; {nearest(source.category, [c.path for c in tree])}',
            source.slug or source.url,
        )
        for number, source in enumerate(settings.sources)
        if source.category and tree.find(source.category) is None
    ]
    database_url, missing = _expand(settings.database.url, environ)
    if missing:
        message = f"the environment has no {missing}; set it before starting"
        problems.append(Problem(name, line_of(text, ("database", "url")), "database.url", message))
    if problems:
        raise ConfigErrors(problems)
    url = settings.site.url or f"http://{_public_host(settings.web.host)}:{settings.web.port}"
    contact = f"; {settings.site.contact}" if settings.site.contact else ""
    agent = settings.polling.user_agent or f"Gedi/{VERSION} (+{url}{contact})"
    settings = settings.model_copy(
        update={
            "site": settings.site.model_copy(update={"url": url.rstrip("/")}),
            "polling": settings.polling.model_copy(update={"user_agent": agent}),
        }
    )
    return Config(settings, path, tree, _sources(settings, tree), _resolve(database_url, path))


def _sources(settings: Settings, tree: CategoryTree) -> tuple[Source, ...]:
    made: set[str] = set()
    return tuple(_source(source, settings, tree, made) for source in settings.sources)


def _source(source: SourceConfig, settings: Settings, tree: CategoryTree, made: set[str]) -> Source:
    category = tree.find(source.category) if source.category else None
    slug = source.slug or slug_of(source.url)
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
        include=source.include,
        exclude=source.exclude,
    )


def slug_of(url: str) -> str:
    """A readable name from an address, the same for ever: "https://www.a.cn/rss/news.xml" -> "a-cn-rss-news"."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    port = f"-{parts.port}" if parts.port and parts.port not in (80, 443) and not host[0].isdigit() else ""
    path = re.sub(r"\.(xml|rss|atom|json|php|html?|aspx?)$", "", parts.path)
    slug = re.sub(r"[^a-z0-9]+", "-", f"{host}{port}{path} {parts.query}".lower()).strip("-")
    if len(slug) > 60:
        slug = f"{slug[:50].rstrip('-')}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return slug or hashlib.sha256(url.encode()).hexdigest()[:12]


def _expand(url: str, environ: Mapping[str, str]) -> tuple[str, str | None]:
    missing = next((name for name in re.findall(r"\$\{(\w+)\}", url) if name not in environ), None)
    return re.sub(r"\$\{(\w+)\}", lambda match: environ.get(match[1], ""), url), missing


def _resolve(url: str, path: Path) -> str:
    """A relative SQLite file lies beside the config file, wherever the command is called from."""
    match = re.fullmatch(r"sqlite:///(?!/)(.+)", url)
    return f"sqlite:///{(path.absolute().parent / match[1])}" if match else url


def _public_host(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "[::]") else host
