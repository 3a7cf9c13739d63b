"""Pydantic models of ``config.toml``: every table and key with its default.

``load.py`` validates a file against them; ``docs/config.md`` is generated from them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from aggregator.config.notify_settings import NotifyConfig
from aggregator.config.setting_types import (
    AllowEntry,
    CategoryPath,
    Color,
    Duration,
    Encoding,
    HttpUrl,
    IcpNumber,
    KeywordList,
    LinkAddress,
    ListPlace,
    Network,
    PatternList,
    PoliceNumber,
    ProxyUrl,
    Region,
    SelectorText,
    SettingsTable,
    Size,
    Slug,
    SourceUrl,
    Timezone,
    WordList,
)
from aggregator.config.setting_types import is_list_address as is_list_address
from aggregator.config.summary_settings import SummariesSettings
from aggregator.model.filters import AdvertorialPolicy
from aggregator.model.polls import PicturePolicy

ADMIN = "admin"  # name of the admin of [web] admin_token
ForwardedFields = Literal["x-forwarded", "forwarded"]
NATIONAL = "100000"  # GB/T 2260 code of the whole country: an outlet without a home region


class FooterLink(SettingsTable):
    """A link of the site's owner at the foot of every page."""

    title: str = Field(min_length=1, max_length=60, description="text of the link")
    url: LinkAddress = Field(description="web address, mailto: address, or a path of this site such as /about")


class SiteSettings(SettingsTable):
    """Name and address of the site."""

    title: str = Field("各地新闻", min_length=1, description="name on every page and feed")
    url: HttpUrl | None = Field(None, description="public address; unset: the address of [web]")
    language: str = Field(
        "zh-CN",
        min_length=2,
        description="language of feeds and most items; if set, also of pages for readers who chose none",
    )
    timezone: Timezone = Field("Asia/Shanghai", description="time zone of the times on pages and of the start of a day")
    contact: str | None = Field(None, description="e-mail or address for corrections; also sent to publishers")
    logo: str | None = Field(
        None, min_length=1, description="SVG or PNG file of at most 50 KB, relative to this file; replaces the mark"
    )
    about: str | None = Field(
        None,
        min_length=1,
        max_length=10_000,
        description="text about the site and its owner, first on /about; an empty line separates paragraphs",
    )
    footer: tuple[FooterLink, ...] = Field((), max_length=20, description="links at the foot of every page")
    icp: IcpNumber | None = Field(None, description="ICP 备案号, linked to beian.miit.gov.cn at the foot of every page")
    police: PoliceNumber | None = Field(
        None, description="公安备案号, linked to its record at beian.mps.gov.cn at the foot of every page"
    )
    theme_color: Color = Field("#faf9f6", description="color of the browser's frame and of the installed site")
    theme_color_dark: Color = Field("#141517", description="the same in dark mode")


class DatabaseSettings(SettingsTable):
    """The database."""

    url: str = Field(
        "sqlite:///gedi.db",
        repr=False,
        pattern=r"^(sqlite|postgresql)(\+[a-z]+)?://.*",
        description="sqlite:///file (relative to this file) or postgresql://user:password@host/name",
    )
    read_url: str | None = Field(
        None,
        repr=False,
        pattern=r"^postgresql(\+[a-z]+)?://.*",
        description="streaming replica of a PostgreSQL database, from which pages, API and feeds are read",
    )
    max_lag: Duration = Field(
        timedelta(seconds=10),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="a replica that is further behind is not read",
    )
    site_timeout: Duration = Field(
        timedelta(seconds=10),
        description='maximum duration of a statement for pages, API and feeds, on PostgreSQL; "0s": no limit',
    )
    worker_timeout: Duration = Field(
        timedelta(minutes=5),
        description='maximum duration of a statement of a worker, on PostgreSQL; "0s": no limit',
    )

    @model_validator(mode="after")
    def _check_replica(self) -> DatabaseSettings:
        if self.read_url is not None and self.url.startswith("sqlite"):
            raise ValueError("read_url needs a PostgreSQL database in url")
        return self


class AdminConfig(SettingsTable):
    """An admin: the name that the log of actions shows, and the token."""

    name: str = Field(min_length=1, max_length=40, description="name in the log of actions")
    token: str = Field(
        min_length=16, repr=False, description='token for the login, at least 16 characters, as "${LI_TOKEN}"'
    )


