"""Storage in SQLite or PostgreSQL behind one class, ``Store``.

The only package with SQL (SQLAlchemy Core); ``sql.dialect``, ``dialect_search``, ``database_clock`` and ``locks``
alone distinguish SQLite from PostgreSQL. Layers: ``schema`` and ``sql`` at the bottom, then the modules of this folder,
which several parts of the API share, then ``api``. Callers exchange frozen values of ``aggregator.model``. Every read
is served from an index and bounded by its limit; every write belongs to one transaction.

The names of this package are imported when they are used first, so that ``api.poll_store`` loads without the rest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.store.api.connection import StatementTimeoutError
    from aggregator.store.api.snapshot import Snapshot
    from aggregator.store.api.store import Store, Writer
    from aggregator.store.api.stories import HotWindow
    from aggregator.store.availability import DatabaseUnavailableError
    from aggregator.store.leases import LeaseLostError
    from aggregator.store.open_changes import SnapshotOutdated
    from aggregator.store.placement_plan import PlacementPlan, PlannedDocument
    from aggregator.store.sql.replica import Reading, ReplicaState, use_reading
    from aggregator.store.story_changes import Edits, compute_story_changes
    from aggregator.store.story_membership import StoryMember, StoryMembership

__all__ = [
    "DatabaseUnavailableError",
    "Edits",
    "HotWindow",
    "LeaseLostError",
    "PlacementPlan",
    "PlannedDocument",
    "Reading",
    "ReplicaState",
    "Snapshot",
    "SnapshotOutdated",
    "StatementTimeoutError",
    "Store",
    "StoryMember",
    "StoryMembership",
    "Writer",
    "compute_story_changes",
    "use_reading",
]
_MODULES = {
    "api.connection": ("StatementTimeoutError",),
    "api.snapshot": ("Snapshot",),
    "api.store": ("Store", "Writer"),
    "api.stories": ("HotWindow",),
    "availability": ("DatabaseUnavailableError",),
    "leases": ("LeaseLostError",),
    "open_changes": ("SnapshotOutdated",),
    "placement_plan": ("PlacementPlan", "PlannedDocument"),
    "sql.replica": ("Reading", "ReplicaState", "use_reading"),
    "story_changes": ("Edits", "compute_story_changes"),
    "story_membership": ("StoryMember", "StoryMembership"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
