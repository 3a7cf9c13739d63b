"""The main tasks of each kind of user in a real browser: a reader (without scripts), a portal, the admin."""

from __future__ import annotations

from collections.abc import Callable
from wsgiref.types import StartResponse, WSGIEnvironment

from playwright.sync_api import Browser, Page

from tests.browser.browser_helpers import TOKEN, Running, Visitor, open_context, serve
from tests.web import reports

PUBLIC = "https://gedi.example"


def test_a_reader_s_way_without_script(browser: Browser, site: Running) -> None:
    """A reader goes from the front page to a category, an item, its story, a related item, a search and a feed."""
    with open_context(browser, "phone", "light", script=False) as context:
        page = context.pages[0]
        page.goto(site.url)
        page.locator("nav.main").get_by_role("link", name="民生").click()
        page.wait_for_url("**/category/livelihood")
        page.locator("ul.stream").get_by_role("link", name=reports.EVENT[0][4]).click()
        page.wait_for_url(f"**/item/{site.world['event0']}")
        assert page.get_by_role("link", name="阅读原文").get_attribute("href").startswith("https://shiqiao.example/")  # type: ignore[union-attr]
        page.get_by_role("link", name="完整时间线").click()
        page.wait_for_url(f"**/story/{site.world.story}")
        assert page.locator("ol.timeline > li").count() == 3  # two reports have one headline
        page.get_by_role("link", name=reports.EVENT[2][4]).click()
        page.wait_for_url("**/item/*")
        page.locator("ul.related a").first.click()
        page.wait_for_url("**/item/*")
        page.goto(f"{site.url}/region")
        page.get_by_label("省、市、县的名称或行政区划代码").fill("滕州")
        page.get_by_role("button", name="前往").click()
        page.wait_for_url("**/region/370481")
        page.goto(f"{site.url}/search")
        page.get_by_label("搜索词").fill("灯塔")
        page.get_by_role("button", name="搜索").click()
        assert page.locator("mark").first.inner_text() == "灯塔"
        assert _addresses(page) == [f"{PUBLIC}/feeds/search.atom?q=%E7%81%AF%E5%A1%94"]
        page.get_by_label("搜索词").fill("腾州")
        page.get_by_role("button", name="搜索").click()
        page.locator("p.named").get_by_role("link", name="滕州", exact=True).click()
        assert page.locator("mark").first.inner_text() == "滕州"
        page.locator("p.named").get_by_role("link", name="滕州市").click()
        page.wait_for_url("**/region/370481")
        page.goto(f"{site.url}/search")
        page.get_by_label("搜索词").fill("灯塔 飞碟降落")
        page.get_by_role("button", name="搜索").click()
        assert "去掉“飞碟降落”" in page.get_by_role("status").inner_text()
        page.get_by_role("status").get_by_role("link", name="灯塔").click()
        page.wait_for_url("**/search?q=%E7%81%AF%E5%A1%94")
        page.locator("header.site").get_by_role("link", name="订阅").click()
        page.get_by_label("地区（可选）").fill("枣庄")
        page.get_by_role("button", name="生成地址").click()
        assert _addresses(page, ".result") == [f"{PUBLIC}/feeds/all/370400.atom"]


def test_a_reader_s_choices_are_kept_without_script(browser: Browser, site: Running) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    with open_context(browser, "desktop", "light", script=False) as context:
        page = Visitor(context, site.url).open_page("/about")
        light = page.evaluate(background)
        page.get_by_role("button", name="深色").click()
        page.wait_for_url("**/about")
        assert page.evaluate(background) != light
        assert page.get_by_role("button", name="深色").get_attribute("aria-pressed") == "true"
        page.get_by_role("button", name="大字").click()
        page.wait_for_selector("html[data-text=large][data-theme=dark]")
        page.get_by_role("button", name="English").click()
        page.wait_for_selector("html[lang=en][data-text=large][data-theme=dark]")
        page.get_by_role("button", name="繁體中文").click()
        page.wait_for_selector("html[lang=zh-TW]")
        assert page.url == f"{site.url}/about"


def test_a_portal_s_way(browser: Browser, site: Running) -> None:
    """A portal copies the URL of a feed from the page of feeds, and the feed is readable in a browser."""
    with open_context(browser, "desktop", "light") as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        visitor = Visitor(context, site.url)
        page = visitor.open_page("/feeds")
        page.locator("select[name=category]").select_option("livelihood")
        page.get_by_label("地区（可选）").fill("枣庄")
        page.get_by_role("button", name="生成地址").click()
        page.locator(".result").get_by_role("button", name="复制").click()
        page.get_by_text("已复制").wait_for()
        address = page.evaluate("navigator.clipboard.readText()")
        assert address == f"{PUBLIC}/feeds/livelihood/370400.atom"
        for ending in ("atom", "rss"):
            visitor.asked.clear()
            page.goto(site.url + address.removeprefix(PUBLIC).replace(".atom", f".{ending}"))
            assert page.evaluate("document.contentType") == "application/xml"
            assert page.get_by_role("link", name=reports.EVENT[0][4]).is_visible()
            assert page.get_by_role("button", name="复制").is_visible()
            assert [each.url for each in visitor.asked if not each.url.startswith(site.url)] == []


