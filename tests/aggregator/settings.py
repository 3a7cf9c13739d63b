"""The fields of ``[polling]`` that the fetcher reads, with values for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Settings:
    interval: timedelta = timedelta(minutes=30)
    minimum: timedelta = timedelta(minutes=5)
    maximum: timedelta = timedelta(hours=6)
    timeout: timedelta = timedelta(seconds=30)
    spacing: timedelta = timedelta(0)
    concurrency: int = 8
    per_host: int = 8
    max_bytes: int = 100_000
    user_agent: str = "Gedi-Test/1.0 (+http://example.org/)"
    allow: tuple[str, ...] = ("127.0.0.0/8",)
    sender: str | None = None
    robots: bool = False
    proxy: str | None = None
