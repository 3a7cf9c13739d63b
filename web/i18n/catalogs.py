"""Update of the message catalogs of the site and of ``aggregator.messages``.

Extracts the messages, merges them into each ``.po`` and compiles the ``.mo`` beside it. The running site does not
import this module; run it as ``python -m web.i18n.catalogs``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog as Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo as write_mo
from babel.messages.pofile import read_po as read_po
from babel.messages.pofile import write_po as write_po

from aggregator.messages import rendering
from aggregator.reference.categories import CategoryTree
from web.i18n.language import TRANSLATIONS_FOLDER, match_language

ROOT = Path(__file__).parents[1]
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.xml", "jinja2")]
KEYWORDS = {"t": None, "_": None, "N_": None, "nt": (1, 1), "gettext": None, "ngettext": (1, 2)}
CREATION_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed date, so that unchanged catalogs stay byte-identical
LOCALES = ("en", "zh_TW")


@dataclass(frozen=True)
class Domain:
    """The catalogs of one folder. ``messages`` yields the source texts, each with its context (msgctxt)."""

    folder: Path
    title: str
    messages: Callable[[], Iterator[tuple[str | tuple[str, ...], str | None]]]

    def path(self, locale: str, ending: str) -> Path:
        """Return the path of a catalog file."""
        return self.folder / locale / "LC_MESSAGES" / f"messages.{ending}"

    def load(self, locale: str) -> Catalog:
        """Return the catalog stored for a locale."""
        with self.path(locale, "po").open("rb") as file:
            return read_po(file, locale=locale)

    def template(self) -> Catalog:
        """Return a catalog of the source texts without translations."""
        catalog = Catalog()
        for message, context in self.messages():
            catalog.add(message, context=context)
        return catalog

    def update(self, locale: str) -> None:
        """Add new messages, drop unused ones, compile."""
        old = self.load(locale) if self.path(locale, "po").exists() else Catalog(locale=locale)
        updated = Catalog(locale=locale, header_comment=f"# {self.title} in {locale}.", fuzzy=False)
        updated.creation_date = updated.revision_date = CREATION_DATE
        for message in self.template():
            if message.id:
                previous = old.get(message.id, message.context)
                updated.add(message.id, previous.string if previous else None, context=message.context)
        self.write(updated, locale)

    def write(self, catalog: Catalog, locale: str) -> None:
        """Write the ``.po`` and ``.mo`` files of a catalog."""
        catalog.project, catalog.version, catalog.last_translator = "gedi", "", ""
        catalog.msgid_bugs_address = catalog.copyright_holder = ""
        self.path(locale, "po").parent.mkdir(parents=True, exist_ok=True)
        with self.path(locale, "po").open("wb") as file:
            write_po(file, catalog, width=120, sort_output=True, include_lineno=False)
        with self.path(locale, "mo").open("wb") as file:
            write_mo(file, catalog)


def _of_site() -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """Yield the texts of code and templates and the names of the default categories."""
    options = {"templates/**.html": {"silent": "false"}}
    for _, _, message, _, _ in extract_from_dir(str(ROOT), METHODS, options, KEYWORDS):
        yield message, None
    tree = CategoryTree.default()
    yield from ((category.name, None) for top in tree.top_level() for category in (top, *tree.children(top.path)))


def _of_codes() -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """Yield the text of every message code, with the code as its context."""
    yield from ((code.text, name) for name, code in rendering.codes().items())


SITE = Domain(TRANSLATIONS_FOLDER, "The site", _of_site)
CODES = Domain(rendering.FOLDER, "The messages by code", _of_codes)
DOMAINS = (SITE, CODES)


if __name__ == "__main__":
    assert all(match_language(locale) for locale in LOCALES)
    for domain in DOMAINS:
        for each in LOCALES:
            domain.update(each)
