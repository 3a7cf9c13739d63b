"""Signed addresses of thumbnails: only those that pages contain are answered."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b

from aggregator.model.pictures import WIDTHS

PREFIX = "/pictures/"
SECRET = "pictures"  # name of the key in the store
_SIGNATURE_BYTES = 12
_PATH = re.compile(r"/pictures/([A-Za-z0-9_-]{16})/([1-9]\d{0,3})/([0-9a-f]{16})", re.ASCII)


class PictureSigner:
    """Makes and verifies "/pictures/<signature>/<width>/<picture>"."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.path = lru_cache(maxsize=4096)(self._make_path)

    def _make_path(self, picture: int, width: int) -> str:
        """Return the path of a thumbnail; it never leads to another picture."""
        name = f"{picture % 2**64:016x}"
        return f"{PREFIX}{self._signature(width, name)}/{width}/{name}"

    def parse(self, path: str) -> tuple[int, int] | None:
        """Return picture and width of a path that this site has made, else None."""
        match = _PATH.fullmatch(path)
        if match is None or int(match[2]) not in WIDTHS:
            return None
        if not hmac.compare_digest(match[1], self._signature(int(match[2]), match[3])):
            return None
        picture = int(match[3], 16)
        return picture - 2**64 if picture >= 2**63 else picture, int(match[2])

    def _signature(self, width: int, name: str) -> str:
        digest = blake2b(f"{width}/{name}".encode(), key=self._key, digest_size=_SIGNATURE_BYTES).digest()
        return urlsafe_b64encode(digest).decode()
