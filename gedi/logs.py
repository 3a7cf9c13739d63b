"""Logging for the service: one line an event, to stderr."""

from __future__ import annotations

import logging
import sys

MAX_LINE = 500


class _OneLine(logging.Formatter):
    """No value, however hostile, breaks the line or the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        if record.exc_info:
            return line
        return "".join(char if char.isprintable() else " " for char in line)[:MAX_LINE]


def set_up(level: int = logging.INFO) -> None:
    """The service's own events at ``level``, libraries' only from WARNING."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("gedi", "aggregator", "feeds", "web"):
        logging.getLogger(name).setLevel(level)
