"""Documents made to hurt: each ends in a feed or a reason, within bounds, and its size costs in proportion.

The bounds are limits set on a process of its own; growth is counted in function calls, which no busy machine changes.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from feeds.model import Feed, NotAFeed
from feeds.read import read_feed
from tests.feeds.hostile import HOSTILE

_SIZE = 150_000
_CPU_SECONDS, _MEMORY = 10, 200_000_000
_GROUPS = 6
_ORDINARY = (
    b"<rss><channel><title>x</title><item><title>a</title><description>&lt;p&gt;b</description></item></channel></rss>"
)


def _within_limits(names: list[str]) -> None:
    """Read each document with little memory above what we have, and little time; a breach ends the process."""
    read_feed(_ORDINARY, url="https://a.example/")
    for name in names:
        document = HOSTILE[name](_SIZE)
        used = int(open("/proc/self/statm").read().split()[5]) * resource.getpagesize()  # noqa: SIM115
        spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        resource.setrlimit(resource.RLIMIT_DATA, (used + _MEMORY, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CPU, (int(spent) + _CPU_SECONDS, resource.RLIM_INFINITY))
        found = read_feed(document, url="https://a.example/")
        if not (isinstance(found, Feed) or (isinstance(found, NotAFeed) and found.reason)):
            os.write(2, f"{name}: neither a feed nor a reason\n".encode())
            os._exit(3)
        if isinstance(found, Feed) and not (found.entries or found.skipped) and b"<item>" in document[:200]:
            os.write(2, f"{name}: lost its entries in silence\n".encode())
            os._exit(4)


@pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")
@pytest.mark.parametrize("group", range(_GROUPS))
def test_every_document_ends_within_its_bounds(group: int) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_within_limits, args=(list(HOSTILE)[group::_GROUPS],))
    process.start()
    process.join()
    assert process.exitcode == 0


def _calls(work: Callable[[], object]) -> int:
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_size_costs_twice_the_calls_at_most(name: str) -> None:
    small, large = HOSTILE[name](6_000), HOSTILE[name](24_000)
    read_feed(large, url="https://a.example/")  # what is remembered for good is not counted
    few = _calls(lambda: read_feed(small, url="https://a.example/"))
    many = _calls(lambda: read_feed(large, url="https://a.example/"))
    assert many < 5 * few + 2_000


@pytest.mark.parametrize("name", [name for name, make in HOSTILE.items() if b"kept" in make(1_000)])
def test_the_entry_before_the_damage_is_kept(name: str) -> None:
    found = read_feed(HOSTILE[name](20_000), url="https://a.example/")
    assert isinstance(found, NotAFeed) == (name in ROOT_OUT_OF_SIGHT)
    if isinstance(found, Feed):
        assert found.entries[0].title == "kept"


ROOT_OUT_OF_SIGHT = {"junk before the root", "unended comments before the root", "a document type of comments"}
