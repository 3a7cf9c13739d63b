"""Decide which notices make a message, and when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.model.notifications import Notice
from aggregator.notifications.targets import Target

HOUR = timedelta(hours=1)
MAX_NOTICES = 100  # in one message


@dataclass(frozen=True, slots=True)
class Plan:
    """``groups``: the notices of each message to make now; ``next_at``: when to decide again about the others."""

    groups: tuple[tuple[int, ...], ...] = ()
    next_at: datetime | None = None


def plan_messages(waiting: Sequence[Notice], sent: Sequence[datetime], target: Target, now: datetime) -> Plan:
    """Return the messages to make of what waits, oldest first; ``sent``: when the messages of the last hour were sent.

    What waited for the end of quiet hours comes in one message, and so does what exceeds ``most_per_hour``.
    """
    if not waiting:
        return Plan()
    if (end := quiet_until(target, now)) is not None:
        return Plan(next_at=end)
    ready = waiting[0].at + target.batch
    if now < ready:
        return Plan(next_at=ready)
    recent = sorted(at for at in sent if at > now - HOUR)
    room = target.most_per_hour - len(recent)
    if room <= 0:
        return Plan(next_at=recent[-target.most_per_hour] + HOUR)
    groups = _groups(waiting, target, now)
    if len(groups) > room:
        groups = [*groups[: room - 1], [each for group in groups[room - 1 :] for each in group]]
    left = any(len(group) > MAX_NOTICES for group in groups)
    return Plan(tuple(tuple(group[:MAX_NOTICES]) for group in groups), now if left else None)


def quiet_until(target: Target, now: datetime) -> datetime | None:
    """Return when the quiet hours end; None if nothing is to be sent later because of them."""
    return target.quiet.end_after(now, target.zone) if target.quiet else None


def _groups(waiting: Sequence[Notice], target: Target, now: datetime) -> list[list[int]]:
    if target.batch:
        return [[each.id for each in waiting]]
    if target.quiet is None:
        return [[each.id] for each in waiting]
    end = target.quiet.last_end(now, target.zone)
    held = [each.id for each in waiting if each.at < end]
    return [*([held] if held else []), *([each.id] for each in waiting if each.at >= end)]
