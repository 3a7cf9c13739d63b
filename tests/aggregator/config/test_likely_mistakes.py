"""What a config may say, but hardly means, and errors in words of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config.checks import ConfigErrors
from aggregator.config.load import Config, parse_config, read_config

TOKEN = "0123456789abcdef"


def read(text: str, path: Path = Path("config.toml")) -> Config:
    return parse_config(text.encode(), path, {})


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ('[site]\ncontact = "call me"', "site.contact", "neither an e-mail address nor a web address"),
        ('[site]\nlanguage = "fr"', "site.language", "only zh-CN, zh-TW, en"),
        ('[web]\nport = "8000"', "web.port", "write 8000 without quotation marks"),
        ('[web]\npublic_status = "yes"', "web.public_status", "write true without quotation marks"),
        ('[[sources]]\nurl = "http://a.org/"\nenabled = "false"', "sources[1].enabled", "write false without"),
        ('[[sources]]\nurl = "http://192.168.1.1/f"', "sources[1].url", "[polling] allow"),
        ('[[sources]]\nurl = "http://news.local/f"', "sources[1].url", "is no public address"),
        ('[filters]\nexclude = ["titel:招聘"]', "filters.exclude[1]", 'write "title:"'),
        ('[filters]\nexclude = ["title：招聘"]', "filters.exclude[1]", 'write "title:"'),
    ],
)
def test_what_is_hardly_meant_is_a_warning(text: str, key: str, message: str) -> None:
    [warning] = read(text).warnings
    assert (warning.key, message in warning.message) == (key, True), warning


@pytest.mark.parametrize(
    "text",
    [
        '[site]\ncontact = "li@news.example"\nlanguage = "en"',
        '[site]\ncontact = "https://news.example/contact"',
        '[polling]\nallow = ["192.168.0.0/16"]\n[[sources]]\nurl = "http://192.168.1.1/f"',
        '[filters]\nexclude = ["title:招聘", "招聘：", "ad", "直播:"]',
    ],
)
def test_what_is_meant_is_none(text: str) -> None:
    assert not read(text).warnings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[site]\ntitle = “各地”", 'config.toml:2: not valid TOML at column 9: “ is a Chinese or typographic mark'),
        ("[site]\ntitle = “各地”", '; write " instead'),
        ('[site]\ntitle＝"a"', "write = instead"),
        ('[polling]\nallow = ["a"，"b"]', "， is a Chinese or typographic mark; write , instead"),
        ("[site]\ntitle = x", "is no value or name"),
        ('[site]\ntitle "x"', "an equals sign is missing"),
        ('[site]\ntitle = "a"\ntitle = "b"', "remove one of the two"),
        ('[site]\ntitle = "x', "a text has no end"),
        ("[polling]\nper_host = 1000", "polling.per_host: write a number up to 100 (found 1000)"),
        ('[publishing]\ncontent = "all"', 'write "excerpt" or "full"'),
        ('[filters]\nexclude = "a"', "write a list in square brackets"),
        ('[site]\ntitle = ""', "write at least 1 character"),
    ],
)  # fmt: skip
def test_errors_say_what_to_write(text: str, message: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        read(text)
    assert message in str(caught.value)


def test_a_file_beside_the_config_adds_to_the_environment(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[web]\nadmin_token = "${TOKEN}"\n', "utf-8")
    with pytest.raises(ConfigErrors, match="the environment has no TOKEN"):
        read_config(config, {})
    (tmp_path / ".env").write_text(f"# ours\nexport TOKEN='{TOKEN}'\n", "utf-8")
    assert read_config(config, {}).web.admin_token == TOKEN
    assert read_config(config, {"TOKEN": TOKEN[::-1]}).web.admin_token == TOKEN[::-1]
    assert TOKEN not in repr(read_config(config, {}))


def test_what_only_the_site_needs_may_be_unset_elsewhere(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[web]\nadmin_token = "${TOKEN}"\nadmins = [{ name = "li", token = "${LI}" }]\n', "utf-8")
    found = read_config(config, {}, may_be_unset={"web"})
    assert (found.web.admin_token, found.web.admins) == (None, ())
    assert ["TOKEN" in warning.message or "LI" in warning.message for warning in found.warnings] == [True, True]
    config.write_text('[site]\ntitle = "${TITLE}"\n', "utf-8")
    with pytest.raises(ConfigErrors, match="no TITLE"):
        read_config(config, {}, may_be_unset={"web"})
