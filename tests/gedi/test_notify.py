"""``[[notify]]`` as an admin uses it, by the recipes; and in a service that is killed while it sends."""

from __future__ import annotations

import json
import os
import random
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aggregator.config.load import read_config
from aggregator.model import Listing
from aggregator.store import Store
from gedi.cli import main
from tests.aggregator.notifications.worker import MailServer, mail_server
from tests.clock import now
from tests.gedi.kill_check import LETTERS
from tests.gedi.processes import eventually, run_gedi
from tests.rss import ARTICLE, OTHER, item, rss
from tests.servers import Server, conditional, reply, respond_slowly
from web import create_app

ROOT = Path(__file__).parents[2]
SECRET, ADMIN = "portal-secret-123", "0123456789abcdef"
RECIPES = (ROOT / "docs" / "recipes.md").read_text("utf-8")


class Recipes:
    """A folder with a config of all recipes about notifications, whose addresses are those of local servers."""

    def __init__(self, folder: Path, server: Server, mailbox: MailServer, database_url: str) -> None:
        self.server, self.mailbox = server, mailbox
        server.route("/", reply(200, b"{}", content_type="application/json"))  # ntfy
        server.route("/hook-portal", reply(204))
        self.secrets = {
            "EDITORS_CHAT": f"ntfy://reader:chat-pass@{server.place}/editors",
            "ADMIN_CHAT": f"ntfy://reader:chat-pass@{server.place}/admin",
            "DESK_MAIL": f"mailto://127.0.0.1:{mailbox.port}?from=gedi@news.example&to=desk@news.example",
            "PORTAL_HOOK": server.url("/hook-portal"),
            "PORTAL_SECRET": SECRET,
            "ADMIN": ADMIN,
        }
        blocks = [block for block in re.findall(r"```toml\n(.*?)```", RECIPES, re.S) if "[[notify]]" in block]
        targets = "".join(blocks).replace('quiet = "22:00-07:00"\n', "").replace('batch = "30m"\n', "")
        self.path = folder / "config.toml"
        self.path.write_text(
            f"""
            [database]
            url = "{database_url}"
            [web]
            admin_token = "${{ADMIN}}"
            [polling]
            spacing = "0s"
            timeout = "3s"
            allow = ["127.0.0.0/8"]
            [[sources]]
            url = "{server.url("/feed")}"
            category = "society"
            {targets}""",
            "utf-8",
        )

    def run(self, *words: str) -> Result:
        runner = CliRunner(env={"COLUMNS": "300", **self.secrets})
        return runner.invoke(main, [*words, "--config", str(self.path)], catch_exceptions=False, obj=now)

    def states(self) -> dict[str, dict[str, Any]]:
        lines = self.run("notify", "--json").stdout.splitlines()
        return {state["target"]: state for state in map(json.loads, lines)}

    def publish(self, *items: str) -> None:
        self.server.route("/feed", reply(200, rss("甲报", *items)))
        assert self.run("poll", "--all").exit_code == 0

    def hooked(self) -> list[dict[str, Any]]:
        is_genuine = _verifier()
        hooks = [request for request in self.server.requests if request.path == "/hook-portal"]
        assert all(is_genuine(SECRET, request.headers, request.body) for request in hooks)
        return [json.loads(request.body) for request in hooks]


def _verifier() -> Callable[[str, dict[str, str], bytes], bool]:
    """Return the function by which the recipe checks a signature."""
    (code,) = re.findall(r"```python\n(.*?)```", RECIPES, re.S)
    scope: dict[str, Any] = {}
    exec(code, scope)
    found: Callable[[str, dict[str, str], bytes], bool] = scope["is_genuine"]
    return found


@pytest.fixture
def recipes(tmp_path: Path, server: Server, new_sqlite: str) -> Iterator[Recipes]:
    with mail_server() as mailbox:
        yield Recipes(tmp_path, server, mailbox, new_sqlite)


