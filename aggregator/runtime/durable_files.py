"""Files that must survive a power failure, and which processes use a file."""

from __future__ import annotations

import contextlib
import os
from hashlib import file_digest
from pathlib import Path

from feeds.phrase import Phrase


def sync(path: Path) -> None:
    """Wait until a file, and its name in its folder, are on the disk."""
    for each in (path, path.absolute().parent):
        number = os.open(each, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def processes_using(path: Path) -> list[Phrase]:
    """Return the other processes that have this file open, each as its number and command.

    Only Linux tells, and only of processes of the same user.
    """
    with contextlib.suppress(OSError):
        wanted = path.stat()
        return [_described(entry) for entry in _processes() if _has_open(entry, wanted)]
    return []


def _processes() -> list[Path]:
    found = [entry for entry in Path("/proc").glob("[0-9]*") if int(entry.name) != os.getpid()]
    return sorted(found, key=lambda entry: int(entry.name))


def _has_open(process: Path, wanted: os.stat_result) -> bool:
    with contextlib.suppress(OSError):  # it ended, or belongs to another user
        for each in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                found = each.stat()
                if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                    return True
    return False


def _described(process: Path) -> Phrase:
    with contextlib.suppress(OSError):
        words = (process / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        named = " ".join(Path(word.decode(errors="replace")).name for word in words[:3])
        return Phrase("process {number} ({command})", number=process.name, command=" ".join(named.split())[:40])
    return Phrase("process {number}", number=process.name)
