"""The feed poller that a programmer writes in an afternoon, to compare with: feedparser, requests, 20 threads, SQLite.

No duplicates across feeds, no categories, no regions, no search. Usage: ``afternoon_script.py DATABASE URLS``, a file
with an address per line.
"""

from __future__ import annotations

import sqlite3
import sys
from calendar import timegm
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import feedparser
import requests

SCHEMA = """
CREATE TABLE IF NOT EXISTS feeds (url TEXT PRIMARY KEY, etag TEXT, modified TEXT);
CREATE TABLE IF NOT EXISTS entries (
    feed TEXT, id TEXT, title TEXT, link TEXT, published REAL, summary TEXT, content TEXT, PRIMARY KEY (feed, id)
);
"""
Row = tuple[Any, ...]


def fetch(url: str, etag: str | None, modified: str | None) -> tuple[Row | None, list[Row]]:
    """Return the new validators and the entries; nothing if the feed has not changed."""
    validators = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = {name: value for name, value in validators.items() if value}
    try:
        response = requests.get(url, headers=headers, timeout=30)
        response.raise_for_status()
    except requests.RequestException as error:
        print(url, error)
        return None, []
    if response.status_code == 304:
        return None, []
    feed = feedparser.parse(response.content, response_headers=dict(response.headers))
    rows = [to_row(url, entry) for entry in feed.entries]
    return (url, response.headers.get("ETag"), response.headers.get("Last-Modified")), rows


def to_row(url: str, entry: Any) -> Row:
    date = entry.get("published_parsed") or entry.get("updated_parsed")
    content = entry.content[0].value if "content" in entry else None
    key = entry.get("id") or entry.get("link")
    return (url, key, entry.get("title"), entry.get("link"), date and timegm(date), entry.get("summary"), content)


def main(database: str, urls: str) -> None:
    db = sqlite3.connect(database)
    db.executescript("PRAGMA journal_mode = WAL;" + SCHEMA)
    known = {url: (etag, modified) for url, etag, modified in db.execute("SELECT * FROM feeds")}
    with ThreadPoolExecutor(20) as pool:
        addresses = Path(urls).read_text().split()
        for feed, rows in pool.map(lambda url: fetch(url, *known.get(url, (None, None))), addresses):
            if feed:
                db.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)", feed)
                db.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
                db.commit()
    db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
