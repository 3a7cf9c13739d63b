"""``gedi run`` while its disk is full or its database is gone: it serves what it has, and goes on by itself."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.clock import now
from tests.database_proxy import DatabaseProxy
from tests.gedi.processes import eventually, free_port, get, run_gedi
from tests.gedi.test_run import write_config
from tests.rss import ARTICLE, item, rss
from tests.servers import Server, conditional

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

    check_outage(tmp_path, server, f"sqlite:///{small_disk}/gedi.db", full, "full", "The disk of the database is full")


def test_a_database_that_is_gone_comes_back(tmp_path: Path, new_postgres: str, server: Server) -> None:
    proxy = DatabaseProxy(new_postgres)
    try:
        check_outage(tmp_path, server, proxy.url, proxy.dropping, "unreachable", "The database does not respond")
    finally:
        proxy.close()


def check_outage(
    folder: Path,
    server: Server,
    database_url: str,
    outage: Callable[[], AbstractContextManager[None]],
    kind: str,
    says: str,
) -> None:
    """Run the service, publish an item during the outage, and check what readers and the log get."""
    first = item("1", "枣庄背街小巷改造完工", ARTICLE, now())
    server.route("/a", conditional(rss("鲁南晨讯", first), '"1"'))
    port = free_port()
    write_config(folder, server, database_url, ["/a"], port)
    site, log = f"http://127.0.0.1:{port}", folder / "gedi.log"
    with run_gedi("run", cwd=folder) as process:
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
        if kind == "full":  # the next heartbeat records it
            assert eventually(lambda: "数据库恢复写入" in get(f"{site}/feeds/status.atom")[1], 20), log.read_text()
        assert process.poll() is None
    lines = log.read_text()
    assert says in lines
    assert "database_available" in lines
    assert "Traceback" not in lines
    assert len(lines.splitlines()) < 20, lines
