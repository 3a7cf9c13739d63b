"""A message of notices: as words for people, and as JSON for programs.

It is built for each attempt: what was withdrawn meanwhile is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from aggregator.config.load import Config
from aggregator.messages import Message, render
from aggregator.messages import notifications as texts
from aggregator.model import ItemCard, Story
from aggregator.model.health import Incident
from aggregator.model.notifications import DAILY, ENDED, INCIDENT, Notice, OutboxMessage
from aggregator.notifications.targets import Target
from aggregator.publishing.daily_digest import build_digest
from aggregator.publishing.daily_selection import split_listing
from aggregator.publishing.first_reports import find_first_reports
from aggregator.steps.stories.first_report import FirstReport
from aggregator.store import Store

MAX_TEXT_BYTES = 1500  # of a message in a chat: the smallest limit is 2,048 with the title (企业微信)
MAX_REPORTS = 50  # of a story that are read for the names of its outlets
MAX_OUTLETS = 3  # named in words


@dataclass(frozen=True, slots=True)
class Part:
    """One story or incident of a message. ``data``: as JSON."""

    title: str
    detail: str
    url: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """A message. ``text`` is short enough for every chat, ``full_text`` has everything."""

    title: str
    text: str
    full_text: str
    payload: dict[str, Any]


def build_content(
    message: OutboxMessage, notices: Sequence[Notice], target: Target, config: Config, store: Store
) -> Content | None:
    """Return a message; None if nothing of it is left."""
    if notices and notices[0].subject.startswith(DAILY):
        return _daily_content(message, notices[-1], target, config, store)
    is_incident = bool(notices) and notices[0].subject.startswith(INCIDENT)
    parts = (_incident_parts if is_incident else _story_parts)(notices, target, config, store)
    if not parts:
        return None
    site = config.site.title
    if len(parts) == 1:
        title = parts[0].title
    else:
        heading = texts.INCIDENTS if is_incident else texts.STORIES
        title = render(heading(site=site, count=len(parts)), target.language)
    more = (config.site.url or "") + _list_page(target)
    payload = _envelope(message.id, message.created, target, config, title)
    payload["incidents" if is_incident else "stories"] = [part.data for part in parts]
    text = _short_text(parts, target, more)
    if site not in title:  # robots of some chats require a word that is in every message
        text = f"{text}\n{site}"
    return Content(title, text, "\n\n".join(_lines(parts)), payload | {"text": text})


def _daily_content(
    message: OutboxMessage, notice: Notice, target: Target, config: Config, store: Store
) -> Content | None:
    """Return the digest of a day; several that have waited are one message with the last of them."""
    category, region = split_listing(config, target.what.value) or (None, None)
    day = date.fromisoformat(notice.subject.removeprefix(DAILY))
    digest = build_digest(store, config, day, category, region, max(message.created, notice.at))
    if digest is None:
        return None
    payload = _envelope(message.id, message.created, target, config, digest.title)
    shown = {"day": day.isoformat(), "url": digest.url, "html": digest.html, "text": digest.text}
    text = _shortened(digest.text)
    return Content(digest.title, text, digest.text, payload | {"stories": [], "digest": shown, "text": text})


def build_test(message_id: str, target: Target, config: Config, now: datetime) -> Content:
    """Return a message that only shows that a target can be reached."""
    title = render(texts.TEST_TITLE(site=config.site.title), target.language)
    what = f"{target.what.kind}{'/' if target.what.value else ''}{target.what.value}"
    text = render(texts.TEST_TEXT(name=target.name, what=what), target.language)
    payload = _envelope(message_id, now, target, config, title) | {"test": True, "stories": [], "text": text}
    return Content(title, text, text, payload)


def _envelope(message_id: str, created: datetime, target: Target, config: Config, title: str) -> dict[str, Any]:
    return {
        "id": message_id,
        "created": created.isoformat(timespec="seconds"),
        "site": {"title": config.site.title, "url": config.site.url},
        "target": target.name,
        "what": target.what.kind,
        "value": target.what.value or None,
        "language": target.language,
        "title": title,
    }


def _list_page(target: Target) -> str:
    value = quote(target.what.value)
    return {
        "hot": "/hot",
        "category": f"/category/{value}",
        "region": f"/region/{value}",
        "search": f"/search?q={value}",
        "incidents": "/status",
        "daily": "/daily",
    }[target.what.kind]


# ---------------------------------------------------------------- stories
def _story_parts(notices: Sequence[Notice], target: Target, config: Config, store: Store) -> list[Part]:
    cards = store.item_cards([notice.item_id for notice in notices if notice.item_id is not None])
    shown: dict[int, ItemCard] = {}  # story -> the first report of it in the message
    for notice in notices:
        if (card := cards.get(notice.item_id or 0)) is not None:
            shown.setdefault(card.story_id, card)
    stories = store.stories_by_id(list(shown))
    reports = store.story_items(list(stories), MAX_REPORTS)
    firsts = find_first_reports(store, config, reports)
    return [
        _story_part(stories[story], card, reports[story], firsts[story], target, config)
        for story, card in shown.items()
        if reports.get(story)
    ]


def _story_part(
    story: Story,
    noticed: ItemCard,
    reports: Sequence[ItemCard],
    found: FirstReport,
    target: Target,
    config: Config,
) -> Part:
    card = noticed if any(report.id == noticed.id for report in reports) else story.lead
    base, is_one = config.site.url or "", story.outlets < 2
    url = f"{base}/item/{card.id}" if is_one else f"{base}/story/{story.id}"
    names = list(dict.fromkeys(report.source_title for report in reports)) or [card.source_title]
    first = found.first.card
    when = card.published.astimezone(target.zone).strftime("%m-%d %H:%M")
    if is_one:
        detail = f"{card.source_title} {when}"
    else:
        said = texts.OUTLETS(names=_join(names[:MAX_OUTLETS], target.language), count=story.outlets)
        begun = render(texts.FIRST(outlet=first.source_title), target.language) if found.known_id else ""
        detail = f"{render(said, target.language)} {when} {begun}".rstrip()
    data = {
        "story": story.id,
        "item": card.id,
        "title": card.title,
        "url": url,
        "link": card.url,
        "excerpt": card.excerpt,
        "published": card.published.isoformat(timespec="seconds"),
        "outlets": names,
        "outlet_count": story.outlets,
        "reports": story.items,
        "first": first.source_title,
        "category": card.category,
        "region": card.place.region,
        "regions": list(card.place.regions),
    }
    return Part(card.title, detail, url, data)


def _join(names: Sequence[str], language: str) -> str:
    return ("、" if language.startswith("zh") else ", ").join(names)


# ---------------------------------------------------------------- incidents
def _incident_parts(notices: Sequence[Notice], target: Target, config: Config, store: Store) -> list[Part]:
    numbers = {notice.subject: int(notice.subject.split("/")[1]) for notice in notices}
    incidents = store.incidents_by_id(set(numbers.values()))
    return [
        _incident_part(incidents[number], subject.endswith(ENDED), target, config)
        for subject, number in numbers.items()
        if number in incidents
    ]


def _incident_part(incident: Incident, is_over: bool, target: Target, config: Config) -> Part:
    name = incident.title or incident.slug or "?"
    reason = incident.detail.map_text(config.redact)
    if incident.subject == "source":
        said: Message = texts.OVER["source"](name=name) if is_over else texts.BEGAN["source"](name=name, reason=reason)
    else:
        said = (texts.OVER if is_over else texts.BEGAN)[incident.subject]()
    title = render(said, target.language)
    began, ended = (
        at.astimezone(target.zone).strftime("%m-%d %H:%M") if at else "" for at in (incident.began, incident.ended)
    )
    span = texts.FROM_TO(began=began, ended=ended) if is_over else texts.SINCE(began=began)
    query = f"?source={quote(incident.slug)}" if incident.slug else ""
    url = f"{config.site.url or ''}/status{query}"
    data = {
        "incident": incident.id,
        "event": "ended" if is_over else "began",
        "subject": incident.subject,
        "source": incident.slug,
        "title": title,
        "reason": render(reason, target.language),
        "began": incident.began.isoformat(timespec="seconds"),
        "ended": incident.ended.isoformat(timespec="seconds") if incident.ended else None,
        "url": url,
    }
    return Part(title, render(span, target.language), url, data)


# ---------------------------------------------------------------- words
def _lines(parts: Sequence[Part]) -> list[str]:
    if len(parts) == 1:
        return [f"{parts[0].detail}\n{parts[0].url}"]
    return [f"{number}. {part.title}\n{part.detail}\n{part.url}" for number, part in enumerate(parts, 1)]


def _short_text(parts: Sequence[Part], target: Target, more: str) -> str:
    """Return as many parts as fit, and how many others there are."""
    lines = _lines(parts)
    size = 0
    for number, line in enumerate(lines):
        size += len(line.encode()) + 2
        if number and size > MAX_TEXT_BYTES:
            rest = render(texts.MORE(count=len(lines) - number, url=more), target.language)
            return "\n\n".join([*lines[:number], rest])
    return "\n\n".join(lines)


def _shortened(text: str) -> str:
    """Return as many paragraphs as a chat shows, and the last one, which is the address of the whole."""
    *parts, address = text.strip().split("\n\n")
    size = len(address.encode())
    for number, part in enumerate(parts):
        size += len(part.encode()) + 2
        if number and size > MAX_TEXT_BYTES:
            parts = parts[:number]
            break
    return "\n\n".join([*parts, address])
