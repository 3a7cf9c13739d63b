"""The limit of concurrent request bodies."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.test import Client

from web.body_limit import BodyLimit


def test_bodies_beyond_the_limit_are_refused_and_all_else_is_answered() -> None:
    reading, go_on = threading.Semaphore(0), threading.Event()

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            reading.release()
            assert go_on.wait(30)
        start_response("200 OK", [])
        return [b""]

    limited = BodyLimit(application, 2)
    statuses: list[int] = []
    post = lambda: statuses.append(Client(limited).post("/", data=b"x").status_code)  # noqa: E731
    threads = [threading.Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
        assert reading.acquire(timeout=30)
    assert Client(limited).post("/", data=b"x").status_code == 503
    assert Client(limited).post("/", headers={"Transfer-Encoding": "chunked"}).status_code == 503
    assert Client(limited).get("/").status_code == 200
    go_on.set()
    for thread in threads:
        thread.join()
    assert Client(limited).post("/", data=b"x").status_code == 200
    assert statuses == [200, 200]


def test_a_failing_application_gives_its_place_back() -> None:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise ValueError("broken")

    limited = BodyLimit(application, 1)
    for _ in range(3):
        try:
            Client(limited).post("/", data=b"x")
        except ValueError:
            continue
        raise AssertionError("the error was hidden")
