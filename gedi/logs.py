"""Logging of the service: one line an event, to stderr; in text, the indented lines of a traceback follow it.

What others wrote can neither begin a line nor control a terminal: messages and exceptions may contain it.

``GEDI_LOG`` in the environment chooses level and format: "debug", "info", "warning" or "error", and "json" for one JSON
object a line; both with a comma: "json,debug".
"""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from aggregator.config import environment

MAX_LINE = 4000  # characters; our own fields have at most 500 (aggregator/runtime/logfmt.py)
MAX_TRACEBACK = 200  # lines

_secrets: dict[str, str] = {}  # value -> name: secrets that no line may contain


def register_secrets(secrets: Mapping[str, str]) -> None:
    """Replace these values by their names in all log lines from now on."""
    _secrets.update(secrets)


class _OutageFilter(logging.Filter):
    """Drops the lines of what failed because the database is not available or moved: the store logs that."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or record.levelno < logging.ERROR:
            return True
        from aggregator.store.api.connection import DATABASE_STATES

        return not isinstance(error, DATABASE_STATES)


class _OneLineFormatter(logging.Formatter):
    """Replaces control characters and line ends, and hides secrets."""

    def format(self, record: logging.LogRecord) -> str:
        record.message, record.asctime = record.getMessage(), self.formatTime(record)
        return "\n  ".join([_one_line(self.formatMessage(record)), *self.traceback(record)])

    def traceback(self, record: logging.LogRecord) -> list[str]:
        """Return the lines of the record's traceback, without secrets and control characters."""
        if not record.exc_info:
            return []
        lines = environment.redact_secrets(self.formatException(record.exc_info), _secrets).splitlines()
        if len(lines) > MAX_TRACEBACK:
            lines[MAX_TRACEBACK // 2 : -MAX_TRACEBACK // 2] = ["..."]
        return [_one_line(line) for line in lines]


def _one_line(text: str) -> str:
    text = environment.redact_secrets(text, _secrets)
    return "".join(char if char.isprintable() else " " for char in text[:MAX_LINE])


class _JsonFormatter(_OneLineFormatter):
    """Formats an event as one JSON object; the fields of its message are fields of the object."""

    def format(self, record: logging.LogRecord) -> str:
        event, fields = _split_message(record.getMessage())
        shown: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **({"event": event} if event else {"message": record.getMessage()}),
        }
        shown |= {name: value for name, value in fields.items() if name not in shown}
        if record.exc_info:
            shown["traceback"] = "\n".join(self.traceback(record))
        line = environment.redact_secrets(json.dumps(shown, ensure_ascii=False), _secrets)
        return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)


_EVENT = re.compile(r"[a-z][a-z0-9_]+(?= |$)")
_FIELD = re.compile(r" ([a-z_][a-z0-9_]*)=(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s]*)")


def _split_message(message: str) -> tuple[str, dict[str, str]]:
    """Return the event and fields of a line of key=value pairs; ("", {}) for any other message."""
    event = _EVENT.match(message)
    if event is None:
        return "", {}
    fields: dict[str, str] = {}
    end = event.end()
    while field := _FIELD.match(message, end):
        fields[field[1]] = _unquote(field[2])
        end = field.end()
    return (event[0], fields) if end == len(message) else ("", {})


def _unquote(value: str) -> str:
    """Return a value without its quotation marks, which are those of JSON or of ``repr``."""
    if not value.startswith(('"', "'")):
        return value
    try:
        return str(json.loads(value, strict=False) if value.startswith('"') else ast.literal_eval(value))
    except (ValueError, SyntaxError):
        pass
    try:
        return str(ast.literal_eval(value))
    except (ValueError, SyntaxError):
        return value[1:-1]


def configure(level: int = logging.INFO, environ: Mapping[str, str] = os.environ) -> None:
    """Log our own events at ``level``, unless ``GEDI_LOG`` names another, those of libraries from WARNING."""
    words = {word.strip().lower() for word in environ.get("GEDI_LOG", "").split(",")}
    chosen = [number for name, number in _LEVELS.items() if name in words]
    handler = logging.StreamHandler(sys.stderr)
    kind = _JsonFormatter if "json" in words else _OneLineFormatter
    handler.setFormatter(kind("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(_OutageFilter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("gedi", "aggregator", "feeds", "web"):
        logging.getLogger(name).setLevel(chosen[0] if chosen else level)
    if unknown := words - {"", "json", *_LEVELS}:
        logging.getLogger("gedi").warning(
            "log_setting_unknown words=%s known=json,debug,info,warning,error", ",".join(sorted(unknown))
        )


_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
