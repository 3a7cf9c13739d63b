"""Log lines: no value, whatever it contains, breaks a line or runs into another field."""

from __future__ import annotations

import json
import logging
import re
import shlex
from datetime import UTC, datetime

import pytest

from aggregator.runtime.logfmt import MAX_VALUE_LENGTH, format_logfmt
from gedi import logs


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("qilu", "qilu"),
        ("https://a.example/feed", "https://a.example/feed"),
        ("齐鲁晚报", "齐鲁晚报"),
        ("two words", '"two words"'),
        ("a=b", '"a=b"'),
        ('say "x"', r'"say \"x\""'),
        ("", '""'),
        ("one\ntwo\r\nthree", r'"one\ntwo\r\nthree"'),
        ("\x1b[31mred", r'"\u001b[31mred"'),
        ("right\u202eleft", r'"right\u202eleft"'),
        ("next\x85line\u2028", r'"next\u0085line\u2028"'),
        (3, "3"),
        (0.12345, "0.123"),
        (True, "True"),
        (datetime(2026, 6, 1, 8, 0, 0, 5, tzinfo=UTC), "2026-06-01T08:00:00+00:00"),
    ],
)
def test_a_value_is_written_so(value: object, written: str) -> None:
    assert format_logfmt("poll", field=value) == f"poll field={written}"


def test_what_is_missing_is_left_out() -> None:
    assert format_logfmt("poll", a=1, b=None, c="x") == "poll a=1 c=x"


def test_a_field_has_at_most_five_hundred_characters() -> None:
    assert (
        format_logfmt("poll", error="长" * 5000, source="a") == f"poll error={'长' * (MAX_VALUE_LENGTH - 1)}… source=a"
    )


def test_a_line_is_read_back_field_by_field() -> None:
    hostile = 'x" outcome=changed source="y\n2026-06-01 INFO poll source=z'
    fields = dict(
        part.partition("=")[::2] for part in shlex.split(format_logfmt("poll", source="a", error=hostile))[1:]
    )
    assert set(fields) == {"source", "error"}
    assert fields["source"] == "a"


def test_the_service_logs_it_whole(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        logs.configure()
        logging.getLogger("aggregator.polling.poll_runner").info(
            "%s", format_logfmt("poll", source="a", error="e" * 900, why="w " * 400)
        )
    finally:
        root.handlers[:], root.level = before
    (told,) = capsys.readouterr().err.splitlines()
    assert re.search(r"INFO aggregator\.polling\.poll_runner poll source=a error=e{499}… why=\"(w )+", told)
    assert told.endswith('…"')


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (
            format_logfmt("poll_finished", source="qilu", error='say "x"\n', elapsed=0.5),
            {"event": "poll_finished", "source": "qilu", "error": 'say "x"\n', "elapsed": "0.500"},
        ),
        ("list_polled error='not found'", {"event": "list_polled", "error": "not found"}),
        ("worker_failed a: b", {"message": "worker_failed a: b"}),
        ("Something else", {"message": "Something else"}),
    ],
)
def test_json_has_the_fields_of_a_line(
    message: str, fields: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    root, ours = logging.getLogger(), logging.getLogger("aggregator")
    before = root.handlers[:], root.level, ours.level
    try:
        logs.configure(environ={"GEDI_LOG": "json,debug"})
        logging.getLogger("aggregator.polling").debug("%s", message)
    finally:
        root.handlers[:], root.level, ours.level = before
    told = json.loads(capsys.readouterr().err)
    assert datetime.fromisoformat(told.pop("time")).tzinfo is not None
    assert (told.pop("level"), told.pop("logger")) == ("debug", "aggregator.polling")
    assert told == fields
