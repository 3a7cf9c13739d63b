"""Several workers and sites on one PostgreSQL, of which some fail: nothing is lost, doubled, or polled too often.

    python -m tests.gedi.cluster_check [SECONDS]

120 feeds on one host publish items, with four ``gedi work`` and two ``gedi serve``. One worker is killed, one stopped
for longer than its lease and continued, and the database restarted.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import psycopg

from aggregator.store import Store
from aggregator.store.api.workers import DEAD_AFTER
from tests import clock
from tests.gedi.kill_check import FEEDS, Feeds, stored_names, write_config
from tests.gedi.processes import eventually, free_port, get, run_gedi
from tests.postgres_servers import restart_server, temporary_server
from tests.servers import Server

PER_HOST = 2  # of kill_check.write_config: the default
TAKEN_OVER = DEAD_AFTER.total_seconds() + 3  # seconds of silence after which others have taken over
CHECKED_FEED = "/feeds/all.atom"

# A document that was not stale is rendered although nothing has changed since.
_COUNT_RENDERINGS = """
CREATE TABLE renderings (path text, was_stale boolean);
CREATE FUNCTION count_rendering() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO renderings VALUES (NEW.path, OLD.stale); RETURN NULL; END $$;
CREATE TRIGGER count_renderings AFTER UPDATE ON documents FOR EACH ROW
    WHEN (OLD.stored IS DISTINCT FROM NEW.stored) EXECUTE FUNCTION count_rendering();
"""


@dataclass(frozen=True)
class Cluster:
    """What runs: so many workers, sites and feeds; each disturbance is followed by ``pause`` seconds of work."""

    workers: int = 4
    sites: int = 2
    feeds: int = FEEDS
    pause: float = 5.0


@dataclass
class ClusterOutcome:
    """What a check has found."""

    published: int = 0
    missing: int = 0
    doubled: int = 0
    most_at_once: int = 0  # requests of the host
    renderings: int = 0
    needless_renderings: int = 0  # of feeds that another process had rendered already
    complete_after: float | None = None  # seconds from the end of the load until all items were stored
    etags: set[str] = field(default_factory=set)  # of one feed at all sites, at the end


def check(database_url: str, folder: Path, cluster: Cluster, *, patience: float = 60.0) -> ClusterOutcome:
    """Disturb a cluster under load; then wait ``patience`` seconds for all items to be stored and shown."""
    outcome, ports = ClusterOutcome(), [free_port() for _ in range(cluster.sites)]
    with psycopg.connect(database_url) as connection:
        connection.execute(_COUNT_RENDERINGS)
    with Server() as server, ExitStack() as stack:
        feeds = Feeds(server, count=cluster.feeds)
        write_config(folder, server, database_url, ports[0], cluster.feeds)
        workers = [stack.enter_context(run_gedi("work", cwd=folder)) for _ in range(cluster.workers)]
        for port in ports:
            own = folder / f"site-{port}"
            own.mkdir()
            write_config(own, server, database_url, port, cluster.feeds)
            stack.enter_context(run_gedi("serve", cwd=own))
        assert eventually(lambda: all(get(f"http://127.0.0.1:{port}/healthz")[0] == 200 for port in ports), 90)
        assert eventually(lambda: len(server.requests) > cluster.feeds, 90)
        with feeds.load(), _requests(ports):
            os.killpg(workers[0].pid, signal.SIGKILL)
            restart_server(database_url)
            time.sleep(cluster.pause)
            os.killpg(workers[1].pid, signal.SIGSTOP)
            time.sleep(TAKEN_OVER)
            os.killpg(workers[1].pid, signal.SIGCONT)
            time.sleep(cluster.pause)
        _await_items(database_url, feeds.names, outcome, patience)
        eventually(lambda: len(_etags(ports)) == 1, patience)
        outcome.etags = _etags(ports)
        outcome.most_at_once = max(request.running for request in server.requests)
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*), count(*) FILTER (WHERE NOT was_stale) FROM renderings").fetchone()
        assert row is not None
        outcome.renderings, outcome.needless_renderings = row
    return outcome


def _await_items(database_url: str, names: set[str], outcome: ClusterOutcome, patience: float) -> None:
    started, store = time.monotonic(), Store.open(database_url, migrate=False)
    if eventually(lambda: stored_names(store).keys() >= names, patience):
        outcome.complete_after = time.monotonic() - started
    stored = stored_names(store)
    store.close()
    outcome.published = len(names)
    outcome.missing = len(names - stored.keys())
    outcome.doubled = sum(count - 1 for count in stored.values())


@contextmanager
def _requests(ports: list[int]) -> Iterator[None]:
    """Request a feed from every site several times a second during this block, as its readers do."""
    stop = threading.Event()

    def request() -> None:
        while not stop.wait(0.2):
            for port in ports:
                get(f"http://127.0.0.1:{port}{CHECKED_FEED}")

    readers = threading.Thread(target=request)
    readers.start()
    try:
        yield
    finally:
        stop.set()
        readers.join()


def _etags(ports: list[int]) -> set[str]:
    found = set()
    for port in ports:
        with urlopen(f"http://127.0.0.1:{port}{CHECKED_FEED}", timeout=10) as answer:
            found.add(str(answer.headers["ETag"]))
    return found


def main() -> None:
    """Print the outcome of a check, on a server of its own."""
    pause = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    with tempfile.TemporaryDirectory() as folder, clock.at(clock.USUAL), temporary_server() as url:
        Store.open(url).close()
        outcome = check(url, Path(folder), Cluster(pause=pause))
    sys.stdout.write(
        f"{outcome.published} items published, {outcome.missing} missing, {outcome.doubled} doubled\n"
        f"at most {outcome.most_at_once} requests of the host at once\n"
        f"complete {outcome.complete_after} s after the load\n"
        f"{outcome.renderings} documents rendered again, {outcome.needless_renderings} of them needlessly; "
        f"{len(outcome.etags)} versions of one feed at the sites\n"
    )


if __name__ == "__main__":
    main()
