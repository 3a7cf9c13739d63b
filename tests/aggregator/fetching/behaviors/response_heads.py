"""Response heads: unusual forms that are accepted; oversized heads, garbage and other protocols that are not."""

from __future__ import annotations

from tests.aggregator.fetching.behaviors.case import FEED, Case, make_head, send_exactly, send_with_length
from tests.servers import raw

SIZE = len(FEED)
LENGTH = f"Content-Length: {SIZE}"

CASES = (
    Case("HTTP/1.0", send_with_length(status="HTTP/1.0 200 OK"), "fetched"),
    Case("HTTP/1.2", send_with_length(status="HTTP/1.2 200 OK"), "fetched"),
    Case("HTTP/2 in text", send_with_length(status="HTTP/2 200 OK"), "fetched"),
    Case("HTTP/0.9: a body and nothing else", raw(FEED), "closed"),
    Case("no reason phrase", send_with_length(status="HTTP/1.1 200"), "fetched"),
    Case("a reason phrase in Chinese", send_with_length(status="HTTP/1.1 200 好的"), "fetched"),
    Case("a reason phrase of 30 KB", send_with_length(status="HTTP/1.1 200 " + "O" * 30_000), "fetched"),
    Case("the protocol in lower case", send_with_length(status="http/1.1 200 OK"), "fetched"),
    Case("ICY", send_with_length(status="ICY 200 OK"), "fetched"),
    Case("a status of two digits", send_exactly(status="HTTP/1.1 20 OK"), "protocol"),
    Case("a status of four digits", send_exactly(status="HTTP/1.1 2000 OK"), "protocol"),
    Case("a status in letters", send_exactly(status="HTTP/1.1 abc OK"), "protocol"),
    Case("status 000", send_exactly(status="HTTP/1.1 000 OK"), "protocol"),
    Case("status 999", send_with_length(status="HTTP/1.1 999 Denied"), "http"),
    Case("a version nobody knows", send_exactly(status="HTTP/9.9.9 200 OK"), "protocol"),
    Case("another protocol", raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "closed"),
    Case("a mail server's greeting", raw(b"220 mail.example.org ESMTP\r\n\r\n"), "protocol"),
    Case("a request for an answer", raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "protocol"),
    Case("a TLS alert where plain text was asked for", raw(b"\x15\x03\x01\x00\x02\x02\x46"), "closed"),
    Case("frames of HTTP/2", raw(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)), "closed"),
    Case("random bytes", raw(bytes(range(256)) * 40), "closed"),
    Case("nothing but ends of lines", raw(b"\r\n" * 5000), "closed"),
    Case("nothing but zeros", raw(bytes(70_000)), "protocol"),
    Case("empty lines before the status", raw(b"\r\n\r\n" + make_head(LENGTH) + FEED), "fetched"),
    Case("lines ending in LF alone", raw(make_head(LENGTH).replace(b"\r\n", b"\n") + FEED), "fetched"),
    Case("lines ending in CR alone", raw(make_head(LENGTH).replace(b"\r\n", b"\r") + FEED), "closed"),
    Case("a line without a colon", send_with_length("this is no field"), "fetched"),
    Case("a name with a blank", send_with_length("X Header: 1"), "fetched"),
    Case("a blank before the colon", send_exactly(f"Content-Length : {SIZE}"), "fetched"),
    Case("a name of nothing", send_with_length(": value"), "fetched"),
    Case("a folded field", send_with_length("X-Note: one", "\ttwo"), "fetched"),
    Case("a length that is folded", send_exactly("Content-Length:", f" {SIZE}"), "fetched"),
    Case("a first line that is folded", send_exactly(" X: y", LENGTH), "fetched"),
    Case("NUL in a value", send_with_length("X-Note: a\0b", "ETag: a\0b"), "fetched"),
    Case("a lone CR in a value", send_with_length("ETag: a\rX-Other: b"), "fetched"),
    Case("escape sequences of terminals", send_with_length('ETag: "\x1b[2J"', "Server: \x1b]0;title\x07"), "fetched"),
    Case("bytes that are no UTF-8", raw(make_head(LENGTH)[:-2] + b'ETag: "\xd6\xd0"\r\n\r\n' + FEED), "fetched"),
    Case("an ETag of 7 KB", send_with_length('ETag: "' + "e" * 7000 + '"'), "fetched"),
    Case("an ETag of 60 KB", send_with_length('ETag: "' + "e" * 60_000 + '"'), "fetched"),
    Case("an ETag of 200 KB", send_with_length('ETag: "' + "e" * 200_000 + '"'), "protocol"),
    Case("500 ETags", send_with_length(*(f'ETag: "{n}"' for n in range(500))), "fetched"),
    Case("500 cookies", send_with_length(*(f"Set-Cookie: c{n}={'v' * 50}" for n in range(500))), "fetched"),
    Case("cookies of 100 KB", send_with_length(*(f"Set-Cookie: c{n}={'v' * 900}" for n in range(110))), "protocol"),
    Case("3,000 short fields", send_with_length(*(f"X-{n}: y" for n in range(3000))), "fetched"),
    Case("50,000 short fields", send_with_length(*(f"X-{n}: y" for n in range(50_000))), "protocol"),
    Case("a field's name of 20 KB", send_with_length("N" * 20_000 + ": y"), "fetched"),
    Case("links of 40 KB", send_with_length(*['Link: </hub>; rel="hub"'] * 1500), "fetched"),
    Case("a media type that is none", send_with_length("Content-Type: ;;;=,,text"), "fetched"),
    Case("a media type of 5 KB", send_with_length("Content-Type: text/" + "x" * 5000), "fetched"),
    Case("a page's media type", send_with_length("Content-Type: text/html"), "fetched"),
    Case("an image's media type", send_with_length("Content-Type: image/png"), "fetched"),
    Case("a charset that is none", send_with_length("Content-Type: text/xml; charset=../../etc/passwd"), "fetched"),
    Case("an upgrade", send_with_length("Upgrade: h2c", "Connection: Upgrade"), "fetched"),
    Case("a switch of protocols", send_exactly("Upgrade: websocket", status="HTTP/1.1 101 Switching"), "closed"),
    Case(
        "one 103 first",
        raw(make_head("Link: </a.css>", status="HTTP/1.1 103 Early") + make_head(LENGTH) + FEED),
        "fetched",
    ),
    Case(
        "twenty 100s first", raw(make_head(status="HTTP/1.1 100 Continue") * 20 + make_head(LENGTH) + FEED), "fetched"
    ),
    Case("10,000 100s", raw(make_head(status="HTTP/1.1 100 Continue") * 10_000 + make_head(LENGTH) + FEED), "protocol"),
    Case("102 and nothing more", raw(make_head(status="HTTP/1.1 102 Processing")), "closed"),
    Case("dates that crash", send_with_length("Date: Thu, 32 Xxx 99999 99:99:99 +9999", "Expires: -1"), "fetched"),
    Case("ages that crash", send_with_length("Age: 9" + "9" * 5000, "Cache-Control: max-age=" + "9" * 5000), "fetched"),
    Case(
        "a disposition and other noise",
        send_with_length("Content-Disposition: attachment; filename=../../x"),
        "fetched",
    ),
)
