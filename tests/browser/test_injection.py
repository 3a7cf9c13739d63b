"""Items of hostile outlets on every page and in every document, with the Content-Security-Policy disabled.

No script runs, nothing is loaded from other hosts, and nothing covers the page.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import hostile_feeds
from tests.browser.browser_helpers import TOKEN
from tests.browser.hostile_site import Hostile, hostile_site
from tests.browser.vectors import SPECIAL, VECTORS
from tests.web import fixture_site

JUDGE = (Path(__file__).parent / "judge.js").read_text("utf-8")
TRAP = "window.hits = 0; window.ran = () => { window.top.hits += 1 }"


@pytest.fixture(scope="module")
def hostile(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    path = tmp_path_factory.mktemp("hostile") / "gedi.db"
    shutil.copyfile(sqlite_template, path)
    with hostile_site(path) as found:
        yield found


@pytest.fixture(scope="module")
def trap_page(browser: Browser, hostile: Hostile) -> Iterator[tuple[Page, list[str]]]:
    """Yield an admin's page in which ``ran()`` counts calls, and the list of its foreign requests and messages."""
    foreign: list[str] = []
    with browser.new_context(bypass_csp=True) as context:
        context.add_init_script(TRAP)
        context.route(lambda address: not address.startswith((hostile.url, "data:")), lambda route: route.abort())
        page = context.new_page()
        page.goto(f"{hostile.url}/admin/login")
        page.locator("input[name=token]").fill(TOKEN)
        page.locator("main form button").click()
        page.wait_for_url("**/admin")
        page.on("request", lambda request: foreign.append(request.url))
        page.on("dialog", lambda dialog: foreign.append(dialog.message))
        yield page, foreign


def foreign_urls(url: str, foreign: list[str]) -> list[str]:
    return [address for address in foreign if not address.startswith((url, "data:image/svg+xml,"))]


