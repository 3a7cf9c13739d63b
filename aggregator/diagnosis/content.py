"""What is wrong inside a database that can be opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from aggregator.config.load import Config
from aggregator.diagnosis.findings import Finding
from aggregator.runtime.process_identity import process_id, state_of
from aggregator.store import Store
from aggregator.store.consistency import SKEW
from aggregator.texts import Phrase, counted, joined

_FIX = "gedi doctor --fix"


class Content:
    """The checks of a store. ``clock`` is read by each, because some take minutes."""

    def __init__(self, config: Config, store: Store, clock: Callable[[], datetime]) -> None:
        self._config, self._store, self._clock = config, store, clock

    def integrity(self) -> Iterator[Finding]:
        """Yield what the database finds wrong with itself."""
        problems = self._store.damage()
        if problems:
            yield Finding(
                "integrity",
                Phrase("the database is damaged: {problems}", problems=joined(problems[:3])),
                Phrase(
                    "make a copy of the file, stop the service and restore the last backup: gedi restore FILE; check "
                    "the disk. An invalid index of PostgreSQL is made anew by REINDEX INDEX"
                ),
            )

    def partitions(self) -> Iterator[Finding]:
        """Yield partitions of PostgreSQL that are missing."""
        state = self._store.partition_state()
        if state.missing:
            yield Finding(
                "partitions",
                Phrase("there is no partition for new rows of {tables}", tables=", ".join(state.missing)),
                Phrase("start the service, which creates it, or gedi doctor --fix"),
                Phrase("create it"),
                self._store.mend_partitions,
            )
        if state.misplaced:
            yield Finding(
                "partitions",
                Phrase(
                    "rows of {tables} are in the default partition, as their own was missing",
                    tables=", ".join(state.misplaced),
                ),
                Phrase("gedi doctor --fix, while the service may run; it waits until the rows are moved"),
                Phrase("create their partitions and move them"),
                self._store.mend_partitions,
            )

    def consistency(self) -> Iterator[Finding]:
        """Yield rows that contradict others."""
        if self._store.unconverted_items() is not None:
            yield Finding(
                "consistency",
                Phrase("items of an older version are still being converted"),
                Phrase(
                    "the running service goes on with it, or gedi prune converts the rest at once; run gedi doctor then"
                ),
                Phrase("convert all items"),
                self._convert,
            )
            return
        found, store = self._store.contradictions(), self._store
        if found.dangling:
            text = counted(
                found.dangling,
                Phrase("{count} row refers to rows that are missing"),
                Phrase("{count:,} rows refer to rows that are missing"),
            )
            yield Finding("consistency", text, Phrase("restore the last backup: gedi restore FILE"))
        if found.orphans:
            text = counted(
                found.orphans,
                Phrase("{count} row belongs to items or stories that are gone"),
                Phrase("{count:,} rows belong to items or stories that are gone"),
            )
            yield Finding("consistency", text, _FIX, Phrase("delete them"), store.delete_orphans)
        if found.stories:
            text = counted(
                len(found.stories),
                Phrase("{count} story differs from the items in it"),
                Phrase("{count:,} stories differ from the items in them"),
            )
            mend = partial(self._refresh_stories, found.stories)
            yield Finding("consistency", text, _FIX, Phrase("make them anew from their items"), mend)
        if found.counts:
            text = counted(
                len(found.counts),
                Phrase("{count} source has a wrong number of items"),
                Phrase("{count:,} sources have a wrong number of items"),
            )
            yield Finding("consistency", text, _FIX, Phrase("count again"), store.correct_counts)
        if found.unsearchable:
            text = counted(
                len(found.unsearchable),
                Phrase("{count} item cannot be found by the search"),
                Phrase("{count:,} items cannot be found by the search"),
            )
            mend = partial(store.add_to_search, found.unsearchable)
            yield Finding("consistency", text, _FIX, Phrase("add them to the search index"), mend)

    def clock(self) -> Iterator[Finding]:
        """Yield what points to a clock that is or was wrong."""
        difference = self._store.clock_difference(self._clock)
        if abs(difference) > SKEW:
            yield Finding(
                "clock",
                Phrase(
                    "the clock of the database's machine differs by {seconds:,} s",
                    seconds=round(difference.total_seconds()),
                ),
                Phrase("set the clocks of both machines, by NTP (timedatectl set-ntp true)"),
            )
        wrong = self._store.polls_in_future(self._clock())
        if wrong:
            yield Finding(
                "clock",
                counted(
                    len(wrong),
                    Phrase(
                        "{count} source was polled in the future, or will be polled only in weeks: the clock was wrong"
                    ),
                    Phrase(
                        "{count:,} sources were polled in the future, or will be polled only in weeks: the clock was "
                        "wrong"
                    ),
                ),
                Phrase("set the clock, then gedi doctor --fix"),
                Phrase("poll them now"),
                lambda: self._store.make_due(wrong, self._clock()),
            )

    def workers(self) -> Iterator[Finding]:
        """Yield workers that are gone, and work that nobody does."""
        silent = [owner for owner in self._store.silent_workers() if state_of(owner) != "running"]
        if silent:
            names = joined(
                Phrase("{machine} process {number}", machine=owner.partition(":")[0], number=process_id(owner))
                for owner in silent[:3]
            )
            yield Finding(
                "workers",
                counted(
                    len(silent),
                    Phrase("{count} worker gave no sign of life for a minute: {names}"),
                    Phrase("{count:,} workers gave no sign of life for a minute: {names}"),
                    names=names,
                ),
                Phrase("start the service, which takes over the work, or gedi doctor --fix"),
                Phrase("release the work"),
                lambda: self._store.release_workers(silent, self._clock()),
            )
        held = self._store.held_leases()
        if held:
            yield Finding(
                "workers",
                counted(
                    sum(held.values()),
                    Phrase("{count} lease is held by workers that are gone"),
                    Phrase("{count:,} leases are held by workers that are gone"),
                ),
                Phrase("start the service, which takes over the work, or gedi doctor --fix"),
                Phrase("release the work"),
                lambda: self._store.release_workers((), self._clock()),
            )

    def _convert(self) -> None:
        for _ in self._store.convert():
            pass

    def _refresh_stories(self, story_ids: list[int]) -> None:
        self._store.refresh_stories(story_ids, self._clock())
