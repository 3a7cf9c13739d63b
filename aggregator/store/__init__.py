"""STATE: everything Gedi remembers, in SQLite or PostgreSQL, behind one class.

The law of this folder: the only SQL of the project (SQLAlchemy Core). ``dialect`` and ``dialect_search`` alone
know SQLite from PostgreSQL. Callers give and get frozen values of ``aggregator.model``. Every read is answered from
an index and bounded by its limit; every write belongs to one transaction.
"""

from __future__ import annotations

from aggregator.store.api.store import Store, Writer
from aggregator.store.api.stories import HotWindow

__all__ = ["HotWindow", "Store", "Writer"]
