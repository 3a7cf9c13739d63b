"""The command line in Chinese: a complete catalog, help, errors and config comments, and the choice of the language."""

from __future__ import annotations

import ast
import json
import os
import pickle
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.messages.fetch_errors import READING_TIMEOUT
from aggregator.texts import CHINESE, ENGLISH, Choice, Phrase, current_language, language_of, localize, t, use_language
from gedi import commands as gedi_commands
from gedi.cli import COMMANDS, main
from gedi.config_file import template
from gedi.config_template import config_template
from gedi.text_catalog import CATALOG, LOCALE
from gedi.wide_text import width_of, wrap
from web.i18n.catalogs import write_mo

PLACEHOLDER = re.compile(r"\{\w+(?:![rs])?(?::[^{}]*)?\}|%\(\w+\)s")
LITERAL = re.compile(r"--[a-z-]+|gedi [a-z]+(?:-[a-z]+)?|\[\[?[a-z]+\]\]?|\$\{\w+\}|https?://[\w./]+")
ENGLISH_SENTENCE = re.compile(r"(?:[a-z]{2,},? ){3}[a-z]{2,}")
CONFIG = """
[site]
titel = "x"
contact = 5

[[sources]]
url = "ftp://a.example"
category = "societ"
auth = "user:abc"

[filters]
exclude = ["/(/"]
"""


def gedi(*args: str, language: str = CHINESE) -> Result:
    return CliRunner().invoke(main, args, prog_name="gedi", env={"GEDI_LANG": language})


def translations() -> Mapping[str, str]:
    """Return every text with its translation; of a plural, the general form."""
    texts = {}
    for message in CATALOG.load(LOCALE):
        assert not message.fuzzy or not message.id
        texts[message.id if isinstance(message.id, str) else message.id[-1]] = "".join(message.string or "")
    return texts


def test_every_text_is_translated_with_its_placeholders_and_compiled(tmp_path: Path) -> None:
    expected = {each.id if isinstance(each.id, str) else each.id[-1] for each in CATALOG.template()}
    texts = translations()
    assert set(texts) == expected, "run make translations"
    assert [key for key, text in texts.items() if key and not text] == []
    for key, text in texts.items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(key)), key
        if key:
            assert set(LITERAL.findall(key)) <= set(LITERAL.findall(text)), key
    compiled = tmp_path / "messages.mo"
    with compiled.open("wb") as file:
        write_mo(file, CATALOG.load(LOCALE))
    assert compiled.read_bytes() == CATALOG.path(LOCALE, "mo").read_bytes(), "run make translations"


