"""Server behaviors, observed or possible, one table for each kind of problem, with the expected result.

``ALL`` is for the tests of one GET, and for a server with many faulty sources.
"""

from __future__ import annotations

from tests.aggregator.fetching.behaviors import encodings, framing, redirects, response_heads, slowness, statuses
from tests.aggregator.fetching.behaviors.case import Case

ALL: tuple[Case, ...] = (
    *framing.CASES,
    *response_heads.CASES,
    *encodings.CASES,
    *statuses.CASES,
    *redirects.CASES,
    *slowness.CASES,
)
