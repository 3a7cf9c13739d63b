"""What is wrong around a database: the disk, files, permissions, limits and the config."""

from __future__ import annotations

import os
import pwd
import resource
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from aggregator.config.load import Config
from aggregator.diagnosis.findings import Finding
from aggregator.diagnosis.opening import sqlite_file
from aggregator.jobs.heartbeat import LOW_DISK_BYTES
from aggregator.store import Store
from aggregator.texts import Phrase, counted, localize, reason_of

MIN_OPEN_FILES = 1024  # sockets of polls and readers, and files
MAX_LOG_BYTES = 200_000_000
FORGOTTEN_AFTER = 86_400  # seconds after which an unfinished file belongs to no running command
MAX_SHOWN = 5  # warnings of the config
_EARLIEST = 2025  # no clock is right that shows an earlier year


class Surroundings:
    """The checks of what a store needs around it. ``store`` is None if it cannot be opened."""

    def __init__(self, config: Config, store: Store | None, clock: Callable[[], datetime]) -> None:
        self._config, self._store, self._clock = config, store, clock
        self._file = sqlite_file(config)

    def disk(self) -> Iterator[Finding]:
        """Yield what lacks space, or takes it."""
        folder = self._file.absolute().parent if self._file else self._config.path.absolute().parent
        try:
            free = shutil.disk_usage(folder).free
        except OSError as error:
            text = Phrase("{file}: {reason}", file=folder, reason=reason_of(error))
            yield Finding("disk", text, Phrase("check [database] url"))
            return
        size = self._file.stat().st_size if self._file and self._file.exists() else 0
        if free < max(LOW_DISK_BYTES, size // 10):
            yield Finding(
                "disk",
                Phrase("{free:,} bytes are free in {folder}", free=free, folder=folder),
                Phrase(
                    "make space, or shorten [retention] items; a database that cannot grow takes no new items, and an "
                    "upgrade needs space for a copy"
                ),
            )
        log = self._store.log_size() if self._store else 0
        if self._store and log > MAX_LOG_BYTES:
            yield Finding(
                "disk",
                Phrase(
                    "the write-ahead log has {size:,} bytes: a reader or a backup has kept it from being emptied",
                    size=log,
                ),
                Phrase("gedi doctor --fix, or restart the service"),
                Phrase("empty it"),
                partial(_empty_log, self._store),
            )

    def leftovers(self) -> Iterator[Finding]:
        """Yield files of commands that were killed."""
        if self._file is None:
            return
        now = self._clock().timestamp()
        patterns = ("*.unfinished", "*.unfinished-*", f"{self._file.name}.restoring")
        found = sorted(path for pattern in patterns for path in self._file.absolute().parent.glob(pattern))
        old = [path for path in found if now - path.stat().st_mtime > FORGOTTEN_AFTER]
        if old:
            names = ", ".join(path.name for path in old[:3])
            yield Finding(
                "files",
                counted(
                    len(old),
                    Phrase("{count} file of backups or restores that were interrupted: {names}"),
                    Phrase("{count:,} files of backups or restores that were interrupted: {names}"),
                    names=names,
                ),
                "gedi doctor --fix",
                Phrase("delete them"),
                partial(_delete, old),
            )

    def permissions(self) -> Iterator[Finding]:
        """Yield files that the service cannot write, or that others may."""
        if self._file is not None and self._file.exists():
            places = (self._file, self._file.absolute().parent)
            for path in (path for path in places if not os.access(path, os.W_OK)):
                yield Finding(
                    "files",
                    Phrase("{file} cannot be written by this user", file=path),
                    Phrase(
                        "run gedi doctor as the user of the service; if {user} is that user: chown {user} {file}",
                        user=_user_name(os.geteuid()),
                        file=path,
                    ),
                )
            if os.geteuid() == 0 and places[0].stat().st_uid != places[1].stat().st_uid:
                yield Finding(
                    "files",
                    Phrase("{file} and its folder have different owners", file=self._file),
                    Phrase(
                        "give both to the user of the service: chown {user} {file}",
                        user=_user_name(places[1].stat().st_uid),
                        file=self._file,
                    ),
                )
        secret = self._config.folder / ".env"
        for each, refused, text in (
            (self._file, 0o002, Phrase("{file} can be written by every user of the machine", file=self._file)),
            (secret, 0o006, Phrase("{file} can be read by every user of the machine", file=secret)),
        ):
            if each is not None and each.exists() and each.stat().st_mode & refused:
                fix = Phrase("take it from other users")
                yield Finding("files", text, f"chmod o= {each}", fix, partial(_close, each))

    def limits(self) -> Iterator[Finding]:
        """Yield limits of this user that are too low for a service."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < MIN_OPEN_FILES:
            yield Finding(
                "limits",
                Phrase(
                    "a process of this user may open {count:,} files, which may be too few for polls and readers",
                    count=hard,
                ),
                Phrase("LimitNOFILE=16384 in the unit of systemd, or ulimit -n {count}", count=MIN_OPEN_FILES),
            )

    def clock(self) -> Iterator[Finding]:
        """Yield a clock that cannot be right."""
        if self._clock().year < _EARLIEST:
            text = Phrase("the clock shows {time:%Y-%m-%d}", time=self._clock())
            yield Finding("clock", text, Phrase("set it: timedatectl set-ntp true"))

    def config(self) -> Iterator[Finding]:
        """Yield the warnings of ``gedi check``."""
        warnings = self._config.warnings
        for warning in warnings[:MAX_SHOWN]:
            text = self._config.redact(localize(warning.text))
            yield Finding("config", text, Phrase("gedi check lists all warnings"))


def _empty_log(store: Store) -> None:
    if not store.empty_log():
        raise RuntimeError(Phrase("a reader is in the way; try again, or restart the service"))


def _delete(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _close(path: Path) -> None:
    try:
        path.chmod(path.stat().st_mode & ~0o007)
    except PermissionError as error:
        user = _user_name(path.stat().st_uid)
        raise PermissionError(Phrase("{file} belongs to {user}, who alone can do it", file=path, user=user)) from error


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # of a container, for example
        return str(number)
