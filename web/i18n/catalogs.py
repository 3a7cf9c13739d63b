"""Update the message catalogs: extract messages, merge them into each ``.po`` and compile the ``.mo`` beside it.

Run as ``python -m web.i18n.catalogs``; the running site does not import this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo as write_mo
from babel.messages.pofile import read_po, write_po

from aggregator.publishing import error_texts_zh
from aggregator.reference.categories import CategoryTree
from web.i18n.language import FOLDER, known

ROOT = Path(__file__).parents[1]
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.xml", "jinja2")]
KEYWORDS = {"t": None, "_": None, "N_": None, "nt": (1, 1), "gettext": None, "ngettext": (1, 2)}
BORN = datetime(2026, 1, 1, tzinfo=UTC)  # no date of today, so that unchanged catalogues stay the same bytes
LOCALES = ("en", "zh_TW")


def messages() -> Iterator[str | tuple[str, ...]]:
    """Every message of the site, and the names of the default categories."""
    options = {"templates/**.html": {"silent": "false"}}
    for _, _, message, _, _ in extract_from_dir(str(ROOT), METHODS, options, KEYWORDS):
        yield message
    yield from error_texts_zh.sentences()
    tree = CategoryTree.default()
    yield from (each.name for top in tree.top() for each in (top, *tree.children(top.path)))


def path(locale: str, ending: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES" / f"messages.{ending}"


def load(locale: str) -> Catalog:
    with path(locale, "po").open("rb") as file:
        return read_po(file, locale=locale)


def template() -> Catalog:
    made = Catalog()
    for message in messages():
        made.add(message)
    return made


def update(locale: str) -> None:
    """Add what is new, drop what is gone, compile."""
    old = load(locale) if path(locale, "po").exists() else Catalog(locale=locale)
    fresh = Catalog(locale=locale, header_comment=f"# The site in {locale}.", fuzzy=False)
    fresh.creation_date = fresh.revision_date = BORN
    for message in template():
        if message.id:
            held = old.get(message.id)
            fresh.add(message.id, held.string if held else None)
    write(fresh, locale)


def write(catalog: Catalog, locale: str) -> None:
    catalog.project, catalog.version, catalog.last_translator = "gedi", "", ""
    catalog.msgid_bugs_address = catalog.copyright_holder = ""
    with path(locale, "po").open("wb") as file:
        write_po(file, catalog, width=120, sort_output=True, include_lineno=False)
    with path(locale, "mo").open("wb") as file:
        write_mo(file, catalog)


if __name__ == "__main__":
    assert all(known(locale) for locale in LOCALES)
    for each in LOCALES:
        update(each)
