"""Language of the pages: negotiation and translation. Texts of items are never translated.

The texts in the code are Simplified Chinese and serve as keys of the catalogs under ``translations/``.
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
_language = ContextVar("language", default=DEFAULT)  # read hundreds of times per page
TRANSLATIONS_FOLDER = Path(__file__).parents[1] / "translations"


def match_language(tag: str | None) -> str | None:
    """Return the site language for a BCP 47 tag, or None: zh-HK maps to zh-TW, en-GB to en."""
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
    """Return the first supported language of: ?lang=, the reader's cookie, the configured language, Accept-Language.

    ``accepted`` is sorted by preference.
    """
    candidates = (requested, preferred, configured, *accepted)
    return next((name for tag in candidates if (name := match_language(tag))), DEFAULT)


def set_language(language: str, *, negotiated: bool) -> None:
    """Set the language of this response; ``negotiated``: other readers may get another one."""
    _language.set(language)
    g.negotiated = negotiated


def is_negotiated() -> bool:
    """Return whether the response must carry Vary: Accept-Language."""
    return bool(g.get("negotiated", False))


def current_language() -> str:
    """Return the language of this response; Simplified Chinese outside a request."""
    return _language.get()


def t(message: str, **values: object) -> str:
    """Return the message in the language of this response, with ``%(name)s`` filled in."""
    text = _catalog(current_language()).gettext(message)
    return text % values if values else text


def translate(message: str, language: str) -> str:
    """Return the message in a language, for responses outside a request of Flask."""
    return _catalog(language).gettext(message)


def message_text(message: Message | None) -> str:
    """Return the text of a message code in the language of this response; "" for None."""
    return render(message, current_language()) if message else ""


def N_(message: str) -> str:
    """Mark a message for extraction that is translated where it is shown."""
    return message


def nt(message: str, n: int, **values: object) -> str:
    """Return the message in its plural form for ``n``; ``%(n)s`` is the number with separators (1,284)."""
    return _catalog(current_language()).ngettext(message, message, n) % {"n": f"{n:,}", **values}


def install(app: Flask, content_language: str) -> None:
    """Register ``_``, ``{% trans %}``, ``nt`` and ``item_lang``.

    ``content_language`` is the language of most items.
    """
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
    """Return the ``lang`` attribute of a publisher's text if its language differs from the page's."""
    return (
        Markup("")
        if not content_language or content_language == current_language()
        else Markup(' lang="{}"').format(content_language)
    )


@cache
def _catalog(language: str) -> catalogues.NullTranslations:
    name = language.replace("-", "_")
    return catalogues.translation("messages", str(TRANSLATIONS_FOLDER), [name], fallback=True)
