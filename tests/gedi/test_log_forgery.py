"""What others write cannot forge log lines, control a terminal or show secrets: in text and JSON."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.test import Client

from aggregator.config.environment import expand_references
from aggregator.store import Store
from gedi import logs
from gedi.reloading_app import ReloadingApp
from tests.aggregator.store.factories import copy_database, open_store
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_app

FORGERIES = (
    "\n2026-05-20 10:00:00,000 INFO web.admin.login admin_logged_in name='admin' address=203.0.113.7",
    "\r\x1b[2K\x1b[31mred\x07",
    '\x9b2J\x85\u2028{"level": "info", "event": "admin_logged_in"}\u2029',
    'it\'s \x1b]0;title\x07 "quoted" \\x1b\\n',
    "\u202egnp.exe\u2066 \U000e0041",
    "x level=critical time=0 event=forged",
)
SECRET = 'p4ss"wörd/+%'
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+ \S")
Output = Callable[[], list[str]]


@contextmanager
def service_log(form: str, capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    """Use the logging of the service; yield what returns the lines so far, after checking each."""

    def read() -> list[str]:
        text = capsys.readouterr().err
        lines = text.removesuffix("\n").split("\n")
        assert "Logging error" not in text
        assert all(line.isprintable() for line in lines), lines
        for spelling in (SECRET, quote(SECRET, safe=""), json.dumps(SECRET)[1:-1]):
            assert spelling not in text
        if form == "json":
            assert all({"time", "level", "logger"} <= set(json.loads(line)) for line in lines)
        else:
            assert all(LINE.match(line) or line.startswith("  ") for line in lines), lines
        return lines

    root = logging.getLogger()
    before = root.handlers[:], root.level, logs._secrets.copy()
    logs.configure(environ={"GEDI_LOG": form})
    logs.register_secrets(expand_references("${FEED_KEY}", {"FEED_KEY": SECRET}).secrets)
    try:
        yield read
    finally:
        root.handlers[:], root.level = before[:2]
        logs._secrets.clear()
        logs._secrets.update(before[2])


FORMS = pytest.mark.parametrize("form", ["info", "json"])


@FORMS
@pytest.mark.parametrize("forgery", FORGERIES)
def test_an_event_is_one_line_whatever_it_contains(form: str, forgery: str, capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("aggregator.polling")
    with service_log(form, capsys) as output:
        log.info("poll_finished source=%s title=%r", forgery, forgery)
        log.warning("page_timed_out path=%r error=%r", f"/source/{forgery}", f"https://a.example/?key={SECRET}")
        assert len(output()) == 2
        try:
            raise ValueError(f"{forgery} https://a.example/?key={quote(SECRET, safe='')}") from OSError(forgery * 2000)
        except ValueError:
            log.exception("poll_failed source=%r", forgery)
        lines = output()
    if form == "json":
        (record,) = map(json.loads, lines)
        assert (record["level"], record["event"], record["source"]) == ("error", "poll_failed", forgery)
    else:
        assert sum(bool(LINE.match(line)) for line in lines) == 1


@FORMS
def test_a_page_that_fails_is_logged_without_what_its_path_says(
    form: str,
    sqlite_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise RuntimeError(FORGERIES[0] + FORGERIES[1])

    token = "t" * 40
    agent = {"User-Agent": "\x1b[2J", "Referer": "\x9b2J", "X-Forwarded-For": "\x1b[2J"}
    paths = [*(f"/daily/{quote(forgery, safe='')}" for forgery in FORGERIES), f"/push/{token}"]
    with open_store(copy_database(sqlite_template, tmp_path)) as store, service_log(form, capsys) as output:
        app = create_app(store, fixture_site.config(), clock=lambda: NOW)
        monkeypatch.setattr(Store, "subscription_by_token", fail)
        app.view_functions["daily.daily"] = fail
        for path in paths:
            method = app.test_client().post if path.startswith("/push") else app.test_client().get
            assert method(path, headers=agent).status_code == 500
        lines = output()
    assert sum("page_failed" in line for line in lines) == len(paths)
    assert not any(token in line for line in lines)


@FORMS
def test_what_no_application_expects_is_logged_by_us(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The server would print it with its line ends and escape sequences."""

    def fail(*_: object) -> list[bytes]:
        raise RuntimeError(FORGERIES[0] + FORGERIES[1])

    app = object.__new__(ReloadingApp)  # without the thread that watches the config
    app._application = fail
    with service_log(form, capsys) as output:
        response = Client(app).get(f"/{quote(FORGERIES[0])}")
        lines = output()
    assert (response.status_code, response.headers["Cache-Control"]) == (500, "no-store")
    assert sum("request_failed" in line for line in lines) == 1
