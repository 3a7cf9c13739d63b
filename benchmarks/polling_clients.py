"""The feed pollers that are compared, each with a database of its own."""

from __future__ import annotations

import compileall
import sqlite3
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import aggregator
import feeds
import gedi
from benchmarks.feed_origin import Origin
from benchmarks.news_feeds import Outlet, cache_folder

BENCHMARKS = Path(__file__).parent
MB = 1e6
READER = ("reader==3.26", "sgmllib3k==1.0.0")  # from the package index
INSTALL_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Client(ABC):
    """A poller in a folder; ``command`` polls every feed once."""

    name: ClassVar[str]
    repeat: ClassVar[int] = 1  # runs of a phase, of which the one with the least CPU counts
    items_table: ClassVar[str]
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "feeds.db"

    def prepare(self, origin: Origin, outlets: Sequence[Outlet]) -> None:
        """Write what the command needs."""
        self.folder.mkdir()
        (self.folder / "urls").write_text("\n".join(origin.urls()))

    @classmethod
    def is_available(cls) -> bool:
        return True

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that polls once."""

    def store_size(self) -> tuple[float, int]:
        """Return the megabytes on disk, after a checkpoint, and the number of items."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (items,) = connection.execute(f"SELECT count(*) FROM {self.items_table}").fetchone()
        files = self.folder.glob(f"{self.database.name}*")
        return sum(file.stat().st_size for file in files) / MB, int(items)


class Script(Client):
    name = "script"
    repeat = 3
    items_table = "entries"

    def command(self) -> list[str]:
        return [sys.executable, str(BENCHMARKS / "afternoon_script.py"), str(self.database), str(self.folder / "urls")]


class Reader(Client):
    """lemon24/reader, from a virtual environment that is installed when first needed."""

    name = "reader"
    items_table = "entries"

    @classmethod
    def is_available(cls) -> bool:
        return _reader_python() is not None

    def command(self) -> list[str]:
        python = _reader_python()
        assert python is not None
        return [str(python), str(BENCHMARKS / "reader_client.py"), str(self.database), str(self.folder / "urls")]


class Gedi(Client):
    name = "gedi"
    items_table = "items"

    def prepare(self, origin: Origin, outlets: Sequence[Outlet]) -> None:
        super().prepare(origin, outlets)
        for package in (aggregator, feeds, gedi):  # its bytecode is there, as after an installation
            compileall.compile_dir(str(Path(package.__path__[0])), quiet=2)
        sources = "".join(
            f'[[sources]]\nurl = "{url}"\nslug = "{outlet.slug}"\ntitle = "{outlet.title}"\n'
            f'region = "{outlet.region.code}"\n'
            for url, outlet in zip(origin.urls(), outlets, strict=True)
        )
        (self.folder / "config.toml").write_text(
            f'[database]\nurl = "sqlite:///{self.database}"\n[polling]\nallow = ["127.0.0.0/8"]\n{sources}', "utf-8"
        )

    def command(self) -> list[str]:
        return [sys.executable, "-m", "gedi", "poll", "--all", "--config", str(self.folder / "config.toml")]


CLIENTS: tuple[type[Client], ...] = (Script, Reader, Gedi)


@cache
def _reader_python() -> Path | None:
    """Return the interpreter of the environment of reader, or None if it cannot be installed."""
    folder = cache_folder() / "-".join(READER).replace("==", "-")
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *READER]
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
            subprocess.run(install, check=True, capture_output=True, timeout=INSTALL_SECONDS)
        except (OSError, subprocess.SubprocessError):
            return None
        (folder / "complete").touch()
    return python
