"""The kept corpus and some hundred mutations of it at every door; make fuzz searches for longer."""

from __future__ import annotations

import time
from itertools import islice

import pytest

from tests.fuzz.doors import DOORS
from tests.fuzz.mutations import corpus_of, mutations

MUTATIONS = 150
MAX_SECONDS = 1.0  # CPU time of one input


@pytest.mark.parametrize("door", DOORS)
def test_every_input_has_a_documented_outcome_in_time(door: str) -> None:
    corpus = corpus_of(door)
    DOORS[door](corpus[0])  # loads tables
    for data in (*corpus, b"", *islice(mutations(corpus, 1), MUTATIONS)):
        begun = time.process_time()
        try:
            DOORS[door](data)
        except Exception as error:
            error.add_note(f"{door}: {data!r}")
            raise
        assert time.process_time() - begun < MAX_SECONDS, data
