"""The value of a message, and the declaration of a code. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

Param: TypeAlias = "str | int | float | Message | tuple[str | Message, ...]"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_CODE = "code"  # the key of the code in a packed message; no parameter may have this name


@dataclass(frozen=True, slots=True)
class Message:
    """A code with its parameters, in the order in which the code declares them."""

    code: str
    params: tuple[tuple[str, Param], ...] = ()

    def get(self, name: str) -> Param | None:
        """Return a parameter; None where the message has none of this name."""
        return dict(self.params).get(name)

    def map_text(self, change: Callable[[str], str]) -> Message:
        """Return the message with ``change`` applied to every text in its parameters, nested ones included."""
        return Message(self.code, tuple((name, _mapped(value, change)) for name, value in self.params))

    def pack(self) -> str:
        """Return compact JSON: the code first, then the parameters; nested messages are objects."""
        return _encode(_plain(self))


@lru_cache(maxsize=4096)  # most rows of a table share a few
def unpack(packed: str) -> Message:
    """Return the message that ``Message.pack`` wrote. Raises ValueError for anything else."""
    value = json.loads(packed)
    if not isinstance(value, dict) or not isinstance(value.get(_CODE), str):
        raise ValueError("not a packed message")
    return _message(value)


def packed_start(code: str) -> str:
    """Return the prefix of every packed message of this code, and of no other."""
    return f'{{"{_CODE}":"{code}"'


class Code:
    """One statement. Calling it with exactly the declared parameters returns a ``Message``.

    ``text`` is the template in Simplified Chinese, in the syntax of ``str.format``; translations may use other
    parameters of the code, in another order.
    """

    __slots__ = ("name", "params", "text")

    def __init__(self, name: str, text: str, /, **params: type) -> None:
        self.name = name
        self.text = text
        self.params: Mapping[str, type] = params

    def __call__(self, **params: Param) -> Message:
        if params.keys() != self.params.keys():
            raise TypeError(f"{self.name} takes {sorted(self.params)}, not {sorted(params)}")
        return Message(self.name, tuple([(name, params[name]) for name in self.params]))

    def matches(self, message: Message | None) -> bool:
        """Return whether the message has this code."""
        return message is not None and message.code == self.name


TEXT = Code("text", "{text}", text=str)  # text of an earlier version or of another party, shown as it is


def _plain(value: Param) -> Any:
    if isinstance(value, Message):
        return {_CODE: value.code, **{name: _plain(each) for name, each in value.params}}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _message(value: dict[str, Any]) -> Message:
    return Message(value[_CODE], tuple((name, _param(each)) for name, each in value.items() if name != _CODE))


def _param(value: Any) -> Any:
    if isinstance(value, dict):
        return _message(value)
    return tuple(_param(each) for each in value) if isinstance(value, list) else value


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Message):
        return value.map_text(change)
    return tuple(_mapped(each, change) for each in value) if isinstance(value, tuple) else value
