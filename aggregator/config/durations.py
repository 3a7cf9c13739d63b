"""Parse durations and sizes in config files: "30m", "1h30m", "5MB"."""

from __future__ import annotations

import re
from datetime import timedelta

from aggregator.texts import Phrase

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SIZES = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KIB": 1024, "MIB": 1024**2, "GIB": 1024**3}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[smhdw])")


def parse_duration(value: object) -> timedelta:
    """Parse "90s", "30m", "1h30m", "7d". A bare 0 is valid; any other bare number raises ValueError."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == 0:
        return timedelta(0)
    text = str(value).strip().lower() if isinstance(value, str) else ""
    if not text or _PART.sub("", text).strip():
        raise ValueError(Phrase('write a duration with its unit, such as "30s", "15m", "1h30m" or "7d"'))
    return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))


def parse_size(value: object) -> int:
    """Parse "5MB", "512KiB" or 1000000 as bytes."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", value.strip()) if isinstance(value, str) else None
    if match is None or match[2].upper() not in _SIZES:
        raise ValueError(Phrase('write a size such as "5MB" or "512KB"'))
    return int(float(match[1]) * _SIZES[match[2].upper()])


def format_duration(value: timedelta) -> str:
    """Return the shortest form: 5400 s -> "1h30m"."""
    seconds = value.total_seconds()
    if seconds <= 0:
        return "0s"
    if seconds < 1 or seconds != int(seconds):
        return f"{seconds:g}s"
    parts, rest = [], int(seconds)
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
