"""What a reader chose, kept in one cookie without an account: theme and size of the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

COOKIE = "prefs"
CHOICES = {"theme": ("auto", "light", "dark"), "text": ("normal", "large")}
MAX_AGE = 400 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Prefs:
    theme: str = "auto"
    text: str = "normal"

    def encode(self) -> str:
        return f"{self.theme}.{self.text}"


def decode(value: str | None) -> Prefs:
    """Unknown words fall back to the defaults."""
    theme, _, text = (value or "").partition(".")
    return Prefs(theme if theme in CHOICES["theme"] else "auto", text if text in CHOICES["text"] else "normal")


def changed(prefs: Prefs, form: Mapping[str, str]) -> Prefs:
    """With the choices of a form; what is not among the choices changes nothing."""
    known = {name: form[name] for name, choices in CHOICES.items() if form.get(name) in choices}
    return replace(prefs, **known)


def safe_return(path: str | None) -> str:
    """Where to go back to: a path of this site, or the home page."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or len(path) > 2000:
        return "/"
    return "/" if any(ord(letter) < 0x20 or letter == "\\" for letter in path) else path
