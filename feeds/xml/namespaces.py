"""Namespaces: each element has a short name ("title", "dc:creator") that is independent of its prefix and spelling."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from xml.sax.saxutils import escape

from lxml import etree

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
CORE_NAMESPACES = frozenset(
    {
        "http://backend.userland.com/rss",
        "http://backend.userland.com/rss2",
        "http://backend.userland.com/rss091",
        "http://backend.userland.com/rss092",
        "http://backend.userland.com/rss093",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://cyber.law.harvard.edu/rss/rss.html",
        "http://www.rssboard.org/rss-specification",
        "http://purl.org/rss/1.0",
        "http://purl.org/rss/2.0",
        "http://my.netscape.com/rdf/simple/0.9",
        "http://channel.netscape.com/rdf/simple/0.9",
        "http://example.com/newformat",
        "http://example.com/necho",
        "http://purl.org/echo",
        "uri/of/echo/namespace",
        "http://purl.org/pie",
        "http://purl.org/atom/ns",
        "http://purl.org/rss/1.0/modules/rss091",
        "https://www.w3.org/2005/atom",
        "http://purl.org/net/rss1.1",
        "http://www.w3.org/tr/nota-cdf",
        "http://www.w3.org/2005/atom",
    }
)
EXTENSION_NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "georss": "http://www.georss.org/georss",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "thr": "http://purl.org/syndication/thread/1.0",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "fh": "http://purl.org/syndication/history/1.0",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "marcrel": "http://www.loc.gov/loc.terms/relators/",  # roles of contributors
    "sx": "http://feedsync.org/2007/feedsync",
    "prism": "http://prismstandard.org/namespaces/1.2/basic/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xlink": "http://www.w3.org/1999/xlink",
    "ag": "http://purl.org/rss/1.0/modules/aggregation/",
    "cc": "http://web.resource.org/cc/",
    "atom": ATOM_NAMESPACE,
    "atom10": ATOM_NAMESPACE,
    "a10": ATOM_NAMESPACE,
    "rss": "http://purl.org/rss/1.0/",
    "taxo": "http://purl.org/rss/1.0/modules/taxonomy/",
    "admin": "http://webns.net/mvcb/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "gml": "http://www.opengis.net/gml",
    "googleplay": "http://www.google.com/schemas/play-podcasts/1.0",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "creativecommons": "http://backend.userland.com/creativeCommonsRssModule",
    "enc": "http://purl.oclc.org/net/rss_2.0/enc#",
    "pheedo": "http://www.pheedo.com/namespace/pheedo",
    "webfeeds": "http://webfeeds.org/rss/1.0",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "svg": "http://www.w3.org/2000/svg",
    "math": "http://www.w3.org/1998/Math/MathML",
}
_VARIANT_NAMESPACES = {
    "http://www.itunes.com/dtds/podcast": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://purl.org/dc/elements/1.0": "dc",
    "http://dublincore.org/documents/dcmi-namespace": "dc",
    "http://feedsync.org/2007/feedsync": "sx",
    "http://www.microsoft.com/schemas/rss/core/2005": "cf",
    "http://backend.userland.com/blogchannelmodule": "blogchannel",
    "http://madskills.com/public/xml/rss/module/trackback": "trackback",
    "http://www.opengis.net/gml/3.2": "gml",
    "http://www.itunes.com/dtds/podcast-1.0": "itunes",
    "https://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "https://purl.org/dc/elements/1.1": "dc",
    "https://purl.org/dc/terms": "dcterms",
    "https://purl.org/rss/1.0/modules/content": "content",
    "https://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/rss": "media",
    "http://tools.search.yahoo.com/mrss": "media",
    "http://video.search.yahoo.com/mrss": "media",
    "http://creativecommons.org/ns": "cc",
    "http://web.resource.org/cc": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://blogs.law.harvard.edu/tech/creativecommonsrssmodule": "creativecommons",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://www.w3.org/2003/01/geo": "geo",
    "https://www.georss.org/georss": "georss",
    "http://www.georss.org/georss/11": "georss",
    "https://www.w3.org/1999/xhtml": "xhtml",
    "http://www.georss.org/georss/10": "georss",
    "http://prismstandard.org/namespaces/basic/2.0": "prism",
}


def _namespace_key(uri: str) -> str:
    return uri.strip().lower().rstrip("/#")


_PREFIXES = {
    _namespace_key(uri): prefix
    for prefix, uri in EXTENSION_NAMESPACES.items()
    if uri != ATOM_NAMESPACE and prefix != "rss"
} | _VARIANT_NAMESPACES
_DECLARATION = re.compile(r"""(?P<begin>\sxmlns(?::[^\s=<>"']*)?\s*=\s*)(?P<name>"[^"<]*"|'[^'<]*')""")
_QUOTES = {'"': "&quot;"}
_NOT_WORD = re.compile(r"[^A-Za-z0-9]")
_CORE_KEYS = {_namespace_key(uri) for uri in CORE_NAMESPACES}


@lru_cache(maxsize=4096)
def _short_name(tag: str, prefix: str | None) -> str:
    uri, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    local, key = local.lower(), _namespace_key(uri)
    if not key or key in _CORE_KEYS:
        return local
    if known := _PREFIXES.get(key):
        return f"{known}:{local}"
    if "userland.com/rss" in key or prefix is None:
        return local
    return f"{prefix.lower()}:{local}" if prefix.lower() in EXTENSION_NAMESPACES else f"?{prefix}:{local}"


def repair_namespaces(body: str) -> str:
    """Return a document without namespace names that are no URIs: libxml2 parses them, and lxml raises on their use."""
    pieces: list[str] = []
    done, at = 0, body.find("xmlns")
    while at >= 0:
        end = at + 1
        if at and (match := _DECLARATION.match(body, at - 1)):
            pieces += (body[done : match.start()], _valid_declaration(match))
            done = end = match.end()
        at = body.find("xmlns", end)
    return "".join(pieces) + body[done:] if pieces else body


def _valid_declaration(match: re.Match[str]) -> str:
    name = unescape(match["name"][1:-1])
    if _is_uri(name):
        return match[0]
    without_space = "".join(name.split())
    name = without_space if _is_uri(without_space) else f"urn:x-{_NOT_WORD.sub('', name)}"
    return f'{match["begin"]}"{escape(name, _QUOTES)}"'


@lru_cache(maxsize=256)
def _is_uri(name: str) -> bool:
    try:
        etree.Element(etree.QName(name or None, "a"), nsmap={"a": name} if name else None)
    except ValueError:
        return False
    return True


def short_name(element: etree._Element) -> str:
    """Return the short name of an element: lower case, no prefix for RSS and Atom core, "" for a comment."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return _short_name(tag, element.prefix if tag[:1] == "{" else None)


def is_foreign(element: etree._Element, *, atom: bool) -> bool:
    """Return whether an element with a core name is from an unknown namespace, or from Atom inside RSS."""
    uri, brace, _ = str(element.tag)[1:].rpartition("}")
    return bool(brace) and (_namespace_key(uri) not in _CORE_KEYS or (not atom and is_atom_element(element)))


def rename_element(element: etree._Element, name: str) -> None:
    """Rename an element to another core name that is valid in any default namespace."""
    uri, brace, _ = str(element.tag).rpartition("}")
    element.tag = f"{uri}{brace}{name}" if ":" not in short_name(element) else name


def normalize_root(root: etree._Element) -> None:
    """Move a root from an unknown namespace, with its elements, to no namespace; lower-case upper-case attributes."""
    name, tag = short_name(root), etree.QName(root)
    if ":" in name and name != "rdf:rdf":
        for element in root.iter(f"{{{tag.namespace}}}*"):
            element.tag = etree.QName(element).localname
        etree.cleanup_namespaces(root)
    if tag.localname.isupper() and tag.localname != "RDF":
        for element in root.iter(etree.Element):
            for attribute in [key for key in map(str, element.keys()) if key.isupper()]:
                element.set(attribute.lower(), element.attrib.pop(attribute))


def is_atom_element(element: etree._Element) -> bool:
    """Return whether an element is in the namespace of Atom 1.0 or 0.3, such as an atom:link inside RSS."""
    tag = element.tag
    return isinstance(tag, str) and tag.lower().startswith(
        ("{http://www.w3.org/2005/atom", "{http://purl.org/atom/ns", "{https://www.w3.org/2005/atom")
    )
