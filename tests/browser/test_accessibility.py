"""axe finds nothing on any page (WCAG 2.2 A and AA, best practice), on desktop and phone, light and dark, nor on the
pages of the admin, whose way is walked."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.visiting import TOKEN, Running, Scheme, Visitor, main_paths, opened, other_paths

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def flaws(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": TAGS, "resultTypes": ["violations"]})
    return [
        f"{each['id']}: {node['html'][:160]}" for each in found.response["violations"] for node in each["nodes"][:3]
    ]


def test_every_page_is_accessible(browser: Browser, site: Running) -> None:
    with opened(browser, "desktop", "light") as context:
        visitor = Visitor(context, site)
        paths = [*main_paths(site), *other_paths(site), "/admin/login"]
        found = {path: wrong for path in paths if (wrong := flaws(visitor.look_at(path)))}
    assert found == {}


@pytest.mark.parametrize(("screen", "scheme"), [("phone", "dark")])
def test_the_main_pages_are_accessible_on_a_phone_in_the_dark(
    browser: Browser, site: Running, screen: str, scheme: Scheme
) -> None:
    with opened(browser, screen, scheme) as context:
        visitor = Visitor(context, site)
        found = {path: wrong for path in main_paths(site) if (wrong := flaws(visitor.look_at(path)))}
    assert found == {}


def test_an_admin_s_way(browser: Browser, site: Running) -> None:
    """In by the token, a source is retried, a category corrected, and out again."""
    with opened(browser, "desktop", "light") as context:
        visitor = Visitor(context, site)
        page = visitor.look_at("/admin/login")
        page.get_by_label("口令").fill(TOKEN)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/admin")
        page = visitor.look_at("/status")
        assert flaws(page) == []
        page.get_by_role("button", name="重试").first.click()
        page.get_by_text("已安排立即抓取").wait_for()
        page = visitor.look_at(f"/item/{site.world['event1']}")
        assert flaws(page) == []
        page.locator("select[name=category]").select_option("tech")
        page.get_by_role("button", name="改正", exact=True).click()
        page.get_by_text("已改好").wait_for()
        assert flaws(visitor.look_at(f"/story/{site.world.story}")) == []
        page = visitor.look_at("/admin")
        assert flaws(page) == []
        page.get_by_role("button", name="退出登录").click()
        page.wait_for_url(f"{site.url}/")
        assert page.get_by_role("link", name="管理").count() == 0
