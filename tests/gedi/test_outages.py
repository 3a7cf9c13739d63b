"""``gedi run`` while its disk is full or its database is gone: it serves what it has, and goes on by itself."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from aggregator.store import Store
from aggregator.store.availability import CALM
from tests.clock import now
from tests.database_proxy import DatabaseProxy
from tests.gedi.processes import children_of, eventually, free_port, get, run_gedi
from tests.gedi.test_run import write_config
from tests.rss import ARTICLE, item, rss
from tests.servers import Server, conditional

NO_MEMORY = ("memory", "crashed")  # a process that could not ask for it, or that died
SLOW = 0.03  # seconds that each response of a database takes

pytestmark = [pytest.mark.timeout(120), pytest.mark.clock(every=0)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on a file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_stops_nothing_but_writing(tmp_path: Path, small_disk: Path, server: Server) -> None:
    @contextmanager
    def full() -> Iterator[None]:
        filler = small_disk / "filler"
        command = ["dd", "if=/dev/zero", f"of={filler}", "bs=64k"]
        assert subprocess.run(command, capture_output=True, check=False).returncode == 1
        yield
        filler.unlink()

    def on_end(site: str, log: Path, pid: int) -> None:
        """Let the reading processes have no more memory than they have, for a document that needs it."""
        publish(server, "3", "峄城石榴节开幕" + "，石榴红了" * 100_000)
        with limited_memory(pid):
            assert eventually(lambda: source_state(site)["error_kind"] in NO_MEMORY), source_state(site)
            assert "滕州市新建三座公园" in get(f"{site}/feeds/all.atom")[1]
            assert get(f"{site}/about")[0] == 200
        assert eventually(lambda: source_state(site)["state"] == "ok"), source_state(site)

    database = f"sqlite:///{small_disk}/gedi.db"
    check_outage(tmp_path, server, database, full, "full", "The disk of the database is full", on_end=on_end)


def test_a_database_that_is_gone_comes_back(tmp_path: Path, new_postgres: str, server: Server) -> None:
    """It is gone at the start already; afterwards it is slow for a while."""
    proxy = DatabaseProxy(new_postgres)

    def on_end(site: str, log: Path, _: int) -> None:
        with proxy.slow(SLOW):
            publish(server, "3", "峄城石榴节开幕")
            assert "枣庄背街小巷改造完工" in get(f"{site}/feeds/all.atom")[1]
            assert get(f"{site}/about")[0] == 200
            assert eventually(lambda: "峄城石榴节开幕" in get(f"{site}/feeds/all.atom")[1], 60), log.read_text()

    try:
        check_outage(
            tmp_path,
            server,
            proxy.url,
            proxy.dropping,
            "unreachable",
            "The database does not respond",
            away_at_start=True,
            on_end=on_end,
        )
    finally:
        proxy.close()


def publish(server: Server, number: str, title: str) -> None:
    document = rss("鲁南晨讯", item(number, title, title + ARTICLE[:: int(number)], now()))
    server.route("/a", conditional(document, f'"{number}"'))


def source_state(site: str) -> dict[str, Any]:
    (source,) = json.loads(get(f"{site}/status.json")[1])["sources"]
    return dict(source)


@contextmanager
def limited_memory(service: int) -> Iterator[None]:
    """Let the fork server of a service, and what it forks, have no more address space than now."""
    fork_server = children_of(service)[-1]
    pages = int(Path(f"/proc/{fork_server}/statm").read_text().split()[0])
    size = pages * resource.getpagesize()

    def limit(size: int) -> None:
        for pid in (fork_server, *children_of(fork_server)):
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))

    limit(size)
    try:
        yield
    finally:
        limit(resource.RLIM_INFINITY)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Mount a folder over itself, so that nothing can be written to it."""
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_site_waits_for_a_disk_that_can_only_be_read(tmp_path: Path, small_disk: Path, server: Server) -> None:
    Store.open(f"sqlite:///{small_disk}/gedi.db").close()
    port = free_port()
    write_config(tmp_path, server, f"sqlite:///{small_disk}/gedi.db", [], port)
    log = tmp_path / "gedi.log"
    with contextlib.ExitStack() as outage:
        outage.enter_context(read_only(small_disk))
        with run_gedi("serve", cwd=tmp_path) as process:
            check_waiting(f"http://127.0.0.1:{port}", "readonly")
            assert "kind=readonly" in log.read_text()
            outage.close()
            assert eventually(lambda: get(f"http://127.0.0.1:{port}/about")[0] == 200), log.read_text()
            assert process.poll() is None


def check_waiting(site: str, kind: str) -> None:
    """Check what a service responds that was started during an outage."""
    assert eventually(lambda: get(f"{site}/")[0] == 503)
    assert "Temporarily unavailable" in get(f"{site}/feeds/all.atom")[1]
    assert get(f"{site}/healthz?part=live")[0] == 200
    status, text = get(f"{site}/healthz?part=ready")
    assert (status, json.loads(text)) == (503, {"status": "unavailable", "database": kind})


def check_outage(
    folder: Path,
    server: Server,
    database_url: str,
    outage: Callable[[], AbstractContextManager[None]],
    kind: str,
    says: str,
    *,
    away_at_start: bool = False,
    on_end: Callable[[str, Path, int], None] = lambda site, log, pid: None,
) -> None:
    """Run the service, publish an item during the outage, and check what readers and the log get."""
    first = item("1", "枣庄背街小巷改造完工", ARTICLE, now())
    server.route("/a", conditional(rss("鲁南晨讯", first), '"1"'))
    port = free_port()
    write_config(folder, server, database_url, ["/a"], port)
    site, log = f"http://127.0.0.1:{port}", folder / "gedi.log"
    with contextlib.ExitStack() as early, run_gedi("run", cwd=folder) as process:
        if away_at_start:
            early.enter_context(outage())
            check_waiting(site, kind)
            early.close()
        assert eventually(lambda: "枣庄背街小巷改造完工" in get(f"{site}/feeds/all.atom")[1]), log.read_text()
        assert eventually(lambda: "枣庄背街小巷改造完工" in get(f"{site}/")[1])
        with outage():
            second = item("2", "滕州市新建三座公园", ARTICLE[::-1], now())
            server.route("/a", conditional(rss("鲁南晨讯", first, second), '"2"'))
            assert eventually(lambda: f"database_unavailable kind={kind}" in log.read_text(), 15), log.read_text()
            for path in ("/feeds/all.atom", "/"):
                status, text = get(site + path)
                assert (status, "枣庄背街小巷改造完工" in text) == (200, True), path
            if kind == "unreachable":
                status, text = get(f"{site}/healthz")
                assert (status, json.loads(text)["database"]) == (503, kind)
                assert get(f"{site}/item/999")[0] == 503
        assert eventually(lambda: "滕州市新建三座公园" in get(f"{site}/feeds/all.atom")[1], 20), log.read_text()
        if kind == "full":  # the first heartbeat after the calm records it, which is that much later
            recovered = eventually(lambda: "数据库恢复写入" in get(f"{site}/feeds/status.atom")[1], 20 + CALM)
            assert recovered, log.read_text()
        if away_at_start:
            assert "数据库恢复写入" in get(f"{site}/feeds/status.atom")[1]
        on_end(site, log, process.pid)
        assert process.poll() is None
    lines = log.read_text()
    assert says in lines
    assert "database_available" in lines
    assert "Traceback" not in lines
    assert len(lines.splitlines()) < 20, lines
