"""Store documents: decide on a snapshot, then write in one short transaction, and check at its end.

Other workers do the same meanwhile. What they have stored since the snapshot, and what is related to it, makes the
decision outdated, and the transaction is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from aggregator.intake.story_placement import plan_placements
from aggregator.model import Document
from aggregator.store import PlacementPlan, SnapshotOutdated, Store, Writer
from aggregator.store.api.workers import ClaimedWork

T = TypeVar("T")

MAX_ATTEMPTS = 3  # plans that others may outdate, before one is made within the transaction


def store_documents(
    store: Store,
    documents: Sequence[Document],
    now: datetime,
    finish: Callable[[Writer, PlacementPlan], T],
    claimed: Sequence[ClaimedWork] = (),
) -> T:
    """Store the first of the documents, as many as fit one plan. Returns what ``finish`` returns.

    ``finish`` writes in the same transaction what belongs to these documents. If others store related items between
    the snapshot and the transaction, a new plan is made; the last one is made while nobody else can write.
    Raises LeaseLostError if ``claimed`` work, which brought the documents, is no longer leased.
    """
    for _ in range(MAX_ATTEMPTS):
        with store.snapshot() as snapshot:
            plan = plan_placements(snapshot, documents, store.reserve_item_ids)
        with suppress(SnapshotOutdated):
            with store.write_transaction(settling=True) as writer:
                writer.require_leases(claimed)
                writer.store_plan(plan, now)
                result = finish(writer, plan)
            store.merge_marks()
            store.keep_partitions_ahead()
            return result
    with store.write_transaction() as writer:
        writer.require_leases(claimed)
        plan = plan_placements(writer.snapshot(), documents, writer.reserve_item_ids)
        writer.store_plan(plan, now)
        return finish(writer, plan)
