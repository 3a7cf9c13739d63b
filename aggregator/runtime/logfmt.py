"""One event as one line of key=value pairs, as logfmt tools read them. Pure."""

from __future__ import annotations

import json
import re
from datetime import datetime

MAX_VALUE_LENGTH = 500  # characters of one value

_BARE = re.compile(r"[^\s\"'=\\]+")


def format_logfmt(event: str, **values: object) -> str:
    """``poll source=qilu elapsed=0.31 error="timed out"``. What is None is left out; a value with anything but plain
    characters is quoted, and nothing in it can end the line, the quotes or the terminal's patience."""
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
