"""Types of the values in ``config.toml``, and what is said of a value that is none."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from aggregator.config.durations import parse_duration, parse_size
from aggregator.fetching.address_guard import parse_allow_entry
from aggregator.fetching.rsshub import is_route
from aggregator.steps.categories.keywords import MAX_WEIGHT, KeywordSpec
from aggregator.steps.categories.patterns import compile_pattern
from aggregator.texts import Phrase


def _http_url(value: str) -> str:
    try:
        parts = urlsplit(value.strip())
        named = parts.port is None or parts.port > 0
    except ValueError:  # not a port, or not an address in brackets
        named = False
    if not named or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(Phrase("write a full address that begins with http:// or https://"))
    if parts.username or parts.password:
        raise ValueError(Phrase("leave user name and password out of the address"))
    return value.strip()


def _proxy_url(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    _http_url(f"{scheme}{separator}{rest.rpartition('@')[2]}")
    return value


def _source_url(value: str) -> str:
    value = value.strip()
    if not is_route(value):
        return _http_url(value)
    if not re.fullmatch(r"rsshub://[A-Za-z0-9][^\s#\\]*", value) or ".." in value:
        raise ValueError(Phrase('write a route as RSSHub documents it, such as "rsshub://weibo/user/1195230310"'))
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", value):
        raise ValueError(Phrase('use 1 to 64 of a-z, 0-9 and "-", for example "lunan-daily"'))
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(Phrase('write a time zone by its name, such as "Asia/Shanghai"')) from None
    return value


def _encoding(value: str) -> str:
    try:
        "".encode(value)
    except LookupError:
        raise ValueError(Phrase('write a known encoding, such as "utf-8", "gbk" or "big5"')) from None
    return value


def _region(value: str) -> str:
    if not re.fullmatch(r"\d{6}", value, re.ASCII):
        raise ValueError(Phrase('write a GB/T 2260 code of six digits, such as "370400"; gedi locate prints it'))
    return value


def _category(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)?", value):
        raise ValueError(Phrase('write the path of a category, such as "society" or "emotion/story"'))
    return value


def _keyword(value: str) -> str:
    spec = KeywordSpec.parse(value)
    if not spec.word or not abs(spec.weight) <= MAX_WEIGHT:
        raise ValueError(
            Phrase(
                'write a word, or "word:2" with a weight up to {weight:g}, or "-word" for a word against it',
                weight=MAX_WEIGHT,
            )
        )
    return value


def _pattern(value: str) -> str:
    try:
        compile_pattern(value)
    except ValueError as error:
        raise ValueError(Phrase("is not a valid regular expression: {reason}", reason=error.args[0])) from None
    return value


def _list_place(value: str) -> str:
    if is_list_address(value):
        return _http_url(value)
    if not value or "://" in value or "\x00" in value:
        raise ValueError(
            Phrase('write a file, a pattern such as "sources.d/*.toml", or an address of an OPML document')
        )
    return value


def is_list_address(place: str) -> bool:
    """Return whether a place of ``sources_from`` is fetched and not read from a file."""
    return re.match(r"https?://", place, re.IGNORECASE) is not None


def _allow_entry(value: str) -> str:
    parse_allow_entry(value)
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError(Phrase('write an address or a network, such as "127.0.0.1" or "10.0.0.0/8"')) from None
    return value


def _link(value: str) -> str:
    if value.startswith("/") and not value.startswith(("//", "/\\")):
        return value
    if re.fullmatch(r"mailto:[!-~]+@[!-~]+", value):
        return value
    return _http_url(value)


def _icp(value: str) -> str:
    if not re.fullmatch(r"[\u4e00-\u9fff]ICP备\d{4,12}号(-\d{1,4})?[A-Z]?", value):
        raise ValueError(Phrase('write the number as it was issued, such as "京ICP备2024000001号-1"'))
    return value


def _police(value: str) -> str:
    if not re.fullmatch(r"[\u4e00-\u9fff]公网安备\s?\d{14}号", value, re.ASCII):
        raise ValueError(
            Phrase('write the number as it was issued, with 14 digits, such as "京公网安备11010502030143号"')
        )
    return value


def _color(value: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise ValueError(Phrase('write a color as "#rrggbb", such as "#faf9f6"'))
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Size = Annotated[int, BeforeValidator(parse_size), Field(ge=1000)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
SourceUrl = Annotated[str, AfterValidator(_source_url)]
ProxyUrl = Annotated[str, AfterValidator(_proxy_url)]
Slug = Annotated[str, AfterValidator(_slug)]
Timezone = Annotated[str, AfterValidator(_timezone)]
LinkAddress = Annotated[str, AfterValidator(_link)]
Color = Annotated[str, AfterValidator(_color)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Region = Annotated[str, AfterValidator(_region)]
CategoryPath = Annotated[str, AfterValidator(_category)]
SelectorText = Annotated[str, Field(min_length=1, max_length=300)]
WordList = tuple[Annotated[str, Field(min_length=1, max_length=200)], ...]
KeywordList = tuple[Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_keyword)], ...]
PatternList = tuple[Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_pattern)], ...]
AllowEntry = Annotated[str, AfterValidator(_allow_entry)]
Network = Annotated[str, AfterValidator(_network)]
ListPlace = Annotated[str, AfterValidator(_list_place)]
IcpNumber = Annotated[str, AfterValidator(_icp)]
PoliceNumber = Annotated[str, AfterValidator(_police)]


class SettingsTable(BaseModel):
    """A table of the file: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
