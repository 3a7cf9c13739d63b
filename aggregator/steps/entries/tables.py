"""Tell tables of data from tables that only lay out a page, in HTML as published. Linear in its input."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PARTS = re.compile(r"<(/?)(table|tr|td|th|thead|tbody|tfoot|caption|colgroup|col)\b[^<>]*>", re.I)
_DATA_ROWS, _DATA_CELLS = 2, 2  # a table of data has at least so many rows, and one row so many cells


@dataclass(slots=True)
class _Table:
    start: int  # position of the first part
    rows: int = 0
    cells: int = 0  # of the current row
    widest: int = 0  # cells of the widest row
    is_layout: bool = False
    is_closed: bool = False

    @property
    def has_data(self) -> bool:
        return self.is_closed and not self.is_layout and self.rows >= _DATA_ROWS and self.widest >= _DATA_CELLS


def unwrap_layout_tables(markup: str) -> str:
    """Return HTML in which only tables of data are tables; the cells of the others become paragraphs.

    A table around another one, with a single row or a single column, or without an end is layout.
    """
    if "<t" not in markup and "<T" not in markup:
        return markup
    parts = list(_PARTS.finditer(markup))
    owners: list[_Table | None] = []
    open_tables: list[_Table] = []
    for part in parts:
        closing, name = bool(part[1]), part[2].lower()
        if name == "table" and not closing:
            for outer in open_tables:
                outer.is_layout = True
            open_tables = [_Table(part.start())]  # the outer ones are layout, whatever follows
        owners.append(open_tables[-1] if open_tables else None)
        if not open_tables:
            continue
        table = open_tables[-1]
        if name == "table" and closing:
            table.is_closed = True
            open_tables.pop()
        elif not closing and name == "tr":
            table.rows += 1
            table.cells = 0
        elif not closing and name in ("td", "th"):
            table.cells += 1
            table.widest = max(table.widest, table.cells)
    pieces, position = [], 0
    for part, owner in zip(parts, owners, strict=True):
        pieces.append(markup[position : part.start()])
        pieces.append(part[0] if owner is not None and owner.has_data else "</p>" if part[1] else "<p>")
        position = part.end()
    return "".join(pieces) + markup[position:]
