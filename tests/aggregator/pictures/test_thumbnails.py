"""Thumbnails of good pictures, and every hostile picture refused for the right reason within limits."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image

from aggregator.intake.thumbnails import make_thumbnails
from aggregator.model.pictures import Thumbnails
from tests.aggregator.pictures.hostile_pictures import CASES, Outcome, encoded, photo


@pytest.mark.parametrize("name", CASES)
def test_hostile_picture(name: str) -> None:
    make, expected = CASES[name]
    content = make()
    before = time.process_time()
    found = make_thumbnails(content)
    assert time.process_time() - before < 5
    outcome: Outcome = (found.width, found.height) if isinstance(found, Thumbnails) else found
    assert outcome == expected


def test_there_are_enough_cases() -> None:
    assert len([name for name, (_, expected) in CASES.items() if isinstance(expected, str)]) >= 50
    assert len(CASES) >= 80


def test_thumbnails_are_small_webp_without_metadata() -> None:
    original = photo(size=(2000, 1500))
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    found = make_thumbnails(encoded(original, "JPEG", exif=exif.tobytes(), comment=b"secret"))
    assert isinstance(found, Thumbnails)
    assert (found.width, found.height) == (640, 480)
    for width, height in ((240, 180), (640, 480)):
        body = found.bodies[width]
        with Image.open(io.BytesIO(body)) as thumbnail:
            assert (thumbnail.format, thumbnail.size, thumbnail.mode) == ("WEBP", (width, height), "RGB")
            assert not thumbnail.getexif()
            assert "icc_profile" not in thumbnail.info
        assert b"secret" not in body
    assert found.size < 40_000


def test_transparency_becomes_white_and_16_bits_keep_their_tones() -> None:
    layer = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    layer.paste((200, 0, 0, 255), (0, 0, 400, 150))
    found = make_thumbnails(encoded(layer, "PNG"))
    assert isinstance(found, Thumbnails)
    with Image.open(io.BytesIO(found.bodies[640])) as thumbnail:
        red, white = thumbnail.getpixel((200, 40)), thumbnail.getpixel((200, 260))
    assert isinstance(red, tuple)
    assert isinstance(white, tuple)
    assert red[0] > 170
    assert red[1] < 40
    assert min(white) > 245
    found = make_thumbnails(CASES["PNG with 16 bits"][0]())
    assert isinstance(found, Thumbnails)
    with Image.open(io.BytesIO(found.bodies[640])) as thumbnail:
        dark, bright = thumbnail.getpixel((5, 150)), thumbnail.getpixel((395, 150))
    assert isinstance(dark, tuple)
    assert isinstance(bright, tuple)
    assert max(dark) < 20
    assert min(bright) > 230
