"""The commands ``learn`` and ``classify``, called by users and by programs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gedi.commands.learn import classify, learn

LINES = "".join(f"sea\t{number}号渔船回到码头\nland\t{number}号农车回到田头\n" for number in range(200))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def answers(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def test_learn_then_classify() -> None:
    Path("some.tsv").write_text(LINES, "utf-8")
    result = CliRunner().invoke(learn, ["some.tsv", "--model", "m.npz"])
    assert result.exit_code == 0, result.output
    assert "400  examples, 2 labels" in result.stdout
    result = CliRunner().invoke(classify, ["--model", "m.npz"], input="渔船出海\n\n农车下田")
    assert result.exit_code == 0
    first, empty, last = answers(result.stdout)
    assert list(first) == ["category", "score", "why"]
    assert (first["category"], last["category"]) == ("sea", "land")
    assert empty["category"] in ("sea", "land")


def test_learn_for_programs() -> None:
    Path("some.tsv").write_text(LINES, "utf-8")
    result = CliRunner().invoke(learn, ["some.tsv", "--json"])
    line = json.loads(result.stdout)
    assert line["examples"] == {"sea": 200, "land": 200}
    assert Path("gedi.model.npz").exists()


def test_bad_lines_are_named_and_left_out() -> None:
    bad = LINES.encode() + b"no tab\n\tno label\nlabel\t\n\n" + b"sea\t\xff\xfe\n"
    Path("some.tsv").write_bytes(b"\xef\xbb\xbf" + bad)
    result = CliRunner().invoke(learn, ["some.tsv"])
    assert result.exit_code == 0
    assert "some.tsv:401: no TAB, left out; write label TAB text" in result.stderr
    assert "some.tsv:402: no label" in result.stderr
    assert "some.tsv:403: no text" in result.stderr
    assert "some.tsv:405: not UTF-8" in result.stderr
    assert "     200  sea" in result.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "missing.tsv cannot be read"), ("", "holds no labelled example"), ("a\tb\n", "at least two")],
)
def test_nothing_to_learn_from(content: str | None, message: str) -> None:
    if content is not None:
        Path("missing.tsv").write_text(content, "utf-8")
    result = CliRunner().invoke(learn, ["missing.tsv"])
    assert result.exit_code == 2
    assert message in result.stderr


def test_classify_without_model_or_config_uses_the_rules() -> None:
    result = CliRunner().invoke(classify, input="气象台发布暴雨预警\r\n这一天\n")
    rain, day = answers(result.stdout)
    assert rain["category"] == "society/weather"
    assert str(rain["why"]).startswith("keywords:")
    assert day == {"category": None, "score": 0.0, "why": "weak:一天 (0.5 of 1.2)"}


def test_classify_names_a_model_that_is_not_there() -> None:
    result = CliRunner().invoke(classify, ["--model", "none.npz"], input="x\n")
    assert result.exit_code == 2
    assert "gedi learn" in result.stderr


def test_classify_answers_bad_bytes_and_names_the_line() -> None:
    result = CliRunner().invoke(classify, input=b"\xe6\x9a\xb4\n\xff\xe6\x9a\xb4\n")
    assert len(answers(result.stdout)) == 2
    assert "line 2: not UTF-8" in result.stderr


def test_classify_answers_each_line_as_it_comes() -> None:
    command = [sys.executable, "-m", "gedi", "classify"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for title, category in (("女排横扫对手夺冠", "sports"), ("沪指收涨 券商领涨", "economy/stocks")):
            process.stdin.write(f"{title}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["category"] == category
        process.stdin.close()
        assert process.wait(30) == 0
