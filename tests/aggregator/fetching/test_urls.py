"""Normalization of URLs for requests."""

from __future__ import annotations

import pytest

from aggregator.fetching.urls import BadAddressError, host_key, normalize_request_url, resolve_redirect


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("http://example.org", "http://example.org/"),
        ("  http://example.org/feed\n", "http://example.org/feed"),
        ("http://example.org/fe\r\n\ted", "http://example.org/feed"),
        ("HTTP://Example.ORG/Feed", "http://example.org/Feed"),
        ("http://example.org:80/", "http://example.org/"),
        ("https://example.org:443/", "https://example.org/"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("http://example.org/feed#new", "http://example.org/feed"),
        ("http://example.org/feed?a=b&c=%20d+e", "http://example.org/feed?a=b&c=%20d+e"),
        ("http://example.org?a=b", "http://example.org/?a=b"),
        ("http://example.org/新闻/要闻.xml", "http://example.org/%E6%96%B0%E9%97%BB/%E8%A6%81%E9%97%BB.xml"),
        ("http://example.org/%D0%C2%CE%C5.xml", "http://example.org/%D0%C2%CE%C5.xml"),
        ("http://example.org/%7Euser/a%2Fb", "http://example.org/%7Euser/a%2Fb"),
        ("http://example.org/a b|c", "http://example.org/a%20b%7Cc"),
        ("http://例子.中国/", "http://xn--fsqu00a.xn--fiqs8s/"),
        ("http://EXÄMPLE.org/", "http://xn--exmple-cua.org/"),
        ("http://under_score.example/", "http://under_score.example/"),
        ("http://１９２.０.２.１/", "http://192.0.2.1/"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
    ],
)
def test_request_url(given: str, sent: str) -> None:
    assert normalize_request_url(given) == sent
    assert normalize_request_url(sent) == sent, "what was right already stays"


@pytest.mark.parametrize(
    "given",
    [
        "", "example.org/feed", "/feed", "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/",
        "data:,x", "javascript:alert(1)", "http://", "http:///feed", "http:feed", "http://user@example.org/",
        "http://user:secret@example.org/", "http://@example.org/", "http://exa mple.org/", "http://example.org:0x50/",
        "http://example.org:99999/", "http://exam<ple.org/", "http://a\\b.example/", "http://[::1", "http://[zz]/",
        "http://example.org/" + "a" * 2000, "http://example.org/" + "新" * 300, "http://" + "ä" * 70 + ".org/",
        "http://exam\x00ple.org/",
    ],
)  # fmt: skip
def test_what_cannot_be_requested(given: str) -> None:
    with pytest.raises(BadAddressError) as caught:
        normalize_request_url(given)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/new", "https://example.org/new"),
        ("new", "https://example.org/a/new"),
        ("?page=2", "https://example.org/a/feed?page=2"),
        ("//other.example/x", "https://other.example/x"),
        ("https://other.example", "https://other.example/"),
        (" https://other.example/ ", "https://other.example/"),
    ],
)
def test_redirect_url(location: str, target: str) -> None:
    assert resolve_redirect("https://example.org/a/feed", location) == target


def test_no_redirect_from_https_to_http() -> None:
    with pytest.raises(BadAddressError, match="unprotected"):
        resolve_redirect("https://example.org/", "http://example.org/")
    assert resolve_redirect("http://example.org/", "https://example.org/") == "https://example.org/"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://Example.org/a", "example.org"),
        ("http://example.org:81/", "example.org:81"),
        ("nonsense", ""),
        ("http://[x", ""),
    ],
)
def test_host_key(url: str, key: str) -> None:
    assert host_key(url) == key
