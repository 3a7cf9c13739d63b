"""Real reverse proxies that run the samples of docs/deploy, with only their paths, ports and names replaced."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.gedi.processes import free_port

DEPLOY = Path(__file__).parents[2] / "docs/deploy"
CERTIFICATE = Path(__file__).parents[1] / "aggregator/fetching/self-signed.pem"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
NGINX = os.environ.get("NGINX") or shutil.which("nginx", path=_PATH)
PROGRAMS = {"nginx": NGINX, "caddy": shutil.which("caddy", path=_PATH), "haproxy": shutil.which("haproxy", path=_PATH)}
_NGINX_CONF = """
daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    include {home}/gedi.conf;
}}
"""
_CADDY_OPTIONS = (
    "{{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n\tstorage file_system {home}\n}}\n"
)


@contextmanager
def nginx(home: Path, backend: int) -> Iterator[int]:
    """Yield the port at which nginx speaks TLS."""
    port = free_port()
    certificate = "/etc/letsencrypt/live/gedi.example/{}.pem"
    replaced = {
        "/var/cache/nginx/gedi": f"{home}/cache",
        certificate.format("fullchain"): str(CERTIFICATE),
        certificate.format("privkey"): str(CERTIFICATE),
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "127.0.0.1:8000": f"127.0.0.1:{backend}",
    }
    with _nginx("nginx.conf", home, replaced, port):
        yield port


@contextmanager
def nginx_with_files(home: Path, folder: Path, backend: int) -> Iterator[str]:
    """Yield the URL of an nginx that serves files from ``folder`` and forwards the rest."""
    port = free_port()
    replaced = {
        "/srv/gedi/public": str(folder),
        "127.0.0.1:8000": f"127.0.0.1:{backend}",
        "listen 80;": f"listen 127.0.0.1:{port};",
    }
    with _nginx("nginx-static.conf", home, replaced, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def caddy(home: Path, backend: int) -> Iterator[int]:
    """Yield the port at which Caddy speaks TLS."""
    port, file = free_port(), home / "Caddyfile"
    options = _CADDY_OPTIONS.format(home=home)
    replaced = {"serve-1:8000 serve-2:8000": f"127.0.0.1:{backend}"}
    file.write_text(options + _replace("Caddyfile", replaced), "utf-8")
    environ = {**os.environ, "GEDI_HOST": f"https://localhost:{port}", "HOME": str(home)}
    with _running(
        [str(PROGRAMS["caddy"]), "run", "--config", str(file), "--adapter", "caddyfile"], port, home, environ
    ):
        yield port


@contextmanager
def haproxy(home: Path, backend: int) -> Iterator[int]:
    """Yield the port at which HAProxy speaks TLS."""
    port, file = free_port(), home / "haproxy.cfg"
    replaced = {
        "/etc/haproxy/gedi.example.pem": str(CERTIFICATE),
        "bind :80\n": f"bind 127.0.0.1:{free_port()}\n",
        "bind :443 ": f"bind 127.0.0.1:{port} ",
        "127.0.0.1:8000": f"127.0.0.1:{backend}",
    }
    file.write_text(_replace("haproxy.cfg", replaced), "utf-8")
    command = [str(PROGRAMS["haproxy"]), "-f", str(file)]
    _check([*command, "-c"])
    with _running([*command, "-db"], port, home):
        yield port


PROXIES = {"nginx": nginx, "caddy": caddy, "haproxy": haproxy}


def _replace(name: str, replaced: Mapping[str, str]) -> str:
    text = (DEPLOY / name).read_text("utf-8")
    for old, new in replaced.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def _nginx(sample: str, home: Path, replaced: Mapping[str, str], port: int) -> Iterator[None]:
    (home / "gedi.conf").write_text(_replace(sample, replaced), "utf-8")
    (home / "nginx.conf").write_text(_NGINX_CONF.format(home=home), "utf-8")
    command = [str(NGINX), "-p", str(home), "-e", str(home / "error.log"), "-c", str(home / "nginx.conf")]
    _check([*command, "-t"])
    with _running(command, port, home):
        yield


def _check(command: list[str]) -> None:
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr.lower(), checked.stderr


@contextmanager
def _running(command: list[str], port: int, home: Path, environ: Mapping[str, str] | None = None) -> Iterator[None]:
    with (home / "proxy.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environ)
    try:
        _wait(port, home)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, home: Path) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError((home / "proxy.log").read_text("utf-8", "replace"))
