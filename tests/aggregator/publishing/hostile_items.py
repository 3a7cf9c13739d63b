"""A site with hostile items."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from werkzeug.test import Client

from aggregator.messages import decisions
from aggregator.model import MediaFile
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.entries.sanitize import sanitize
from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_wsgi

_HTML = (
    '<div style="x:y" onclick="z()"><p>甲<a href="#注一">注</a> <a href="/相对?a=1&b=2">乙</a> &nbsp;&copy; 1 < 2<br>'
    '<img src="x.jpg" srcset="y"><script>alert(1)</script><iframe src="//e"></iframe><b>没有合上'
)


def build_hostile_site(store: Store) -> Client:
    """Store sixty items in /feeds/tech, of a source with full texts; one is withdrawn, one an advertorial."""
    made = fixture_site.build(store)
    known = store.sync_sources(fixture_site.sources(), NOW, timedelta(0))
    names = (
        "<b>粗</b> & &nbsp; 😀 \ufffd ]]> <![CDATA[", "a < b & c > d", "　\u3000空", "x" * 300, "\U0010ffff\u2028尾",
    )  # fmt: skip
    guids = ("http://[", "has blank", "https://例.example/一", "tag:wrong", "post:12", "https://a.example/%zz", None)
    drafts = []
    for number in range(60):
        plain = fixture_site.draft(
            "nantang", f"{names[number % 5]} {number}", names[number % 3], minutes=number, category="tech"
        )
        drafts.append(
            replace(
                plain,
                guid=guids[number % 7] and f"{guids[number % 7]}{number}",
                url=f"https://例.example/路 径/{number}?a[]=1&b=2",
                html=sanitize(_HTML),
                author=names[number % 5],
                editor=names[(number + 1) % 5],
                language=("cn", "english", "zh_TW", "ug")[number % 4],
                rights="© 甲 <a@b.example> &copy;",
                terms=("<i>", "a&b", " ", "要闻"),
                media=(
                    MediaFile("https://a.example/声 音.mp3", "audio mpeg", None),
                    MediaFile("javascript:x", "image/png", -1),
                    MediaFile("https://a.example/2.jpg", "image/jpeg", 12),
                    MediaFile("https://a.example/3.jpg", "", 0),
                ),
                updated=plain.published + timedelta(minutes=1) if number % 2 else None,
                place=Gazetteer.load().place("370400", decisions.IN_TITLE(names=("枣庄",))),
                advertorial=decisions.LABEL_IN_TITLE(words="推广") if number == 7 else None,
            )
        )
    ids = fixture_site.insert(store, known["beiling"], drafts)
    store.remove([ids[drafts[3].uid]], NOW, "asked for")
    return Client(create_wsgi(store, made.config, clock=lambda: NOW + timedelta(minutes=1)))
