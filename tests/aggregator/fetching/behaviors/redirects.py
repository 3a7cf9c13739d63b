"""Redirects: permitted targets and the number of requests (RFC 9110 15.4)."""

from __future__ import annotations

import gzip

from tests.aggregator.fetching.behaviors.case import FEED, Case, make_head, send_exactly, send_with_length
from tests.servers import raw, redirect, reply

OK = reply(200, FEED)
_HERE = {"/target": OK}


def _invalid_redirect(name: str, location: str) -> Case:
    """Return the case of a redirect to an invalid address."""
    return Case(name, redirect(302, location), "redirect", reads=1)


def _private_redirect(name: str, location: str, status: int = 302) -> Case:
    """Return the case of a redirect to a private address."""
    return Case(name, redirect(status, location), "forbidden-address", reads=1)


def _misspelled_redirect(name: str, location: str) -> Case:
    """Return the case of a redirect to a host that a lenient parser takes for an IPv4 address."""
    return Case(name, redirect(302, location), "bad-address", reads=1)


def _followed_redirect(name: str, location: str, path: str = "/target") -> Case:
    return Case(name, redirect(302, location), "fetched", also={path: OK})


CASES = (
    _followed_redirect("to a path", "/target"),
    _followed_redirect("to a relative path", "target"),
    _followed_redirect("to a relative path with dots", "./a/../target"),
    _followed_redirect("to a path with blanks around it", "  /target  "),
    _followed_redirect("to a path with a fragment", "/target#news"),
    _followed_redirect("to a path with tabs and ends of lines in it", "/tar\tget"),
    _followed_redirect("to a path with blanks in it", "/tar get", "/tar%20get"),
    _followed_redirect("to a path in Chinese", "/新闻", "/%E6%96%B0%E9%97%BB"),
    _followed_redirect("to a query in Chinese", "/target?词=热", "/target?%E8%AF%8D=%E7%83%AD"),
    _followed_redirect("to a path with a percent sign of its own", "/100%", "/100%"),
    _followed_redirect("to a path with quotes", '/a"b<c>', "/a%22b%3Cc%3E"),
    *(Case(f"by {status}", redirect(status, "/target"), "fetched", also=_HERE) for status in (301, 302, 303, 307, 308)),
    Case(
        "in a chain of five",
        redirect(302, "/1"),
        "fetched",
        also={**{f"/{n}": redirect(302, f"/{n + 1}") for n in range(1, 5)}, "/5": OK},
    ),
    Case(
        "in a chain without end",
        redirect(302, "/1"),
        "redirect",
        reads=6,
        also={f"/{n}": redirect(302, f"/{n + 1}") for n in range(1, 40)},
    ),
    Case("to itself", redirect(301, "/"), "redirect", reads=1),
    Case("to itself with another fragment", redirect(301, "/#again"), "redirect", reads=1),
    Case("there and back", redirect(302, "/target"), "redirect", reads=2, also={"/target": redirect(302, "/")}),
    Case(
        "with no target", send_exactly("Content-Length: 0", body=b"", status="HTTP/1.1 302 Found"), "redirect", reads=1
    ),
    Case(
        "with two targets: the first",
        send_exactly("Location: /target", "Location: http://10.0.0.1/", body=b"", status="HTTP/1.1 302 Found"),
        "fetched",
        also=_HERE,
    ),
    Case(
        "with a body that is a bomb",
        raw(
            make_head(
                "Location: /target", "Content-Encoding: gzip", "Content-Length: 900000", status="HTTP/1.1 302 Found"
            )
            + gzip.compress(bytes(5_000_000))
        ),
        "fetched",
        also=_HERE,
    ),
    Case(
        "with a body that never ends",
        raw(
            make_head("Location: /target", "Content-Length: 9999999999", status="HTTP/1.1 301 Moved") + bytes(200_000),
            close=False,
        ),
        "fetched",
        also=_HERE,
    ),
    Case(
        "with broken framing",
        raw(make_head("Location: /target", "Transfer-Encoding: chunked", status="HTTP/1.1 301 Moved") + b"zzz\r\n\r\n"),
        "fetched",
        also=_HERE,
    ),
    Case("by a refresh field: not followed", send_with_length("Refresh: 0; url=http://10.0.0.1/"), "fetched", reads=1),
    Case(
        "by Content-Location: not followed", send_with_length("Content-Location: http://10.0.0.1/"), "fetched", reads=1
    ),
    _invalid_redirect("to an empty address", ""),
    _invalid_redirect("to a file", "file:///etc/passwd"),
    _invalid_redirect("to gopher", "gopher://127.0.0.1:6379/_INFO"),
    _invalid_redirect("to ftp", "ftp://127.0.0.1/feed"),
    _invalid_redirect("to data", "data:text/xml,<rss/>"),
    _invalid_redirect("to a script", "javascript:alert(1)"),
    _invalid_redirect("to a dictionary server", "dict://127.0.0.1:11211/stats"),
    _invalid_redirect("to a mail address", "mailto:editor@example.org"),
    _invalid_redirect("to a unix socket", "http+unix://%2Frun%2Fdocker.sock/info"),
    _invalid_redirect("to a user name and password", "http://user:secret@127.0.0.1/"),
    _invalid_redirect("to a host hidden behind a user name", "http://example.org@10.0.0.1/"),
    _invalid_redirect("to a host hidden behind a backslash", "http://10.0.0.1\\@example.org/"),
    _invalid_redirect("to a host with a blank", "http://10.0.0.1 .example.org/"),
    _invalid_redirect("to a port that is none", "http://10.0.0.1:99999999/"),
    _private_redirect("to port 0", "http://10.0.0.1:0/"),
    _invalid_redirect("to a bracket left open", "http://[::1/"),
    _invalid_redirect("to an address of 3,000 characters", "/" + "x" * 3000),
    _private_redirect("to the cloud's metadata", "http://169.254.169.254/latest/meta-data/"),
    _private_redirect("to a private network", "http://10.0.0.1/"),
    _private_redirect("to a home network", "http://192.168.1.1/", 308),
    _private_redirect("to a carrier's network", "http://100.64.0.1/"),
    _private_redirect("to nowhere", "http://0.0.0.0/"),
    _private_redirect("to everyone", "http://255.255.255.255/"),
    _private_redirect("to a group", "http://224.0.0.1/"),
    _private_redirect("to this machine in IPv6", "http://[::1]/"),
    _private_redirect("to a mapped address", "http://[::ffff:10.0.0.1]/"),
    _private_redirect("to a mapped address in hexadecimal", "http://[::ffff:a00:1]/"),
    _private_redirect("to a private address through NAT64", "http://[64:ff9b::a00:1]/"),
    _private_redirect("to a private address through 6to4", "http://[2002:a00:1::]/"),
    _private_redirect("to a compatible address", "http://[::10.0.0.1]/"),
    _private_redirect("to a link's own address", "http://[fe80::1]/"),
    _invalid_redirect("to a link's own address with a zone", "http://[fe80::1%25lo]/"),
    _private_redirect("to a unique local address", "http://[fd00::1]/"),
    _private_redirect("to Teredo", "http://[2001:0:a00:1::]/"),
    _misspelled_redirect("to a number", "http://167772161/"),
    _private_redirect("to a number in hexadecimal", "http://0x0a000001/"),
    _misspelled_redirect("to a number in octal", "http://012000000001/"),
    _misspelled_redirect("to four octal parts", "http://012.0.0.01/"),
    _private_redirect("to four hexadecimal parts", "http://0xa.0x0.0x0.0x1/"),
    _misspelled_redirect("to a short form", "http://10.1/"),
    _private_redirect("to full-width digits", "http://１０.０.０.１/"),
    _private_redirect("to digits in circles", "http://①⓪.⓪.⓪.①/"),
    _private_redirect("to ideographic full stops", "http://10。0。0。1/"),
    _invalid_redirect("to a percent-encoded host", "http://%31%30.0.0.1/"),
    _misspelled_redirect("to a host with a dot at its end", "http://10.0.0.1./"),
)
