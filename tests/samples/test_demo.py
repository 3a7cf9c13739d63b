"""The setup of the demo: its config, and the outlets in a process of their own."""

import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from click.testing import CliRunner

from aggregator.config.load import parse_config
from gedi.commands.demo import demo
from samples.config import demo_config
from samples.outlets import OUTLETS


def test_the_config_is_valid_and_lists_every_outlet(tmp_path: Path) -> None:
    text = demo_config("http://127.0.0.1:9", 8123, tmp_path)
    config = parse_config(text.encode(), tmp_path / "config.toml", {})
    assert {source.slug for source in config.sources} == {outlet.slug for outlet in OUTLETS}
    assert config.web.port == 8123
    assert config.site.url == "http://127.0.0.1:8123"
    assert config.database_url == f"sqlite:///{tmp_path / 'gedi.db'}"
    by_slug = {source.slug: source for source in config.sources}
    assert by_slug["dengxia"].category == "emotion/story"
    assert not by_slug["xiuxi"].enabled
    assert by_slug["liuyuan"].exclude == ("【推广】",)
    assert by_slug["haian"].region is None
    assert config.web.all_admins == ()


def test_the_demo_has_an_admin_by_the_token_that_it_prints(tmp_path: Path) -> None:
    text = demo_config("http://127.0.0.1:9", 8123, tmp_path, "a token that nobody knows")
    (admin,) = parse_config(text.encode(), tmp_path / "config.toml", {}).web.all_admins
    assert (admin.name, admin.token) == ("demo", "a token that nobody knows")


def test_the_outlets_end_when_whoever_started_them_does() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "samples"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    with urlopen(f"{address}/liuyuan/feed.xml", timeout=20) as answer:
        assert answer.status == 200
    process.stdin.close()
    assert process.wait(timeout=20) == 0
    process.stdout.close()


def test_a_port_in_use_is_named_with_the_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(demo, ["--port", str(taken.getsockname()[1])])
    assert result.exit_code == 2
    assert "--port" in result.output
    assert "in use" in result.output


def test_a_folder_with_a_config_is_left_alone(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("mine")
    result = CliRunner().invoke(demo, ["--folder", str(tmp_path), "--port", "18999"])
    assert result.exit_code == 2
    assert config.read_text() == "mine"
