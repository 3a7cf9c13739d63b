"""Read authors from atom:author, RSS author, dc:creator and other extensions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from feeds.model import Person
from feeds.text import html_to_text
from feeds.xml.elements import texts_of
from feeds.xml.namespaces import short_name

MAX_AUTHOR_TEXT = 300  # characters of an author element that are read
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
    """Return the person in "a@b.example (Name)", "Name <a@b.example>" or "Name"; None for empty text."""
    text = html_to_text(text[:MAX_AUTHOR_TEXT])
    match = _EMAIL.search(text)
    if not match:
        name = _strip_brackets(text)
        return Person(name) if name else None
    email = _MAILTO.sub("", match[0])
    rest = f"{text[: match.start()]} {text[match.end() :]}".replace("mailto:", " ")
    name = re.sub(r"\(\s*\)|<\s*>|\[\s*\]", " ", rest).strip(" \t,;:|-<>\"'")
    return Person(_strip_brackets(name) or email, email)


def _strip_brackets(name: str) -> str:
    """Return a name without brackets or quotes around the whole of it."""
    if name.startswith("(") and name.endswith(")") and name.count("(") == 1:
        name = name[1:-1]
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    return " ".join(name.split())


def read_person(element: etree._Element) -> Person | None:
    """Return the person in an atom:author (RFC 4287 3.2) or in an element with only text, as in RSS."""
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
    """Return the authors among an element's children: core elements first, else an extension.

    If an RSS author is only an email address, the name comes from dc:creator.
    """
    people = _unique([read_person(child) for name, child in children if name in core])
    if people and any(person.name != person.email for person in people):
        return people
    present = {name for name, _ in children}
    for extension in _EXTENSION_ELEMENTS:
        if extension not in present:
            continue
        extension_people = _unique(
            [person for name, child in children if name == extension for person in _extension_people(name, child)]
        )
        if extension_people and len(people) == 1 and len(extension_people) == 1:
            return (Person(extension_people[0].name, people[0].email, people[0].uri),)
        if extension_people:
            return extension_people
    return people


def _extension_people(name: str, element: etree._Element) -> list[Person | None]:
    """Return the people of an extension element: one, or those of a list in it.

    media:credit counts only with the role of a writer.
    """
    if name == "media:credit" and (element.get("role") or "").strip().lower() not in _WRITERS:
        return []
    if len(element) and any(short_name(child) in _NAME_ELEMENTS for child in element.iterdescendants(etree.Element)):
        person_element = element if any(short_name(child) in _NAME_ELEMENTS for child in element) else element[0]
        return [read_person(person_element)]
    return [parse_person(html_to_text(text)) for text in texts_of(element)]


def _unique(persons: Sequence[Person | None]) -> tuple[Person, ...]:
    found = [person for person in persons if person]
    return tuple(dict.fromkeys(found) if len(found) > 1 else found)