class WebSettings(SettingsTable):
    """The web server."""

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on; 0.0.0.0: all addresses")
    port: int = Field(8000, ge=1, le=65535, description="port to listen on")
    admin_token: str | None = Field(
        None,
        min_length=16,
        repr=False,
        description='token for the login at /admin, at least 16 characters, as "${GEDI_ADMIN_TOKEN}"; unset: no /admin',
    )
    admins: tuple[AdminConfig, ...] = Field(
        (),
        description='further admins, as { name = "li", token = "${LI_TOKEN}" }: the log of actions names them',
    )
    public_status: bool = Field(
        True,
        description="false: /status, /status.json and /metrics require an admin, and /feeds/status is not served",
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (),
        description='reverse proxies, as networks such as "127.0.0.0/8", that report the address, scheme and host of '
        "the client",
    )
    forwarded: ForwardedFields = Field(
        "x-forwarded",
        description='where they do: "x-forwarded" (X-Forwarded-For, -Proto and -Host) or "forwarded" (RFC 7239)',
    )
    searches_per_minute: int = Field(
        120,
        ge=0,
        le=100_000,
        description="searches of one client (pages, API, and feeds that are not cached) in a minute; more get status "
        "429; 0: no limit",
    )
    costly_per_minute: int = Field(
        240,
        ge=0,
        le=100_000,
        description="requests of one client for /item/…/why, /admin and /api/admin in a minute; more get status 429; "
        "0: no limit",
    )

    @model_validator(mode="after")
    def _admins_differ(self) -> WebSettings:
        everyone = self.all_admins
        for what, values in (("name", [a.name for a in everyone]), ("token", [a.token for a in everyone])):
            if len(set(values)) < len(values):
                raise ValueError(f'every admin needs a {what} of their own; that of admin_token is called "{ADMIN}"')
        return self

    @property
    def all_admins(self) -> tuple[AdminConfig, ...]:
        """Return every admin; the one of ``admin_token`` has the name "admin"."""
        first = (AdminConfig(name=ADMIN, token=self.admin_token),) if self.admin_token else ()
        return first + self.admins


class PollingSettings(SettingsTable):
    """How sources are polled."""

    interval: Duration = Field(
        timedelta(minutes=30),
        description="polling interval of a new source, and of a source with one item an hour",
    )
    minimum: Duration = Field(timedelta(minutes=5), ge=timedelta(seconds=1), description="minimum polling interval")
    maximum: Duration = Field(
        timedelta(hours=6), description="maximum polling interval, also for quiet or failing sources"
    )
    timeout: Duration = Field(
        timedelta(seconds=30),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=5),
        description="maximum duration of a request, from connecting to the last byte",
    )
    concurrency: int = Field(32, ge=1, le=1000, description="concurrent polls")
    per_host: int = Field(2, ge=1, le=100, description="concurrent requests to one host")
    spacing: Duration = Field(
        timedelta(seconds=1), ge=timedelta(0), description="minimum time between two requests to one host; 0s: none"
    )
    max_bytes: Size = Field(5_000_000, description="maximum size of a document")
    user_agent: str | None = Field(
        None, max_length=300, description="User-Agent header; unset: Gedi with the site's address"
    )
    sender: str | None = Field(
        None,
        pattern=r"^[!-~]+@[!-~]+$",
        description="e-mail address in the From header; unset: [site] contact if it is one",
    )
    robots: bool = Field(
        False, description="obey robots.txt (RFC 9309); most feed readers do not, because feeds are made for programs"
    )
    proxy: HttpUrl | None = Field(
        None,
        repr=False,
        description="HTTP proxy for all requests, as http://host:port; proxies in the environment are ignored",
    )
    rsshub: HttpUrl | None = Field(
        None,
        repr=False,
        description='instance of RSSHub that serves the routes among the sources, as "https://rsshub.example.org", or '
        'with the key that it asks for, as "https://rsshub.example.org/?key=${RSSHUB_KEY}"',
    )
    push: bool = Field(
        True, description="subscribe at publishers' WebSub hubs; requires a [site] url that they can reach"
    )
    sources_from: tuple[ListPlace, ...] = Field(
        (),
        repr=False,
        max_length=100,
        description='further sources: files relative to this one, patterns and addresses, as ["more.opml", '
        '"sources.d/*.toml", "https://example.org/list.opml"]',
    )
    allow: tuple[AllowEntry, ...] = Field(
        (), description='private addresses that may be fetched, as "host:port" or a network "127.0.0.0/8"'
    )


