"""Render lists of feeds for programs: OPML 2.0 and the feed menu."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from aggregator.config.load import Config
from aggregator.fetching.rsshub import is_route
from aggregator.model import Source
from aggregator.publishing.daily_digest import TITLE
from aggregator.reference.categories import Category
from aggregator.reference.gazetteer import Division, Gazetteer
from feeds.opml import Opml, Outline, write_opml


def category_region_keys(config: Config) -> list[str]:
    """Return the keys of the feeds of categories in provinces; a list names those with items."""
    provinces = Gazetteer.load().provinces()
    return [
        f"{category.path}/{province.code}" for category in config.category_tree.top_level() for province in provinces
    ]


def render_opml(
    config: Config,
    kind: Literal["categories", "sources"] = "categories",
    region: str | None = None,
    non_empty: Collection[str] = (),
) -> bytes:
    """Render OPML: a tree of categories with subcategories and the provinces that have items (``filled``); for a region
    its categories and divisions; or the sources.
    """
    title = config.site.title
    if kind == "sources":
        outlines = [_source_outline(config, source) for source in config.sources if source.enabled]
        return write_opml(Opml(f"{title}：来源", outlines=tuple(outlines)))
    place = Gazetteer.load().get(region) if region else None
    if place:
        return write_opml(Opml(f"{title}（{place.name}）", outlines=_outlines_of_region(config, place)))
    first = (
        _feed_outline(config, "全部新闻", "all", "/latest"),
        _feed_outline(config, "热门事件", "hot", "/hot"),
        _feed_outline(config, TITLE, "daily/all", "/daily"),
    )
    trees = (
        Outline("按分类", children=_category_tree(config, non_empty)),
        Outline("按地区", children=_region_tree(config)),
    )
    return write_opml(Opml(title, outlines=(*first, *trees)))


def _category_tree(config: Config, non_empty: Collection[str]) -> tuple[Outline, ...]:
    found = []
    for category in config.category_tree.top_level():
        inner = [_category_outline(config, child) for child in config.category_tree.children(category.path)]
        for province in Gazetteer.load().provinces():
            name = f"{category.path}/{province.code}"
            if name in non_empty:
                page = f"/category/{category.path}?region={province.code}"
                inner.append(_feed_outline(config, f"{category.name} · {province.short}", name, page))
        own = _category_outline(config, category)
        found.append(Outline(category.name, children=(own, *inner)) if inner else own)
    return tuple(found)


def _region_tree(config: Config) -> tuple[Outline, ...]:
    return tuple(
        _feed_outline(config, province.short, f"all/{province.code}", f"/region/{province.code}")
        for province in Gazetteer.load().provinces()
    )


def _outlines_of_region(config: Config, place: Division) -> tuple[Outline, ...]:
    whole = _feed_outline(config, f"全部（{place.name}）", f"all/{place.code}", f"/region/{place.code}")
    categories = [
        _feed_outline(
            config,
            f"{category.name}（{place.name}）",
            f"{category.path}/{place.code}",
            f"/category/{category.path}?region={place.code}",
        )
        for category in config.category_tree.top_level()
    ]
    inner = tuple(
        _feed_outline(config, each.short, f"all/{each.code}", f"/region/{each.code}")
        for each in Gazetteer.load().children(place.code)
    )
    return (whole, *categories, *((Outline("下属地区", children=inner),) if inner else ()))


def _category_outline(config: Config, category: Category) -> Outline:
    parent = config.category_tree.get(category.parent) if category.parent else None
    name = f"{parent.name} · {category.name}" if parent else category.name
    return _feed_outline(config, name, category.path, f"/category/{category.path}")


def _feed_outline(config: Config, text: str, name: str, page: str) -> Outline:
    base = config.site.url
    return Outline(text, f"{base}/feeds/{name}.atom", f"{base}{page}", language=config.site.language)


def _source_outline(config: Config, source: Source) -> Outline:
    """Return the outline of a source with its own feed, or with ours if it has none."""
    url = config.redact(source.url)
    is_readable = source.kind == "feed" and not is_route(url)  # by any reader
    feed, page = (
        (url, None)
        if is_readable
        else (f"{config.site.url}/feeds/source/{source.slug}.atom", None if is_route(url) else url)
    )
    return Outline(source.title or source.slug, feed, page, language=source.language)


def feed_menu(config: Config, non_empty: Collection[str] = ()) -> dict[str, Any]:
    """Return the tree of feeds by category and by province and city, with paths relative to the site."""
    return {
        "feed-menu": config.site.title,
        "items": [
            {**_menu_item("全部新闻", "all"), "description": "所有分类、所有地区，同一事件只收一条"},
            {**_menu_item("热门事件", "hot"), "description": "多家媒体报道的事件"},
            {"feed-menu": TITLE, "items": _daily_menu(config)},
            {
                "feed-menu": "按分类",
                "items": [_category_menu(config, category) for category in config.category_tree.top_level()],
            },
            {
                "feed-menu": "按地区",
                "items": [_region_menu(config, each, non_empty) for each in Gazetteer.load().provinces()],
            },
        ],
    }


def _daily_menu(config: Config) -> list[dict[str, Any]]:
    categories = config.category_tree.top_level()
    return [
        _menu_item(f"{TITLE}（全部）", "daily/all"),
        *(_menu_item(f"{each.name}{TITLE}", f"daily/{each.path}") for each in categories),
    ]


def _category_menu(config: Config, category: Category) -> dict[str, Any]:
    children = config.category_tree.children(category.path)
    if not children:
        return _menu_item(category.name, category.path)
    inner = [
        _menu_item(f"{category.name}（全部）", category.path),
        *(_menu_item(each.name, each.path) for each in children),
    ]
    return {"feed-menu": category.name, "items": inner}


def _region_menu(config: Config, province: Division, non_empty: Collection[str]) -> dict[str, Any]:
    inner = [_menu_item(f"{province.short}（全部）", f"all/{province.code}")]
    for category in config.category_tree.top_level():
        if f"{category.path}/{province.code}" in non_empty:
            inner.append(_menu_item(f"{province.short}{category.name}", f"{category.path}/{province.code}"))
    inner += [_menu_item(each.short, f"all/{each.code}") for each in Gazetteer.load().children(province.code)]
    return {"feed-menu": province.short, "items": inner}


def _menu_item(title: str, name: str) -> dict[str, Any]:
    formats = ("atom", "rss", "json")
    return {"feed-title": title, **{format: f"/feeds/{name}.{format}" for format in formats}}
