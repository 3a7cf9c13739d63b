"""Every page of the docs exists in Chinese, complete and current."""

from __future__ import annotations

import re

import pytest

from gedi.docs_translations import (
    DOCS,
    LANGUAGE,
    UNTRANSLATED,
    load_catalog,
    messages_of,
    read_page,
    relink,
    switch_line,
    translate,
    translated_pages,
)
from gedi.markdown_messages import heading_anchors, markup_of, page_texts, translate_page

PAGES = translated_pages()


@pytest.mark.parametrize("page", PAGES)
def test_every_text_has_a_current_translation(page: str) -> None:
    """Run ``make docs``, translate what is empty or fuzzy in docs/translations/zh, and run it again."""
    messages = [message for message in load_catalog(page) if message.id]
    assert [message.id for message in messages] == messages_of(page)
    for message in messages:
        assert message.string, message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("page", PAGES)
def test_translations_keep_code_links_and_emphasis(page: str) -> None:
    for message in load_catalog(page):
        if message.id:
            assert markup_of(str(message.string)) == markup_of(str(message.id)), message.string


@pytest.mark.parametrize("page", PAGES)
def test_the_translated_page_is_generated(page: str) -> None:
    assert read_page(f"{LANGUAGE}/{page}") == translate(page), "run make docs"


@pytest.mark.parametrize("page", PAGES)
def test_each_page_links_the_other_language_below_its_title(page: str) -> None:
    assert read_page(page).split("\n")[2] == switch_line(page)
    assert read_page(f"{LANGUAGE}/{page}").startswith("# ")
    assert read_page(f"{LANGUAGE}/{page}").split("\n")[2].startswith("[English](../")


def test_no_page_is_left_over() -> None:
    """Neither a catalog or translation of a page that is gone, nor a name in the list of pages that are to come."""
    written = {path.relative_to(DOCS / LANGUAGE).as_posix() for path in (DOCS / LANGUAGE).rglob("*.md")}
    catalogs = DOCS / "translations" / LANGUAGE
    assert written - {"config.md", "cli.md"} == set(PAGES)
    assert {path.relative_to(catalogs).with_suffix(".md").as_posix() for path in catalogs.rglob("*.po")} >= set(PAGES)
    assert all((DOCS / page).exists() for page in UNTRANSLATED)


def test_anchors_of_links_exist() -> None:
    """In the docs of both languages and the pages beside them."""
    pages = [*DOCS.parent.glob("*.md"), *DOCS.rglob("*.md")]
    anchors = {path.resolve(): set(heading_anchors(path.read_text("utf-8"))) for path in pages}
    for path in pages:
        for target, anchor in re.findall(r"\]\(([^)#:\s]*)#([^)\s]+)\)", path.read_text("utf-8")):
            page = (path.parent / target).resolve() if target else path.resolve()
            assert anchor in anchors[page], f"{path.name}: {target}#{anchor}"


PAGE = """# Title

A line
and another, with `code | a`.

## Part two
1. First
   point

| a | b |
|---|---|
| `x\\|y` of | 12 ms |

```toml
key = "# no"  # a comment
```
```text
a ─▶ b
```
"""


def test_texts_are_blocks_and_everything_else_stays() -> None:
    texts = page_texts(PAGE)
    assert texts[:4] == ["Title", "A line and another, with `code | a`.", "Part two", "First point"]
    assert texts[4:] == ["a", "b", "`x|y` of", "a comment", "a ─▶ b"]
    assert translate_page(PAGE, lambda text: text) == (
        PAGE.replace("line\nand", "line and")
        .replace("First\n   point", "First point")
        .replace("## Part", '## <a id="part-two"></a>Part')
    )


@pytest.mark.parametrize(
    ("translation", "is_kept"),
    [
        ("运行 `gedi run`，见[此页](a.md)", True),
        ("运行 gedi run，见[此页](a.md)", False),
        ("`gedi run` [此页](b.md)", False),
    ],
)
def test_what_a_translation_must_keep(translation: str, is_kept: bool) -> None:
    assert (markup_of("Run `gedi run`, see [this page](a.md)") == markup_of(translation)) is is_kept


@pytest.mark.parametrize(
    ("page", "target", "expected"),
    [
        ("operations.md", "glossary.md", "glossary.md"),
        ("operations.md", "nginx.conf", "../nginx.conf"),
        ("deploy/README.md", "../operations.md", "../operations.md"),
        ("deploy/README.md", "Dockerfile", "../../deploy/Dockerfile"),
        ("operations.md", "../CONTRIBUTING.md", "../../CONTRIBUTING.md"),
    ],
)
def test_links_of_a_translation_lead_to_translations_where_they_exist(page: str, target: str, expected: str) -> None:
    assert relink(page, target) == expected
