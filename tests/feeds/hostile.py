"""Documents that attack a parser, one per method; ``size`` is the approximate size of each in bytes."""

from __future__ import annotations

from collections.abc import Callable

_HEAD = b'<rss version="2.0"><channel><title>x</title><item><title>kept</title></item>'
_TAIL = b"</channel></rss>"
_ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>'
_JSON = b'{"version":"https://jsonfeed.org/version/1.1","title":"x","items":['


def _repeated(head: bytes, piece: bytes, tail: bytes = b"") -> Callable[[int], bytes]:
    return lambda size: head + piece * (size // len(piece)) + tail


def _numbered(head: bytes, form: str, tail: bytes = b"") -> Callable[[int], bytes]:
    def made(size: int) -> bytes:
        count = size // (len(form) + 3)
        return head + "".join(form.replace("#", str(number)) for number in range(count)).encode() + tail

    return made


def _nested(head: bytes, opening: bytes, closing: bytes, tail: bytes = b"") -> Callable[[int], bytes]:
    def made(size: int) -> bytes:
        count = size // (len(opening) + len(closing))
        return head + opening * count + closing * count + tail

    return made


def _in_item(element: bytes, piece: bytes) -> Callable[[int], bytes]:
    head = _HEAD + b"<item><" + element + b">"
    return _repeated(head, piece, b"</" + element.split()[0] + b"></item>" + _TAIL)


HOSTILE: dict[str, Callable[[int], bytes]] = {
    # white space and junk
    "blank lines before the root": _repeated(b"", b"\n", _HEAD + _TAIL),
    "blank lines inside": _repeated(_HEAD, b"\n", _TAIL),
    "blanks in a tag": _repeated(b"<rss", b" ", b"><channel></channel></rss>"),
    "blanks in an end tag": _repeated(_HEAD + b"</item", b" ", b">" + _TAIL),
    "blanks behind a less-than sign": _repeated(_HEAD, b"< ", _TAIL),
    "blanks in a title": _in_item(b"title", b" \t\r\n"),
    "blanks in a date": _in_item(b"pubDate", b" 1"),
    "junk before the root": _repeated(b"", b"<a ", _HEAD + _TAIL),
    "null bytes": _repeated(b"", b"\0"),
    "null bytes inside": _repeated(_HEAD, b"\0", _TAIL),
    "bytes that are no text": _repeated(_HEAD, b"\xff\xfe\x80", _TAIL),
    "half characters": _repeated(_HEAD, b"\xe4\xb8", _TAIL),
    "control characters": _repeated(_HEAD, b"\x01\x0b\x1f", _TAIL),
    "a page": _repeated(b"<html><body>", b"<p>x", b""),
    "a page of links": _repeated(b"<html><head>", b'<link rel="alternate" type="application/rss+xml" href="x">'),
    "a page of anchors": _repeated(b"<html><body>", b'<a href="feed.xml">rss</a>'),
    # unterminated markup
    "less-than signs": _repeated(b"<rss>", b"<"),
    "less-than signs alone": _repeated(b"", b"<"),
    "greater-than signs": _repeated(_HEAD, b">", _TAIL),
    "unended tags": _repeated(_HEAD, b"<a "),
    "unended end tags": _repeated(_HEAD, b"</a "),
    "an unended name": _repeated(_HEAD + b"<", b"a"),
    "unended attributes": _repeated(_HEAD, b'<a b="'),
    "unended attributes of both quotes": _repeated(_HEAD, b"<a b=\"'"),
    "an attribute without an end": _repeated(_HEAD + b'<a b="', b"x"),
    "unended comments": _repeated(_HEAD, b"<!-- "),
    "unended comments before the root": _repeated(b"", b"<!-- ", _HEAD + _TAIL),
    "unended instructions": _repeated(_HEAD, b"<? "),
    "unended sections": _repeated(_HEAD, b"<![CDATA["),
    "unended sections in titles": _repeated(_HEAD, b"<item><title><![CDATA[x</title></item>", b"]]>"),
    "unended sections in many elements": _numbered(_HEAD, "<a#><![CDATA[x</item><item>", b"]]>"),
    "half-closed sections": _repeated(_HEAD, b"<title><![CDATA[x]></title>", b"]]>"),
    "sections of brackets": _repeated(_HEAD + b"<item><title><![CDATA[", b"]", b"]]></title></item>" + _TAIL),
    "sections in sections": _nested(_HEAD, b"<![CDATA[", b"]]>", _TAIL),
    "unended items": _repeated(_HEAD, b"<item>"),
    "unended titles": _repeated(_HEAD, b"<title>"),
    "end tags alone": _repeated(_HEAD, b"</b>", _TAIL),
    "a declaration without an end": _repeated(b"<?xml ", b'encoding="', b"?>" + _HEAD + _TAIL),
    "declarations": _repeated(b"", b'<?xml version="1.0"?>', _HEAD + _TAIL),
    # entities and document types
    "entity declarations": _repeated(b"<!DOCTYPE rss [", b"<!ENTITY a 'b'>", b"]>" + _HEAD + _TAIL),
    "unended entity declarations": _repeated(b"", b"<!ENTITY ", _HEAD + _TAIL),
    "unended document types": _repeated(b"", b"<!DOCTYPE ", _HEAD + _TAIL),
    "a document type of comments": _repeated(b"<!DOCTYPE rss [", b"<!-- ", b"]>" + _HEAD + _TAIL),
    "a document type of quotes": _repeated(b"<!DOCTYPE rss [", b"'\"", b"]>" + _HEAD + _TAIL),
    "growing entities": _numbered(b"<!DOCTYPE rss [<!ENTITY e 'x'>", "<!ENTITY e# '&e;&e;'>", b"]>" + _HEAD + _TAIL),
    "ampersands": _in_item(b"description", b"&"),
    "unknown entities": _in_item(b"description", b"&no;"),
    "bad numbers": _in_item(b"description", b"&#xD800;&#99999999999999;&#0;"),
    "long numbers": _repeated(_HEAD + b"<item><title>&#", b"9", b";</title></item>" + _TAIL),
    "escaped ampersands": _in_item(b"title", b"&amp;amp;"),
    "escaped a thousand times": _repeated(b"&", b"amp;", b"lt;rss&gt;"),
    "an escaped document": _repeated(b"&lt;rss&gt;", b"&lt;item&gt;&lt;/item&gt;", b"&lt;/rss&gt;"),
    # depth
    "deep elements": _nested(_HEAD, b"<a>", b"</a>", _TAIL),
    "deep elements of Atom content": _nested(
        _ATOM + b'<entry><content type="xhtml">', b"<div>", b"</div>", b"</content></entry></feed>"
    ),
    "deep entries": _nested(_ATOM, b"<entry>", b"</entry>", b"</feed>"),
    "deep sources": _nested(_ATOM + b"<entry>", b"<source>", b"</source>", b"</entry></feed>"),
    "deep bases": _nested(_HEAD, b'<a xml:base="b/">', b"</a>", _TAIL),
    "deep groups": _nested(_HEAD + b"<item>", b"<media:group>", b"</media:group>", b"</item>" + _TAIL),
    "deep categories of iTunes": _nested(
        _HEAD + b"<item>", b'<itunes:category text="a">', b"</itunes:category>", b"</item>" + _TAIL
    ),
    "deep lists": _nested(_JSON, b"[", b"]", b"]}"),
    "deep objects": _nested(_JSON, b'{"a":', b"}", b"]}"),
    "deep lists alone": _nested(b"", b"[", b"]"),
    # large numbers
    "tiny items": _repeated(_HEAD, b"<item/>", _TAIL),
    "tiny items with a title": _repeated(_HEAD, b"<item><title>a</title></item>", _TAIL),
    "tiny entries": _repeated(_ATOM, b"<entry/>", b"</feed>"),
    "tiny elements": _repeated(_HEAD + b"<item>", b"<a/>", b"</item>" + _TAIL),
    "tiny elements of the feed": _repeated(_HEAD, b"<a/>", _TAIL),
    "attributes": _numbered(_HEAD + b"<item", ' a#="b"', b"/>" + _TAIL),
    "the same attribute": _repeated(_HEAD + b"<item", b' a="b"', b"/>" + _TAIL),
    "attributes without values": _repeated(_HEAD + b"<item", b" a", b"/>" + _TAIL),
    "names without a blank": _repeated(_HEAD + b"<item ", b"a", b"/><b>" + _TAIL),
    "equals signs": _repeated(_HEAD + b"<item ", b"a=", b"/><b>" + _TAIL),
    "namespaces": _numbered(b"<rss", ' xmlns:a#="u:#"', b">" + _HEAD[5:] + _TAIL),
    "namespaces on elements": _numbered(_HEAD, '<a#:b xmlns:a#="u:#"/>', _TAIL),
    "undeclared prefixes": _numbered(_HEAD, "<a#:b/>", _TAIL),
    "colons": _repeated(_HEAD + b"<a", b":b", b"/>" + _TAIL),
    "links": _repeated(_ATOM + b"<entry>", b'<link href="a"/>', b"</entry></feed>"),
    "different links": _numbered(_ATOM + b"<entry>", '<link href="a#"/>', b"</entry></feed>"),
    "authors": _repeated(_ATOM + b"<entry>", b"<author><name>a</name></author>", b"</entry></feed>"),
    "different authors": _numbered(_ATOM + b"<entry>", "<author><name>a#</name></author>", b"</entry></feed>"),
    "categories": _numbered(_HEAD + b"<item>", "<category>a#</category>", b"</item>" + _TAIL),
    "files": _numbered(_HEAD + b"<item>", '<enclosure url="a#"/>', b"</item>" + _TAIL),
    "keywords": _numbered(_HEAD + b"<item><media:keywords>", "a#,", b"</media:keywords></item>" + _TAIL),
    "bases": _repeated(_HEAD, b'<item xml:base="http://a.example/b/"><link>c</link></item>', _TAIL),
    "dates": _numbered(_HEAD + b"<item>", "<pubDate>#</pubDate>", b"</item>" + _TAIL),
    "tombstones": _repeated(_ATOM, b'<at:deleted-entry ref="a" when="2020-01-01T00:00:00Z"/>', b"</feed>"),
    "hours": _repeated(_HEAD + b"<skipHours>", b"<hour>1</hour>", b"</skipHours>" + _TAIL),
    # large values
    "a giant title": _in_item(b"title", "标题 ".encode()),
    "a giant title of tags": _in_item(b"title", b"&lt;b "),
    "a giant title of brackets": _in_item(b"title", b"&lt;"),
    "a giant author": _in_item(b"author", b"a@b.c ("),
    "a giant author of dots": _in_item(b"author", b"a."),
    "a giant creator": _in_item(b"dc:creator", b"a, "),
    "a giant guid": _in_item(b"guid", b"a b "),
    "a giant link": _in_item(b"link", b"/../"),
    "a giant link of blanks": _in_item(b"link", b"\n a"),
    "a giant base": _repeated(b'<rss xml:base="', b"a/../", b'">' + _HEAD[5:] + _TAIL),
    "a giant date": _in_item(b"pubDate", b"2020-01-"),
    "a giant date of digits": _in_item(b"pubDate", b"2"),
    "a giant date of Chinese": _in_item(b"pubDate", "2020年".encode()),
    "a giant language": _repeated(_HEAD + b"<language>", b"a-", b"</language>" + _TAIL),
    "a giant length": _repeated(_HEAD + b'<item><enclosure url="a" length="', b"9", b'"/></item>' + _TAIL),
    "a giant name": _repeated(_HEAD + b"<", b"a", b"/>" + _TAIL),
    "a giant prefix": _repeated(_HEAD + b"<a", b"b", b":c/>" + _TAIL),
    "a giant description": _in_item(b"description", b"&lt;p&gt;x&lt;/p&gt;"),
    "a giant description of images": _in_item(b"description", b"&lt;img src='a.png' srcset='a 1x, b 2x'&gt;"),
    "a giant description of open tags": _in_item(b"description", b"&lt;a href="),
    "a giant description of quotes": _in_item(b"description", b"&lt;a href='b\" "),
    "a giant description of comments": _in_item(b"description", b"&lt;!--"),
    "a giant description of scripts": _in_item(b"description", b"&lt;script&gt;"),
    "a giant description of bylines": _in_item(b"description", "（记者 张三）来源：甲 责任编辑：乙".encode()),
    "a giant srcset": _repeated(
        _HEAD + b"<item><description>&lt;img srcset='", b"a 1x, ", b"'&gt;</description></item>" + _TAIL
    ),
    "giant base64": _repeated(_ATOM + b'<entry><content mode="base64">', b"QUJD", b"</content></entry></feed>"),
    "giant inline XHTML": _repeated(
        _ATOM + b'<entry><content type="xhtml">', b"<p>x<br/></p>", b"</content></entry></feed>"
    ),
    # JSON
    "a giant number": _repeated(_JSON + b'{"id":', b"9", b"}]}"),
    "a giant exponent": _repeated(_JSON + b'{"id":1e', b"9", b"}]}"),
    "a giant string": _repeated(_JSON + b'{"id":"', b"\\ud800", b'"}]}'),
    "tiny objects": _repeated(_JSON, b'{"id":"1"},', b"{}]}"),
    "objects that break": _repeated(_JSON, b'{"id":"1",},'),
    "objects that never end": _repeated(_JSON, b'{"id":'),
    "trailing commas": _repeated(_JSON + b"{}", b", ", b"]}"),
    "blanks before a bracket": _repeated(_JSON + b'{"id":"1"},', b" ", b"]"),
    "tags of JSON": _numbered(_JSON + b'{"id":"1","tags":[', '"a#",', b'"z"]}]}'),
    "attachments": _numbered(_JSON + b'{"id":"1","attachments":[', '{"url":"a#"},', b"{}]}]}"),
    "members": _numbered(_JSON + b"{", '"a#":1,', b'"id":"1"}]}'),
    "a JSON string": _repeated(b'"', b"<rss>", b'"'),
}
