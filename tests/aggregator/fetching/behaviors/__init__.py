"""What servers have been seen or could be made to do, one table for each kind of trouble, with what must come of it.

``ALL`` is for the tests of one GET; whoever wants a hostile neighbourhood may serve it whole.
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