class PublishingSettings(SettingsTable):
    """The published feeds."""

    entries: int = Field(100, ge=1, le=1000, description="entries in a feed")
    content: Literal["excerpt", "full"] = Field(
        "excerpt", description="how much of an item's text is shown; a source can override it"
    )
    pictures: PicturePolicy = Field(
        "thumbnail",
        description="pictures of items: shown on pages as thumbnails of our own and linked in feeds, only linked in "
        "feeds, or none; a source can override it",
    )
    per_source: float = Field(
        0.3,
        ge=0,
        le=1,
        description="maximum share of one source in a feed, on the front page and in hot lists while other sources "
        "have items; 0: no limit",
    )
    daily_hour: int = Field(
        7, ge=0, le=23, description="hour at which the digest of the day before is published, in the site's time zone"
    )
    hub: Literal["self"] | HttpUrl | None = Field(
        None, description='WebSub hub named in the feeds and notified of changes; "self": this site'
    )
    baidu_token: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]{6,100}$",
        repr=False,
        description='token of 普通收录 (API 推送), as "${BAIDU_TOKEN}": addresses of new stories are sent to Baidu',
    )
    baidu_url: HttpUrl = Field("http://data.zz.baidu.com/urls", description="where they are sent")
    indexnow_key: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]{8,128}$",
        description='key of your choice, 8 to 128 of a-z, A-Z, 0-9 and "-": addresses of new stories are sent to the '
        "search engines of IndexNow, and the site serves the key at /<key>.txt",
    )
    indexnow_url: HttpUrl = Field("https://api.indexnow.org/indexnow", description="where they are sent")
    index_daily: int = Field(1000, ge=1, le=100_000, description="most addresses sent to each of them a day")


class RetentionSettings(SettingsTable):
    """How long data is kept."""

    items: Duration = Field(timedelta(days=180), ge=timedelta(hours=1), description="age at which items are deleted")
    thumbnails: Size = Field(
        200_000_000,
        description="maximum size of the stored thumbnails; those not requested for longest are deleted first",
    )


class FilterSettings(SettingsTable):
    """Which entries are stored, for all sources. A rule is a word, or a regular expression (RE2) between slashes,
    matched in title and text; a prefix "title:", "link:", "term:" or "author:" selects another field."""

    include: WordList = Field(
        (), description="store only entries that match one of these rules; a source's own list replaces it"
    )
    exclude: WordList = Field(
        (), description="do not store entries that match one of these rules; a source's own are added"
    )
    advertorial: AdvertorialPolicy = Field(
        "mark",
        description="advertisements, horoscopes and similar entries: keep, mark or drop them",
    )


class LearningSettings(SettingsTable):
    """Nightly retraining of the category model."""

    enabled: bool = Field(True, description="retrain once a day from items whose category is certain")
    hour: int = Field(4, ge=0, le=23, description="hour of the retraining, in the site's time zone")


class CategoryConfig(SettingsTable):
    """A category to add, or to change if the slug exists."""

    slug: Slug = Field(description="name in addresses")
    name: str | None = Field(None, min_length=1, description="name on pages; required for a new category")
    parent: Slug | None = Field(None, description="slug of the top category above it")
    keywords: KeywordList = Field(
        (), description='words that indicate it; "word:2" counts double, "-word" counts against it'
    )
    patterns: PatternList = Field(
        (), description="regular expressions (RE2); an item whose title or first lines match one gets this category"
    )
    terms: WordList = Field((), description="publishers' category names that mean this one")


class SelectConfig(SettingsTable):
    """Where the fields of an item are. In a page: CSS selectors, "h3 a" for the text or "h3 a@title" for an attribute.
    In a JSON list: dotted paths such as "data.title", or an address with paths in it, "https://a.example/{id}.html"."""

    item: SelectorText | None = Field(None, description='html: selector of one item, such as "ul.news > li"')
    items: SelectorText | None = Field(
        None, description='json: path of the list, such as "data.list"; ".": the whole document'
    )
    title: SelectorText | None = Field(None, description="title; html, unset: the text of the first link")
    link: SelectorText | None = Field(None, description="address; html, unset: the first link")
    time: SelectorText | None = Field(None, description="publication time; html, unset: the first date in the item")
    summary: SelectorText | None = Field(None, description="text or summary; html, unset: the first paragraph")
    author: SelectorText | None = Field(None, description="author")
    category: SelectorText | None = Field(None, description="the publisher's category")
    image: SelectorText | None = Field(None, description="address of the picture")
    article: SelectorText | None = Field(
        None, description="selector of the text on an article's page; unset: detected automatically"
    )


