"""The default tree of categories, and its changes by a config."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from aggregator.reference.categories import CategoryTree
from aggregator.reference.category_words import shipped_words

TOPS = (
    "politics world society livelihood law economy education health culture travel agriculture environment tech sports"
    " entertainment military estate auto emotion"
)


@dataclass(frozen=True)
class Entry:
    slug: str
    name: str | None = None
    parent: str | None = None
    keywords: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


def test_the_top_categories_stand_in_their_order() -> None:
    assert [category.path for category in CategoryTree.default().top_level()] == TOPS.split()


def test_every_category_is_named_in_both_languages_and_has_words() -> None:
    for category in CategoryTree.default():
        assert category.name, category
        assert category.name_en, category
        assert shipped_words()[category.path], category
    for top in CategoryTree.default().top_level():
        assert top.description, top
        assert top.terms, top


def test_slugs_can_stand_in_an_address() -> None:
    for category in CategoryTree.default():
        assert category.slug.isascii()
        assert category.slug.islower()
        assert category.path == (f"{category.parent}/{category.slug}" if category.parent else category.slug)


def test_a_category_is_found_by_path_and_an_unambiguous_slug() -> None:
    tree = CategoryTree.default()
    story = tree.find("emotion/story")
    assert story is not None
    assert (story.name, story.parent, story.top_path) == ("故事", "emotion", "emotion")
    assert tree.find("charity") == tree.get("society/charity")
    assert tree.find("food") is None  # under health and under travel
    assert tree.find("nothing") is None
    assert story in tree.children("emotion")
    assert "emotion/story" in tree


def test_a_config_adds_to_the_tree_and_changes_it() -> None:
    tree = CategoryTree.default().with_config(
        [
            Entry("pets", "宠物", keywords=("宠物:2", "猫粮"), terms=("萌宠",)),
            Entry("dogs", "狗", parent="pets"),
            Entry("society", "民情", keywords=("街谈",)),
            Entry("weather", parent="society", terms=("观天",)),
        ]
    )
    pets, society, weather = tree.get("pets"), tree.get("society"), tree.get("society/weather")
    assert pets is not None
    assert pets.keywords == ("宠物:2", "猫粮")
    assert tree.top_level()[-1] == pets
    assert [category.path for category in tree.children("pets")] == ["pets/dogs"]
    assert society is not None
    assert society.name == "民情"
    assert society.keywords == ("街谈",)
    assert weather is not None
    assert weather.name == "天气"
    assert "观天" in weather.terms
    assert [category.path for category in tree.top_level()][:3] == TOPS.split()[:3]


def test_an_unknown_parent_is_named_with_what_could_be_meant() -> None:
    with pytest.raises(
        ValueError, match=r"category 'dogs': its parent 'pets' is no top category; write one of politics"
    ):
        CategoryTree.default().with_config([Entry("dogs", "狗", parent="pets")])
    with pytest.raises(ValueError, match="no top category"):
        CategoryTree.default().with_config([Entry("deep", "深", parent="emotion/story")])