def pages(hostile: Hostile) -> Iterator[str]:
    """Return one page of each kind; every vector is on one of them."""
    lists = (
        "/",
        "/hot",
        "/region/370400",
        "/source/heaps",
        "/source/trees",
        "/sources",
        "/widget?n=20",
        "/feeds?q=ran",
    )
    yield from lists
    yield from (
        "/status",
        "/status?source=page",
        "/admin",
        "/region?q=%3Cscript%3Eran()%3C/script%3E",
        "/category/tech",
    )
    yield from ("/search?q=ran", "/search?q=onerror&sort=rel", "/search?q=%3Cscript%3Eran()%3C/script%3E", "/feeds")
    yield from (f"/story/{hostile.story}", f"/corrections?item={hostile.items[0]}", "/latest?lang=en", "/source/away")
    yield from (f"/item/{number}" for number in hostile.items[: len(VECTORS) // hostile_feeds.EACH : 2])
    yield f"/widget?item={hostile.items[0]}"
    yield f"/widget?story={hostile.story}"


def test_nothing_runs_nothing_is_loaded_and_nothing_covers_the_page(
    trap_page: tuple[Page, list[str]], hostile: Hostile
) -> None:
    assert len(set(VECTORS)) >= 450
    page, foreign = trap_page
    for path in pages(hostile):
        answer = page.goto(hostile.url + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, path
        assert page.evaluate(f"({JUDGE})(document, true)") == [], path
        assert page.evaluate("window.hits") == 0, path
    assert foreign_urls(hostile.url, foreign) == []


def test_every_list_and_item_is_sound_when_it_is_parsed(trap_page: tuple[Page, list[str]], hostile: Hostile) -> None:
    """Every page of every list, and every item, is parsed by the browser without being displayed."""
    page, _ = trap_page
    heaps = len(VECTORS) // hostile_feeds.EACH
    items = hostile.items[:heaps] + hostile.items[heaps :: max(1, len(hostile.items) // 60)]
    walk = """async ([paths, follow]) => {
        const judge = %s, bad = [], parser = new DOMParser();
        for (let path of paths) for (let more = 0; path && more < 40; more++) {
            const answer = await fetch(path), found = parser.parseFromString(await answer.text(), 'text/html');
            bad.push(...judge(found, false).map(each => path + ' ' + each));
            path = follow ? found.querySelector('main a[rel=next]')?.getAttribute('href') : null;
        }
        return bad;
    }"""
    page.goto(f"{hostile.url}/about")
    lists = ["/source/words", "/category/society", "/search?q=ran"]
    assert page.evaluate(walk % JUDGE, [lists, True]) == []
    assert page.evaluate(walk % JUDGE, [[f"/item/{number}" for number in items], False]) == []


def test_what_programs_get_is_harmless_to_who_shows_it(trap_page: tuple[Page, list[str]], hostile: Hostile) -> None:
    """The HTML of the API, item.json, feeds and oEmbed is inserted into a page, once and twice."""
    page, foreign = trap_page
    page.goto(f"{hostile.url}/about")
    first = hostile.items[0]
    paths = [
        "/api/items?reports=all&limit=100",
        "/api/search?q=ran&limit=100",
        f"/api/items/{first}",
        f"/item/{first}.json",
    ]
    paths += [
        f"/feeds/{name}.json" for name in ("all", "source/heaps", "source/trees", "source/words", "search", "status")
    ]
    show = """async paths => {
        const found = [], collect = (value, key) => {
            if (typeof value === 'string' && /html/.test(key)) found.push(value);
            else if (value && typeof value === 'object') for (const name in value) collect(value[name], name);
        };
        for (const path of paths) collect(await (await fetch(path)).json(), '');
        const place = document.querySelector('main'), bad = [], sources = new Set();
        const tags = 'p,br,b,strong,i,em,ul,ol,li,blockquote,pre,code,a,h3,h4,figure,figcaption,img,table,caption,'
            + 'thead,tbody,tfoot,tr,th,td';
        const known = 'href rel title src alt width height colspan rowspan'.split(' ');
        for (const text of found) {
            place.innerHTML = text; place.innerHTML = place.innerHTML;
            const inside = place.querySelectorAll(`:not(${tags})`);
            for (const image of place.querySelectorAll('img')) sources.add(image.src);
            const attributes = [...place.querySelectorAll('*')].flatMap(each => each.getAttributeNames());
            if (inside.length || attributes.some(each => !known.includes(each))) bad.push(text);
            if ([...place.querySelectorAll('a[href]')].some(each => !/^https?:$/.test(each.protocol))) bad.push(text);
        }
        await new Promise(done => setTimeout(done, 50));
        return [found.length, bad, [...sources]];
    }"""
    count, bad, pictures = page.evaluate(show, [path.replace("search.json", "search.json?q=ran") for path in paths])
    assert count >= 100
    assert bad == []
    assert page.evaluate("window.hits") == 0
    # Texts carry pictures at their publishers' addresses, and nothing else that loads by itself.
    assert set(foreign_urls(hostile.url, foreign)) <= set(pictures)
    assert all(url.startswith(("http://", "https://")) for url in pictures)
    foreign.clear()


# Elements that act, beside those of the site's own page in a feed: its head, forms, script and QR code.
LIVELY = """[...document.querySelectorAll('script, img, iframe, object, embed, base, meta, form, a[onclick]')]
    .filter(each => !each.closest('head, header.site, footer.site'))
    .filter(each => !each.matches('.qr img, body > script[src^="/static/"]')).length"""


def test_documents_opened_in_a_browser_run_nothing(trap_page: tuple[Page, list[str]], hostile: Hostile) -> None:
    """Feeds with their style sheet, sitemaps, lists of feeds, the search description and JSON are harmless."""
    page, foreign = trap_page
    paths = [f"/feeds/{name}.{ending}" for name in ("all", "source/heaps", "source/trees", "source/words", "status")
             for ending in ("atom", "rss")]  # fmt: skip
    paths += [f"/feeds/story/{hostile.story}.atom", "/feeds/search.rss?q=%3Cscript%3Eran()%3C/script%3E"]
    paths += ["/sitemap.xml", "/sitemap/news.xml", f"/item/{hostile.items[0]}.json", "/api/items", "/feeds/all.json"]
    paths += [f"/oembed?format=xml&url={fixture_site.config().site.url}/item/{hostile.items[0]}"]
    for path in paths:
        answer = page.goto(hostile.url + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, path
        assert page.evaluate("window.hits ?? 0") == 0, path
        assert "xml" not in answer.headers["content-type"] or page.evaluate(LIVELY) == 0, path
    assert foreign_urls(hostile.url, foreign) == []


def test_the_browser_would_notice(browser: Browser) -> None:
    """The test detects real markup: it runs and is reported."""
    with browser.new_context(bypass_csp=True) as context:
        context.add_init_script(TRAP)
        page = context.new_page()
        page.set_content("<main><img src=x onerror=ran()></main>")
        page.wait_for_function("window.hits > 0")
        for vector in (
            "<b style=x>x</b>",
            "<a href=javascript:ran()>x</a>",
            "<main>x</main>",
            "<meta http-equiv=refresh>",
        ):
            page.set_content(f"<main>{vector}</main>")
            assert page.evaluate(f"({JUDGE})(document, true)"), vector
    assert any("javascript:" in each for each in SPECIAL)
