"""``gedi run`` as a process: it serves, stops on request, and recovers from being killed at any time."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.model import Listing
from aggregator.store import Store
from gedi.cli import main
from tests.clock import now
from tests.gedi.processes import children_of, environ, eventually, free_port, get, live_processes, run_gedi
from tests.rss import ARTICLE, item, rss
from tests.servers import Server, conditional, hang, reply

pytestmark = [pytest.mark.timeout(180), pytest.mark.clock(every=0)]


def write_config(folder: Path, server: Server, database_url: str, paths: list[str], port: int = 1) -> Path:
    sources = "".join(f'[[sources]]\nurl = "{server.url(path)}"\nslug = "s{n}"\n' for n, path in enumerate(paths))
    path = folder / "config.toml"
    path.write_text(
        f"""
        [database]
        url = "{database_url}"
        [web]
        port = {port}
        [polling]
        interval = "1s"
        minimum = "1s"
        maximum = "5s"
        timeout = "5s"
        spacing = "0s"
        allow = ["127.0.0.0/8"]
        {sources}"""
    )
    return path


def varied_document(number: int, count: int) -> bytes:
    """Return a document of items that are all different."""
    dice = random.Random(number)
    clauses = [clause for clause in re.split("[，。]", ARTICLE) if clause]
    items = []
    for n in range(count):
        text = "，".join(f"{dice.choice(clauses)}{dice.randrange(10**6)}" for _ in range(6))
        items.append(
            item(
                f"{number}-{n}",
                f"第{number}家第{n}条{dice.randrange(10**9)}",
                text,
                now() - timedelta(hours=n),
            )
        )
    return rss(f"第{number}家", *items)


@pytest.mark.clock(every=34)
def test_it_serves_what_it_polls_and_ends_when_told(tmp_path: Path, server: Server, database_url: str) -> None:
    server.route("/a", conditional(rss("鲁南晨讯", item("1", "枣庄背街小巷改造完工", ARTICLE, now())), '"1"'))
    server.route("/hang", hang)
    port = free_port()
    write_config(tmp_path, server, database_url, ["/a", "/hang"], port)
    site = f"http://127.0.0.1:{port}"
    with run_gedi("run", cwd=tmp_path) as process:
        assert eventually(lambda: "枣庄背街小巷改造完工" in get(f"{site}/latest")[1]), (
            tmp_path / "gedi.log"
        ).read_text()
        assert get(f"{site}/healthz")[0] == 200
        assert "枣庄背街小巷改造完工" in get(f"{site}/feeds/all.atom")[1]
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert time.monotonic() - begun < 10
    assert not live_processes(process.pid)
    assert "Traceback" not in (tmp_path / "gedi.log").read_text()


def test_without_any_network_the_site_starts_and_says_why(tmp_path: Path, new_sqlite: str) -> None:
    port = free_port()
    dead = free_port()
    text = f"""
        [database]
        url = "{new_sqlite}"
        [web]
        port = {port}
        [polling]
        allow = ["127.0.0.0/8"]
        [[sources]]
        url = "http://127.0.0.1:{dead}/feed"
        slug = "unreachable"
        [[sources]]
        url = "http://127.0.0.1:{dead}/other"
        slug = "neither"
    """
    (tmp_path / "config.toml").write_text(text)
    with run_gedi("run", cwd=tmp_path) as process:
        assert eventually(lambda: "失败" in get(f"http://127.0.0.1:{port}/status")[1])
        status, page = get(f"http://127.0.0.1:{port}/")
        (tmp_path / "other.toml").write_text(text.replace(str(port), str(free_port())))
        second = subprocess.run(
            [sys.executable, "-m", "gedi", "run", "--config", "other.toml"],
            cwd=tmp_path,
            env=environ(),
            capture_output=True,
            text=True,
        )
    assert status == 200
    assert "/status" in page
    assert second.returncode == 2
    assert f"process {process.pid} polls into {new_sqlite.removeprefix('sqlite:///')} already" in second.stderr


def test_a_poll_without_any_network_says_so(tmp_path: Path, new_sqlite: str) -> None:
    sources = [f'[[sources]]\nurl = "http://127.0.0.1:{free_port()}/{number}"' for number in range(2)]
    settings = f'[database]\nurl = "{new_sqlite}"\n[polling]\nallow = ["127.0.0.0/8"]\n'
    (tmp_path / "config.toml").write_text("\n".join([settings, *sources]))
    done = CliRunner().invoke(main, ["poll", "--all", "--config", str(tmp_path / "config.toml")])
    assert done.exit_code == 1
    assert done.stderr.count("make demo") == 1, done.output


def test_a_kill_in_the_middle_of_a_poll_loses_and_doubles_nothing(
    tmp_path: Path, server: Server, database_url: str
) -> None:
    paths = [f"/{n}" for n in range(12)]
    for n, path in enumerate(paths):
        server.route(path, conditional(varied_document(n, 40), f'"{n}"'))
    write_config(tmp_path, server, database_url, paths)
    dice = random.Random(7)
    for _ in range(5):
        with run_gedi("poll", "--all", cwd=tmp_path) as process:
            time.sleep(dice.uniform(0.9, 2.5))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    finished = subprocess.run(
        [sys.executable, "-m", "gedi", "poll", "--all"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environ(),
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    store = Store.open(database_url)
    rows = list(store.export_items())
    assert len(rows) == len({row["url"] for row in rows}) == 12 * 40, finished.stdout + finished.stderr
    leads = store.items(Listing(), 1000)
    assert sorted(row["story"] for row in rows) == sorted(
        card.story_id for story in {card.story_id for card in leads} for card in store.story_items([story], 1000)[story]
    )
    assert len(store.search_items(str(rows[0]["title"]), 5)) == 1
    store.close()


def test_a_site_that_dies_comes_back_and_children_die_with_a_killed_service(
    tmp_path: Path, server: Server, new_sqlite: str
) -> None:
    server.route("/a", reply(200, rss("甲", item("1", "题", ARTICLE))))
    port = free_port()
    write_config(tmp_path, server, new_sqlite, ["/a"], port)
    with run_gedi("run", cwd=tmp_path) as process:
        assert eventually(lambda: get(f"http://127.0.0.1:{port}/healthz")[0] == 200)
        supervisor, *others = children_of(process.pid)
        workers = children_of(supervisor)
        os.kill(workers[0], signal.SIGKILL)
        assert eventually(lambda: children_of(supervisor) not in ([], workers))  # started again
        workers = children_of(supervisor)
        for child in (supervisor, *others):
            os.kill(child, signal.SIGKILL)
        assert eventually(lambda: not set(workers) & set(live_processes(process.pid)), 15)
        assert eventually(lambda: get(f"http://127.0.0.1:{port}/healthz")[0] == 200)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert eventually(lambda: not live_processes(process.pid), 15), [
            Path(f"/proc/{survivor}/stat").read_text() for survivor in live_processes(process.pid)
        ]


def test_a_port_in_use_is_named(tmp_path: Path, server: Server, new_sqlite: str) -> None:
    write_config(tmp_path, server, new_sqlite, [], int(server.place.rpartition(":")[2]))
    answer = subprocess.run(
        [sys.executable, "-m", "gedi", "run"], cwd=tmp_path, capture_output=True, text=True, env=environ(), check=False
    )
    assert answer.returncode == 2
    assert "is in use" in answer.stderr
    assert "[web] port" in answer.stderr
