"""The units are accepted by systemd, and the compose files name only what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from aggregator.config.load import read_config
from gedi.cli import COMMANDS
from tests.deploy.dockerfile import DEPLOY, ROOT, Instruction, build_context, read_dockerfile

UNITS = ("gedi.service", "gedi-serve.service", "gedi-work@.service", "gedi-backup.service")
MOST_EXPOSED = 20  # tenths, by systemd-analyze security
SERVICE_KEYS = {
    *("build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "init", "ports"),
    *("read_only", "restart", "security_opt", "shm_size", "stop_grace_period", "tmpfs", "volumes"),
}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_accepts_the_unit(unit: str, tmp_path: Path) -> None:
    text = (DEPLOY / "systemd" / unit).read_text("utf-8")
    program, command = re.findall(r"^ExecStart=(\S+) (\S+)", text, re.M)[0]
    assert command in COMMANDS
    path = tmp_path / unit.replace("@", "@1")
    path.write_text(text.replace(program, shutil.which("true") or "/bin/true"))
    verified = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    secure = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(path)]
    assert subprocess.run(secure, capture_output=True).returncode == 0


def test_the_dockerfile_ends_without_root() -> None:
    last = [each for each in read_dockerfile() if each.stage == 1]
    assert Instruction(1, "USER", "10001:10001") in last
    assert [each.value for each in last if each.name == "VOLUME"] == ["/data"]
    assert any(each.name == "HEALTHCHECK" and "gedi.site_probe" in each.value for each in last)
    version = re.search(r"uv==([\d.]+)", (ROOT / "Makefile").read_text("utf-8"))
    assert version is not None
    assert f"uv=={version[1]}" in " ".join(each.value for each in read_dockerfile())
    assert {"config.toml", "gedi/config.toml", "requirements.lock", "docs/deploy/trim.sh"} <= set(build_context())
    assert not any(file.startswith(("tests/", "benchmarks/", "docs/images")) for file in build_context())


def compose(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text("utf-8"))
    return document


@pytest.mark.parametrize("name", ["compose.sqlite.yaml", "compose.postgresql.yaml"])
def test_compose_file_is_complete(name: str) -> None:
    document = compose(name)
    named_volumes = set(document.get("volumes", {}))
    services = document["services"]
    for service in services.values():
        assert set(service) <= SERVICE_KEYS
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source in named_volumes or source == "./data" or (DEPLOY / source).is_file(), volume
        if "build" in service:
            assert (DEPLOY / service["build"]["context"]).resolve() == ROOT
            assert (ROOT / service["build"]["dockerfile"]).is_file()
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert service["command"][0] in COMMANDS
    (subnet,) = (each["subnet"] for each in document["networks"]["default"]["ipam"]["config"])
    config = tomllib.loads((DEPLOY / "container.toml").read_text("utf-8"))
    assert config["web"]["trusted_proxies"] == [subnet]


def test_compose_of_postgresql_has_two_of_each() -> None:
    services = compose("compose.postgresql.yaml")["services"]
    assert [service["command"] for service in services.values() if "command" in service] == [
        ["work"], ["work"], ["serve"], ["serve"],
    ]  # fmt: skip
    caddyfile = (DEPLOY / "Caddyfile").read_text("utf-8")
    (proxied,) = re.findall(r"reverse_proxy (.+) \{", caddyfile)
    assert proxied.split() == ["serve-1:8000", "serve-2:8000"]


def test_config_of_the_containers_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = compose("compose.sqlite.yaml")["services"]["gedi"]
    names = set(re.findall(r"\$\{(\w+)\}", (DEPLOY / "container.toml").read_text("utf-8")))
    assert names <= set(service["environment"])
    monkeypatch.setenv("GEDI_URL", "https://news.example")
    monkeypatch.setenv("GEDI_DATABASE", service["environment"]["GEDI_DATABASE"])
    shutil.copy(DEPLOY / "container.toml", tmp_path / "config.toml")
    config = read_config(tmp_path / "config.toml")
    assert (config.site.url, config.web.host) == ("https://news.example", "0.0.0.0")
    assert config.database_url == "sqlite:////data/gedi.db"


def test_both_lock_files_name_the_same_versions() -> None:
    run, test = (
        set(re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / name).read_text("utf-8"), re.M))
        for name in ("requirements.lock", "tests/requirements.lock")
    )
    assert run < test
    assert not any(pin.startswith(("pytest==", "mypy==", "playwright==", "ruff==")) for pin in run)