def test_a_correction_request_from_the_item_to_the_admin(browser: Browser, new_site: Callable[[], Running]) -> None:
    """A reader without scripts reports an error of an item; the admin follows the request and marks it as done."""
    site = new_site()
    item = site.world["event0"]
    with open_context(browser, "phone", "light", script=False) as context:
        visitor = Visitor(context, site.url)
        page = visitor.open_page(f"/item/{item}")
        page.get_by_role("link", name="申请更正或删除").click()
        page.wait_for_url(f"**/corrections?item={item}")
        assert page.get_by_label("哪条新闻").input_value() == f"{PUBLIC}/item/{item}"
        page.get_by_label("哪里有误").fill("错" * 2001)
        page.get_by_label("电子邮箱").fill("reader@mail.example")
        page.get_by_role("button", name="提交申请").click()
        page.get_by_text("太长了：现在2001字").wait_for()
        assert len(page.get_by_label("哪里有误").input_value()) == 2001
        assert page.get_by_label("电子邮箱").input_value() == "reader@mail.example"
        visitor.check_width("the form with an error")
        page.get_by_label("哪里有误").fill("日期错了。\n应为五月。")
        page.get_by_role("button", name="提交申请").click()
        page.wait_for_url(f"**/corrections/sent?item={item}*")
        page.go_back()
        page.go_forward()  # a confirmation by GET: nothing is sent again
        page.get_by_role("link", name="回到这条新闻").click()
        page.wait_for_url(f"**/item/{item}")
    assert site.world.store.count_open_correction_requests() == 1
    with open_context(browser, "desktop", "light") as context:
        page = Visitor(context, site.url).open_page("/admin/login?back=/admin")
        page.get_by_label("口令").fill(TOKEN)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/admin")
        requests = page.locator("section[aria-labelledby=requests]")
        assert requests.locator(".typed").inner_text() == "日期错了。\n应为五月。"
        assert requests.get_by_role("link", name=reports.EVENT[0][4]).get_attribute("href") == f"/item/{item}"
        assert requests.get_by_role("link", name="reader@mail.example").count() == 1
        page.get_by_role("button", name="处理完毕").click()
        page.get_by_text("申请已标为处理完毕").wait_for()
        page.get_by_text("没有待处理的申请").wait_for()
    assert site.world.store.count_open_correction_requests() == 0


def test_an_admin_s_way(browser: Browser, new_site: Callable[[], Running]) -> None:
    """An admin logs in at the status page, retries a source, moves, undoes, splits, merges, removes, logs out."""
    site = new_site()
    item = site.world["event1"]
    with open_context(browser, "desktop", "light") as context:
        visitor = Visitor(context, site.url)
        page = visitor.open_page("/admin/login?back=/status")
        page.get_by_label("口令").fill("not this one")
        page.get_by_role("button", name="登录").click()
        page.get_by_text("口令不对").wait_for()
        page.get_by_label("口令").fill(TOKEN)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/status")
        page.get_by_role("button", name="重试").first.click()
        page.get_by_text("已安排立即抓取").wait_for()
        page = visitor.open_page(f"/item/{item}")
        page.locator("select[name=category]").select_option("tech")
        page.get_by_role("button", name="改正", exact=True).click()
        page.get_by_text("已改好").wait_for()
        page.wait_for_load_state()
        assert page.locator("nav.crumbs").get_by_role("link", name="科技").count() == 1
        page.get_by_role("button", name="撤销改正").click()
        page.get_by_text("已撤销人工指定").wait_for()
        page.locator("section[aria-labelledby=admin]").get_by_role("button", name="拆出").click()
        page.get_by_text("已拆成单独的事件").wait_for()
        page.get_by_label("同一事件的另一篇").fill(f"{site.url}/item/{site.world['event0']}")
        page.get_by_role("button", name="并入同一事件").click()
        page.get_by_text("已并入同一事件").wait_for()
        page = visitor.open_page(f"/item/{item}")
        page.get_by_label("确认删除").check()
        page.get_by_role("button", name="删除", exact=True).click()
        page.get_by_text("已删除，以后不再收录").wait_for()
        page.wait_for_load_state()
        assert page.locator("section[aria-labelledby=history] li").count() >= 4
        page.get_by_role("button", name="退出登录").click()
        page.wait_for_url(f"{site.url}/")
        assert page.get_by_role("link", name="管理").count() == 0
        visitor.open_page(f"/item/{item}", 410)


def test_the_widget_can_be_framed_and_nothing_else_can(browser: Browser, site: Running) -> None:
    frames = f'<iframe src="{site.url}/widget?n=3"></iframe><iframe src="{site.url}/about"></iframe>'

    def portal(_: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [frames.encode()]

    with serve(portal) as url, open_context(browser, "desktop", "light") as context:
        page = context.pages[0]
        page.goto(url.replace("127.0.0.1", "localhost"), wait_until="load")
        widget, other = page.frames[1:]
        assert widget.locator("li").count() == 3
        assert other.url.startswith("chrome-error:")


def _addresses(page: Page, within: str = ".feedbar") -> list[str]:
    """Wait for the URLs that are offered for copying, and return them."""
    buttons = page.locator(f"{within} [data-copy]")
    buttons.first.wait_for(state="attached")
    page.wait_for_load_state()
    return [button.get_attribute("data-copy") or "" for button in buttons.all()]
