"""Load what reading needs. A module of its own, so that a process can name the function without importing it all."""

from __future__ import annotations


def load_reading_data() -> None:
    """Import the modules and load the data that reading a document needs."""
    from aggregator.intake.digest import preload

    preload()
