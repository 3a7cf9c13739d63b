"""The memory of a process that decodes the largest pictures that are accepted, in the formats that need the most."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from aggregator.intake.thumbnails import MAX_PIXELS
from tests.aggregator.pictures.hostile_pictures import encoded, png

ROOT = Path(__file__).resolve().parents[3]
WIDTH, HEIGHT = 8000, 5000
_MEASURE = """
import re, sys
from aggregator.intake.thumbnails import make_thumbnails
made = make_thumbnails(sys.stdin.buffer.read())
print("damaged" if isinstance(made, str) else re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


def _rows(pixel_bytes: int) -> bytes:
    return b"".join(b"\0" + bytes([row % 256]) * (WIDTH * pixel_bytes) for row in range(HEIGHT))


def _webp() -> bytes:
    stripes = Image.linear_gradient("L").resize((WIDTH, HEIGHT), Image.Resampling.NEAREST).convert("RGB")
    return encoded(stripes, "WEBP", quality=10, method=0)


@pytest.mark.parametrize(
    ("make", "megabytes"),
    [
        (lambda: png(WIDTH, HEIGHT, _rows(3), color=2), 280),
        (lambda: png(WIDTH, HEIGHT, _rows(4), color=6), 450),
        (lambda: png(WIDTH, HEIGHT, _rows(2), depth=16), 500),
        (lambda: png(WIDTH, HEIGHT, _rows(2), color=4), 600),
        (_webp, 700),
    ],
    ids=["RGB", "with transparency", "16 bits", "gray with transparency", "WebP"],
)
def test_the_largest_pictures_fit(make: Callable[[], bytes], megabytes: int) -> None:
    assert WIDTH * HEIGHT == MAX_PIXELS
    command = [sys.executable, "-c", _MEASURE]
    done = subprocess.run(command, input=make(), capture_output=True, cwd=ROOT, check=True, timeout=60)
    assert int(done.stdout) / 1024 < megabytes
