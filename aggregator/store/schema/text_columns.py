"""Columns for queries of ``texts``: the HTML and the plain text of an item, however its row stores them.

``texts.packed`` has both compressed (``steps.text.packing``); rows of an older schema have them in ``html`` and
``text`` until they are converted. Queries select ``HTML`` and ``PLAIN_TEXT`` instead of these columns, writers use
``packed_values``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Dialect, LargeBinary, TypeDecorator
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from aggregator.steps.text.packing import pack_texts, unpack_texts
from aggregator.store.schema.tables import texts
from aggregator.store.sql.dialect import storable

_FRAME = b"\x28\xb5\x2f\xfd"  # first bytes of a zstd frame, which are not UTF-8


class _StoredText(TypeDecorator[str]):
    """One of the two texts of a row, from a frame or from UTF-8."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, part: int) -> None:
        super().__init__()
        self.part = part  # of the result of ``unpack_texts``

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], str | None]:
        """Return the function that reads the stored bytes."""
        part = self.part

        def read(stored: bytes | None) -> str | None:
            if stored is None:
                return None
            return unpack_texts(stored)[part] if stored.startswith(_FRAME) else stored.decode()

        return read


class _Stored(FunctionElement[str]):
    """``packed``, or the bytes of a text column where it is empty."""

    inherit_cache = True

    def __init__(self, plain: ColumnElement[Any], type_: TypeEngine[str]) -> None:
        self.type = type_
        super().__init__(texts.c.packed, plain)


@compiles(_Stored, "sqlite")
def _for_sqlite(element: _Stored, compiler: SQLCompiler, **options: Any) -> str:
    packed, plain = (compiler.process(column, **options) for column in element.clauses)
    return f"coalesce({packed}, CAST({plain} AS BLOB))"


@compiles(_Stored, "postgresql")
def _for_postgresql(element: _Stored, compiler: SQLCompiler, **options: Any) -> str:
    packed, plain = (compiler.process(column, **options) for column in element.clauses)
    return f"coalesce({packed}, convert_to({plain}, 'UTF8'))"


HTML = _Stored(texts.c.html, _StoredText(0)).label("html")
PLAIN_TEXT = _Stored(texts.c.text, _StoredText(1)).label("text")


def packed_values(html: str | None, text: str) -> dict[str, Any]:
    """Return the columns of ``texts`` that store an item's HTML and text."""
    return frame_values(pack_texts(storable(html), storable(text)))


def frame_values(frame: bytes) -> dict[str, Any]:
    """Return the same columns for HTML and text that are packed already."""
    return {"packed": frame, "html": None, "text": ""}
