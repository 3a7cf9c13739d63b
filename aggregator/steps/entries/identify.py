"""Assign identities to the entries of a document within its source.

WARNING: after a change to ``entry_uid`` or ``content_hash`` every stored entry comes again, as new or as edited.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from aggregator.model import KnownItems
from feeds.model import Entry

_TAG = re.compile(r"<[^<>]*>")


def assign_uids(entries: Sequence[Entry], known: KnownItems) -> list[tuple[str, Entry]]:
    """Assign uids in document order; of entries with the same uid the first is kept.

    The uid is derived from id, address, or title and date. Two publisher errors are repaired: one id on several entries
    with different addresses (then the address decides), and a new id at every poll for a stored address (then it is the
    stored item, unless several entries share that address).
    """
    ids = Counter(entry.id for entry in entries if entry.id)
    links = Counter(entry.link for entry in entries if entry.link)
    present = {entry_uid(entry) for entry in entries}
    named: dict[str, Entry] = {}
    for entry in entries:
        uid = entry_uid(entry)
        if entry.id and ids[entry.id] > 1 and entry.link and links[entry.link] == 1:
            uid = link_uid(entry.link)
        elif uid not in known.content_hashes and entry.link and links[entry.link] == 1:
            earlier = known.uids_by_url.get(entry.link)
            if earlier and earlier not in present:
                uid = earlier
        named.setdefault(uid, entry)
    return list(named.items())


def entry_uid(entry: Entry) -> str:
    """Return 32 hex digits from the first available of id, address, title with date."""
    if entry.id:
        return _hash_value("id", entry.id)
    if entry.link:
        return link_uid(entry.link)
    date = entry.published or entry.updated
    return _hash_value("text", f"{entry.title}\n{date.isoformat() if date else ''}\n{(entry.summary or '')[:200]}")


def link_uid(link: str) -> str:
    """Return the uid of an entry that has no id but this address."""
    return _hash_value("link", link)


def content_hash(entry: Entry) -> str:
    """Return a hash that changes when a reader would call the entry edited: title, text or files.

    Markup, spaces and dates do not count, because many publishers change them at every poll.
    """
    parts = [entry.title, entry.content or "", entry.summary or "", *(file.url for file in entry.enclosures)]
    plain = "\x00".join(_without_blanks(html.unescape(_TAG.sub("", part) if "<" in part else part)) for part in parts)
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _without_blanks(text: str) -> str:
    return "".join(text.split()).replace("\u200b", "").replace("\ufeff", "")


@lru_cache(maxsize=2048)  # each is needed several times while its document is read
def _hash_value(kind: str, value: str) -> str:
    return hashlib.blake2b(f"{kind}:{value}".encode("utf-8", "replace"), digest_size=16).hexdigest()