class SourceConfig(SettingsTable):
    """One source to poll; only ``url`` is required."""

    url: SourceUrl = Field(
        repr=False, description="address, or a route of RSSHub such as rsshub://weibo/user/1, see [polling] rsshub"
    )
    kind: Literal["feed", "html", "json"] = Field(
        "feed", description='type of the document: a feed, a page that lists articles ("html") or a JSON list ("json")'
    )
    select: SelectConfig = Field(
        SelectConfig(), description="for html and json: where the fields of an item are, see [sources.select]"
    )
    headers: dict[str, str] = Field(
        {},
        repr=False,
        description='header fields to send to this scheme, host and port, as { Authorization = "Bearer ${TOKEN}" }',
    )
    auth: str | None = Field(
        None, repr=False, description='user name and password, as "user:${PASSWORD}", sent like headers'
    )
    user_agent: str | None = Field(
        None, min_length=1, max_length=300, pattern=r"^[ -~]+$", description="unset: [polling] user_agent"
    )
    proxy: ProxyUrl | None = Field(
        None, repr=False, description="HTTP proxy, as http://host:port; unset: [polling] proxy"
    )
    verify: bool = Field(True, description="false: accept any certificate of this host, which is not safe")
    method: Literal["GET", "POST"] = Field("GET", description="POST: send body; never conditional")
    body: str | None = Field(
        None, max_length=100_000, repr=False, description="what a POST sends: JSON, or form fields as a=1&b=2"
    )
    slug: Slug | None = Field(None, description="name in addresses; unset: derived from the address")
    title: str | None = Field(None, min_length=1, description="name of the outlet; unset: the feed's title")
    category: CategoryPath | None = Field(
        None, description='category of all its items, such as "emotion/story"; unset: determined item by item'
    )
    region: Region | None = Field(
        None, description="home region of the outlet, a GB/T 2260 code such as 370400; 100000: national"
    )
    language: str | None = Field(None, min_length=2, description="language of its items; unset: the site's")
    timezone: Timezone | None = Field(None, description="time zone of dates without one; unset: the site's")
    encoding: Encoding | None = Field(None, description="encoding, if the feed declares a wrong one or none")
    interval: Duration | None = Field(
        None, ge=timedelta(seconds=1), description="fixed polling interval; unset: learned from what it publishes"
    )
    content: Literal["excerpt", "full"] | None = Field(
        None, description="how much of its text is shown; unset: [publishing] content"
    )
    pictures: PicturePolicy | None = Field(
        None, description="thumbnail, link or none, see [publishing]; unset: [publishing] pictures"
    )
    articles: bool | None = Field(
        None,
        description="fetch the page of an item without full text; unset: if content of this source is full",
    )
    enabled: bool = Field(True, description="false: not polled; stored items stay")
    include: WordList = Field((), description="store only entries that match one of these rules, see [filters]")
    exclude: WordList = Field((), description="do not store entries that match one of these rules, see [filters]")
    advertorial: AdvertorialPolicy | None = Field(
        None, description="keep, mark or drop advertisements; unset: [filters] advertorial"
    )
    former: tuple[Slug, ...] = Field(
        (), description="former slugs, if slug and address change at once: their history is kept"
    )


class Settings(SettingsTable):
    """The whole file: one field for each table."""

    site: SiteSettings = SiteSettings()
    database: DatabaseSettings = DatabaseSettings()
    web: WebSettings = WebSettings()
    polling: PollingSettings = PollingSettings()
    publishing: PublishingSettings = PublishingSettings()
    retention: RetentionSettings = RetentionSettings()
    learning: LearningSettings = LearningSettings()
    filters: FilterSettings = FilterSettings()
    categories: tuple[CategoryConfig, ...] = ()
    sources: tuple[SourceConfig, ...] = ()
    notify: tuple[NotifyConfig, ...] = ()
    summaries: SummariesSettings = SummariesSettings()
