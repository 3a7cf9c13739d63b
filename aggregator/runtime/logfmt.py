"""Format one event as a line of key=value pairs (logfmt). Pure."""

from __future__ import annotations

import json
import re
from datetime import datetime

MAX_VALUE_LENGTH = 500  # characters of one value

_BARE = re.compile(r"[^\s\"'=\\]+")


def format_logfmt(event: str, **values: object) -> str:
    """Return ``poll_finished source=qilu elapsed=0.31 error="timed out"``.

    None is omitted; values with special characters are quoted, and quotes, newlines and control characters escaped.
    """
    return " ".join([event, *(f"{name}={_format_value(value)}" for name, value in values.items() if value is not None)])


def _format_value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = str(value)
    text = text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 1] + "…"
    if _BARE.fullmatch(text) and text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else f"\\u{ord(char):04x}" for char in json.dumps(text, ensure_ascii=False)
    )
