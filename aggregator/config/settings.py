"""The shape of config.toml: every table and key with its default. ``config`` reads it, docs/config.md lists it."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from aggregator.config.durations import parse_duration, parse_size
from aggregator.model.filters import Advertorial
from aggregator.steps.categories.keywords import HEAVIEST, Spec
from aggregator.steps.categories.patterns import compiled

NATIONAL = "100000"  # GB/T 2260 for the whole country: an outlet without a home of its own


def _http_url(value: str) -> str:
    try:
        parts = urlsplit(value.strip())
        named = parts.port is None or parts.port > 0
    except ValueError:  # a port or an address in brackets that is none
        named = False
    if not named or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a whole address that begins with http:// or https://")
    if parts.username or parts.password:
        raise ValueError("leave user name and password out of the address")
    return value.strip()


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", value):
        raise ValueError('use 1 to 64 of a-z, 0-9 and "-", for example "lunan-daily"')
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError('write a zone by its name, such as "Asia/Shanghai"') from None
    return value


def _encoding(value: str) -> str:
    try:
        "".encode(value)
    except LookupError:
        raise ValueError('write an encoding that exists, such as "utf-8", "gbk" or "big5"') from None
    return value


def _region(value: str) -> str:
    if not re.fullmatch(r"\d{6}", value, re.ASCII):
        raise ValueError('write a GB/T 2260 code of six digits, such as "370400"; gedi locate finds it')
    return value


def _category(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)?", value):
        raise ValueError('write the path of a category, such as "society" or "emotion/story"')
    return value


def _keyword(value: str) -> str:
    spec = Spec.parse(value)
    if not spec.word or not abs(spec.weight) <= HEAVIEST:
        raise ValueError(f'write a word, or "word:2" with a weight up to {HEAVIEST:g}, or "-word" against')
    return value


def _pattern(value: str) -> str:
    try:
        compiled(value)
    except ValueError as error:
        raise ValueError(f"is no regular expression that can be used: {error}") from None
    return value


def _allowed_place(value: str) -> str:
    if "/" in value:
        try:
            ipaddress.ip_network(value)
        except ValueError:
            raise ValueError('write a network such as "127.0.0.0/8", or "host:port"') from None
    elif not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}", value):
        raise ValueError('write "host:port", such as "localhost:8080", or a network such as "127.0.0.0/8"')
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Size = Annotated[int, BeforeValidator(parse_size), Field(ge=1000)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Slug = Annotated[str, AfterValidator(_slug)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Region = Annotated[str, AfterValidator(_region)]
CategoryPath = Annotated[str, AfterValidator(_category)]
Part = Annotated[str, Field(min_length=1, max_length=300)]
Words = tuple[Annotated[str, Field(min_length=1, max_length=200)], ...]
Keywords = tuple[Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_keyword)], ...]
Patterns = tuple[Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_pattern)], ...]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Site(_Table):
    """What the site calls itself."""

    title: str = Field("各地新闻", min_length=1, description="the name on every page and feed")
    url: HttpUrl | None = Field(None, description="the public address; unset: the address of [web]")
    language: str = Field(
        "zh-CN",
        min_length=2,
        description="the language of feeds and most items, and, where it is set, of pages for readers who chose none",
    )
    timezone: Timezone = Field("Asia/Shanghai", description="the zone in which pages show times and days begin")
    contact: str | None = Field(None, description="e-mail or address for corrections; also sent to publishers")


class Database(_Table):
    """Where everything is kept."""

    url: str = Field(
        "sqlite:///gedi.db",
        pattern=r"^(sqlite|postgresql)(\+[a-z]+)?://.*",
        description="sqlite:///file (relative to this file) or postgresql://user:password@host/name",
    )


class Web(_Table):
    """Where the site listens."""

    host: str = Field("127.0.0.1", min_length=1, description="the address to listen on; 0.0.0.0 for all")
    port: int = Field(8000, ge=1, le=65535, description="the port to listen on")
    admin_token: str | None = Field(
        None,
        min_length=16,
        repr=False,
        description='what opens /admin, at least 16 characters, as "${GEDI_ADMIN_TOKEN}"; unset: there is no /admin',
    )
    public_status: bool = Field(
        True,
        description="false: /status, /status.json and /metrics are for who has admin_token; no /feeds/status",
    )


class Polling(_Table):
    """How sources are visited."""

    interval: Duration = Field(
        timedelta(minutes=30),
        description="how often a source is visited to begin with, and later one with an item an hour",
    )
    minimum: Duration = Field(timedelta(minutes=5), ge=timedelta(seconds=1), description="never more often than this")
    maximum: Duration = Field(timedelta(hours=6), description="never more seldom than this, however quiet or ill")
    timeout: Duration = Field(
        timedelta(seconds=30),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=5),
        description="the longest a visit may take, from first to last byte",
    )
    concurrency: int = Field(32, ge=1, le=1000, description="visits at the same time")
    per_host: int = Field(2, ge=1, le=100, description="visits to one host at the same time")
    spacing: Duration = Field(
        timedelta(seconds=1), ge=timedelta(0), description="the least time between two requests to one host; 0s allowed"
    )
    max_bytes: Size = Field(5_000_000, description="the largest document that is read")
    user_agent: str | None = Field(
        None, max_length=300, description="how Gedi names itself; unset: Gedi with the site's address"
    )
    sender: str | None = Field(
        None,
        pattern=r"^[!-~]+@[!-~]+$",
        description="the e-mail address sent as From; unset: [site] contact where that is one",
    )
    robots: bool = Field(False, description="obey robots.txt; feeds are made for programs, so most readers do not")
    proxy: HttpUrl | None = Field(
        None, description="a proxy for all requests, as http://host:port; the environment's are never used"
    )
    push: bool = Field(
        True, description="let publishers' WebSub hubs bring their news; needs a [site] url that they can reach"
    )
    allow: tuple[Annotated[str, AfterValidator(_allowed_place)], ...] = Field(
        (), description='private places that may be visited, as "host:port" or a network "127.0.0.0/8"'
    )


class Publishing(_Table):
    """How feeds are published."""

    entries: int = Field(100, ge=1, le=1000, description="entries in a feed")
    content: Literal["excerpt", "full"] = Field(
        "excerpt", description="what of an item's text is shown, unless its source says otherwise"
    )
    per_source: float = Field(
        0.3,
        ge=0,
        le=1,
        description="of the places of a feed, the front page and hot lists, the share for one source while others want "
        "them; 0: any",
    )
    hub: Literal["self"] | HttpUrl | None = Field(
        None, description='a WebSub hub to name in the feeds and to tell of changes; "self": this site is one'
    )


class Retention(_Table):
    """How long things are kept."""

    items: Duration = Field(timedelta(days=180), ge=timedelta(hours=1), description="how long items are kept")


class Filters(_Table):
    """What is let in, whatever its source. A rule is a word, or a regular expression (RE2) between slashes, looked
    for in title and text; "title:", "link:", "term:" or "author:" before it name another place."""

    include: Words = Field(
        (), description="let in only what fits one of these rules; a source's own list takes their place"
    )
    exclude: Words = Field((), description="keep out what fits one of these rules; a source's own are added")
    advertorial: Advertorial = Field(
        "mark",
        description="advertisements, horoscopes and the like: keep them like news, mark them, or drop them",
    )


class Learning(_Table):
    """How the category model learns anew from the stream."""

    enabled: bool = Field(True, description="learn once a day from items whose category is certain; false: never")
    hour: int = Field(4, ge=0, le=23, description="the hour in which it learns, in the site's timezone")


class CategoryConfig(_Table):
    """A category to add, or to change when the slug is known."""

    slug: Slug = Field(description="its name in addresses")
    name: str | None = Field(None, min_length=1, description="its name on pages; needed for a new category")
    parent: Slug | None = Field(None, description="the slug of the top category it belongs under")
    keywords: Keywords = Field((), description='words that speak for it; "word:2" counts double, "-word" against')
    patterns: Patterns = Field(
        (), description="regular expressions (RE2); an item whose title or first lines match one belongs here"
    )
    terms: Words = Field((), description="publishers' own category names that mean this one")


class SelectConfig(_Table):
    """Where the parts of an item stand. In a page: CSS selectors, "h3 a" for the text or "h3 a@title" for an attribute.
    In a JSON list: dotted paths such as "data.title", or an address with paths in it, "https://a.example/{id}.html"."""

    item: Part | None = Field(None, description='html: the selector of one item, such as "ul.news > li"')
    items: Part | None = Field(
        None, description='json: the path of the list, such as "data.list"; ".": it is the whole'
    )
    title: Part | None = Field(None, description="its title; html, unset: the text of its first link")
    link: Part | None = Field(None, description="its address; html, unset: its first link")
    time: Part | None = Field(None, description="when it was published; html, unset: the first date found in it")
    summary: Part | None = Field(None, description="its text or summary; html, unset: its first paragraph")
    author: Part | None = Field(None, description="who wrote it")
    category: Part | None = Field(None, description="the publisher's category")
    image: Part | None = Field(None, description="the address of its picture")
    article: Part | None = Field(
        None, description="the selector of the text on the page of an article; unset: found by itself"
    )


class SourceConfig(_Table):
    """One source to poll; only ``url`` is required."""

    url: HttpUrl = Field(description="its address")
    kind: Literal["feed", "html", "json"] = Field(
        "feed", description='what is there: a feed, a page that lists articles ("html") or a JSON list ("json")'
    )
    select: SelectConfig = Field(
        SelectConfig(), description="what is no feed: where the parts of an item stand, see [sources.select]"
    )
    slug: Slug | None = Field(None, description="its name in addresses; unset: made from the address")
    title: str | None = Field(None, min_length=1, description="the outlet's name; unset: the feed's own title")
    category: CategoryPath | None = Field(None, description='the category of what it publishes, "emotion/story"')
    region: Region | None = Field(
        None, description="the outlet's home, a GB/T 2260 code such as 370400; 100000: national"
    )
    language: str | None = Field(None, min_length=2, description="the language it writes in; unset: the site's")
    timezone: Timezone | None = Field(None, description="the zone of dates without one; unset: the site's")
    encoding: Encoding | None = Field(None, description="the encoding, where the feed declares a wrong one or none")
    interval: Duration | None = Field(
        None, ge=timedelta(seconds=1), description="how often to visit it; unset: found out from what it publishes"
    )
    content: Literal["excerpt", "full"] | None = Field(
        None, description="what of its text may be shown; unset: [publishing] content"
    )
    articles: bool | None = Field(
        None,
        description="fetch the page of an item that comes without its text; unset: when this source's content is full",
    )
    enabled: bool = Field(True, description="false: not visited, its items stay")
    include: Words = Field((), description="let in only what fits one of these rules, see [filters]")
    exclude: Words = Field((), description="keep out what fits one of these rules, see [filters]")
    advertorial: Advertorial | None = Field(
        None, description="keep, mark or drop advertisements; unset: [filters] advertorial"
    )
    former: tuple[Slug, ...] = Field(
        (), description="slugs it had before, where slug and address change at once: it takes up their history"
    )


class Settings(_Table):
    """The whole file."""

    site: Site = Site()
    database: Database = Database()
    web: Web = Web()
    polling: Polling = Polling()
    publishing: Publishing = Publishing()
    retention: Retention = Retention()
    learning: Learning = Learning()
    filters: Filters = Filters()
    categories: tuple[CategoryConfig, ...] = ()
    sources: tuple[SourceConfig, ...] = ()
