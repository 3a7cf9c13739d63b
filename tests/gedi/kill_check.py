"""Kill ``gedi run`` again and again under load; nothing is lost, nothing doubled, and each start is quick.

    python -m tests.gedi.kill_check DATABASE_URL [KILLS]

120 feeds on one host publish items while the service is killed with SIGKILL and started again.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.store import Store
from tests import clock
from tests.clock import now
from tests.gedi.processes import eventually, free_port, get, run_gedi
from tests.rss import item, rss
from tests.servers import Server, conditional

FEEDS = 120
LOAD = 6  # feeds with a new item, four times a second
LETTERS = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"


@dataclass
class Outcome:
    """What a check has found; times in seconds."""

    published: int = 0
    missing: int = 0
    doubled: int = 0
    ready: list[float] = field(default_factory=list)  # from each start to the first response of the site
    first_poll: list[float] = field(default_factory=list)  # from each start to the first request of a feed
    complete_after: float | None = None  # from the last kill until all items were stored


class Feeds:
    """Feeds of one host, each with items that are published one after the other."""

    def __init__(self, server: Server, seed: int = 7, count: int = FEEDS) -> None:
        self._server, self._dice = server, random.Random(seed)
        self._items: list[list[str]] = [[] for _ in range(count)]
        self.names: set[str] = set()
        for number in range(count):
            self._publish(number)

    def publish(self, count: int) -> None:
        """Publish one item in each of ``count`` feeds."""
        for number in self._dice.sample(range(len(self._items)), count):
            self._publish(number)

    @contextmanager
    def load(self, count: int = LOAD) -> Iterator[None]:
        """Publish items in ``count`` feeds four times a second during this block."""
        stop = threading.Event()

        def publish() -> None:
            while not stop.wait(0.25):
                self.publish(count)

        publisher = threading.Thread(target=publish)
        publisher.start()
        try:
            yield
        finally:
            stop.set()
            publisher.join()

    def _publish(self, number: int) -> None:
        mine = self._items[number]
        words = ["".join(self._dice.choices(LETTERS, k=6)) for _ in range(12)]
        guid = f"{number}-{len(mine)}"
        mine.insert(0, item(guid, f"第{number}家{words[0]}{len(mine)}", "，".join(words), now()))
        self.names.add(guid)
        self._server.route(f"/{number}", conditional(rss(f"第{number}家", *mine), f'"{len(mine)}"'))


def write_config(folder: Path, server: Server, database_url: str, port: int, count: int = FEEDS) -> None:
    """Write a config whose sources are due more often than their host can serve them."""
    sources = "".join(f'[[sources]]\nurl = "{server.url(f"/{n}")}"\nslug = "s{n}"\n' for n in range(count))
    polling = 'interval = "1s"\nminimum = "1s"\nmaximum = "2s"\nspacing = "0s"\nallow = ["127.0.0.0/8"]\nrobots = false'
    text = f'[database]\nurl = "{database_url}"\n[web]\nport = {port}\n[polling]\n{polling}\n{sources}'
    (folder / "config.toml").write_text(text, "utf-8")


def check(database_url: str, kills: int, folder: Path, *, patience: float = 60.0) -> Outcome:
    """Kill the service ``kills`` times under load; then wait ``patience`` seconds for all items to be stored."""
    outcome, dice, port = Outcome(), random.Random(3), free_port()
    with Server() as server:
        feeds = Feeds(server)
        write_config(folder, server, database_url, port)
        with feeds.load():
            for _ in range(kills):
                with run_gedi("run", cwd=folder) as process:
                    _await_start(server, port, outcome)
                    time.sleep(dice.uniform(0.5, 3.0))
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        killed_at = time.monotonic()
        outcome.published = len(feeds.names)
        store = Store.open(database_url, migrate=False)
        with run_gedi("run", cwd=folder):
            _await_start(server, port, outcome)
            if eventually(lambda: stored_names(store).keys() >= feeds.names, patience):
                outcome.complete_after = time.monotonic() - killed_at
        stored = stored_names(store)
        outcome.missing = len(feeds.names - stored.keys())
        outcome.doubled = sum(count - 1 for count in stored.values())
        store.close()
    return outcome


def _await_start(server: Server, port: int, outcome: Outcome) -> None:
    started, requests = time.monotonic(), len(server.requests)
    assert eventually(lambda: get(f"http://127.0.0.1:{port}/healthz")[0] == 200, 60)
    outcome.ready.append(time.monotonic() - started)
    assert eventually(lambda: len(server.requests) > requests, 60)
    outcome.first_poll.append(server.requests[requests].at - started)


def stored_names(store: Store) -> Counter[str]:
    """Return how often each published item is stored."""
    return Counter(str(row["url"]).rsplit("/", 1)[-1].removesuffix(".html") for row in store.export_items())


def main() -> None:
    """Print the outcome of a check."""
    url, kills = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 25
    with tempfile.TemporaryDirectory() as folder, clock.at(clock.USUAL):
        Store.open(url).close()
        outcome = check(url, kills, Path(folder))
    sys.stdout.write(
        f"{outcome.published} items published, {outcome.missing} missing, {outcome.doubled} doubled\n"
        f"complete {outcome.complete_after} s after the last kill; ready after at most {max(outcome.ready):.1f} s, "
        f"first poll after at most {max(outcome.first_poll):.1f} s\n"
    )


if __name__ == "__main__":
    main()
