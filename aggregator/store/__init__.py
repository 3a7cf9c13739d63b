"""Storage in SQLite or PostgreSQL behind one class, ``Store``.

The only package with SQL (SQLAlchemy Core); ``sql.dialect`` and ``sql.dialect_search`` alone distinguish SQLite from
PostgreSQL. Layers: ``schema`` and ``sql`` at the bottom, then the modules of this folder, which several parts of the
API share, then ``api``. Callers exchange frozen values of ``aggregator.model``. Every read is served from an index and
bounded by its limit; every write belongs to one transaction.
"""

from __future__ import annotations

from aggregator.store.api.snapshot import Snapshot
from aggregator.store.api.store import Store, Writer
from aggregator.store.api.stories import HotWindow
from aggregator.store.placement_plan import PlacementPlan, PlannedDocument, SnapshotOutdated
from aggregator.store.story_changes import Edits, story_changes
from aggregator.store.story_membership import StoryMember, StoryMembership

__all__ = [
    "Edits",
    "HotWindow",
    "PlacementPlan",
    "PlannedDocument",
    "Snapshot",
    "SnapshotOutdated",
    "Store",
    "StoryMember",
    "StoryMembership",
    "Writer",
    "story_changes",
]
