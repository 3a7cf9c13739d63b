"""Filled stores for read-only benchmarks, built once per run and shared."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from aggregator.store import Store
from benchmarks.fill_for_reads import fill

_sizes: list[int] = []


def build_filled_store(size: int) -> str:
    """Return the address of an SQLite store with ``size`` items.

    A larger store is built from the next smaller one, so call this with increasing sizes.
    """
    path = _folder() / f"{size}.db"
    if size not in _sizes:
        before = max((each for each in _sizes if each < size), default=0)
        if before:
            shutil.copyfile(_folder() / f"{before}.db", path)
        store = Store.open(f"sqlite:///{path}")
        fill(store, before, size)
        store.close()
        _sizes.append(size)
    return f"sqlite:///{path}"


def _folder() -> Path:
    path = Path(_temporary_folder().name)
    path.chmod(0o755)  # a web server's workers may run as another user
    return path


@cache
def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="gedi-bench-")
