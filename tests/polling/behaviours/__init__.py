"""What servers have been seen or could be made to do, one table for each kind of trouble, with what must come of it.

``ALL`` is for the tests of one GET; whoever wants a hostile neighbourhood may serve it whole.
"""

from __future__ import annotations

from tests.polling.behaviours import codings, framing, heads, redirects, slowness, statuses
from tests.polling.behaviours.case import Case

ALL: tuple[Case, ...] = (
    *framing.CASES,
    *heads.CASES,
    *codings.CASES,
    *statuses.CASES,
    *redirects.CASES,
    *slowness.CASES,
)
