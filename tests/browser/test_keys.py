"""Keys in a real browser: j and k, / and ?, which can be turned off and are never taken from a field."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.browser_helpers import Running, Scheme, Visitor, layout_shift, open_context
from tests.browser.test_every_page import axe_errors

FOCUSED = "document.activeElement.getAttribute('href') ?? document.activeElement.id"
DIALOG = "dialog.keys"


@pytest.fixture
def visitor(browser: Browser, site: Running) -> Iterator[Visitor]:
    with open_context(browser, "desktop", "light") as context:
        yield Visitor(context, site.url)


def press(page: Page, *keys: str) -> str:
    for key in keys:
        page.keyboard.press(key)
    focused: str = page.evaluate(FOCUSED)
    return focused


def test_j_and_k_follow_the_reading_order(visitor: Visitor) -> None:
    page = visitor.open_page("/category/livelihood")
    links = page.locator("main ul.stream h3 a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert press(page, "j") == links[0]
    assert press(page, "j") == links[1]
    assert press(page, "k") == links[0]
    assert press(page, "k") == links[0]  # nothing is before it
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == visitor.url + links[0]


@pytest.mark.parametrize("path", ["/", "/latest", "/region/370400", "/search?q=运河", "/hot"])
def test_j_begins_with_the_first_item_in_view(visitor: Visitor, path: str) -> None:
    page = visitor.open_page(path)
    assert press(page, "j").startswith("/item/")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 500)")
    assert press(page, "j").startswith("/item/")
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    assert layout_shift(page) == 0


def test_slash_goes_to_the_search(browser: Browser, visitor: Visitor, site: Running) -> None:
    page = visitor.open_page("/latest")
    assert press(page, "/") == "q"
    page.keyboard.type("j/?k")
    assert page.locator("#q").input_value() == "j/?k"  # a field keeps its keys
    assert not page.locator(DIALOG).is_visible()
    with open_context(browser, "phone", "dark") as context:
        page = Visitor(context, site.url).open_page("/latest")
        page.keyboard.press("/")  # the field is not in the header of a phone
        page.wait_for_url("**/search")


@pytest.mark.parametrize(
    ("language", "title"), [("zh-CN", "键盘快捷键"), ("zh-TW", "鍵盤快速鍵"), ("en", "Keyboard shortcuts")]
)
def test_question_mark_explains_the_keys(visitor: Visitor, language: str, title: str) -> None:
    page = visitor.open_page(f"/latest?lang={language}")
    dialog = page.get_by_role("dialog", name=title)
    looks: tuple[tuple[str, Scheme], ...] = (("desktop", "light"), ("narrow", "dark"))
    for screen, scheme in looks:
        visitor.set_screen(screen, scheme)
        page.keyboard.press("?")
        assert dialog.is_visible()
        assert axe_errors(page, (), f"'{DIALOG}'") == []
        visitor.check_width("the help")
        before = page.evaluate(FOCUSED)
        assert press(page, "j") == before  # not behind the dialog
        page.keyboard.press("Escape")
        assert not dialog.is_visible()


def test_the_keys_can_be_turned_off_and_on(visitor: Visitor) -> None:
    page = visitor.open_page("/latest")
    page.get_by_role("button", name="键盘快捷键").click()
    page.get_by_role("button", name="停用快捷键").click()
    page.get_by_role("button", name="关闭").click()
    page = visitor.open_page("/hot")
    assert not press(page, "j").startswith("/item/")
    page.keyboard.press("?")
    assert not page.locator(DIALOG).is_visible()
    page.get_by_role("button", name="键盘快捷键").click()
    page.get_by_role("button", name="启用快捷键").click()
    page.get_by_role("button", name="关闭").click()
    assert press(page, "j").startswith("/item/")


def test_keys_of_the_browser_are_left_to_it(visitor: Visitor) -> None:
    page = visitor.open_page("/latest")
    for combination in ("Control+j", "Meta+k", "Alt+j"):
        assert not press(page, combination).startswith("/item/")


def test_without_script_the_page_says_nothing_of_keys(browser: Browser, site: Running) -> None:
    with open_context(browser, "desktop", "light", script=False) as context:
        page = Visitor(context, site.url).open_page("/latest")
        assert not page.get_by_role("button", name="键盘快捷键").is_visible()
        assert not page.locator(DIALOG).is_visible()
