"""config.toml: the settings of a valid file, and the message for every error."""

# ruff: noqa: E501 (tables of what is written and what is answered)
from __future__ import annotations

import textwrap
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config.load import Config, ConfigErrors, parse_config, read_config, slug_of


def read(text: str, **environ: str) -> Config:
    return parse_config(textwrap.dedent(text).encode(), Path("/etc/gedi/config.toml"), environ)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_an_empty_file_is_a_whole_config() -> None:
    config = read("")
    assert config.site.title == "各地新闻"
    assert config.site.url == "http://127.0.0.1:8000"
    assert config.database_url == "sqlite:////etc/gedi/gedi.db"
    assert config.polling.interval == timedelta(minutes=30)
    assert config.polling.user_agent == "Gedi/1.0.0 (+http://127.0.0.1:8000)"
    assert config.sources == ()


def test_only_the_address_of_a_source_is_required() -> None:
    (source,) = read('[[sources]]\nurl = "https://www.news.example/rss/local.xml"').sources
    assert source.slug == "news-example-rss-local"
    assert (source.title, source.category, source.region, source.content) == ("", None, None, "excerpt")
    assert (source.language, source.timezone, source.enabled) == ("zh-CN", "Asia/Shanghai", True)


def test_all_keys_of_a_source() -> None:
    (source,) = read("""
        [publishing]
        content = "full"
        [[sources]]
        url = "https://a.example/feed"
        slug = "a"
        title = "甲报"
        category = "emotion/story"
        region = "370400"
        language = "zh-TW"
        timezone = "Asia/Taipei"
        encoding = "big5"
        interval = "90s"
        enabled = false
        include = ["枣庄"]
        exclude = ["推广", "广告"]
    """).sources
    assert (source.slug, source.category, source.region, source.encoding) == ("a", "emotion/story", "370400", "big5")
    assert (source.interval, source.content, source.enabled) == (timedelta(seconds=90), "full", False)
    assert (source.include, source.exclude) == (("枣庄",), ("推广", "广告"))


def test_a_national_outlet_has_no_home() -> None:
    (source,) = read('[[sources]]\nurl = "https://a.example/"\nregion = "100000"').sources
    assert source.region is None


@pytest.mark.parametrize(
    ("written", "path"), [("emotion", "emotion"), ("emotion/story", "emotion/story"), ("stocks", "economy/stocks")]
)
def test_a_sub_category_may_be_named_by_its_own_slug_alone(written: str, path: str) -> None:
    (source,) = read(f'[[sources]]\nurl = "https://a.example/"\ncategory = "{written}"').sources
    assert source.category == path


def test_a_slug_that_two_sub_categories_have_needs_the_whole_path() -> None:
    second = '[[categories]]\nslug = "stocks"\nname = "种苗"\nparent = "agriculture"\n'
    (problem,) = problems(second + '[[sources]]\nurl = "https://a.example/"\ncategory = "stocks"')
    assert 'there is no category "stocks"' in problem
    (source,) = read(second + '[[sources]]\nurl = "https://a.example/"\ncategory = "agriculture/stocks"').sources
    assert source.category == "agriculture/stocks"


def test_categories_are_added_and_changed() -> None:
    config = read("""
        [[categories]]
        slug = "lantern"
        name = "灯会"
        parent = "culture"
        keywords = ["花灯:2"]
        [[sources]]
        url = "https://a.example/"
        category = "culture/lantern"
    """)
    category = config.category_tree.get("culture/lantern")
    assert category is not None
    assert category.name == "灯会"
    assert config.sources[0].category == "culture/lantern"


def test_a_secret_comes_from_the_environment() -> None:
    text = '[database]\nurl = "postgresql://gedi:${SECRET}@db/gedi"'
    assert read(text, SECRET="x").database_url == "postgresql://gedi:x@db/gedi"
    assert problems(text) == [
        "/etc/gedi/config.toml:2: database.url: the environment has no SECRET; set it before starting"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[site\n", "config.toml:1: not valid TOML"),
        ('[sight]\ntitle = "x"', 'config.toml:1: sight: there is no such setting; did you mean "site"?'),
        ("[polling]\n\ninterwal = 1", 'config.toml:3: polling.interwal: there is no such setting; did you mean "interval"?'),
        ("[polling]\ninterval = 30", "config.toml:2: polling.interval: write a duration with its unit"),
        ('[polling]\nminimum = "9h"', "config.toml:2: polling.minimum: is longer than polling.maximum"),
        ('[polling]\nmax_bytes = "5XB"', "config.toml:2: polling.max_bytes: write a size"),
        ('[polling]\nallow = ["localhost:99999"]', 'polling.allow[1]: write "host:port"'),
        ('[polling]\nallow = ["localhost"]', 'polling.allow[1]: write "host:port"'),
        ("[web]\nport = 70000", "config.toml:2: web.port: "),
        ('[web]\ntrusted_proxies = ["nginx"]', "web.trusted_proxies[1]: write an address or a network"),
        ('[site]\ntimezone = "China"', "config.toml:2: site.timezone: write a time zone by its name"),
        ('[[sources]]\ntitle = "x"', "config.toml:1: sources[1].url (source x): is missing"),
        ('[[sources]]\nurl = "ftp://a.example/"', "config.toml:2: sources[1].url (source ftp://a.example/): write a full address"),
        ('[[sources]]\nurl = "http://u:p@a.example/"', "leave user name and password out"),
        ('[[sources]]\nurl = "http://a.example/"\nregion = "999999"', 'sources[1].region (source http://a.example/): "999999" is no'),
        ('[[sources]]\nurl = "http://a.example/"\nregion = "370499"', "the nearest is 370400, 山东枣庄"),
        ('[[sources]]\nurl = "http://a.example/"\nregion = "枣庄市"', '"枣庄市" is no GB/T 2260 code; the nearest is 370400'),
        ('[[sources]]\nurl = "http://a.example/"\ncategory = "情感"', 'there is no category "情感"; write its path, "emotion"'),
        ('[[sources]]\nurl = "http://a.example:99999/"', "write a full address"),
        ('[site]\ntitle = "x', "config.toml:2: not valid TOML"),
        ('[polling]\nmaximum = "1s"', "config.toml:2: polling.maximum: is shorter than polling.minimum"),
        ('[[sources]]\nurl = "http://a.example/"\ncategory = "sport"', 'there is no category "sport"; did you mean "sports"?'),
        ('[[sources]]\nurl = "http://a.example/"\nencoding = "gbx"', "write a known encoding"),
        ('[[sources]]\nurl = "http://a.example/"\nslug = "A b"', "use 1 to 64 of a-z"),
        ('[[sources]]\nurl = "http://a.example/"\n[[sources]]\nurl = "http://a.example/"', "is there already, in line 2"),
        ('[[categories]]\nslug = "x"\nparent = "nowhere"', "nowhere"),
    ],
)  # fmt: skip
def test_a_mistake_names_place_and_remedy(text: str, expected: str) -> None:
    found = problems(text)
    assert any(expected in problem for problem in found), found


