"""Storage in SQLite or PostgreSQL behind one class, ``Store``.

The only package with SQL (SQLAlchemy Core); ``sql.dialect`` and ``sql.dialect_search`` alone distinguish SQLite from
PostgreSQL. Layers: ``schema`` and ``sql`` at the bottom, then the modules of this folder, which several parts of the
API share, then ``api``. Callers exchange frozen values of ``aggregator.model``. Every read is served from an index and
bounded by its limit; every write belongs to one transaction.

The names of this package are imported when they are used first, so that ``api.poll_store`` loads without the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.store.api.store import Store, Writer
    from aggregator.store.api.stories import HotWindow

__all__ = ["HotWindow", "Store", "Writer"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from aggregator.store.api import store, stories

    globals().update(Store=store.Store, Writer=store.Writer, HotWindow=stories.HotWindow)
    return globals()[name]
