"""The form by which readers request a correction: its fields, their limits and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aggregator.model.correction_requests import RequestText
from web.i18n.language import t
from web.site import Site

LIMITS = {"about": 500, "text": 2000, "name": 100, "email": 200}  # characters
MAX_BODY = 100_000  # bytes, so that a text that is too long comes back to the reader instead of being lost
HONEYPOT = "homepage"  # hidden from readers; programs fill it in
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
_SAFE_PATH = re.compile(r"/(?![/\\])[^\\]*")  # browsers read "//" and "/\\" as the beginning of a host
_ITEM_PATH = re.compile(r"/item/(\d{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class CorrectionForm:
    """The fields as typed, and field -> what is wrong with it."""

    values: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    is_spam: bool = False


def empty_form(about: str = "") -> CorrectionForm:
    """Return the form before anything was typed, with the address of what is concerned."""
    return CorrectionForm({**dict.fromkeys(LIMITS, ""), "about": about})


def parse_form(posted: Mapping[str, str]) -> CorrectionForm:
    """Return the fields of a posted form, and what is wrong with them."""
    values = {name: _clean(posted.get(name, ""), lines=name == "text") for name in LIMITS}
    return CorrectionForm(values, dict(_problems(values)), is_spam=bool(posted.get(HONEYPOT)))


def request_of(site: Site, form: CorrectionForm, host: str) -> RequestText:
    """Return the request of a valid form. ``host``: under which the reader has the site."""
    return RequestText(**form.values, item_id=_item_id(site, form.values["about"], host))


def site_path(site: Site, address: str, host: str = "") -> str | None:
    """Return the path of an address of this site, safe as a link; None for any other text."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    hosts = {urlsplit(site.url).netloc, host}
    is_ours = (parts.scheme in ("http", "https") and parts.netloc in hosts) or (not parts.scheme and not parts.netloc)
    return parts.path if is_ours and _SAFE_PATH.fullmatch(parts.path) else None


def _item_id(site: Site, about: str, host: str) -> int | None:
    """Return the item with this number, or this address on the site or at its publisher."""
    path = site_path(site, about, host)
    if path is not None:
        match = _ITEM_PATH.fullmatch(path)
        return site.store.find_item_id(match[1]) if match else None
    item_id = site.store.find_item_id(about)
    if item_id is None or about.isdecimal():
        return item_id
    card = site.store.item_cards([item_id]).get(item_id)  # another site's /item/7 is not the item 7 of this site
    return item_id if card is not None and card.url == about else None


def _problems(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if not values["about"]:
        yield "about", t("请填写是哪条新闻：它的地址，或标题。")
    if not values["text"]:
        yield "text", t("请写明哪里有误，应当怎样。")
    if values["email"] and not _EMAIL.fullmatch(values["email"]):
        yield "email", t("这不像一个电子邮箱；请改正，或者留空。")
    for name, limit in LIMITS.items():
        if len(values[name]) > limit:
            yield name, t("太长了：现在%(length)s字，最多%(limit)s字。", length=len(values[name]), limit=limit)


def _clean(text: str, *, lines: bool) -> str:
    """Return what was typed without control characters; line ends are kept in a text of several lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter if letter.isprintable() or (lines and letter == "\n") else " " for letter in text).strip()
