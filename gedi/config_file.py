"""Edit config.toml by program: everything else stays byte for byte. The only importer of tomlkit."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Array

from gedi.config_comments import localize_comments
from gedi.config_template import config_template

_SHIPPED_SOURCES = "\n# The addresses below"  # what follows in the shipped config belongs to its sources


class FileChangedError(Exception):
    """The file was saved by someone else meanwhile."""


def template() -> str:
    """Return the shipped config in the current language, without its sources and what explains them."""
    return localize_comments(config_template().partition(_SHIPPED_SOURCES)[0].rstrip("# \n") + "\n")


def as_toml(value: str) -> str:
    """Return a text as TOML."""
    return tomlkit.item(value).as_string()


def append_sources(text: str, tables: Sequence[Mapping[str, Any]]) -> str:
    """Return the text with these sources appended, each as a ``[[sources]]`` table."""
    existing = tomlkit.parse(text).get("sources")
    if isinstance(existing, Array):
        return _append_to_array(text, tables)
    newline = "\r\n" if "\r\n" in text else "\n"
    blocks = "".join(f"\n[[sources]]\n{tomlkit.dumps(_with_inline_tables(table))}" for table in tables)
    gap = "" if not text or text.endswith("\n") else newline
    return text + gap + blocks.replace("\n", newline)


def _append_to_array(text: str, tables: Sequence[Mapping[str, Any]]) -> str:
    """Append to ``sources = [{...}]``, which excludes ``[[sources]]``."""
    document = tomlkit.parse(text)
    array = document["sources"]
    assert isinstance(array, Array)
    for table in tables:
        inline = tomlkit.inline_table()
        inline.update(_with_inline_tables(table))
        array.append(inline)
    return tomlkit.dumps(document)


def _with_inline_tables(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table with nested tables (``select``) inline, so that they stay with their source."""
    return {name: _inline_table(value) if isinstance(value, Mapping) else value for name, value in table.items()}


def _inline_table(value: Mapping[str, Any]) -> Any:
    inline = tomlkit.inline_table()
    inline.update(value)
    return inline


def read(path: Path) -> str:
    """Return the text of the file with its line ends."""
    return path.read_bytes().decode("utf-8")


def replace_text(path: Path, before: str, after: str) -> None:
    """Replace ``before`` by ``after`` atomically; symbolic link and mode are kept.

    Raises FileChangedError, or OSError, with nothing changed.
    """
    target = path.resolve()
    mode = target.stat().st_mode & 0o7777
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after.encode())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        with contextlib.suppress(OSError):  # only root may change the owner
            stat = target.stat()
            os.chown(name, stat.st_uid, stat.st_gid)
        if read(target) != before:
            raise FileChangedError
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
