"""One log line a minute about all polls, and one when no server can be reached."""

from __future__ import annotations

import logging
from collections import Counter

from aggregator.model import Poll, PollResult
from aggregator.runtime.logfmt import format_logfmt
from aggregator.texts import Phrase

log = logging.getLogger(__name__)

NO_NETWORK_KINDS = frozenset({"dns", "connect"})  # kinds of errors without any answer
MAX_NAMED = 5  # sources that are named in a line
NO_NETWORK = Phrase(
    "no source can be reached; check the connection. make demo (gedi demo) shows Gedi without a network"
)


class PollSummary:
    """Counts polls until they are reported."""

    def __init__(self) -> None:
        self._outcomes: Counter[str] = Counter()
        self._new_items = 0
        self._slowest = 0.0
        self._failing: list[str] = []  # sources that have begun to fail
        self._unreached = 0  # polls without any answer
        self._is_offline = False

    def add(self, poll: Poll, result: PollResult) -> None:
        """Count a poll."""
        self._outcomes[result.outcome] += 1
        self._new_items += result.new_items
        self._slowest = max(self._slowest, result.elapsed)
        if result.outcome == "failed":
            self._unreached += result.error_kind in NO_NETWORK_KINDS
            if result.failures == 1:
                self._failing.append(poll.source.slug)

    def report(self) -> None:
        """Log what was counted since the last report, if anything; that there is no network, only once."""
        polls = self._outcomes.total()
        if not polls:
            return
        offline = is_offline(polls, self._unreached)
        if offline and not self._is_offline:
            log.warning("%s", format_logfmt("network_unavailable", polls=polls, remedy=NO_NETWORK))
        elif not offline:
            log.info("%s", self._line(polls))
        self._is_offline = offline
        self._outcomes.clear()
        self._failing.clear()
        self._new_items = self._unreached = 0
        self._slowest = 0.0

    def _line(self, polls: int) -> str:
        named = self._failing[:MAX_NAMED]
        more = len(self._failing) - len(named)
        failing = ", ".join([*named, *([f"and {more} more"] if more else [])])
        return format_logfmt(
            "polls_finished",
            polls=polls,
            changed=self._outcomes["changed"],
            unchanged=self._outcomes["unchanged"],
            failed=self._outcomes["failed"] + self._outcomes["gone"],
            new=self._new_items,
            slowest=self._slowest,
            began_to_fail=failing or None,
        )


def is_offline(polls: int, unreached: int) -> bool:
    """Return whether no server at all was reached, by so many polls that this is not one server's fault."""
    return polls == unreached and polls > 1
