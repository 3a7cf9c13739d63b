"""Checks that hold for every page: balanced tags, one h1, unique and valid ids, no foreign or inline resources."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from flask.testing import FlaskClient
from lxml import html

VOID = {"base", "br", "hr", "img", "input", "link", "meta", "path", "wbr"}


class _Balance(HTMLParser):
    """A parser that fails at the first end tag that does not match the last open element."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag, (tag, self.getpos())


def page_of(client: FlaskClient, path: str, status: int = 200) -> html.HtmlElement:
    """Return the parsed page after the checks that apply to every page."""
    response = client.get(path)
    assert response.status_code == status, (path, response.status)
    assert response.mimetype == "text/html"
    balance = _Balance()
    balance.feed(response.text)
    assert balance.open == [], path
    document = html.fromstring(response.data)
    check_sound(document, path)
    return document


def check_sound(document: html.HtmlElement, path: str) -> None:
    assert len(document.xpath("//h1")) == 1, path
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids)), (path, sorted(each for each in ids if ids.count(each) > 1))
    for name in document.xpath("//@aria-labelledby"):
        assert name in ids, (path, name)
    for label in document.xpath("//label/@for"):
        assert label in ids, (path, label)
    assert document.xpath("//title/text()")
    assert document.get("lang") in ("zh-CN", "zh-TW", "en")
    loaded = "//link[@rel!='icon']/@href | //script/@src | //img[not(starts-with(@src,'data:'))]/@src | //form/@action"
    for address in document.xpath(loaded):
        assert address.startswith(("/", "https://gedi.example/")), (path, address)
    for icon in document.xpath("//link[@rel='icon']/@href"):
        assert icon.startswith("data:image/svg+xml"), (path, icon)
    assert not document.xpath("//@style | //style | //script[not(@src) and @type!='application/ld+json']"), path
    assert not document.xpath("//*[@onclick or @onerror or @onload]"), path
    for data in document.xpath("//script[@type='application/ld+json']/text()"):
        json.loads(data)
    assert "Project-Id-Version" not in document.text_content(), path  # the header of a gettext catalog
    assert not re.search(r"(?<!-)\bNone\b(?!-)|\bundefined\b|Undefined", document.text_content()), path


def words_of(document: html.HtmlElement) -> str:
    return " ".join(document.text_content().split())
