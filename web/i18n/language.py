"""The languages of the pages: which one an answer is written in, and the words of it. Texts of items are never touched.

The text in the code is Simplified Chinese and is the key of every catalogue under ``translations/``.
"""

from __future__ import annotations

import gettext as catalogues
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from flask import Flask, g
from jinja2.ext import InternationalizationExtension
from markupsafe import Markup

from aggregator.messages import Message, render

DEFAULT = "zh-CN"
LANGUAGE_NAMES = {"zh-CN": "简体中文", "zh-TW": "繁體中文", "en": "English"}
_language = ContextVar("language", default=DEFAULT)  # asked for hundreds of times by one page
TRANSLATIONS_FOLDER = Path(__file__).parents[1] / "translations"


def match_language(tag: str | None) -> str | None:
    """The language of ours that a BCP 47 tag asks for: zh-HK is read as zh-TW, en-GB as en; None for any other."""
    parts = (tag or "").lower().replace("_", "-").split("-")
    if parts[0] == "en":
        return "en"
    if parts[0] != "zh":
        return None
    traditional = "hant" in parts or ("hans" not in parts and not {"tw", "hk", "mo"}.isdisjoint(parts))
    return "zh-TW" if traditional else "zh-CN"


def negotiate_language(
    *, requested: str | None, preferred: str, configured: str | None, accepted: Iterable[str]
) -> str:
    """The first that names one of ours: ?lang=, the reader's cookie, the site's own language, then what the browser
    accepts, best first."""
    wanted = (requested, preferred, configured, *accepted)
    return next((name for tag in wanted if (name := match_language(tag))), DEFAULT)


def set_language(language: str, *, negotiated: bool) -> None:
    """Write this answer in ``language``, which others may be given in another (``negotiated``)."""
    _language.set(language)
    g.negotiated = negotiated


def is_negotiated() -> bool:
    """Must caches keep this answer apart by Accept-Language?"""
    return bool(g.get("negotiated", False))


def current_language() -> str:
    """The language of this answer; Simplified Chinese outside of one."""
    return _language.get()


def t(message: str, **values: object) -> str:
    """The message in the language of this answer, with ``%(name)s`` filled in."""
    text = _catalog(current_language()).gettext(message)
    return text % values if values else text


def words(message: Message | None) -> str:
    """Return a message by code in the language of this answer; "" for none."""
    return render(message, current_language()) if message else ""


def N_(message: str) -> str:
    """Marks a message for the catalogues that is translated where it is shown."""
    return message


def nt(message: str, n: int, **values: object) -> str:
    """Like ``t`` for a message that counts; ``%(n)s`` is the number, written 1,284."""
    return _catalog(current_language()).ngettext(message, message, n) % {"n": f"{n:,}", **values}


def install(app: Flask, content_language: str) -> None:
    """Give the templates ``_``, ``{% trans %}``, ``nt`` and ``item_lang``. ``content``: the language of most items."""
    app.teardown_request(_reset_language)
    environment = app.jinja_env
    environment.add_extension(InternationalizationExtension)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: _catalog(current_language()).gettext(message),
        lambda one, many, n: _catalog(current_language()).ngettext(one, many, n),
        newstyle=True,
    )
    environment.globals["nt"] = nt
    environment.globals["item_lang"] = lambda: lang_attribute(content_language)


def _reset_language(_fault: BaseException | None) -> None:
    _language.set(DEFAULT)


def lang_attribute(content_language: str | None) -> Markup:
    """The attribute for a text of an outlet, where it is not in the language of the page."""
    return (
        Markup("")
        if not content_language or content_language == current_language()
        else Markup(' lang="{}"').format(content_language)
    )


@cache
def _catalog(language: str) -> catalogues.NullTranslations:
    name = language.replace("-", "_")
    return catalogues.translation("messages", str(TRANSLATIONS_FOLDER), [name], fallback=True)
