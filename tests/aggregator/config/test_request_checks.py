"""How sources are requested: what the config may say, and who may say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config.load import Config, ConfigErrors, parse_config
from aggregator.config.opml_export import export_opml, source_tables
from aggregator.config.opml_sources import OpmlRules
from aggregator.config.source_lists import read_opml_list
from aggregator.fetching.address_guard import AddressGuard
from aggregator.reference.categories import CategoryTree
from feeds.opml import EXTRA_NAMESPACE

ENVIRON = {"TOKEN": 'tok-"123456', "PASSWORD": "pässwort", "SHORT": "abc", "BROKEN": "a\nb345678"}


def read(source: str, folder: Path = Path("/etc/gedi")) -> Config:
    return parse_config(f"[[sources]]\n{source}\n".encode(), folder / "config.toml", ENVIRON)


def source(lines: str, url: str = "https://news.org/feed") -> str:
    return f'url = "{url}"\n{lines}'


@pytest.mark.parametrize(
    ("lines", "key", "said"),
    [
        ('headers = { Authorization = "Bearer abcdef" }', "headers.Authorization", 'write Authorization = "${NAME}"'),
        ('headers = { cookie = "session=$${x}" }', "headers.cookie", "holds a secret"),
        ('headers = { X-Api-Key = "abcdef" }', "headers.X-Api-Key", "holds a secret"),
        ('headers = { X-Token = "x${SHORT}" }', "headers.X-Token", "4 or more characters in ${SHORT}"),
        ('headers = { X-Token = "${BROKEN}" }', "headers.X-Token", "${BROKEN} has a line break"),
        ('headers = { Authorization = "${MISSING}" }', "headers.Authorization", "the environment has no MISSING"),
        ('headers = { "User-Agent" = "x" }', "headers.User-Agent", "write user_agent"),
        ('headers = { Host = "x" }', "headers.Host", "is set by Gedi itself"),
        ('headers = { Accept = "a", accept = "b" }', "headers.accept", "is there twice"),
        ('headers = { "a b" = "x" }', "headers.a b", "no name of a header field"),
        ('auth = "user:hunter22"', "auth", 'write "user:${NAME}"'),
        ('auth = "${TOKEN}:hunter22"', "auth", 'write "user:${NAME}"'),
        ('auth = "${TOKEN}"', "auth", "is no user name and password"),
        ('auth = "user:${SHORT}"', "auth", "4 or more characters in ${SHORT}"),
        ('proxy = "http://user:hunter22@a.example:80"', "proxy", "holds a password"),
        ('proxy = "socks5://a.example"', "proxy", "http:// or https://"),
        ('body = "x"', "body", 'add method = "POST"'),
    ],
)
def test_an_error_names_line_and_remedy_and_no_secret(lines: str, key: str, said: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        read(source(lines))
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (3, f"sources[1].{key}")
    assert said in problem.message
    assert not [value for value in ("hunter22", "abcdef", *ENVIRON.values()) if value in str(problem)]


def test_what_is_valid_is_kept_in_memory_and_shown_nowhere() -> None:
    config = read(
        source(
            'slug = "a"\nheaders = { X-Api-Key = "${TOKEN}", Accept = "text/plain" }\nauth = "li:${PASSWORD}"\n'
            'proxy = "http://li:${PASSWORD}@10.0.0.1:3128"\nmethod = "POST"\nbody = \'{"key": "${TOKEN}"}\''
        )
    )
    options = config.request_options("a")
    assert options is not None
    assert options.has_secrets
    assert options.headers == {
        "X-Api-Key": 'tok-"123456',
        "Accept": "text/plain",
        "Authorization": "Basic bGk6cMOkc3N3b3J0",
        "Content-Type": "application/json",
    }
    assert options.for_pages().headers.keys() == {"X-Api-Key", "Authorization"}
    tables = str(source_tables(config))
    shown = [repr(config), repr(config.settings.sources), repr(options), tables, export_opml(config).decode()]
    told = config.redact('Basic bGk6cMOkc3N3b3J0 "tok-\\"123456" p%C3%A4sswort')
    assert told == 'Basic ${PASSWORD} "${TOKEN}" ${PASSWORD}'
    for text in shown:
        assert not [value for value in ("123456", "sswort", "bGk6") if value in text]
    assert "'auth': 'li:${PASSWORD}'" in tables


def test_a_change_of_the_request_and_not_of_the_secret_makes_another_document() -> None:
    keys = {
        read(source(lines)).sources[0].document_key
        for lines in ("", 'headers = { A = "1" }', 'headers = { A = "2" }', "verify = false", 'method = "POST"')
    }
    assert len(keys) == 5
    lines = 'headers = { X-Token = "${TOKEN}" }'
    other = parse_config(f"[[sources]]\n{source(lines)}".encode(), Path("/x/config.toml"), {"TOKEN": "another"})
    assert other.sources[0].document_key == read(source(lines)).sources[0].document_key


def test_what_is_risky_is_a_warning_also_in_a_list(tmp_path: Path) -> None:
    lines = source('auth = "li:${PASSWORD}"\nverify = false', "http://news.org/feed")
    (tmp_path / "more.toml").write_text(f"[[sources]]\n{lines}\n", "utf-8")
    config = parse_config(b'[polling]\nsources_from = ["*.toml"]', tmp_path / "config.cfg", ENVIRON)
    for warnings in (read(lines).warnings, config.warnings):
        assert sorted((warning.line, str(warning.key).rpartition(".")[2]) for warning in warnings) == [
            (2, "url"),
            (4, "verify"),
        ]
    assert config.lists.files["*.toml"][0].place == str(tmp_path / "more.toml")
    assert config.requests.keys() == {config.sources[0].slug}
    private = read(source('auth = "li:${PASSWORD}"', "http://192.168.0.9/feed")).warnings
    assert [warning.message.partition(" and ")[0] for warning in private] == ["is no public address"]
    plain = read(source('headers = { X-Author = "li" }', "http://news.org/feed"))
    assert not plain.warnings
    assert [options.has_secrets for options in plain.requests.values()] == [False]


@pytest.mark.parametrize(
    ("attribute", "refused"),
    [
        ('g:method="POST" g:body=\'{"page": 1}\' g:user_agent="Own/1.0" g:headers=\'{"Accept": "text/x"}\'', ""),
        ('g:auth="user:hunter22"', "auth: only a file of your own may say so"),
        ('g:proxy="http://proxy.example:80"', "proxy: only a file of your own may say so"),
        ('g:verify="false"', "verify: only a file of your own may say so"),
        ('g:headers=\'{"Authorization": "Bearer x"}\'', "holds a secret"),
        ('g:headers=\'{"X-Id": "${TOKEN}"}\'', "speaks of the environment"),
        ('g:headers=\'{"Host": "x"}\'', "is set by Gedi itself"),
    ],
)
def test_a_list_of_others_gets_no_secret_and_chooses_no_proxy(attribute: str, refused: str) -> None:
    rules = OpmlRules(CategoryTree.default(), AddressGuard(), "zh-CN")
    outline = f'<outline text="x" xmlUrl="https://a.example/f" {attribute}/>'
    document = f'<opml version="2.0" xmlns:g="{EXTRA_NAMESPACE}"><body>{outline}</body></opml>'
    found = read_opml_list("https://a.example/list.opml", document.encode(), rules)
    assert [refused in problem.message for problem in found.problems] == [True] * bool(refused)
    assert [listed.config.body for listed in found.sources] == ['{"page": 1}'] * (not refused)
