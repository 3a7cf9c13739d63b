"""The recipes of docs/recipes.md, as an admin runs them, against local servers."""

from __future__ import annotations

import json
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.config.load import read_config
from aggregator.store import Store
from gedi.cli import main
from tests.clock import now
from tests.forward_proxy import ForwardProxy
from tests.rss import ARTICLE, item, rss
from tests.servers import Behaviour, Request, Server, reply
from web import create_app

ROOT = Path(__file__).parents[2]
PEM = ROOT / "tests" / "aggregator" / "fetching" / "self-signed.pem"
ADMIN = "0123456789abcdef"
SECRETS = {
    "NEWS_TOKEN": "tok-123456",
    "NEWS_PASSWORD": "pässwort-1",
    "NEWS_KEY": "key-654321",
    "PROXY_PASSWORD": "proxy-pass-9",
    "RSSHUB_KEY": "hub-key-777",
    "ADMIN": ADMIN,
}
BASIC = b64encode(f"gedi:{SECRETS['NEWS_PASSWORD']}".encode()).decode()
BRIDGES = {  # answers as such servers give them
    "/hub/sdu/news/zaozhuang?key=hub-key-777": "rsshub.xml",
    "/feeds/MP_WXS_3240807523.json": "wewe-rss.json",
    "/feed/5b925323244e9737c39285596c53e3a2f4a30774.xml": "wechat2rss.xml",
    "/local/": "list-page.html",
}
JSON_LIST = json.dumps({"data": {"list": [{"id": 7, "title": "枣庄老街改造完工", "published": "2026-05-20 10:00"}]}})


def only_with(field: str, value: str, behavior: Behaviour) -> Behaviour:
    """Return a behavior that refuses requests without this field."""

    async def behave(request: Request, writer: object) -> None:
        allowed = request.headers.get(field) == value
        await (behavior if allowed else reply(401))(request, writer)  # type: ignore[arg-type]

    return behave


class Recipes:
    """A folder with a config of all recipes, whose addresses are those of local servers."""

    def __init__(self, folder: Path, plain: Server, encrypted: Server, proxy: ForwardProxy) -> None:
        self.plain, self.encrypted, self.proxy = plain, encrypted, proxy
        text = (ROOT / "docs" / "recipes.md").read_text("utf-8")
        blocks = [block for block in re.findall(r"```toml\n(.*?)```", text, re.S) if "[[sources]]" in block]
        parts = [block.partition("[[sources]]") for block in blocks]
        places = {mark + rest: encrypted if "verify" in rest else plain for _, mark, rest in parts}
        sources = [block.replace("https://news.example", server.url("")) for block, server in places.items()]
        head = "".join(before for before, _, _ in parts).replace("https://news.example", plain.url(""))
        polling = f'{head.strip()}\nspacing = "0s"\ntimeout = "3s"\nallow = ["127.0.0.0/8"]\n'
        config = f'{polling}[web]\nadmin_token = "${{ADMIN}}"\n' + "".join(sources)
        self.path = folder / "config.toml"
        self.path.write_text(config.replace("proxy.example:3128", proxy.place), "utf-8")
        for server, path, name in ((plain, "/feed.xml", "a"), (encrypted, "/feed.xml", "b")):
            server.route(path, reply(200, rss("甲报", item(name, f"枣庄新闻{name}", ARTICLE, now()))))
        feed = reply(200, rss("乙报", item("c", "日照渔村", ARTICLE, now())))
        plain.route("/members/feed.xml", only_with("authorization", "Bearer tok-123456", feed))
        plain.route("/intern/feed.xml", only_with("authorization", f"Basic {BASIC}", feed))
        plain.route(plain.url("/feed.xml"), reply(500))  # in absolute form a request is for a proxy
        for path, file in BRIDGES.items():
            plain.route(path, reply(200, (Path(__file__).parent / "recipes" / file).read_bytes()))
        plain.route("/api/articles", only_with("x-api-key", "key-654321", reply(200, JSON_LIST.encode())))

    def run(self, *words: str) -> Result:
        runner = CliRunner(env={"COLUMNS": "300", **SECRETS})
        return runner.invoke(main, [*words, "--config", str(self.path)], catch_exceptions=False, obj=now)


@pytest.fixture
def recipes(tmp_path: Path, server: Server) -> Iterator[Recipes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    with Server(tls=context) as encrypted, ForwardProxy() as proxy:
        yield Recipes(tmp_path, server, encrypted, proxy)


@pytest.mark.clock(every=0)
def test_every_recipe_brings_items_and_no_secret_is_seen_anywhere(recipes: Recipes) -> None:
    check = recipes.run("check")
    assert check.exit_code == 0, check.output
    assert "verify" in check.stderr
    poll = recipes.run("poll", "--all")
    shown = [check.output, poll.output]
    assert "9 polled" in poll.output, poll.output
    states = {each["source"]: each for each in map(json.loads, recipes.run("sources", "--json").stdout.splitlines())}
    assert {slug: each["state"] for slug, each in states.items()} == dict.fromkeys(
        (
            *("members", "intern", "articles", "by-proxy", "own-certificate"),
            *("campus", "wechat-account", "wechat-bridge", "list-page"),
        ),
        "ok",
    )
    stored = [json.loads(line) for line in recipes.run("items", "--json").stdout.splitlines()]
    for slug, count in (("campus", 2), ("wechat-account", 2), ("wechat-bridge", 2), ("list-page", 3)):
        of_source = [each for each in stored if each["source"] == slug]
        assert len(of_source) == count, slug
        assert all(each["published"][:10] < f"{now():%Y-%m-%d}" for each in of_source), of_source
    posted = next(request for request in recipes.plain.requests if request.method == "POST")
    assert (json.loads(posted.body), posted.headers["content-type"]) == (
        {"channel": "city", "size": 20},
        "application/json",
    )
    assert recipes.proxy.heads[0].startswith("GET http://127.0.0.1")
    tried = recipes.run("check", recipes.plain.url("/api/articles"))
    assert "never conditional" in tried.output, tried.output
    assert "枣庄老街改造完工" in tried.output
    commands = (("export",), ("export", "--json"), ("sources",))
    shown += [tried.output, *(recipes.run(*words).output for words in commands)]
    shown += pages(recipes)
    shown += [file.read_bytes().decode("latin-1") for file in recipes.path.parent.glob("gedi.db*")]
    for text in shown:
        seen = [secret for secret in (*SECRETS.values(), BASIC, "wort-1") if secret in text and secret != ADMIN]
        assert not seen, text[:2000]


def pages(recipes: Recipes) -> list[str]:
    """Return the pages about sources, as an admin sees them."""
    config = read_config(recipes.path, SECRETS)
    store = Store.open(config.database_url)
    try:
        client = create_app(store, config, clock=now).test_client()
        paths = ("/status", "/status.json", "/api/sources", "/source/members", "/opml", "/metrics")
        answers = [client.get(path, headers={"Authorization": f"Bearer {ADMIN}"}) for path in paths]
        assert all(answer.status_code == 200 for answer in answers[:2])
        assert "verify" in answers[0].text  # the warning
        return [answer.text for answer in answers]
    finally:
        store.close()


@pytest.mark.clock(every=0)
def test_a_missing_variable_is_named_and_refuses_the_file(recipes: Recipes) -> None:
    runner = CliRunner(env={**SECRETS, "NEWS_KEY": None})
    answer = runner.invoke(main, ["check", "--config", str(recipes.path)], catch_exceptions=False, obj=now)
    assert answer.exit_code == 2
    assert "headers.X-Api-Key (source articles): the environment has no NEWS_KEY" in answer.stderr
