"""Dates, excerpts and HTML as the outlets' systems write them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from samples.outlets import Outlet
from samples.pictures import HEIGHT, WIDTH, picture_name
from samples.timeline import CHINA

EXCERPT = 88  # characters

HTML_ENTITIES = {"“": "&ldquo;", "”": "&rdquo;", "—": "&mdash;", "·": "&middot;", "…": "&hellip;"}


def html_of(outlet: Outlet, paragraphs: tuple[str, ...]) -> str:
    """Return the body of an item as HTML."""
    parts = [escape(part, quote=False) for part in paragraphs]
    if outlet.markup == "br":
        return _picture(outlet, paragraphs) + "<br/><br/>".join(f"　　{part}" for part in parts)
    if outlet.markup == "styled":
        pixel = f'<img src="/{outlet.slug}/count.gif" width="1" height="1" alt=""/>'
        style = "text-indent: 2em; font-family: 宋体; line-height: 28px"
        body = "".join(f'<p style="{style}"><span style="font-size: 16px">{part}</span></p>' for part in parts)
        body = f"{_picture(outlet, paragraphs)}{body}<p>&nbsp;</p>{pixel}"
        return f'<div class="TRS_Editor">{body}<script>count();</script></div>'
    first, *rest = (f"<p>{part}</p>\n" for part in parts)
    return "".join((first, _picture(outlet, paragraphs), *rest))


def _picture(outlet: Outlet, paragraphs: tuple[str, ...]) -> str:
    """Return the picture of an article as the outlet's system inserts it, or nothing."""
    name = picture_name(paragraphs[0])
    if name is None:
        return ""
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    return (
        f'<p style="text-align: center"><img src="/{outlet.slug}/pictures/{name}.png" {size} alt="演示用的图片"/></p>\n'
    )


def excerpt_of(paragraphs: tuple[str, ...]) -> str:
    """Return the first characters of the text, as plain text."""
    text = "".join(paragraphs)
    return text if len(text) <= EXCERPT else text[:EXCERPT] + "……"


def title_of(outlet: Outlet, title: str) -> str:
    """Return the title, with HTML entities for typographic marks where the outlet writes those."""
    if not outlet.uses_html_entities:
        return title
    return "".join(HTML_ENTITIES.get(character, character) for character in escape(title, quote=False))


def date_of(outlet: Outlet, moment: datetime) -> str:
    """Return a time in the outlet's form; "bare", "chinese" and "slashed" have no zone and mean UTC+8."""
    local = moment.astimezone(CHINA).replace(microsecond=0)
    match outlet.dates:
        case "iso":
            return local.isoformat()
        case "bare":
            return f"{local:%Y-%m-%d %H:%M:%S}"
        case "chinese":
            return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
        case "slashed":
            return f"{local.year}/{local.month}/{local.day} {local:%H:%M:%S}"
        case "gmt":
            return format_datetime(local.astimezone(UTC), usegmt=True)
        case "rfc822":
            return format_datetime(local)
