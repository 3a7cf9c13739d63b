"""Thumbnails over HTTP: signed addresses, immutable, from the store only; and on pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import Client

from aggregator.model.pictures import ItemPictures, Thumbnails, picture_id
from feeds.model import Picture
from tests.web.fixture_site import NOW, World
from web import create_wsgi
from web.pictures.addresses import PictureSigner

URL, OTHER = "https://a.example/1.jpg", "https://a.example/2.jpg"
BODIES = {240: b"RIFFsmall", 640: b"RIFFlarge"}


@pytest.fixture
def site(world: World) -> Client:
    return Client(create_wsgi(world.store, world.config, clock=lambda: NOW))


@pytest.fixture
def item(world: World) -> int:
    """Return an item with a stored picture."""
    number = min(world.ids.values())
    with world.store.write_transaction() as writer:
        writer.set_pictures({number: ItemPictures(Picture(URL))}, NOW)
        writer.store_thumbnails(picture_id(URL), Thumbnails(BODIES, 640, 427), NOW)
    return number


def path(world: World, width: int = 240, url: str = URL) -> str:
    return PictureSigner(world.store.secret("pictures")).path(picture_id(url), width)


@pytest.mark.parametrize("width", [240, 640])
def test_a_thumbnail_is_immutable(world: World, site: Client, item: int, width: int) -> None:
    response = site.get(path(world, width))
    assert (response.status_code, response.data) == (200, BODIES[width])
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert site.head(path(world, width)).data == b""
    assert site.get(path(world, width), headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    assert site.post(path(world, width)).status_code == 405


def test_only_addresses_of_this_site_are_answered(world: World, site: Client, item: int) -> None:
    good = path(world)
    signature, width, picture = good.split("/")[2:]
    forged = [
        f"/pictures/{'A' * 16}/{width}/{picture}",
        f"/pictures/{signature}/640/{picture}",
        f"/pictures/{signature}/241/{picture}",
        f"/pictures/{signature}/{width}/{'0' * 16}",
        f"/pictures/{signature}/{width}/{picture}0",
        f"/pictures/{signature}/{width}/",
        f"/pictures/{signature}//{width}/{picture}",
        "/pictures/",
        "/pictures/https://a.example/1.jpg",
        PictureSigner(b"another").path(picture_id(URL), 240),
    ]
    for wrong in forged:
        response = site.get(wrong)
        assert (response.status_code, response.headers["Cache-Control"]) == (404, "no-store"), wrong


def test_a_missing_picture_is_empty_and_fetches_nothing(world: World, site: Client, item: int) -> None:
    response = site.get(path(world, url=OTHER))
    assert response.status_code == 404
    assert response.data.startswith(b"GIF89a")
    assert world.store.count_pictures() == (1, 0)


def test_pages_show_stored_pictures(world: World, site: Client, item: int) -> None:
    page = site.get("/latest").get_data(as_text=True)
    (image,) = re.findall(r'<img src="(/pictures/[^"]+)" alt="" width="240" height="180" loading="lazy"', page)
    assert site.get(image).data == BODIES[240]
    world.store.evict_thumbnails(0)
    fresh = Client(create_wsgi(world.store, world.config, clock=lambda: NOW))
    assert "/pictures/" not in fresh.get("/latest").get_data(as_text=True)


def test_a_source_without_thumbnails_shows_none(world: World, item: int) -> None:
    sources = [replace(source, pictures="link") for source in world.store.sources()]
    world.store.sync_sources(sources, NOW, timedelta())
    fresh = Client(create_wsgi(world.store, world.config, clock=lambda: NOW))
    assert "/pictures/" not in fresh.get("/latest").get_data(as_text=True)
