"""Compressed texts: what was stored is read again, small, and with the dictionary that its frame names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from aggregator.steps.text import packing
from aggregator.steps.text.packing import pack_text, pack_texts, unpack_short_text, unpack_text, unpack_texts
from aggregator.store import Store
from aggregator.store.sql.dialect import open_engine, storable
from samples.article_texts import load_articles
from tests.aggregator.store.factories import NOW, draft, outlets, publish

TEXTS = st.text(max_size=40).map(storable)


@pytest.fixture(autouse=True)
def _own_contexts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(packing, "_contexts", packing._Contexts())
    unpack_texts.cache_clear()
    yield
    unpack_texts.cache_clear()


@given(html=st.one_of(st.none(), TEXTS), body=TEXTS)
def test_texts_are_read_as_they_were_stored(html: str | None, body: str) -> None:
    assert unpack_texts(pack_texts(html, body)) == (html, body)


def test_short_texts_are_packed_alone() -> None:
    assert unpack_short_text(pack_text("连日暴雨")) == unpack_text(pack_text("连日暴雨")) == "连日暴雨"


def test_a_report_takes_a_third_of_its_bytes() -> None:
    plain = packed = 0
    for article in load_articles():
        html = "".join(f"<p>{part}</p>" for part in article.paragraphs)
        body = "\n".join(article.paragraphs)
        plain += len(html.encode()) + len(body.encode())
        packed += len(pack_texts(html, body))
    assert packed < plain / 3


def test_another_dictionary_leaves_earlier_texts_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = pack_texts("<p>暴雨</p>", "暴雨")
    samples: list[bytes | bytearray | memoryview] = [f"暴雨红色预警{n}，请注意防范".encode() for n in range(3000)]
    other = zstandard.train_dictionary(2000, samples, dict_id=7)
    known = packing._dictionary
    monkeypatch.setattr(packing, "_dictionary", lambda number: other if number == 7 else known(number))
    monkeypatch.setattr(packing, "CURRENT_DICTIONARY", 7)
    monkeypatch.setattr(packing, "_contexts", packing._Contexts())
    later = pack_texts(None, "台风")
    assert [zstandard.get_frame_parameters(frame).dict_id for frame in (earlier, later)] == [1, 7]
    assert (unpack_texts(earlier), unpack_texts(later)) == (("<p>暴雨</p>", "暴雨"), (None, "台风"))


def test_a_text_of_a_newer_dictionary_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    samples: list[bytes | bytearray | memoryview] = [f"暴雨红色预警{n}，请注意防范".encode() for n in range(3000)]
    newer = zstandard.train_dictionary(2000, samples, dict_id=99)
    frame = zstandard.ZstdCompressor(dict_data=newer).compress(b"x")
    with pytest.raises(LookupError, match="newer version of Gedi"):
        unpack_texts(frame)


def test_the_store_keeps_texts_compressed_only(store: Store, database_url: str) -> None:
    outlets(store, "a")
    (stored,) = publish(store, "a", draft("1", text="连日暴雨", html="<p>连日暴雨\x00</p>"))
    (without,) = publish(store, "a", draft("2", text="", html=None))
    engine = open_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT html, text, packed IS NULL FROM texts")).all()
    engine.dispose()
    assert [(html, body, bool(empty)) for html, body, empty in rows] == [(None, "", False)] * 2
    details = store.item_details([stored, without])
    assert (details[stored].html, details[stored].text) == ("<p>连日暴雨</p>", "连日暴雨")
    assert (details[without].html, details[without].text) == (None, "")
    store.remove([stored], NOW)
    detail = store.item_details([stored])[stored]
    assert (detail.html, detail.text) == (None, "")
