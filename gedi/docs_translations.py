"""Translate the pages of ``docs/`` by gettext catalogs (``make docs``, ``make translations``).

The English page is the source. Its texts are merged into ``docs/translations/zh/<page>.po``, where a text that changed
becomes fuzzy, and the translated page is written to ``docs/zh``. A text without a translation stays English; a test
fails until it has one. ``config.md`` and ``cli.md`` are generated from the code, in both languages.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path, PurePosixPath

from gedi.markdown_messages import page_texts, translate_page
from web.i18n.catalogs import CREATION_DATE, Catalog, read_po, write_po

DOCS = Path(__file__).parents[1] / "docs"
LANGUAGE = "zh"
FROM_CODE = ("config.md", "cli.md")
UNTRANSLATED: tuple[str, ...] = ()  # pages that are English only for now
_RELATIVE_LINK = re.compile(r"\]\(([^)#:\s]+)(#[^)]*)?\)")


@cache
def translated_pages() -> list[str]:
    """Return the pages that exist in both languages, as paths below ``docs``."""
    pages = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    left_out = (*FROM_CODE, *UNTRANSLATED)
    return [page for page in pages if not page.startswith(f"{LANGUAGE}/") and page not in left_out]


def read_page(page: str) -> str:
    """Return the text of a page, in English or, below ``zh/``, translated."""
    return (DOCS / page).read_text("utf-8")


def messages_of(page: str) -> list[str]:
    """Return the texts of a page to translate."""
    return page_texts(read_page(page))


def catalog_path(page: str) -> Path:
    """Return the path of the catalog of a page."""
    return DOCS / "translations" / LANGUAGE / PurePosixPath(page).with_suffix(".po")


def load_catalog(page: str) -> Catalog:
    """Return the catalog of a page; an empty one if there is none."""
    path = catalog_path(page)
    if not path.exists():
        return Catalog(locale=LANGUAGE)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def merge_messages(page: str) -> None:
    """Update the catalog of a page: new texts are added, changed ones become fuzzy, unused ones are dropped."""
    template = Catalog()
    for text in messages_of(page):
        template.add(text)
    catalog = load_catalog(page)
    catalog.update(template)
    catalog.header_comment, catalog.fuzzy = f"# docs/{page} in {LANGUAGE}.", False
    catalog.creation_date = catalog.revision_date = CREATION_DATE
    catalog.project, catalog.version, catalog.last_translator = "gedi", "", ""
    catalog.msgid_bugs_address = catalog.copyright_holder = ""
    path = catalog_path(page)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=120, ignore_obsolete=True)


def translate(page: str) -> str:
    """Return the translated page, as it is to stand in ``docs/zh``."""
    catalog = load_catalog(page)

    def translation(text: str) -> str:
        if text == switch_line(page):
            return f"[English]({_from_translation(page, page)})"
        message = catalog.get(text)
        translated = str(message.string) if message and message.string and not message.fuzzy else text
        return _RELATIVE_LINK.sub(lambda link: f"]({relink(page, link[1])}{link[2] or ''})", translated)

    return translate_page(read_page(page), translation)


def switch_line(page: str) -> str:
    """Return the line below the title of an English page that leads to its translation."""
    return f"[中文]({os.path.relpath(f'{LANGUAGE}/{page}', PurePosixPath(page).parent)})"


def relink(page: str, target: str) -> str:
    """Return a link of a page for its translation: the same to a translated page, otherwise to the only file."""
    path = os.path.normpath(PurePosixPath(page).parent / target)
    is_translated = path in translated_pages() or (path in FROM_CODE and (DOCS / LANGUAGE / path).exists())
    return target if is_translated else _from_translation(page, path)


def _from_translation(page: str, path: str) -> str:
    """Return the relative link from the translation of a page to a file below ``docs``."""
    return os.path.relpath(path, PurePosixPath(LANGUAGE, page).parent)


def write_translation(page: str) -> None:
    """Write the translated page."""
    path = DOCS / LANGUAGE / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(translate(page), "utf-8")


if __name__ == "__main__":
    for each in translated_pages():
        merge_messages(each)
        write_translation(each)
