"""The admin pages in a browser: with and without scripts, by keys, on every screen, in three languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, Page

from aggregator.messages import decisions
from aggregator.model.correction_requests import RequestText
from aggregator.model.filters import FilteredEntry, FilterReason
from aggregator.model.moderation import QUEUES
from tests.browser.browser_helpers import MOST_BYTES, MOST_REQUESTS, TOKEN, Running, Visitor, open_context
from tests.browser.test_every_page import SEEN, axe_errors
from tests.web import fixture_site
from tests.web.fixture_site import NOW

PAGES = ("/admin", *(f"/admin/queue/{name}" for name in QUEUES))


@pytest.fixture
def site(new_site: Callable[[], Running]) -> Running:
    """Return a site with something in each queue."""
    running = new_site()
    store = running.world.store
    source = next(each.id for each in store.sources() if each.slug == "shiqiao")
    drafts = [fixture_site.draft("shiqiao", f"第{n}条没有分类的消息", "摘要", minutes=n) for n in range(1, 4)]
    fixture_site.insert(store, source, drafts)
    reason = FilterReason("exclude", decisions.EXCLUDED_IN_TITLE(rule="推广"))
    with store.write_transaction() as writer:
        writer.record_filtered_entries(source, [FilteredEntry("u", "推广一则", "https://a.example/", reason)], NOW)
    store.add_correction_request(RequestText("某条新闻", "日期错了", "读者", "r@mail.example"), NOW)
    return running


@pytest.fixture
def visitor(browser: Browser, site: Running) -> Iterator[Visitor]:
    with open_context(browser, "desktop", "light") as context:
        yield log_in(Visitor(context, site.url))


def log_in(visitor: Visitor) -> Visitor:
    page = visitor.open_page(f"/admin/login?token={TOKEN.replace(' ', '+')}")
    page.locator("main form button").click()
    page.wait_for_url("**/admin")
    return visitor


def first_title(page: Page) -> str:
    return page.locator(".queue > li h2").first.inner_text()


def test_admin_pages_fit_every_screen_in_three_languages(visitor: Visitor) -> None:
    visitor.page.goto(visitor.url + "/admin/queue/requests")
    visitor.page.keyboard.press("a")
    visitor.page.wait_for_url("**done=decided")
    for path, language in product(PAGES, ("zh-CN", "zh-TW", "en")):
        visitor.set_screen("desktop", "light")
        page = visitor.open_page(f"{path}?lang={language}")
        requests, size = visitor.transfer_size()
        assert requests <= MOST_REQUESTS
        assert size <= MOST_BYTES
        assert axe_errors(page) == [], path
        visitor.set_screen("phone", "dark")
        visitor.check_width(path)
        assert language != "en" or axe_errors(page, SEEN) == [], path


def test_a_queue_is_worked_off_by_keys(visitor: Visitor, site: Running) -> None:
    page = visitor.open_page("/admin/queue/uncategorized")
    count = page.locator(".queue > li").count()
    assert count >= 3
    first = first_title(page)
    page.keyboard.press("j")
    second = page.locator(".queue > li.now h2").inner_text()
    assert second != first
    page.keyboard.press("k")
    assert page.locator(".queue > li.now h2").inner_text() == first
    page.keyboard.press("3")
    page.wait_for_url("**done=decided")
    assert page.locator(".queue > li").count() == count - 1
    assert first_title(page) == second
    assert site.world.store.admin_actions(1)[0].action == "move"
    page.keyboard.press("u")
    page.wait_for_url("**done=undone")
    assert first_title(page) == first
    page.locator("select").first.focus()
    page.keyboard.press("0")
    assert page.locator(".queue > li").count() == count  # keys belong to the field


def test_a_queue_is_worked_off_without_scripts(browser: Browser, site: Running) -> None:
    with open_context(browser, "phone", "dark", script=False) as context:
        visitor = log_in(Visitor(context, site.url))
        page = visitor.open_page("/status")
        page.locator(".tiles a", has_text="未能分类").click()
        page.wait_for_url("**/admin/queue/uncategorized")
        count = page.locator(".queue > li").count()
        page.locator(".queue > li").first.locator("select").select_option(index=1)
        page.locator(".queue > li").first.locator("button[value=other]").click()
        page.wait_for_url("**done=decided")
        assert page.locator(".queue > li").count() == count - 1
        page.locator("form.undo button").click()
        page.wait_for_url("**done=undone")
        assert page.locator(".queue > li").count() == count
        page.goto(site.url + "/admin")
        assert page.locator("ul.log li").count() == 2
