"""Watch ``config.toml`` and its lists of sources while the service runs: load a valid change, reject a broken one and
keep the old config.

The file is checked twice a second (``os.stat``, and its bytes if that differs). Kernel notifications would be half a
second faster, but follow an inode or a folder: editors that replace the file, symbolic links that are switched (a
ConfigMap) and network drives each need special treatment, while a check by name works for all.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator import VERSION
from aggregator.config.checks import ConfigErrors, ConfigProblem
from aggregator.config.list_files import Digests, FollowedLists
from aggregator.config.load import Config, content_digest, follow_lists, keep_startup_settings, parse_config
from aggregator.texts import Phrase, reason_of

log = logging.getLogger(__name__)

CHECK_EVERY = 0.5  # seconds; a change is loaded at the second check that finds it unaltered
_RECENT_SECONDS = 3.0  # seconds: a file altered this recently may change again without a new modification time
_LIST_SHARE = 50  # files of sources are checked so seldom that it takes at most this fraction of the time
_FOLLOWED_EVERY = 2.0  # seconds between two looks at what was fetched from followed addresses
_RESTART_TABLES = ("database", "web")  # tables that apply only at the start of a process


@dataclass(frozen=True, slots=True)
class ConfigState:
    """The state of the file and the config in force.

    ``problems`` are those of a rejected file; ``restart`` lists changed settings that wait for the next start, such as
    "web.port".
    """

    file: str
    loaded_at: datetime
    refused_at: datetime | None = None  # None: the file is in force
    problems: tuple[ConfigProblem, ...] = ()
    pending_restart: tuple[str, ...] = ()
    warnings: tuple[ConfigProblem, ...] = ()

    @property
    def ok(self) -> bool:
        return self.refused_at is None

    def as_json(self, *, details: bool = True) -> dict[str, Any]:
        """Return the state for /status.json; without ``details`` no folders of the server and no values."""
        return {
            "file": self.file if details else Path(self.file).name,
            "ok": self.ok,
            "taken": self.loaded_at.isoformat(timespec="seconds"),
            "refused": self.refused_at.isoformat(timespec="seconds") if self.refused_at else None,
            "errors": [problem_as_json(problem, details=details) for problem in self.problems],
            "warnings": [problem_as_json(problem, details=details) for problem in self.warnings],
            "after_restart": list(self.pending_restart),
        }


def problem_as_json(problem: ConfigProblem, *, details: bool = True) -> dict[str, Any]:
    """Return an error for programs; without ``details`` only its place in the file."""
    names = ("file", "line", "column", "key", "source", "message")
    values = {name: getattr(problem, name) for name in names}
    return values if details else values | {"file": Path(problem.file).name, "message": ""}


def initial_state(config: Config, loaded_at: datetime) -> ConfigState:
    """Return the state of a config that was read at ``taken``."""
    return ConfigState(str(config.path), loaded_at, warnings=config.warnings)


class ConfigWatcher:
    """Watches the file of a config. Call ``poll`` repeatedly, from one thread.

    ``config`` (in force) and ``state`` may be read from any thread.
    """

    def __init__(
        self,
        config: Config,
        clock: Callable[[], datetime],
        *,
        environ: Mapping[str, str] = os.environ,
        followed: FollowedLists | None = None,
    ) -> None:
        """``followed``: where the lists of followed addresses are kept."""
        self.config = config
        self.state = initial_state(config, clock())
        self._environ = environ
        self._clock = clock
        self._followed = followed
        self._evaluated_stamp: object = None  # stamp of the file when its bytes were the validated ones
        self._file_digest = config.file_digest  # of the bytes last seen
        self._list_digests = config.lists.digests  # of the files of sources last seen
        self._evaluated: object = (self._file_digest, self._list_digests)  # what was last validated
        self._pending: object = None  # something else, seen once
        self._places = config.file_settings.polling.sources_from  # of the file last validated
        self._lists_due = self._followed_due = 0.0  # when to look next, by time.monotonic

    def poll(self) -> Config | None:
        """Return the new config if a change was loaded, otherwise None. Never raises, whatever the files contain."""
        content = self._look_at_file()
        self._look_at_lists()
        seen = (self._file_digest, self._list_digests)
        if seen == self._evaluated:
            self._pending = None
            return self._follow()
        if seen != self._pending:  # may be half written: loaded when the next check finds the same
            self._pending = seen
            return None
        self._evaluated, self._pending = seen, None
        return self._evaluate(_read_content(self.config) if content is None else content)

    def _look_at_file(self) -> bytes | OSError | None:
        """Update the digest of config.toml; return its content if it had to be read."""
        stamp, fresh = self._file_stamp()
        if stamp == self._evaluated_stamp and not fresh:
            return None
        content = _read_content(self.config)
        self._file_digest = content_digest(content) if isinstance(content, bytes) else f"unreadable: {content.errno}"
        self._evaluated_stamp = stamp
        return content

    def _look_at_lists(self) -> None:
        """Update the digests of the files of sources, if it is time to look at them."""
        begun = time.monotonic()
        if self._places and begun >= self._lists_due:
            self._list_digests = self._digests_of_lists()
            ended = time.monotonic()
            self._lists_due = ended + _LIST_SHARE * (ended - begun) if ended - begun > CHECK_EVERY / _LIST_SHARE else 0

    def _digests_of_lists(self) -> Digests:
        return self.config.lists.cache.digests(self.config.folder, self._places, self._clock())

    def _follow(self) -> Config | None:
        """Return the config with lists that were fetched since, or None."""
        now = time.monotonic()
        if self._followed is None or not self.config.list_addresses or now < self._followed_due:
            return None
        self._followed_due = now + _FOLLOWED_EVERY
        new = self._with_followed(self.config)
        if new is self.config:
            return None
        self.config = new
        self.state = replace(self.state, loaded_at=self._clock(), warnings=new.warnings)
        return new

    def _with_followed(self, config: Config) -> Config:
        """Return the config with the lists of followed addresses, or as it is if they cannot be read now."""
        try:
            return config if self._followed is None else follow_lists(config, self._followed)
        except Exception:  # every driver has its own exceptions
            log.exception("lists_unavailable")
            return config

    def _file_stamp(self) -> tuple[object, bool]:
        """Return a value that changes with the file, and whether the file is too recent to rely on it."""
        try:
            stat = os.stat(self.config.path)
        except OSError as error:
            return error.errno, True
        fresh = abs(self._clock().timestamp() - stat.st_mtime) < _RECENT_SECONDS
        return (stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_dev), fresh

    def _evaluate(self, content: bytes | OSError) -> Config | None:
        now = self._clock()
        path = self.config.path
        try:
            if isinstance(content, OSError):
                message = Phrase("cannot be read: {reason}", reason=reason_of(content))
                raise ConfigErrors([ConfigProblem(str(path), None, "", message)])
            new = parse_config(
                content, path, self._environ, self.config.lists.cache, may_be_unset=self.config.may_be_unset
            )
        except ConfigErrors as errors:
            self.state = replace(self.state, refused_at=now, problems=tuple(errors.problems))
            if errors.places is not None and errors.places != self._places:  # correcting one of them must be noticed
                self._places = errors.places
                self._list_digests = self._digests_of_lists()
                self._evaluated = (self._file_digest, self._list_digests)
            return None
        self._places, self._list_digests = new.file_settings.polling.sources_from, new.lists.digests
        self._evaluated = (self._file_digest, self._list_digests)
        restart = tuple(settings_awaiting_restart(new, self.config))
        new = self._with_followed(keep_startup_settings(new, self.config))
        if (
            self._followed is not None and not new.is_complete
        ):  # otherwise sources of followed lists would be removed for a while
            self._evaluated = None
            return None
        self.config = new
        self.state = ConfigState(str(path), now, pending_restart=restart, warnings=new.warnings)
        return self.config


def settings_awaiting_restart(new: Config, running: Config) -> Iterator[str]:
    """Return the settings of a new file that differ and apply only after a restart."""
    for table in _RESTART_TABLES:
        old, wanted = getattr(running.file_settings, table), getattr(new.file_settings, table)
        yield from (f"{table}.{name}" for name in type(old).model_fields if getattr(old, name) != getattr(wanted, name))


def render_fingerprint(config: Config) -> int:
    """Return 63 bits that change when documents would be rendered differently, except for the sources."""
    names = [(category.path, category.name) for category in config.category_tree]
    shown = repr((VERSION, config.site, config.publishing, names))
    return int.from_bytes(hashlib.blake2b(shown.encode(), digest_size=8).digest()) >> 1


def summarize_changes(new: Config, old: Config) -> str:
    """Summarize a change for the log: "sources +1 -0 ~2, site, polling"."""
    before, after = ({source.slug: source for source in config.sources} for config in (old, new))
    altered = sum(before[slug] != after[slug] for slug in before.keys() & after.keys())
    parts = [f"sources +{len(after.keys() - before.keys())} -{len(before.keys() - after.keys())} ~{altered}"]
    parts += [name for name in type(new.settings).model_fields if name != "sources" and _differs(name, new, old)]
    return ", ".join(parts)


def _differs(name: str, new: Config, old: Config) -> bool:
    return bool(getattr(new.settings, name) != getattr(old.settings, name))


def log_change(watcher: ConfigWatcher, before: ConfigState, new: Config | None, old: Config) -> None:
    """Log the result of a check: a line for a loaded change, one for each error of a rejected one."""
    state = watcher.state
    if state is before:
        return
    if new is not None:
        log.info("config_loaded file=%s changes=%r", state.file, summarize_changes(new, old))
        for warning in state.warnings:
            log.warning("config_warning %s", warning)
        for name in state.pending_restart:
            log.warning("config_restart_needed file=%s setting=%s", state.file, name)
    else:
        log.error("config_rejected file=%s errors=%d", state.file, len(state.problems))
        for problem in state.problems:
            log.error("config_error %s", problem)


def watch_in_thread(watcher: ConfigWatcher, on_change: Callable[[Config], None], *, quiet: bool) -> threading.Thread:
    """Watch the file in a thread for the lifetime of the process; ``take`` is called in it with each new config."""

    def run() -> None:
        while True:
            time.sleep(CHECK_EVERY)
            try:
                before, old = watcher.state, watcher.config
                new = watcher.poll()
                if new is not None:
                    on_change(new)
                if not quiet:
                    log_change(watcher, before, new, old)
            except Exception:
                log.exception("config_check_failed file=%s", watcher.config.path)

    thread = threading.Thread(target=run, name="config", daemon=True)
    thread.start()
    return thread


def _read_content(config: Config) -> bytes | OSError:
    try:
        return config.path.read_bytes()
    except OSError as error:
        return error
