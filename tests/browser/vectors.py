"""Texts that would run ``ran()``, load from evil.example or cover the page if they were used as markup."""

from __future__ import annotations

from itertools import product

from tests.browser import hostile_markup as markup

_TAGS = (
    "img src=x",
    "svg",
    "body",
    "video src=x",
    "details open",
    "input autofocus",
    "iframe",
    "a href=# style=x:y",
    "marquee",
    "object data=x",
    "p tabindex=0",
    "math",
    "div popover id=main",
)
_EVENTS = ("onerror", "onload", "onfocus", "ontoggle", "onpointerenter", "onanimationstart")
_WRAPS = ("<{tag} {event}=ran()>", '"><{tag} {event}="ran()">', "&lt;{tag} {event}=ran()&gt;")

ADDRESSES = (
    "javascript:ran()",
    "JaVaScRiPt:ran()",
    "java\tscript:ran()",
    "java\nscript:ran()",
    " javascript:ran()",
    "\x01javascript:ran()",
    "\u200bjavascript:ran()",
    "javascript://fine.example/%0aran()",
    "javascript&colon;ran()",
    "data:text/html,<script>ran()</script>",
    "data:text/html;base64,PHNjcmlwdD5yYW4oKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='ran()'/>",
    "vbscript:ran()",
    "blob:https://fine.example/1",
    "file:///etc/passwd",
    "feed:javascript:ran()",
    "view-source:javascript:ran()",
    "//evil.example/x",
    "/\\evil.example/x",
    "\\\\evil.example\\x",
    "https:evil.example",
    "https://",
    "https://fine.example@evil.example/",
    'https://fine.example/" onmouseover="ran()',
    "https://fine.example/' onfocus='ran()' autofocus='",
    "https://fine.example/><img src=x onerror=ran()>",
    "https://fine.example/</script><script>ran()</script>",
    "https://fine.example/ onclick=ran()",
    "https://[::1",
    "https://evil.example:99999/",
    "mailto:a@evil.example?body=<script>ran()</script>",
    '#"><svg/onload=ran()>',
)

SPECIAL = (
    *markup.OUT_OF_PLACE,
    *markup.SCRIPTS,
    *markup.FOREIGN_TREES,
    *markup.LOADS,
    *markup.COVERS,
    *markup.WORDS,
)
VECTORS = (
    *SPECIAL,
    *(f'<a href="{address}">x</a>' for address in ADDRESSES),
    *(wrap.format(tag=tag, event=event) for wrap, tag, event in product(_WRAPS, _TAGS, _EVENTS)),
)
