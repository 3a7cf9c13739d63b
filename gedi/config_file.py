"""config.toml edited by the program: everything an admin wrote stays as it is, byte for byte. The door to tomlkit."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Array


class FileChangedError(Exception):
    """Somebody saved the file in the meantime."""


def append_sources(text: str, tables: Sequence[Mapping[str, Any]]) -> str:
    """The text with these sources at its end, each a ``[[sources]]`` of its own."""
    present = tomlkit.parse(text).get("sources")
    if isinstance(present, Array):
        return _append_to_array(text, tables)
    end = "\r\n" if "\r\n" in text else "\n"
    blocks = "".join(f"\n[[sources]]\n{tomlkit.dumps(_with_inline_tables(table))}" for table in tables)
    gap = "" if not text or text.endswith("\n") else end
    return text + gap + blocks.replace("\n", end)


def _append_to_array(text: str, tables: Sequence[Mapping[str, Any]]) -> str:
    """``sources = [{...}]`` leaves no room for ``[[sources]]``."""
    document = tomlkit.parse(text)
    array = document["sources"]
    assert isinstance(array, Array)
    for table in tables:
        inline = tomlkit.inline_table()
        inline.update(_with_inline_tables(table))
        array.append(inline)
    return tomlkit.dumps(document)


def _with_inline_tables(table: Mapping[str, Any]) -> dict[str, Any]:
    """Tables inside (``select``) are written in one line, so that they stay with their source."""
    return {name: _inline_table(value) if isinstance(value, Mapping) else value for name, value in table.items()}


def _inline_table(value: Mapping[str, Any]) -> Any:
    inline = tomlkit.inline_table()
    inline.update(value)
    return inline


def read(path: Path) -> str:
    """The text of the file with its line ends as they are."""
    return path.read_bytes().decode("utf-8")


def replace_text(path: Path, before: str, after: str) -> None:
    """Put ``after`` in the place of ``before``: the whole new file or the whole old one, whatever happens. A symbolic
    link stays one, the mode stays. Raises Changed, or OSError with nothing changed."""
    target = path.resolve()
    mode = target.stat().st_mode & 0o7777
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after.encode())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        with contextlib.suppress(OSError):  # only root may give a file away
            stat = target.stat()
            os.chown(name, stat.st_uid, stat.st_gid)
        if read(target) != before:
            raise FileChangedError
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
