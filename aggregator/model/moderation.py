"""What admins do: their actions, which can be undone, and the queues of what waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from aggregator.messages import Message

QueueName = Literal["uncategorized", "merges", "filtered", "failing", "requests"]
QUEUES: tuple[QueueName, ...] = ("uncategorized", "merges", "filtered", "failing", "requests")
Channel = Literal["site", "command", "api"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and by which way: the name of an admin in config.toml, or of the user who runs a command."""

    name: str
    via: Channel


@dataclass(frozen=True, slots=True)
class AdminAction:
    """One action of an admin, as logged.

    ``action`` and ``subject`` say what was done to what ("move", "item/12"); ``before`` and ``after`` are values of
    their own kind: category path and region code, story, state.
    """

    id: int
    at: datetime
    who: str
    via: str
    action: str
    subject: str
    title: str
    before: str | None
    after: str | None
    can_undo: bool
    undone_by: int | None  # the action that undid it


@dataclass(frozen=True, slots=True)
class NewAction:
    """An action to be logged; ``undo`` is what is needed to undo it, None if nothing can."""

    action: str
    subject: str
    title: str = ""
    before: str | None = None
    after: str | None = None
    undo: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """Something that waits for a decision; ``choices`` are the codes of the decisions, the first ones by key."""

    queue: QueueName
    subject: str  # by which the decision names it
    at: datetime
    title: str
    path: str  # the page of this site about it; "" if there is none
    url: str  # its address elsewhere; "" if there is none
    source: str  # title of the outlet, or the name of the reader
    about: Message | str  # why it is here
    choices: tuple[str, ...]
    other_title: str = ""  # of the report that it was merged with
    other_path: str = ""
