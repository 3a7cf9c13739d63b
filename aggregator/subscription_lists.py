"""Lists of feeds for programs: OPML 2.0 and the feed menu."""

from __future__ import annotations

from typing import Any, Literal

from aggregator.config import Config
from aggregator.gazetteer import Gazetteer
from aggregator.model import Source
from feeds.opml import Opml, Outline, write_opml


def opml(config: Config, kind: Literal["categories", "sources"] = "categories", region: str | None = None) -> bytes:
    """Every category feed (of a region) by its Atom address, or the sources themselves."""
    base, title = config.site.url, config.site.title
    if kind == "sources":
        outlines = [
            Outline(source.title or source.slug, *_addresses(config, source), language=source.language)
            for source in config.sources
            if source.enabled
        ]
        return write_opml(Opml(f"{title}：来源", outlines=tuple(outlines)))
    division = Gazetteer.load().get(region) if region else None
    tail, suffix = (f"/{division.code}", f"（{division.name}）") if division else ("", "")
    outlines = [Outline(f"全部{suffix}", f"{base}/feeds/all{tail}.atom", f"{base}/latest")]
    if not division:
        outlines.append(Outline("热门事件", f"{base}/feeds/hot.atom", f"{base}/hot"))
    for category in config.tree.top():
        own = Outline(
            f"{category.name}{suffix}", f"{base}/feeds/{category.path}{tail}.atom", f"{base}/category/{category.path}"
        )
        outlines.append(own)
        if not division:
            outlines += [
                Outline(
                    f"{category.name} · {child.name}",
                    f"{base}/feeds/{child.path}.atom",
                    f"{base}/category/{child.path}",
                )
                for child in config.tree.children(category.path)
            ]
    return write_opml(Opml(f"{title}{suffix}", outlines=tuple(outlines)))


def _addresses(config: Config, source: Source) -> tuple[str, str | None]:
    """Feed and page of a source; for one that has no feed, ours."""
    url = config.hide(source.url)
    return (url, None) if source.kind == "feed" else (f"{config.site.url}/feeds/source/{source.slug}.atom", url)


def feed_menu(config: Config) -> dict[str, Any]:
    """A tree of feeds by category and province, with paths relative to the site."""
    categories = []
    for category in config.tree.top():
        own = _feed(category.name, category.path)
        children = config.tree.children(category.path)
        if children:
            inner = [_feed(f"{category.name}（全部）", category.path), *(_feed(c.name, c.path) for c in children)]
            categories.append({"feed-menu": category.name, "items": inner})
        else:
            categories.append(own)
    provinces = [_feed(province.name, f"all/{province.code}") for province in Gazetteer.load().provinces()]
    return {
        "feed-menu": config.site.title,
        "items": [
            _feed("全部新闻", "all"),
            _feed("热门事件", "hot"),
            {"feed-menu": "按分类", "items": categories},
            {"feed-menu": "按地区", "items": provinces},
        ],
    }


def _feed(title: str, name: str) -> dict[str, Any]:
    return {
        "feed-title": title,
        "atom": f"/feeds/{name}.atom",
        "rss": f"/feeds/{name}.rss",
        "json": f"/feeds/{name}.json",
    }
