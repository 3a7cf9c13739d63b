"""The child process that sends through Apprise, which brings an HTTP and an SMTP client of its own.

Requests and results are lines of JSON on stdin and stdout. The process loads what it needs when it gets the address,
says so, and sends each message only on request: whoever is killed before that has sent nothing. It ends with stdin.
The only file that imports Apprise.

    {"url": …, "site": …, "site_url": …}      -> {"ready": true} or {"error": …}
    {"id": …, "title": …, "body": …}          -> {"sent": true} or {"error": …}
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import AbstractContextManager
from importlib import import_module
from io import StringIO
from typing import Any

import apprise
from apprise import AppriseAsset, NotifyBase, NotifyFormat
from apprise.exception import AppriseException

# The modules of the services that are named in the documentation. Others are found by loading all of them.
_MODULES = {
    "wecombot": "wecombot",
    "dingtalk": "dingtalk",
    "feishu": "feishu",
    "lark": "lark",
    "tgram": "telegram",
    "ntfy": "ntfy",
    "ntfys": "ntfy",
    "bark": "bark",
    "barks": "bark",
    "mailto": "email",
    "mailtos": "email",
}
MAX_REASON = 500  # characters


class UnusableAddressError(Exception):
    """An address that no service of Apprise accepts."""


def open_service(url: str, site: str, site_url: str) -> NotifyBase:
    """Return the service of an address. Raises UnusableAddressError."""
    asset = AppriseAsset(app_id="Gedi", app_desc=site, app_url=site_url, async_mode=False, secure_logging=True)
    scheme = url.partition("://")[0].lower()
    service: NotifyBase | None
    if scheme in _MODULES:
        service = _known_service(scheme, url, asset)
    else:
        with _captured_log() as log:
            service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            raise UnusableAddressError(_reason(log.getvalue(), f"Apprise knows no {scheme}:// addresses"))
    if scheme.startswith("mailto") and "format=" not in url:
        service.notify_format = NotifyFormat.TEXT  # programs make links of the addresses in it
    return service


def _known_service(scheme: str, url: str, asset: AppriseAsset) -> NotifyBase:
    """Return a service without loading the others, which takes four seconds. Raises UnusableAddressError."""
    module = import_module(f"apprise.plugins.{_MODULES[scheme]}")
    kind = next(each for each in vars(module).values() if isinstance(each, type) and scheme in _schemes(each))
    try:
        options = kind.parse_url(url)  # type: ignore[attr-defined]
        if not options:
            raise UnusableAddressError(f"this is no complete {scheme}:// address")
        service: NotifyBase = kind(**{**options, "asset": asset})
    except (TypeError, AppriseException) as error:
        raise UnusableAddressError(str(error)) from None
    return service


def _schemes(kind: type) -> tuple[object, object]:
    return getattr(kind, "protocol", None), getattr(kind, "secure_protocol", None)


def send(service: NotifyBase, message_id: str, title: str, body: str) -> str | None:
    """Send one message; returns why it failed."""
    _set_message_id(message_id)
    with _captured_log() as log:
        if service.notify(body=body, title=title, body_format=NotifyFormat.TEXT):
            return None
        return _reason(log.getvalue(), "no reason was given")


def _set_message_id(message_id: str) -> None:
    """Let mails have a Message-ID that is the same for every attempt, by which mailboxes recognize a repetition."""
    email = sys.modules.get("apprise.plugins.email.base")
    if email is not None:
        email.make_msgid = lambda domain=None, **_: f"<{message_id}@{domain or 'gedi'}>"  # type: ignore[attr-defined]


def _captured_log() -> AbstractContextManager[StringIO]:
    """Capture what Apprise says of a failure."""
    capture: AbstractContextManager[StringIO] = apprise.LogCapture(level=logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]
    return capture


def _reason(log: str, otherwise: str) -> str:
    return " ".join(log.split())[:MAX_REASON] or otherwise


def main() -> None:
    """Serve the parent until it closes stdin."""
    answers, sys.stdout = sys.stdout, sys.stderr  # nothing that a library prints is an answer

    def answer(values: dict[str, Any]) -> None:
        print(json.dumps(values), file=answers, flush=True)

    first = json.loads(sys.stdin.readline() or "{}")
    if not first:
        return
    try:
        service = open_service(first["url"], first["site"], first["site_url"])
    except UnusableAddressError as error:
        answer({"error": str(error)})
        return
    answer({"ready": True})
    while line := sys.stdin.readline():
        message = json.loads(line)
        problem = send(service, message["id"], message["title"], message["body"])
        answer({"error": problem} if problem is not None else {"sent": True})


if __name__ == "__main__":
    main()
