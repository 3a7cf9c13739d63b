"""A crawler that follows every link of the site from the home page and collects the defects of the linked pages."""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from werkzeug.test import Client

_LINKS = "//a/@href | //link[not(@rel='canonical')]/@href | //script/@src | //img/@src"


def form_of(path: str) -> str:
    """Return the form of a URL, which is the same for URLs that differ only in numbers and names.

    Examples: /category/a and /category/b; /x?q=1 and /x?q=2.
    """
    route, _, query = path.partition("?")
    first, *segments = route.strip("/").split("/")
    suffix = route.rpartition(".")[2] if "." in route else ""
    return f"/{first}/{len(segments)}.{suffix}?{'&'.join(re.findall(r'([a-z]+)=', query))}"


@dataclass
class Crawl:
    """A crawl of the site. ``most`` is the number of URLs of one form that are followed."""

    client: Client
    site: str
    most: int = 8
    wrong: list[str] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=dict)  # path -> ids on the page
    fragments: set[tuple[str, str]] = field(default_factory=set)
    forms: Counter[str] = field(default_factory=Counter)
    waiting: deque[tuple[str, str]] = field(default_factory=deque)  # (URL, page that links to it)

    def run(self, start: str = "/") -> None:
        self.waiting.append((start, ""))
        while self.waiting:
            self._visit(*self.waiting.popleft())
        self.wrong += [f"{path}#{name} is not there" for path, name in sorted(self.fragments)
                       if path in self.seen and self.seen[path] and name not in self.seen[path]]  # fmt: skip

    def _visit(self, path: str, found_on: str) -> None:
        form = form_of(path)
        if path in self.seen or self.forms[form] >= self.most:
            return
        self.forms[form] += 1
        self.seen[path] = set()
        response = self.client.get(path, follow_redirects=True)
        if response.status_code != 200:
            self.wrong.append(f"{path}: {response.status_code}, linked from {found_on}")
        elif response.mimetype == "text/html":
            self._read(path, html.fromstring(response.data))
        elif (response.mimetype or "").endswith("xml"):
            etree.fromstring(response.data)
        elif (response.mimetype or "").endswith("json"):
            assert response.get_json() is not None

    def _read(self, path: str, page: html.HtmlElement) -> None:
        self.seen[path] = {str(name) for name in page.xpath("//@id")}
        if not path.startswith("/widget"):
            self._judge_head(path, page)
        links = [str(link) for link in page.xpath(_LINKS)]
        links += [str(form.get("action")) for form in page.xpath("//form[not(@method='post')]")]
        for link in links:
            self._follow(path, urljoin(self.site + path, link))

    def _follow(self, path: str, link: str) -> None:
        parts = urlsplit(link)
        if f"{parts.scheme}://{parts.netloc}" != self.site:
            return
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.fragment:
            self.fragments.add((target, parts.fragment))
        self.waiting.append((target, path))

    def _judge_head(self, path: str, page: html.HtmlElement) -> None:
        def single(query: str) -> str:
            nodes = page.xpath(query)
            return " ".join(str(nodes[0]).split()) if len(nodes) == 1 else ""

        for name in ("description", "viewport"):
            if not single(f"//meta[@name='{name}']/@content"):
                self.wrong.append(f"{path}: no {name}")
        if not single("//title/text()") or not single("//h1").strip():
            self.wrong.append(f"{path}: no title or h1")
        if not page.xpath("//link[@rel='alternate'][@type='application/atom+xml']"):
            self.wrong.append(f"{path}: no feed is named")
        is_indexed = "noindex" not in single("//meta[@name='robots']/@content")
        canonical = single("//link[@rel='canonical']/@href")
        if is_indexed and not canonical.startswith(self.site):
            self.wrong.append(f"{path}: no canonical address")
        if is_indexed and not single("//meta[@property='og:title']/@content"):
            self.wrong.append(f"{path}: no title for who shares it")