def untranslated(node: ast.AST) -> Iterator[str]:
    """Yield the English sentences below a node that no call of ``t`` contains."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("t", "Phrase", "json.dumps"):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"[a-z]{2,} [a-z]{2,}", node.value):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from untranslated(child)


def test_what_commands_print_is_translated() -> None:
    printing = ("fail", "confirm", "click.echo", "click.prompt", "click.confirm", "click.ClickException", "_report")
    for file in Path(gedi_commands.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in printing:
                assert not [text for each in node.args for text in untranslated(each)], f"{file.name}:{node.lineno}"


def test_help_is_chinese_throughout_and_fits_the_terminal() -> None:
    helps = [gedi("--help"), *(gedi(name, "--help") for name in COMMANDS)]
    for shown in helps:
        assert shown.exit_code == 0
        assert shown.output.startswith("用法: gedi")
        assert "显示这个说明并退出。" in shown.output
        for line in shown.output.splitlines():
            assert not ENGLISH_SENTENCE.search(line) or line.startswith("  gedi "), line
            assert width_of(line) <= 100 or " gedi " in f" {line}" or "{" in line, line
    assert "Usage: gedi" in gedi("--help", language=ENGLISH).output
    assert current_language() == ENGLISH
    assert "LANGUAGE" not in os.environ


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("explain",), "错误：缺少参数 'ITEM'"),
        (("items", "--limt", "3"), "错误：没有选项 '--limt'"),
        (("items", "--limit", "x"), "'--limit' 的值无效：'x' 不是有效的值（integer range）"),
        (("sources", "--state", "bad"), "'bad' 不是 'new', 'ok', 'slow', 'failing', 'gone', 'off' 之一。"),
        (("chek",), '没有命令 "chek"。要找的是不是 "check"？'),
    ],
)
def test_wrong_calls_are_answered_in_chinese(args: tuple[str, ...], message: str) -> None:
    result = gedi(*args)
    assert result.exit_code == 2
    assert message in result.output


def test_a_wrong_config_is_explained_in_chinese_but_json_stays_the_same(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    lines = gedi("check", str(file)).output.splitlines()
    assert lines == [
        f'{file}:3: site.titel: 没有这项设置；要写的是不是 "title"？',
        f'{file}:4: site.contact: 请写引号里的字符串，如 "..."（现在是 5）',
        f"{file}:7: sources[1].url（来源 ftp://a.example）：请写以 http:// 或 https:// 开头的完整地址"
        "（现在是 'ftp://a.example'）",
        f'{file}:8: sources[1].category（来源 ftp://a.example）：没有分类 "societ"；要写的是不是 "society"？',
        f'{file}:9: sources[1].auth（来源 ftp://a.example）：含有密码；请写 "user:${{NAME}}"，并把 NAME 放在环境变量里',
        f"{file}:12: filters.exclude[1]: 不是可用的正则表达式：左括号 ( 没有对应的右括号，在 ( 处",
    ]
    chinese, english = (gedi("check", str(file), "--json", language=name).output for name in (CHINESE, ENGLISH))
    assert chinese == english
    assert json.loads(chinese)["errors"][0]["message"] == 'there is no such setting; did you mean "title"?'


def test_init_writes_a_config_with_chinese_comments_and_the_same_settings(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    result = gedi("init", "--title", "鲁南新闻", "--config", str(file))
    assert result.exit_code == 0
    assert "每项设置都有说明" in result.output
    written = file.read_text("utf-8")
    assert tomllib.loads(written) == {**tomllib.loads(template()), "site": {"title": "鲁南新闻", "language": "zh-CN"}}
    assert "# 一个订阅源里的条目数" in written
    assert not [line for line in written.splitlines() if ENGLISH_SENTENCE.search(line)]
    settings = re.compile(r"^(?:# )?[a-z_]+ = \S+", re.M)
    with use_language(CHINESE):
        assert settings.findall(template()) == settings.findall(config_template().partition("\n# The addresses")[0])


@pytest.mark.parametrize(
    ("environ", "choice"),
    [
        ({}, Choice(ENGLISH)),
        ({"LANG": "C"}, Choice(ENGLISH)),
        ({"LANG": "zh_CN.UTF-8"}, Choice(CHINESE)),
        ({"LANG": "zh_TW"}, Choice(CHINESE)),
        ({"LANG": "zha"}, Choice(ENGLISH)),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, Choice(ENGLISH)),
        ({"LANG": "de_DE", "LC_ALL": "", "LC_MESSAGES": "zh_CN"}, Choice(CHINESE)),
        ({"LC_ALL": "POSIX", "LC_MESSAGES": "zh_CN"}, Choice(ENGLISH)),
        ({"GEDI_LANG": "zh", "LC_ALL": "C"}, Choice(CHINESE)),
        ({"GEDI_LANG": "en", "LC_ALL": "zh_CN"}, Choice(ENGLISH)),
        ({"GEDI_LANG": "fr", "LANG": "zh_CN"}, Choice(CHINESE, ignored="fr")),
        ({"GEDI_LANG": "", "LANG": "zh_CN"}, Choice(CHINESE)),
    ],
)
def test_the_environment_chooses_the_language(environ: dict[str, str], choice: Choice) -> None:
    assert language_of(environ) == choice


def test_an_unknown_language_is_named_and_ignored() -> None:
    result = gedi("--version", language="fr")
    assert result.exit_code == 0
    assert 'GEDI_LANG is "fr", which is ignored; write en or zh' in result.output


def test_phrases_and_messages_are_translated_where_they_are_shown() -> None:
    inner = Phrase("is larger than {size} KB; every reader loads it", size=50)
    phrase = pickle.loads(pickle.dumps(Phrase("{message} (found {found!r})", message=inner, found="a.svg")))
    assert phrase == "is larger than 50 KB; every reader loads it (found 'a.svg')"
    assert json.dumps([phrase]) == json.dumps([str(phrase)])
    with use_language(CHINESE):
        assert localize(phrase) == "大于 50 KB；每位读者都要下载它（现在是 'a.svg'）"
        assert localize(ValueError(inner)) == "大于 50 KB；每位读者都要下载它"
        assert t("; last poll failed: {error}", error=READING_TIMEOUT(detail="")).startswith("；上次抓取失败：解析这份")
        assert t("a text without a translation") == "a text without a translation"
    assert localize(phrase) is not None
    assert localize(phrase) == str(phrase)


def test_lines_break_between_chinese_characters_but_not_before_marks() -> None:
    lines = wrap("写法允许，但多半不是本意的（见 --config FILE），给出警告。", 12)
    assert all(width_of(line) <= 14 for line in lines)
    assert not [line for line in lines if line[0] in "，。）"]
    assert "--config" in " ".join(lines)
