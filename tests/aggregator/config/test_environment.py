"""Secrets are read from the environment wherever a string names them, and never printed."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from aggregator.config.environment import expand_references, redact_secrets
from aggregator.config.load import Config, ConfigErrors, parse_config, read_config
from aggregator.model import Poll


def read(text: str, **environ: str) -> Config:
    return parse_config(textwrap.dedent(text).encode(), Path("/etc/gedi/config.toml"), environ)


def test_any_string_may_name_the_environment() -> None:
    config = read(
        """
        [site]
        title = "${NAME}晚报"
        [polling]
        allow = ["${HOST}:8080"]
        [[sources]]
        url = "https://a.example/feed?key=${FEED_KEY}"
        """,
        NAME="鲁南",
        HOST="intern",
        FEED_KEY="s3cret",
    )
    assert config.site.title == "鲁南晚报"
    assert config.polling.allow == ("intern:8080",)
    assert config.sources[0].url == "https://a.example/feed?key=s3cret"


def test_a_doubled_dollar_is_a_plain_one() -> None:
    assert read('[site]\ntitle = "a $${B} $5 ${C}"', C="c").site.title == "a ${B} $5 c"


def test_every_missing_name_is_an_error_with_its_line_and_no_other_follows_from_it() -> None:
    with pytest.raises(ConfigErrors) as caught:
        read("""\
            [site]
            contact = "${MAIL}"
            [[sources]]
            url = "${ADDRESS}"
            slug = "a"
            exclude = ["x", "${WORD}"]
            [[sources]]
            url = "https://b.example/${bad name}"
            """)
    assert [str(problem) for problem in caught.value.problems] == [
        "/etc/gedi/config.toml:2: site.contact: the environment has no MAIL; set it before starting",
        "/etc/gedi/config.toml:4: sources[1].url (source a): the environment has no ADDRESS; set it before starting",
        "/etc/gedi/config.toml:6: sources[1].exclude[2] (source a): the environment has no WORD; "
        "set it before starting",
        "/etc/gedi/config.toml:8: sources[2].url (source https://b.example/${bad name}): "
        '"${bad name}" is no reference; write ${NAME}, or $${ for a plain ${',
    ]


def test_an_error_repeats_the_name_and_not_the_secret() -> None:
    with pytest.raises(ConfigErrors) as caught:
        read('[[sources]]\nurl = "${FEED}"\ntitle = "x"', FEED="ftp://user:hunter22@a.example/")
    message = str(caught.value)
    assert "hunter22" not in message
    assert "found '${FEED}'" in message


def test_a_secret_is_hidden_in_texts_for_people() -> None:
    config = read('[[sources]]\nurl = "https://a.example/${KEY}/feed"', KEY="tok-123456")
    assert config.redact("GET https://a.example/tok-123456/feed failed") == "GET https://a.example/${KEY}/feed failed"


def test_no_secret_is_in_the_representation_of_a_config_or_of_its_parts() -> None:
    config = read(
        """
        [site]
        title = "${TITLE}晚报"
        [database]
        url = "postgresql://gedi:${PASSWORD}@localhost/gedi"
        [polling]
        proxy = "http://${PROXY}.example:3128"
        [web]
        admin_token = "${TOKEN}"
        [[sources]]
        url = "https://a.example/${KEY}/feed"
        """,
        TITLE="it's \\secret",
        PASSWORD="pass-word",
        PROXY="hidden-proxy",
        TOKEN="0123456789abcdef",
        KEY="tok-123456",
    )
    secrets = ("secret", "pass-word", "hidden-proxy", "0123456789abcdef", "tok-123456")
    poll = Poll(config.sources[0], config.sources[0].url)
    parts = (
        config.sources,
        poll,
        config.settings.sources,
        config.file_settings.sources,
        config.database,
        config.polling,
    )
    for shown in map(repr, (config, *parts)):
        assert not [secret for secret in secrets if secret in shown]
    assert "${TITLE}晚报" in repr(config)
    assert "${PASSWORD}" in repr(config)


def test_of_two_secrets_the_longer_is_hidden_first_and_short_values_stay() -> None:
    secrets = expand_references({"a": "${A}${B}${C}"}, {"A": "abcd", "B": "abcdef", "C": "ab"}).secrets
    assert redact_secrets("abcdef abcd ab", secrets) == "${B} ${A} ab"


def test_a_secret_that_is_not_set_is_named_and_not_missing() -> None:
    with pytest.raises(ConfigErrors) as caught:
        read('[[notify]]\nurl = "https://portal.example/hook"\nwhat = "hot"\nsecret = "${PORTAL_SECRET}"\n')
    assert [str(problem) for problem in caught.value.problems] == [
        "/etc/gedi/config.toml:4: notify[1].secret: the environment has no PORTAL_SECRET; set it before starting"
    ]


def test_commands_that_do_not_use_a_secret_work_without_it(tmp_path: Path) -> None:
    """Nothing of what is written with it changes: neither slugs nor what is shown."""
    (tmp_path / "more.toml").write_text('[[sources]]\nurl = "https://c.example/?key=${C_KEY}"\n', "utf-8")
    file = tmp_path / "config.toml"
    file.write_text(
        textwrap.dedent("""\
            [web]
            admin_token = "${ADMIN}"
            [polling]
            sources_from = ["more.toml"]
            [[notify]]
            url = "${CHAT}"
            what = "hot"
            [[notify]]
            url = "tgram://${BOT}/42"
            what = "hot"
            [[notify]]
            url = "https://portal.example/hook"
            secret = "${SECRET}"
            what = "incidents"
            [[sources]]
            url = "${ADDRESS}"
            [[sources]]
            url = "https://b.example/"
            auth = "user:${PASSWORD}"
            headers = { X-Api-Key = "${KEY}" }
            """),
        "utf-8",
    )
    names = ("ADMIN", "CHAT", "BOT", "SECRET", "ADDRESS", "PASSWORD", "KEY", "C_KEY")
    with pytest.raises(ConfigErrors) as caught:
        read_config(file, {})
    assert len(caught.value.problems) == len(names) - 1  # the file of sources is read when the rest is valid
    config = read_config(file, {}, may_be_unset={"web", "notify", "sources"})
    assert [name for name in names if name not in "\n".join(map(str, config.warnings))] == []
    assert config.web.admin_token is None
    environ = dict.fromkeys(names, "a-secret-of-that-length") | {
        "ADDRESS": "https://a.example/feed",
        "CHAT": "ntfys://ntfy.example/news",
    }
    whole = read_config(file, environ)
    assert [source.slug for source in config.sources] == [source.slug for source in whole.sources]
    shown = [config.redact(source.url) for source in config.sources]
    assert shown == [whole.redact(source.url) for source in whole.sources]
    with pytest.raises(ConfigErrors, match="ADDRESS"):
        read_config(file, {}, may_be_unset={"web"})
