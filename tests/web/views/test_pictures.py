"""Pictures in the text of an item."""

from __future__ import annotations

import pytest

from web.views.pictures import ShownPicture, illustrate

PICTURES = {"https://a.example/1.jpg?a=1&b=2": ShownPicture("/pictures/x", 640, 360)}
IMAGE = '<img src="https://a.example/1.jpg?a=1&amp;b=2" alt="夜 &quot;景&quot;" width="1200" height="3">'
SHOWN = '<img src="/pictures/x" alt="夜 &quot;景&quot;" width="640" height="360" loading="lazy" decoding="async">'
MISSING = '<img src="https://a.example/2.jpg" alt="">'


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (f"<p>前{IMAGE}后</p>", f"<p>前{SHOWN}后</p>"),
        (
            f"<figure>{IMAGE}<figcaption>图</figcaption></figure>",
            f"<figure>{SHOWN}<figcaption>图</figcaption></figure>",
        ),
        (f"<p>前</p><p>{MISSING}</p><p>后</p>", "<p>前</p><p>后</p>"),
        (f"<figure><p>{MISSING}</p><figcaption>图</figcaption></figure><p>后</p>", "<p>后</p>"),
        (f'<p><a href="https://a.example/" rel="nofollow">{MISSING}</a></p>', ""),
        (
            f"<figure>{MISSING}<pre>表</pre><figcaption>图</figcaption></figure>",
            "<figure><pre>表</pre><figcaption>图</figcaption></figure>",
        ),
        ("<table><tbody></tbody></table>", '<div class="sheet" tabindex="0"><table><tbody></tbody></table></div>'),
    ],
)
def test_illustrate(markup: str, expected: str) -> None:
    assert illustrate(markup, PICTURES) == expected
