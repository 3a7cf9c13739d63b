"""One GET of every behavior in the tables gives the expected result in time, with a readable reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.messages import render
from aggregator.model import Failed
from tests.aggregator.conftest import fetched, get
from tests.aggregator.fetching.behaviors import ALL
from tests.aggregator.fetching.behaviors.case import Case
from tests.aggregator.settings import Settings
from tests.servers import Server

LIMITS = Settings(timeout=timedelta(seconds=1.2))


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_it_ends_as_it_should(case: Case) -> None:
    with Server() as server:
        for path, behaviour in case.also.items():
            server.route(path, behaviour)
        outcome = get(server.route("/", case.behaviour), settings=replace(LIMITS, allow=(server.place,)))
        if isinstance(outcome, Failed):
            assert outcome.kind == case.expected, outcome
            assert render(outcome.reason).endswith((".", ")"))
            assert render(outcome.reason).isprintable()
        else:
            assert case.expected == "fetched"
            assert fetched(outcome).body == case.body
        assert case.reads is None or len(server.requests) <= case.reads


def test_names_are_unique_and_many() -> None:
    names = [case.name for case in ALL]
    assert len(names) == len(set(names)) >= 250
