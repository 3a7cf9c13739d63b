"""Pictures of items and their thumbnails."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from aggregator.model.leases import Lease
from feeds.model import Picture

SMALL, LARGE = 240, 640  # pixels; nominal widths of thumbnails
WIDTHS = (SMALL, LARGE)
SMALL_HEIGHT = 180  # of every small thumbnail


@dataclass(frozen=True, slots=True)
class ItemPictures:
    """The pictures that an item shows: the one that represents it, and those in its text, by URL."""

    lead: Picture | None
    in_text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureJob:
    """A picture to be fetched; claimed by ``Store.claim_pictures``."""

    id: int
    url: str
    attempts: int  # including this one
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """A picture as it is stored: WebP by nominal width; ``width`` and ``height`` are those of the largest."""

    bodies: dict[int, bytes]
    width: int
    height: int

    @property
    def size(self) -> int:
        """Return the number of bytes of all of them."""
        return sum(map(len, self.bodies.values()))


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture of which thumbnails are stored."""

    id: int
    url: str
    width: int
    height: int


def picture_id(url: str) -> int:
    """Return the id of the picture at an address: a signed 64-bit integer."""
    return int.from_bytes(blake2b(url.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)
