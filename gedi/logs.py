"""Logging for the service: one line an event, to stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping

from aggregator.config import environment

MAX_LINE = 4000  # characters; a field of ours has at most 500 (aggregator/runtime/logfmt.py)


_secrets: dict[str, str] = {}  # value -> name: what no line of this process may show


def register_secrets(secrets: Mapping[str, str]) -> None:
    """Show the names of these values, never the values, from now on."""
    _secrets.update(secrets)


class _OneLineFormatter(logging.Formatter):
    """No value, however hostile, breaks the line or the terminal, and no secret is in it."""

    def format(self, record: logging.LogRecord) -> str:
        line = environment.redact_secrets(super().format(record), _secrets)
        if record.exc_info:
            return line
        return "".join(char if char.isprintable() else " " for char in line)[:MAX_LINE]


def configure(level: int = logging.INFO) -> None:
    """The service's own events at ``level``, libraries' only from WARNING."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLineFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("gedi", "aggregator", "feeds", "web"):
        logging.getLogger(name).setLevel(level)