@pytest.mark.clock(every=0)
def test_every_recipe_sends_and_no_secret_is_seen(recipes: Recipes, tmp_path: Path) -> None:
    assert recipes.run("check").exit_code == 0
    assert {state["since"] for state in recipes.states().values()} == {None}
    sent = recipes.run("notify", "test")
    assert sorted(sent.stdout.splitlines()) == ["admin: sent", "desk: sent", "editors: sent", "portal: sent"]
    assert [each["test"] for each in recipes.hooked()] == [True]
    assert len(recipes.mailbox.mails) == 1
    assert recipes.server.count("/") == 2

    old = item("1", "枣庄旧城改造", ARTICLE, now())
    recipes.publish(old)
    recipes.publish(item("2", "枣庄暴雨致多条道路积水", "枣庄今晨暴雨，多条道路积水。", now()), old)
    (hooked,) = recipes.hooked()[1:]
    assert [story["title"] for story in hooked["stories"]] == ["枣庄暴雨致多条道路积水"]
    assert [mail["Subject"] for mail in recipes.mailbox.mails[1:]] == ["枣庄暴雨致多条道路积水"]
    chats = [json.loads(request.body) for request in recipes.server.requests if request.path == "/"]
    assert [(chat["topic"], chat["title"]) for chat in chats[2:]] == [("editors", "枣庄暴雨致多条道路积水")]

    recipes.server.route("/hook-portal", reply(500))
    recipes.publish(item("3", "枣庄渔村摆开长桌宴", OTHER.replace("日照市东港区", "枣庄市"), now()))
    assert recipes.states()["portal"]["waiting"] == 1
    listed = recipes.run("notify").stdout
    assert "portal  region/370400  1 waiting, 1 sent" in listed
    assert "500" in listed
    failed = recipes.run("notify", "test", "portal")
    assert failed.exit_code == 1
    shown = [sent.output, listed, failed.output, *_status_pages(recipes)]
    shown += [file.read_bytes().decode("latin-1") for file in tmp_path.glob("gedi.db*")]
    assert not [text for text in shown for secret in ("chat-pass", "hook-portal", SECRET) if secret in text]


def _status_pages(recipes: Recipes) -> list[str]:
    config = read_config(recipes.path, recipes.secrets)
    store = Store.open(config.database_url)
    try:
        client = create_app(store, config, clock=now).test_client()
        admin = client.get("/status", headers={"Authorization": f"Bearer {ADMIN}"}).text
        anyone = client.get("/status").text
    finally:
        store.close()
    assert "portal: " in admin
    assert "通知发送失败" not in anyone
    return [admin, anyone]


@pytest.mark.clock(every=0)
def test_a_kill_while_sending_loses_nothing_and_repeats_only_an_id(
    tmp_path: Path, server: Server, new_sqlite: str
) -> None:
    server.route("/hook", respond_slowly(0.15, reply(204)))
    dice, store = random.Random(5), Store.open(new_sqlite)
    items = [item("0", "昨日要闻", ARTICLE, now())]
    server.route("/feed", conditional(rss("甲报", *items), '"0"'))
    (tmp_path / "config.toml").write_text(
        f"""
        [database]
        url = "{new_sqlite}"
        [polling]
        allow = ["127.0.0.0/8"]
        minimum = "1s"
        spacing = "0s"
        [[sources]]
        url = "{server.url("/feed")}"
        category = "society"
        interval = "1s"
        [[notify]]
        url = "{server.url("/hook")}"
        secret = "${{SECRET}}"
        what = "category/society"
        most_per_hour = 1000
        """
    )
    (tmp_path / ".env").write_text(f'SECRET="{SECRET}"\n')
    for run in range(2):
        with run_gedi("work", cwd=tmp_path) as process:
            assert eventually(lambda: server.count("/feed") > 0), (tmp_path / "gedi.log").read_text()
            names = ["".join(dice.choices(LETTERS, k=8)) for _ in range(10)]
            items += [item(name, name, "，".join(dice.choices(LETTERS, k=60)), now()) for name in names]
            server.route("/feed", conditional(rss("甲报", *items), f'"{run + 1}"'))
            if run == 0:
                assert eventually(lambda: len(_sent(server)) > 4), (tmp_path / "gedi.log").read_text()
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            else:
                assert eventually(lambda: not _missing(server, store)), (tmp_path / "gedi.log").read_text()[-3000:]
    told = Counter(card.story_id for card in store.item_cards(list(_sent(server))).values())
    assert set(told.values()) == {1}, "each story once"
    assert {len(ids) for ids in _sent(server).values()} == {1}, "a repetition has the id of the first"
    store.close()
    attempts = Counter(request.headers["webhook-id"] for request in server.requests if request.path == "/hook")
    assert sum(count - 1 for count in attempts.values()) <= 1, "one repetition for a kill at the most"


def _missing(server: Server, store: Store) -> set[int]:
    """Return the stories that are stored and were not sent; the first was there before the target."""
    told = {card.story_id for card in store.item_cards(list(_sent(server))).values()}
    return {card.story_id for card in store.items(Listing(category="society"), 100)} - told - {1}


def _sent(server: Server) -> dict[int, set[str]]:
    """Return item -> ids of the messages with it."""
    found: dict[int, set[str]] = {}
    for request in list(server.requests):
        if request.path == "/hook":
            for story in json.loads(request.body)["stories"]:
                found.setdefault(story["item"], set()).add(request.headers["webhook-id"])
    return found
