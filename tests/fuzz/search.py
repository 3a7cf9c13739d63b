"""The search at one door, in a process of its own: ``python -m tests.fuzz.search DOOR SECONDS SEED``."""

from __future__ import annotations

import hashlib
import logging
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.mutations import CORPUS, MAX_SIZE, corpus_of, mutations

CASES = Path(__file__).parents[1] / "feeds/cases"
MAX_SECONDS = 2.0  # CPU time of one input
ROOT = CORPUS.parents[1]


class Search:
    """The failures of one door, one for each place where they are raised."""

    def __init__(self, door: str, check: Callable[[bytes], None]) -> None:
        self.door = door
        self.check = check
        self.tried = 0
        self.kinds: set[str] = set()
        logging.disable()

    def attempt(self, data: bytes) -> None:
        """Run an input; keep it if it fails in a new place."""
        self.tried += 1
        kind = self._failure(data)
        place = (kind or "").partition(": ")[0]
        if kind is None or place in self.kinds:
            return
        self.kinds.add(place)
        small = self._shortened(data, kind)
        path = CORPUS / self.door / f"found-{hashlib.sha1(small, usedforsecurity=False).hexdigest()[:10]}"
        path.write_bytes(small)
        sys.stdout.write(f"{path}: {kind}\n  {small!r}\n")

    def _failure(self, data: bytes) -> str | None:
        """Return where and why an input fails, or None."""
        begun = time.process_time()
        try:
            self.check(data)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT)][-1]
            return f"{type(error).__name__} at {ours.filename}:{ours.lineno}: {str(error)[:200]!r}"
        seconds = time.process_time() - begun
        return f"slow: {seconds:.1f} s for {len(data)} bytes" if seconds > MAX_SECONDS else None

    def _shortened(self, data: bytes, kind: str) -> bytes:
        """Return the input without the parts that the failure does not need."""
        place = kind.partition(": ")[0]
        size = len(data) // 2
        end = time.monotonic() + 20
        while size and time.monotonic() < end:
            start = 0
            while start < len(data) and time.monotonic() < end:
                shorter = data[:start] + data[start + size :]
                if (self._failure(shorter) or "").partition(": ")[0] == place:
                    data = shorter
                else:
                    start += size
            size //= 2
        return data


def seeds(door: str) -> list[bytes]:
    """Return the corpus of a door, and for feeds the documents of the case tables."""
    kept = corpus_of(door)
    if door == "feeds":
        for path in sorted(CASES.glob("*.txt")):
            kept += [part.split("\n---\n")[1].encode() for part in path.read_text("utf-8").split("\n=== ")[1:]]
    return kept


def search_at_random(door: str, seconds: float, seed: int) -> None:
    """Try the seeds and mutations of them."""
    from tests.fuzz.doors import DOORS

    found, end = Search(door, DOORS[door]), time.monotonic() + seconds
    for data in _inputs(door, seed):
        found.attempt(data)
        if time.monotonic() > end:
            break
    sys.stdout.write(f"{door}: {found.tried} inputs, {len(found.kinds)} kinds of failures\n")


def _inputs(door: str, seed: int) -> Iterator[bytes]:
    yield from seeds(door)
    yield from mutations(seeds(door), seed)


def search_by_coverage(door: str, seconds: float, seed: int) -> None:
    """Search with atheris, which ends this process."""
    import atheris

    with atheris.instrument_imports(include=["feeds", "aggregator", "web"]):
        from tests.fuzz.doors import DOORS
    options = [
        f"-max_total_time={int(seconds)}",
        f"-max_len={MAX_SIZE}",
        f"-seed={seed}",
        "-timeout=30",
        "-verbosity=0",
    ]
    with TemporaryDirectory() as new_coverage:  # atheris writes what covers more into the first folder
        atheris.Setup([sys.argv[0], *options, new_coverage, str(CORPUS / door)], Search(door, DOORS[door]).attempt)
        atheris.Fuzz()


if __name__ == "__main__":
    try:
        import atheris  # noqa: F401

        run = search_by_coverage
    except ImportError:
        run = search_at_random
    run(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
