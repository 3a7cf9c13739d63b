"""The commands of ``gedi`` with listing sources."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.model import Listing
from aggregator.store import Store
from tests.clock import running
from tests.gedi.processes import environ, eventually
from tests.servers import Server, hang, reply

pytestmark = pytest.mark.clock(every=34)

ARTICLES = {
    "早市搬进新大棚，不怕下雨了": "摊主们第一次把车推进了新大棚。管理员每天清扫，附近的居民说停车也方便了。",
    "夜班公交多开两小时": "末班车改到零点以后。司机老周多跑一趟，车上常坐着下夜班的护士和厨师。票价不变，刷卡照旧。",
    "三个村通上自来水": "管道从山那边接过来，入户的水表装在墙根。老人不必再挑担，洗衣机也派上了用场。水质一月一检。",
    "水库下游的路修好了": "去年汛期冲断的路基重新夯实。校车恢复原来的线路，果农的货车可以开到地头。护栏刷成了红白色。",
    "少年篮球队夺冠归来": "决赛最后一分钟连进三球。教练把奖杯递给替补队员，孩子们在体育馆门口合影。下个月去省里比赛。",
}
TITLES = tuple(ARTICLES)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        rows = "".join(f'<li><a href="/{n}.html">{title}</a><i>07-{20 - n}</i></li>' for n, title in enumerate(TITLES))
        page = f"<html><head><title>城区新闻</title></head><body><ul class='wz'>{rows}</ul></body></html>"
        server.route("/list", reply(200, page.encode("gbk"), content_type="text/html; charset=gbk"))
        for n, (title, told) in enumerate(ARTICLES.items()):
            text = "".join(f"<p>{title}。{told}{told}第{part}段。</p>" for part in range(4))
            server.route(f"/{n}.html", reply(200, f"<html><body><article>{text}</article></body></html>".encode()))
        yield server


def write_config(folder: Path, server: Server, database_url: str, sources: str) -> None:
    text = f'[database]\nurl = "{database_url}"\n[polling]\nallow = ["{server.place}"]\nspacing = "0s"\n{sources}'
    (folder / "config.toml").write_text(text, "utf-8")


def gedi(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gedi", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environ(), check=False)


def test_check_proposes_a_source_that_poll_then_reads(
    tmp_path: Path, server: Server, store: Store, database_url: str
) -> None:
    write_config(tmp_path, server, database_url, "")
    checked = gedi(tmp_path, "check", server.url("/list"))
    assert checked.returncode == 0, checked.stderr
    block = "[[sources]]" + checked.stdout.partition("[[sources]]")[2]
    assert 'kind = "html"\nselect = { item = "ul.wz > li" }' in block
    assert all(title in checked.stdout for title in TITLES)
    write_config(tmp_path, server, database_url, block.partition("\n\n")[0] + '\ncontent = "full"\n')
    polled = gedi(tmp_path, "poll", "--all")
    assert polled.returncode == 0, polled.stderr
    assert "5 entries read" in polled.stdout
    cards = store.items(Listing(), 10)
    assert {card.title for card in cards} == set(TITLES)
    details = [store.item(card.id) for card in cards]
    assert all(detail and detail.html and "第3段。" in detail.html for detail in details)


@pytest.mark.clock(every=0)
def test_a_kill_amid_an_article_loses_nothing(tmp_path: Path, server: Server, store: Store, database_url: str) -> None:
    for n in range(len(TITLES)):
        server.route(f"/{n}.html", hang)
    source = (
        f'[[sources]]\nurl = "{server.url("/list")}"\nkind = "html"\ncontent = "full"\nselect = {{ item = "li" }}\n'
    )
    write_config(tmp_path, server, database_url, source)
    command = [sys.executable, "-m", "gedi", "poll", "--all"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=environ(), stdout=log, stderr=log, start_new_session=True)
    try:
        assert eventually(lambda: any(request.path.endswith(".html") for request in server.requests))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert len(store.items(Listing(), 10)) == len(TITLES)
    assert store.count_articles() == (len(TITLES), 0)
    later = running() + timedelta(hours=1)
    assert len(store.claim_articles(later, 9, 9, timedelta(minutes=3), "me")) == len(TITLES)
