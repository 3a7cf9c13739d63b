"""Stores with up to a million items of the generated outlets, so that polling can be measured beside a history.

A store is filled once for each state of the code that shapes it, and kept in the temporary folder until the week ends.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from aggregator.model import Draft, Place, Source
from aggregator.store import Store
from benchmarks.fill_for_intake import fill_store
from benchmarks.fill_for_reads import A_DAY, draft_of
from benchmarks.news_feeds import Outlet, cache_folder
from benchmarks.news_vocabulary import TOPICS, vocabulary

RECENT = 20_000  # newest items, with the sketch of their text and a search entry
WORDS = 120  # of a text
_ROOT = Path(__file__).parents[1]
_SHAPED_BY = ("aggregator/store/**/*.py", "aggregator/steps/stories/*.py", "benchmarks/fill_for_*.py")


def copy_filled_store(size: int, outlets: Sequence[Outlet], now: datetime, target: Path) -> None:
    """Copy a store of ``size`` items, the newest of this week, to ``target``."""
    year, week, _ = now.isocalendar()
    prefix = f"store-{year}w{week}-"
    path = cache_folder() / f"{prefix}{size}-{len(outlets)}-{_code_digest()}.db"
    if not path.exists():
        for former in cache_folder().glob("store-*"):
            if not former.name.startswith(prefix):
                former.unlink()
        temporary = path.with_suffix(".part")
        _fill(f"sqlite:///{temporary}", size, outlets, now)
        temporary.replace(path)
    shutil.copyfile(path, target)


def _fill(address: str, size: int, outlets: Sequence[Outlet], now: datetime) -> None:
    began = now - timedelta(days=size / A_DAY)
    store = Store.open(address)
    sources = [
        Source(0, outlet.slug, f"http://{outlet.slug}.example/feed", outlet.title, region=outlet.region.code)
        for outlet in outlets
    ]
    ids = store.sync_sources(sources, began, timedelta(0))
    fill_store(store, list(ids.values()), size, began=began, recent=min(RECENT, size), make_draft=_make_draft)
    store.close()


def _make_draft(number: int, place: Place) -> Draft:
    """Return a draft in the vocabulary of the generated news, so that terms are as frequent as in what is polled."""
    rng, words = random.Random(number), vocabulary()
    topic = words.topic(int(TOPICS * rng.random() ** 1.5))
    general = rng.choices(words.nouns.words, cum_weights=words.nouns.weights, k=WORDS // 2)
    chosen = rng.choices(topic.nouns + topic.verbs, k=WORDS // 2) + general
    rng.shuffle(chosen)
    text = "".join(chosen)
    draft = draft_of(number, place)
    return replace(
        draft, title="".join(chosen[:7]), excerpt=text[:120], html=f"<p>{text}</p>", text=text, length=len(text)
    )


def _code_digest() -> str:
    files = sorted(path for pattern in _SHAPED_BY for path in _ROOT.glob(pattern))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
