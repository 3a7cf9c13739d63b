"""Who wrote it: names out of atom:author, RSS author, dc:creator and what publishers put there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from feeds.model import Person
from feeds.names import name_of
from feeds.text import plain

LONGEST = 300  # characters of an author's text that are looked at
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"'|]{1,64}@[^\s@<>()\[\],;:\"'|]{1,200}")
_MAILTO = re.compile(r"^mailto:", re.I)

_CORE = ("author",)
_OTHERS = ("dc:creator", "dc:author", "itunes:author", "dcterms:creator", "media:credit")


def person_of_text(text: str) -> Person | None:
    """ "a@b.example (Name)", "Name <a@b.example>", "Name": a name that is never empty, perhaps an address."""
    text = plain(text[:LONGEST])
    found = _EMAIL.search(text)
    if not found:
        return Person(text) if text else None
    email = _MAILTO.sub("", found[0])
    rest = f"{text[: found.start()]} {text[found.end() :]}".replace("mailto:", " ")
    name = re.sub(r"\(\s*\)|<\s*>|\[\s*\]", " ", rest).strip(" \t,;:|-<>\"'")
    if name.startswith("(") and name.endswith(")") and name.count("(") == 1:
        name = name[1:-1]
    name = " ".join(name.split())
    return Person(name or email, email)


def person_of_element(element: etree._Element) -> Person | None:
    """atom:author with its name, email and uri; an element of mere text as RSS has it."""
    parts = {name_of(child): _text(child) for child in reversed(element)}
    name, email = parts.get("name", ""), parts.get("email", "")
    uri = parts.get("uri") or parts.get("url") or parts.get("homepage")
    if not (name or email or uri):
        return person_of_text(_text(element))
    email = _MAILTO.sub("", email)
    if not name and not email:
        return Person(plain(uri or "")) if uri else None
    return Person(name or email, email or None, uri or None)


def _text(element: etree._Element) -> str:
    return plain("".join(element.itertext())[:LONGEST])


def people(children: Sequence[tuple[str, etree._Element]], core: Sequence[str] = _CORE) -> tuple[Person, ...]:
    """The authors among an element's children: the core element's, else an extension's.

    An RSS author is often a bare address where dc:creator has the name: then the name is taken from there.
    """
    found = _unique([person_of_element(child) for name, child in children if name in core])
    if found and any(person.name != person.email for person in found):
        return found
    for other in _OTHERS:
        named = _unique([person_of_text(_text(child)) for name, child in children if name == other])
        if named and len(found) == 1 and len(named) == 1:
            return (Person(named[0].name, found[0].email, found[0].uri),)
        if named:
            return named
    return found


def _unique(found: Sequence[Person | None]) -> tuple[Person, ...]:
    return tuple(dict.fromkeys(person for person in found if person))
