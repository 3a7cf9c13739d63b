"""The files and followed addresses of ``[polling] sources_from``, each read again only when it changed."""

from __future__ import annotations

import errno
import glob
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from aggregator.config.checks import ConfigProblem
from aggregator.config.opml_sources import OpmlRules
from aggregator.config.settings import is_list_address
from aggregator.config.source_lists import SourceList, read_opml_list, read_toml_list
from aggregator.texts import Phrase, reason_of

MAX_BYTES = 50_000_000  # of a file
_RECENT_SECONDS = 3.0  # a file altered this recently may change again without a new modification time
_MAGIC = "*?["

Stamp = tuple[int, int, int, int]  # modification time, size, inode, device
Digests = tuple[tuple[str, str], ...]  # (place, digest of its content or why it cannot be read)


class FollowedLists(Protocol):
    """The last good documents of followed addresses, as the store keeps them."""

    def list_digests(self) -> Mapping[str, str]:
        """Return address -> digest of the stored document."""

    def list_document(self, url: str) -> bytes:
        """Return the stored document."""


@dataclass(slots=True)
class _Known:
    """What is known of a file: its stamp, the digest of its content, and what was read from it."""

    stamp: Stamp
    digest: str
    fresh: bool  # it may have changed since without a new stamp


@dataclass(slots=True)
class ListCache:
    """Keeps what was read. One for each config file of a process; from one thread at a time."""

    files: dict[str, _Known] = field(default_factory=dict)
    lists: dict[str, tuple[object, SourceList]] = field(default_factory=dict)  # place -> (key, list)
    read_count: int = 0  # documents read so far

    def digests(self, folder: Path, places: Sequence[str], now: datetime) -> Digests:
        """Return the present state of all files, by their names and contents; addresses are left out."""
        moment = now.timestamp()
        return tuple((path, self._state(path, moment)) for path in _paths(folder, places))

    def digests_read(self, paths: Iterable[str]) -> Digests:
        """Return the same as it was when these files were read."""
        return tuple((path, self.files[path].digest) for path in paths)

    def _state(self, path: str, now: float) -> str:
        try:
            return self._look_at(path, now)[0]
        except OSError as error:
            self.files.pop(path, None)
            return f"unreadable: {error.strerror}"

    def _look_at(self, path: str, now: float | None = None) -> tuple[str, bytes | None]:
        """Return the digest of a file, and its content if it had to be read; without ``now`` it counts as fresh."""
        stat = os.stat(path)
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_dev)
        known = self.files.get(path)
        if known is not None and known.stamp == stamp and not known.fresh:
            return known.digest, None
        content = _content(path)
        digest = sha256(content).hexdigest()
        self.files[path] = _Known(stamp, digest, now is None or abs(now - stat.st_mtime) < _RECENT_SECONDS)
        return digest, content

    def read_files(
        self,
        folder: Path,
        place: str,
        rules: OpmlRules,
        key: object,
        environ: Mapping[str, str],
        may_be_unset: Collection[str] = frozenset(),
    ) -> Iterator[SourceList]:
        """Yield the lists of a file or pattern. ``key``: what decides, with the content, how they are read.

        ``may_be_unset``: see ``expand_references``.
        """
        for path in _paths(folder, [place]):
            try:
                digest, content = self._look_at(path)
                known = self.lists.get(path)
                if known is None or known[0] != (key, digest):
                    content = _content(path) if content is None else content
                    known = self._keep(path, (key, digest), _read_file(path, content, rules, environ, may_be_unset))
                yield known[1]
            except OSError as error:
                yield SourceList(
                    path,
                    problems=(
                        ConfigProblem(path, None, "", Phrase("cannot be read: {reason}", reason=reason_of(error))),
                    ),
                )

    def read_address(self, url: str, digest: str, followed: FollowedLists, rules: OpmlRules, key: object) -> SourceList:
        """Return the list of a followed address."""
        known = self.lists.get(url)
        if known is None or known[0] != (key, digest):
            known = self._keep(url, (key, digest), read_opml_list(url, followed.list_document(url), rules, url=url))
        return known[1]

    def _keep(self, place: str, key: object, read: SourceList) -> tuple[object, SourceList]:
        self.read_count += 1
        self.lists[place] = (key, read)
        return self.lists[place]

    def forget_others(self, places: set[str]) -> None:
        """Drop what belongs to places that are no longer named."""
        for known in (self.files, self.lists):
            for place in known.keys() - places:
                del known[place]


def _paths(folder: Path, places: Sequence[str]) -> list[str]:
    """Return the files that the places name, each once, in this order and those of a pattern by name."""
    found: dict[str, None] = {}
    for place in places:
        if is_list_address(place):
            continue
        if any(letter in place for letter in _MAGIC):
            names = sorted(glob.glob(place, root_dir=folder, recursive=True))
            paths = [path for path in (str(folder / name) for name in names) if os.path.isfile(path)]
        else:
            paths = [str(folder / place)]
        found.update(dict.fromkeys(paths))
    return list(found)


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size > MAX_BYTES:
            raise OSError(errno.EFBIG, Phrase("larger than {size} MB; split it", size=MAX_BYTES // 1_000_000))
        return file.read()


def _read_file(
    path: str, content: bytes, rules: OpmlRules, environ: Mapping[str, str], may_be_unset: Collection[str]
) -> SourceList:
    if path.lower().endswith(".toml"):
        return read_toml_list(path, content, rules, environ, may_be_unset)
    return read_opml_list(path, content, rules)
