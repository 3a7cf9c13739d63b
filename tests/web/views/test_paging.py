"""Tests of paging: pages of a list stay the same while items arrive."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from lxml import html

from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of, words_of
from tests.web.reports import REPORTS
from web.views.paging import encode


def test_pages_are_stable_while_items_arrive(client: FlaskClient, world: World) -> None:
    source = world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))["nantang"]
    older = [
        fixture_site.draft("nantang", f"港口旧闻第{number}则", minutes=3000 + number, category="auto")
        for number in range(50)
    ]
    fixture_site.insert(world.store, source, older)

    def titles(page: html.HtmlElement) -> list[str]:
        return [words_of(title) for title in page.xpath("//ul[@class='stream']//h3")]

    first = page_of(client, "/category/auto")
    next_path = first.xpath("//a[@rel='next']/@href")[0]
    second = titles(page_of(client, next_path))
    fixture_site.insert(
        world.store,
        source,
        [fixture_site.draft("nantang", f"新到第{n}则", minutes=n, category="auto") for n in range(30)],
    )
    assert titles(page_of(client, next_path)) == second
    third_page = page_of(client, page_of(client, next_path).xpath("//a[@rel='next']/@href")[0])
    walked = titles(first) + second + titles(third_page)
    assert walked == [draft.title for draft in older]
    back = page_of(client, third_page.xpath("//a[@rel='prev']/@href")[0])
    assert titles(back) == second
    assert (
        client.get(
            page_of(client, "/category/auto?before=" + str(world["event0"])).xpath("//link[@rel='stylesheet']/@href")[0]
        ).status_code
        == 200
    )


def test_paging_back_past_the_top_returns_the_first_page(client: FlaskClient, world: World) -> None:
    newest = world.store.item(world[REPORTS[0][4]])
    assert newest is not None
    response = client.get(f"/latest?after={encode(newest.card.cursor)}")
    assert (response.status_code, response.headers["Location"]) == (302, "/latest")
