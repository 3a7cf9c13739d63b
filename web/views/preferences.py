"""Reader preferences in one cookie, without an account: theme, text size, language, home region."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from web.i18n.language import LANGUAGE_NAMES

COOKIE = "prefs"
CHOICES = {"theme": ("auto", "light", "dark"), "text": ("normal", "large"), "lang": ("", *LANGUAGE_NAMES)}
MAX_AGE = 400 * 24 * 3600
_REGION = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences of a reader."""

    theme: str = "auto"
    text: str = "normal"
    lang: str = ""  # empty: the site decides
    region: str = ""  # GB/T 2260 code

    def encode(self) -> str:
        """Return the cookie value."""
        return f"{self.theme}.{self.text}.{self.lang}.{self.region}".rstrip(".")


def decode(value: str | None) -> Preferences:
    """Return the preferences in a cookie value; unknown values become the defaults."""
    theme, text, lang, region, *_ = [*(value or "")[:100].split("."), "", "", "", ""]
    return with_changes(Preferences(), {"theme": theme, "text": text, "lang": lang, "region": region})


def with_changes(prefs: Preferences, form: Mapping[str, str]) -> Preferences:
    """Return the preferences changed by a form; invalid values change nothing."""
    valid = {name: form[name] for name, choices in CHOICES.items() if form.get(name) in choices}
    if form.get("region") == "" or _REGION.fullmatch(form.get("region", "")):
        valid["region"] = form["region"]
    return replace(prefs, **valid)


def safe_return_path(path: str | None) -> str:
    """Return ``path`` if it is a path of this site, otherwise the path of the home page."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or len(path) > 2000:
        return "/"
    return "/" if any(ord(letter) < 0x20 or letter == "\\" for letter in path) else path


def without_language(path: str) -> str:
    """Return the path without ?lang=, which would override the language just chosen."""
    head, mark, query = path.partition("?")
    remaining = "&".join(pair for pair in query.split("&") if pair.partition("=")[0] != "lang")
    return f"{head}?{remaining}" if mark and remaining else head
