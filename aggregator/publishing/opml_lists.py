"""Lists of feeds for programs: OPML 2.0 and the feed menu."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from aggregator.config.load import Config
from aggregator.model import Source
from aggregator.reference.categories import Category
from aggregator.reference.gazetteer import Division, Gazetteer
from feeds.opml import Opml, Outline, write_opml


def combinations(config: Config) -> list[str]:
    """The feeds of a category in a province: a list names those in which something has appeared."""
    provinces = Gazetteer.load().provinces()
    return [f"{category.path}/{province.code}" for category in config.tree.top() for province in provinces]


def opml(
    config: Config,
    kind: Literal["categories", "sources"] = "categories",
    region: str | None = None,
    filled: Collection[str] = (),
) -> bytes:
    """A tree of categories and what lies in them: sub-categories, and the provinces for which ``filled`` has the
    feed; or of a region its categories and divisions; or the sources themselves."""
    title = config.site.title
    if kind == "sources":
        outlines = [_source(config, source) for source in config.sources if source.enabled]
        return write_opml(Opml(f"{title}：来源", outlines=tuple(outlines)))
    place = Gazetteer.load().get(region) if region else None
    if place:
        return write_opml(Opml(f"{title}（{place.name}）", outlines=_of_region(config, place)))
    first = (
        _feed(config, "全部新闻", "all", "/latest"),
        _feed(config, "热门事件", "hot", "/hot"),
    )
    trees = (Outline("按分类", children=_by_category(config, filled)), Outline("按地区", children=_by_region(config)))
    return write_opml(Opml(title, outlines=(*first, *trees)))


def _by_category(config: Config, filled: Collection[str]) -> tuple[Outline, ...]:
    found = []
    for category in config.tree.top():
        inner = [_of_category(config, child) for child in config.tree.children(category.path)]
        for province in Gazetteer.load().provinces():
            name = f"{category.path}/{province.code}"
            if name in filled:
                page = f"/category/{category.path}?region={province.code}"
                inner.append(_feed(config, f"{category.name} · {province.short}", name, page))
        own = _of_category(config, category)
        found.append(Outline(category.name, children=(own, *inner)) if inner else own)
    return tuple(found)


def _by_region(config: Config) -> tuple[Outline, ...]:
    return tuple(
        _feed(config, province.short, f"all/{province.code}", f"/region/{province.code}")
        for province in Gazetteer.load().provinces()
    )


def _of_region(config: Config, place: Division) -> tuple[Outline, ...]:
    whole = _feed(config, f"全部（{place.name}）", f"all/{place.code}", f"/region/{place.code}")
    categories = [
        _feed(
            config,
            f"{category.name}（{place.name}）",
            f"{category.path}/{place.code}",
            f"/category/{category.path}?region={place.code}",
        )
        for category in config.tree.top()
    ]
    inner = tuple(
        _feed(config, each.short, f"all/{each.code}", f"/region/{each.code}")
        for each in Gazetteer.load().children(place.code)
    )
    return (whole, *categories, *((Outline("下属地区", children=inner),) if inner else ()))


def _of_category(config: Config, category: Category) -> Outline:
    parent = config.tree.get(category.parent) if category.parent else None
    name = f"{parent.name} · {category.name}" if parent else category.name
    return _feed(config, name, category.path, f"/category/{category.path}")


def _feed(config: Config, text: str, name: str, page: str) -> Outline:
    base = config.site.url
    return Outline(text, f"{base}/feeds/{name}.atom", f"{base}{page}", language=config.site.language)


def _source(config: Config, source: Source) -> Outline:
    """By its feed; one that has none, by ours."""
    url = config.hide(source.url)
    feed, page = (url, None) if source.kind == "feed" else (f"{config.site.url}/feeds/source/{source.slug}.atom", url)
    return Outline(source.title or source.slug, feed, page, language=source.language)


def feed_menu(config: Config, filled: Collection[str] = ()) -> dict[str, Any]:
    """A tree of feeds by category and by province and city, with paths relative to the site."""
    return {
        "feed-menu": config.site.title,
        "items": [
            {**_item("全部新闻", "all"), "description": "所有分类、所有地区，同一事件只收一条"},
            {**_item("热门事件", "hot"), "description": "多家媒体报道的事件"},
            {"feed-menu": "按分类", "items": [_category_menu(config, category) for category in config.tree.top()]},
            {
                "feed-menu": "按地区",
                "items": [_region_menu(config, each, filled) for each in Gazetteer.load().provinces()],
            },
        ],
    }


def _category_menu(config: Config, category: Category) -> dict[str, Any]:
    children = config.tree.children(category.path)
    if not children:
        return _item(category.name, category.path)
    inner = [_item(f"{category.name}（全部）", category.path), *(_item(each.name, each.path) for each in children)]
    return {"feed-menu": category.name, "items": inner}


def _region_menu(config: Config, province: Division, filled: Collection[str]) -> dict[str, Any]:
    inner = [_item(f"{province.short}（全部）", f"all/{province.code}")]
    for category in config.tree.top():
        if f"{category.path}/{province.code}" in filled:
            inner.append(_item(f"{province.short}{category.name}", f"{category.path}/{province.code}"))
    inner += [_item(each.short, f"all/{each.code}") for each in Gazetteer.load().children(province.code)]
    return {"feed-menu": province.short, "items": inner}


def _item(title: str, name: str) -> dict[str, Any]:
    formats = ("atom", "rss", "json")
    return {"feed-title": title, **{format: f"/feeds/{name}.{format}" for format in formats}}
