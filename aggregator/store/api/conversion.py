"""Store API: conversion of a database of an older schema, in the background."""

from __future__ import annotations

import time
from collections.abc import Iterator

from aggregator.store import conversion
from aggregator.store.api.connection import ConnectionMixin

BATCH = 100  # items in one transaction: some 0.1 s


class ConversionApi(ConnectionMixin):
    """Convert rows of an older schema while the service runs; both forms can be read meanwhile."""

    def unconverted_items(self) -> int | None:
        """Return the highest id of an item that may have to be converted; None if everything is converted."""
        with self._read_transaction() as connection:
            return conversion.last_unconverted(connection)

    def convert(self, batch: int = BATCH) -> Iterator[int]:
        """Convert everything in batches, of which each is a transaction; yields ``unconverted_items`` after each.

        As much time as a batch takes passes before the next one, so that other writers get their turn.
        """
        while True:
            begun = time.monotonic()
            with self._write_transaction() as connection:
                conversion.convert_batch(connection, batch)
                left = conversion.last_unconverted(connection)
            taken = time.monotonic() - begun
            if left is None:
                return
            yield left
            time.sleep(taken)
