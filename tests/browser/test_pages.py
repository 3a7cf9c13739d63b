"""The pages in a real browser: no console error, no foreign request, nothing wider than the screen."""

from __future__ import annotations

from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from playwright.sync_api import Browser

from tests.browser.visiting import Running, Scheme, Visitor, main_paths, opened, other_paths, serving
from tests.web import reports


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_main_pages_are_quiet_and_fit(browser: Browser, site: Running, screen: str, scheme: Scheme) -> None:
    with opened(browser, screen, scheme) as context:
        visitor = Visitor(context, site)
        for path in main_paths(site):
            visitor.look_at(path)


def test_every_page_fits_the_narrowest_screen(browser: Browser, site: Running) -> None:
    with opened(browser, "narrow", "light") as context:
        visitor = Visitor(context, site)
        for path in main_paths(site) + other_paths(site):
            visitor.look_at(path)


def test_scheme_changes_the_colours_and_the_form_overrides_it(browser: Browser, site: Running) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, "desktop", "light") as context:
        page = Visitor(context, site).look_at("/about")
        light = page.evaluate(background)
        page.get_by_role("button", name="深色").click()
        page.wait_for_url("**/about")
        assert page.evaluate(background) != light
        assert page.get_by_role("button", name="深色").get_attribute("aria-pressed") == "true"
        page.get_by_role("button", name="大字").click()
        page.wait_for_selector("html[data-text=large]")
        assert page.locator("html").get_attribute("data-theme") == "dark"


def test_a_reader_s_way_without_script(browser: Browser, site: Running) -> None:
    """From the front page to a story, an item, a category, a place, a search and a feed address."""
    with opened(browser, "phone", "light", script=False) as context:
        page = context.new_page()
        page.goto(site.url)
        page.get_by_role("link", name="4家媒体报道").click()
        page.wait_for_url(f"**/story/{site.world.story}")
        page.get_by_role("link", name=reports.EVENT[2][4]).click()
        page.wait_for_url("**/item/*")
        page.locator(".crumbs").get_by_role("link", name="民生").click()
        page.wait_for_url("**/category/livelihood")
        page.goto(f"{site.url}/region")
        page.get_by_label("省、市、县的名称或行政区划代码").fill("滕州")
        page.get_by_role("button", name="前往").click()
        page.wait_for_url("**/region/370481")
        page.goto(f"{site.url}/search")
        page.get_by_label("搜索词").fill("灯塔")
        page.get_by_role("button", name="搜索").click()
        assert page.locator("mark").first.inner_text() == "灯塔"
        page.goto(f"{site.url}/feeds")
        page.get_by_label("地区（可选）").fill("枣庄")
        page.get_by_role("button", name="生成地址").click()
        assert page.locator(".result code").inner_text() == "https://gedi.example/feeds/all/370400.atom"


def test_the_script_only_shows_the_copy_buttons(browser: Browser, site: Running) -> None:
    with opened(browser, "desktop", "light") as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = Visitor(context, site).look_at("/category/society")
        page.get_by_role("button", name="复制").click()
        page.get_by_text("已复制").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == "https://gedi.example/feeds/society.atom"


def test_the_widget_can_be_framed_and_nothing_else_can(browser: Browser, site: Running) -> None:
    frames = f'<iframe src="{site.url}/widget?n=3"></iframe><iframe src="{site.url}/about"></iframe>'

    def portal(_: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [frames.encode()]

    with serving(portal) as url, opened(browser, "desktop", "light") as context:
        page = context.new_page()
        page.goto(url.replace("127.0.0.1", "localhost"), wait_until="load")
        widget, other = page.frames[1:]
        assert widget.locator("li").count() == 3
        assert other.url.startswith("chrome-error:")
