"""A real nginx process with the example configuration of the docs, if nginx is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONF = Path(__file__).parents[3] / "docs/nginx.conf"
PROGRAM = os.environ.get("NGINX") or shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_WHOLE = """
daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    include {home}/gedi.conf;
}}
"""


@contextmanager
def serving(home: Path, folder: Path, backend: int) -> Iterator[str]:
    """Yield the URL of a running nginx that serves files from ``folder`` and forwards the rest to port ``backend``."""
    port = _free_port()
    ours = CONF.read_text("utf-8").replace("/srv/gedi/public", str(folder))
    ours = ours.replace("127.0.0.1:8000", f"127.0.0.1:{backend}").replace("listen 80;", f"listen 127.0.0.1:{port};")
    (home / "gedi.conf").write_text(ours, "utf-8")
    (home / "nginx.conf").write_text(_WHOLE.format(home=home), "utf-8")
    command = [str(PROGRAM), "-p", str(home), "-e", str(home / "error.log"), "-c", str(home / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr
    process = subprocess.Popen(command)
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not answer")
