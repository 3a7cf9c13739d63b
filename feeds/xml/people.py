"""Who wrote it: names out of atom:author, RSS author, dc:creator and what publishers put there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from feeds.model import Person
from feeds.text import html_to_text
from feeds.xml.elements import texts_of
from feeds.xml.namespaces import short_name

MAX_AUTHOR_TEXT = 300  # characters of an author's text that are looked at
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"'|]{1,64}@[^\s@<>()\[\],;:\"'|]{1,200}")
_MAILTO = re.compile(r"^mailto:", re.I)

_AUTHOR_ELEMENTS = ("author",)
_NAME_ELEMENTS = frozenset({"name", "email", "foaf:name"})
_EXTENSION_ELEMENTS = (
    "dc:creator",
    "dc:author",
    "dcterms:creator",
    "itunes:author",
    "googleplay:author",
    "media:credit",
)
_WRITERS = frozenset("author writer reporter journalist".split())  # roles of media:credit


def parse_person(text: str) -> Person | None:
    """ "a@b.example (Name)", "Name <a@b.example>", "Name": a name that is never empty, perhaps an address."""
    text = html_to_text(text[:MAX_AUTHOR_TEXT])
    found = _EMAIL.search(text)
    if not found:
        name = _strip_brackets(text)
        return Person(name) if name else None
    email = _MAILTO.sub("", found[0])
    rest = f"{text[: found.start()]} {text[found.end() :]}".replace("mailto:", " ")
    name = re.sub(r"\(\s*\)|<\s*>|\[\s*\]", " ", rest).strip(" \t,;:|-<>\"'")
    return Person(_strip_brackets(name) or email, email)


def _strip_brackets(name: str) -> str:
    """A name without the brackets or quotes around all of it."""
    if name.startswith("(") and name.endswith(")") and name.count("(") == 1:
        name = name[1:-1]
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    return " ".join(name.split())


def read_person(element: etree._Element) -> Person | None:
    """atom:author with its name, email and uri; an element of mere text as RSS has it."""
    parts = {short_name(child).removeprefix("foaf:"): _text(child) for child in reversed(element)}
    name, email = parts.get("name", ""), parts.get("email", "")
    uri = parts.get("uri") or parts.get("url") or parts.get("homepage")
    if not (name or email or uri):
        return parse_person(_text(element))
    name, email = name or html_to_text((element.text or "")[:MAX_AUTHOR_TEXT]), _MAILTO.sub("", email)
    if not name and not email:
        return Person(html_to_text(uri or "")) if uri else None
    return Person(name or email, email or None, uri or None)


def _text(element: etree._Element) -> str:
    return html_to_text("".join(element.itertext())[:MAX_AUTHOR_TEXT])


def authors_of(
    children: Sequence[tuple[str, etree._Element]], core: Sequence[str] = _AUTHOR_ELEMENTS
) -> tuple[Person, ...]:
    """The authors among an element's children: the core element's, else an extension's.

    An RSS author is often a bare address where dc:creator has the name: then the name is taken from there.
    """
    found = _unique([read_person(child) for name, child in children if name in core])
    if found and any(person.name != person.email for person in found):
        return found
    for other in _EXTENSION_ELEMENTS:
        named = _unique(
            [person for name, child in children if name == other for person in _extension_people(name, child)]
        )
        if named and len(found) == 1 and len(named) == 1:
            return (Person(named[0].name, found[0].email, found[0].uri),)
        if named:
            return named
    return found


def _extension_people(name: str, element: etree._Element) -> list[Person | None]:
    """The people of an extension element: one, or those of a list in it; who is credited need not have written."""
    if name == "media:credit" and (element.get("role") or "").strip().lower() not in _WRITERS:
        return []
    if len(element) and any(short_name(child) in _NAME_ELEMENTS for child in element.iterdescendants(etree.Element)):
        inner = element if any(short_name(child) in _NAME_ELEMENTS for child in element) else element[0]
        return [read_person(inner)]
    return [parse_person(html_to_text(text)) for text in texts_of(element)]


def _unique(persons: Sequence[Person | None]) -> tuple[Person, ...]:
    return tuple(dict.fromkeys(person for person in persons if person))