def test_all_mistakes_at_once_in_the_order_of_the_file() -> None:
    found = problems("""\
        [site]
        timezone = "Nowhere/City"
        [polling]
        timeout = "long"
        [[sources]]
        url = "https://a.example/"
        region = "37"
        [[sources]]
        slug = "b"
        """)
    lines = [int(problem.split(":")[1]) for problem in found]
    assert lines == sorted(lines)
    assert len(found) == 4


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match="gedi init writes one; --config names another file"):
        read_config(tmp_path / "none.toml")


def test_made_slugs_are_stable_and_apart() -> None:
    assert slug_of("http://127.0.0.1:8080/gb2312/news.xml") == "127-0-0-1-gb2312-news"
    assert slug_of("https://a.example/rss?id=1") != slug_of("https://a.example/rss?id=2")
    assert len(slug_of("https://a.example/" + "x" * 500)) <= 64


def test_the_shipped_config_is_valid_and_shows_every_setting() -> None:
    path = Path(__file__).parents[3] / "config.toml"
    config = read_config(path)
    assert len(config.sources) >= 40
    assert all(source.category for source in config.sources)
    text = path.read_text("utf-8")
    for name in ("site", "database", "web", "polling", "publishing", "retention", "summaries"):
        for key in type(getattr(config.settings, name)).model_fields:
            assert f"# {key} = " in text or f"\n{key} = " in text, f"[{name}] {key}"
    for key in ("url", "slug", "title", "category", "region", "language", "timezone", "encoding", "interval", "content",
                "enabled", "include", "exclude"):  # fmt: skip
        assert f"# {key} = " in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[sources]]\nurl = "http://a.example/x"\n[[sources]]\nurl = "https://www.a.example/x/"', "config.toml:4: sources[2].url (source https://www.a.example/x/): is very like the address in line 2"),
        ('[[sources]]\nurl = "http://a.example/x"\ninterval = "2s"', "lies outside [polling] minimum and maximum"),
        ('[web]\nhost = "0.0.0.0"', "site.url: is unset while the site listens on every address"),
    ],
)  # fmt: skip
def test_what_is_hardly_meant_is_a_warning(text: str, expected: str) -> None:
    assert any(expected in str(warning) for warning in read(text).warnings)


def test_two_mistakes_of_different_kinds_are_both_told() -> None:
    found = problems('[polling]\ntimeout = "x"\n[[sources]]\nurl = "http://a.example/"\ncategory = "sport"')
    assert len(found) == 2


@pytest.mark.parametrize(
    ("admins", "error"),
    [
        ('{ name = "li", token = "short" }', "admins"),
        ('{ name = "li", token = "${NOWHERE_TO_BE_FOUND}" }', "NOWHERE_TO_BE_FOUND"),
        ('{ name = "li", token = "0123456789abcdef" }, { name = "li", token = "1123456789abcdef" }', "name"),
        ('{ name = "li", token = "0123456789abcdef" }, { name = "wu", token = "0123456789abcdef" }', "token"),
        ('{ name = "admin", token = "0123456789abcdef" }', "admin_token"),
    ],
)
def test_wrong_admins_are_refused(admins: str, error: str) -> None:
    text = f'[web]\nadmin_token = "a token of some length"\nadmins = [{admins}]\n'
    with pytest.raises(ConfigErrors, match=error):
        parse_config(text.encode(), Path("config.toml"), {})


def test_tokens_of_admins_come_from_the_environment_and_are_not_shown() -> None:
    text = '[web]\nadmins = [{ name = "li", token = "${LI_TOKEN}" }]\n'
    config = parse_config(text.encode(), Path("config.toml"), {"LI_TOKEN": "the token of li, long"})
    assert [admin.name for admin in config.web.all_admins] == ["li"]
    assert config.web.all_admins[0].token == "the token of li, long"
    assert "the token of li" not in repr(config)
    assert config.redact("x the token of li, long") == "x ${LI_TOKEN}"
