"""Validate or normalize URLs, ids, media types and language tags of a feed; None for values that cannot be used.

A URL may be rewritten, because it still leads to the same resource; an id may not, because another spelling is another
id (RFC 4287 4.2.6.1).
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit

from feeds.encoding.decode import remove_control_characters
from feeds.links import remove_blanks
from feeds.text import collapse

_PCHAR = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})"  # RFC 3986 3.3 to 3.5
_WEB_URL = re.compile(rf"https?://[A-Za-z0-9._~-]+(?::\d{{1,5}})?(?:[/?]{_PCHAR}*)?(?:#{_PCHAR}*)?", re.I)
_UCHAR = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2}|[^\x00-\x9f\s\ud800-\udfff\ue000-\uf8ff])"  # RFC 3987
_WEB_IRI = re.compile(
    rf"https?://(?:[^\s/?#@\[\]<>\"{{}}|\\^`%]+|\[[0-9a-f:.]+\])(?:[/?]{_UCHAR}*)?(?:#{_UCHAR}*)?", re.I
)
_OTHER_IRI = re.compile(rf"([A-Za-z][A-Za-z0-9+.-]*):{_UCHAR}+(?:#{_UCHAR}*)?")
_TAG = re.compile(r"tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(?:-\d\d(?:-\d\d)?)?:\S*", re.I)  # RFC 4151 2.1
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}:(?:[A-Za-z0-9()+,.:=@;$_!*'/?#~&-]|%[0-9A-Fa-f]{2})+", re.I)  # RFC 8141
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
_HOST = re.compile(r"[a-z0-9._~-]+|\[[0-9a-f:.]+\]", re.I)
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_IN_PATH = "/:@!$&'()*+,;=~%-._"
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}(?:\s*;\s*{_TOKEN}=(?:{_TOKEN}|\"[^\"\\]*\"))*")
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:-[A-Za-z0-9]{1,8})*")

# IANA-registered URI schemes that occur in ids and URLs of news; javascript is excluded on purpose.
_SCHEMES = frozenset("http https ftp mailto urn tag info mid cid news nntp xmpp sip geo tel".split())
# IANA-registered link relations of feeds and entries (RFC 4287 4.2.7.2).
_RELATIONS = frozenset(
    "alternate appendix archives author canonical collection copyright current describedby edit edit-media enclosure "
    "first help hub icon index last license next next-archive payment prev prev-archive previous related replies "
    "search self service up via".split()
)
# ISO 639-1; excludes what publishers write instead ("cn", "english").
_LANGUAGES = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)


def iri(text: str | None) -> str | None:
    """Return an absolute IRI (RFC 3987) that is valid for its scheme, or None.

    Only surrounding white space is removed. An unregistered scheme ("post:12") makes no IRI.
    """
    candidate = remove_control_characters(text or "").strip()
    if _WEB_IRI.fullmatch(candidate):
        return candidate
    other = _OTHER_IRI.fullmatch(candidate)
    if other is None or (scheme := other[1].lower()) not in _SCHEMES or scheme.startswith("http"):
        return None
    pattern = {"tag": _TAG, "urn": _UUID if candidate.lower().startswith("urn:uuid:") else _URN}.get(scheme)
    return candidate if pattern is None or pattern.fullmatch(candidate) else None


def url(text: str | None) -> str | None:
    """Return a URL in ASCII, or None: host names as A-labels, other characters percent-encoded UTF-8 (RFC 3987 3.1)."""
    candidate = remove_blanks(remove_control_characters(text or ""))
    if _WEB_URL.fullmatch(candidate):
        return candidate
    scheme = candidate.partition(":")[0].lower()
    if scheme not in _SCHEMES:
        return None
    if scheme not in ("http", "https", "ftp"):
        return iri(quote(_BARE_PERCENT.sub("%25", candidate), safe=_IN_PATH + "?#"))
    try:
        return _ascii_url(urlsplit(candidate))
    except ValueError:  # invalid brackets, port or host name
        return None


def _ascii_url(parts: SplitResult) -> str | None:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    if not _HOST.fullmatch(host):
        return None
    user = f"{_percent_encode(parts.netloc.rpartition('@')[0])}@" if "@" in parts.netloc else ""
    port = f":{parts.port}" if parts.port is not None else ""
    query = f"?{_percent_encode(parts.query)}" if parts.query else ""
    fragment = f"#{_percent_encode(parts.fragment)}" if parts.fragment else ""
    return f"{parts.scheme}://{user}{host}{port}{_percent_encode(parts.path)}{query}{fragment}"


def _percent_encode(text: str) -> str:
    return quote(_BARE_PERCENT.sub("%25", text), safe=_IN_PATH + "?")


def is_permalink(text: str | None) -> bool:
    """Return whether a text is a URL that an RSS guid may declare as permanent."""
    return bool(text) and _WEB_URL.fullmatch(str(text)) is not None


def media_type(text: str | None) -> str | None:
    """Return a media type (RFC 9110 8.3.1), or None."""
    return _match_form(_TYPE, text)


def relation(text: str) -> str | None:
    """Return a registered link relation or one that is a URL (RFC 4287 4.2.7.2), or None."""
    return text if text in _RELATIONS or _WEB_URL.fullmatch(text) else None


def language(text: str | None) -> str | None:
    """Return a language tag (RFC 5646) that begins with an ISO 639-1 code, or None."""
    match = _LANGUAGE.fullmatch(collapse(text or "").replace("_", "-"))
    return match[0] if match and match[1].lower() in _LANGUAGES else None


def email(text: str | None) -> str | None:
    """Return an email address (RFC 5322 3.4.1) in ASCII with a full host name, or None."""
    return _match_form(_EMAIL, text)


def _match_form(form: re.Pattern[str], text: str | None) -> str | None:
    candidate = collapse(remove_control_characters(text or ""))
    return candidate if form.fullmatch(candidate) else None
