"""Logging of the service: one line an event, to stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping

from aggregator.config import environment

MAX_LINE = 4000  # characters; our own fields have at most 500 (aggregator/runtime/logfmt.py)


_secrets: dict[str, str] = {}  # value -> name: secrets that no line may contain


def register_secrets(secrets: Mapping[str, str]) -> None:
    """Replace these values by their names in all log lines from now on."""
    _secrets.update(secrets)


class _OneLineFormatter(logging.Formatter):
    """Escapes control characters and line ends, and hides secrets."""

    def format(self, record: logging.LogRecord) -> str:
        line = environment.redact_secrets(super().format(record), _secrets)
        if record.exc_info:
            return line
        return "".join(char if char.isprintable() else " " for char in line)[:MAX_LINE]


def configure(level: int = logging.INFO) -> None:
    """Log our own events at ``level``, those of libraries from WARNING."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLineFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("gedi", "aggregator", "feeds", "web"):
        logging.getLogger(name).setLevel(level)
