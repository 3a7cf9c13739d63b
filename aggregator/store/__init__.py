"""Storage in SQLite or PostgreSQL behind one class, ``Store``.

The only package with SQL (SQLAlchemy Core); ``sql.dialect`` and ``sql.dialect_search`` alone distinguish SQLite from
PostgreSQL. Layers: ``schema`` and ``sql`` at the bottom, then the modules of this folder, which several parts of the
API share, then ``api``. Callers exchange frozen values of ``aggregator.model``. Every read is served from an index and
bounded by its limit; every write belongs to one transaction.
"""

from __future__ import annotations

from aggregator.store.api.store import Store, Writer
from aggregator.store.api.stories import HotWindow

__all__ = ["HotWindow", "Store", "Writer"]
