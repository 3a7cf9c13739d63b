"""Hostile documents give a feed or a reason within limits of time and memory, at a cost proportional to their size.

The limits apply to a separate process; growth is measured in function calls, which do not depend on the machine's load.
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
    """Read each document with limited additional memory and time; exceeding a limit ends the process."""
    read_feed(_ORDINARY, url="https://a.example/")
    for name in names:
        document = HOSTILE[name](_SIZE)
        used = int(open("/proc/self/statm").read().split()[5]) * resource.getpagesize()  # noqa: SIM115
        cpu_seconds = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        resource.setrlimit(resource.RLIMIT_DATA, (used + _MEMORY, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_seconds) + _CPU_SECONDS, resource.RLIM_INFINITY))
        result = read_feed(document, url="https://a.example/")
        if not (isinstance(result, Feed) or (isinstance(result, NotAFeed) and result.reason)):
            os.write(2, f"{name}: neither a feed nor a reason\n".encode())
            os._exit(3)
        if isinstance(result, Feed) and not (result.entries or result.skipped) and b"<item>" in document[:200]:
            os.write(2, f"{name}: lost its entries in silence\n".encode())
            os._exit(4)


@pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")
@pytest.mark.parametrize("group", range(_GROUPS))
def test_hostile_documents_are_read_within_limits(group: int) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_within_limits, args=(list(HOSTILE)[group::_GROUPS],))
    process.start()
    process.join()
    assert process.exitcode == 0


def _calls(work: Callable[[], object]) -> int:
    count = 0

    def count_call(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += 1

    previous_profiler = sys.getprofile()
    sys.setprofile(count_call)
    try:
        work()
    finally:
        sys.setprofile(previous_profiler)
    return count


@pytest.mark.parametrize("name", HOSTILE)
def test_cost_grows_at_most_linearly(name: str) -> None:
    small, large = HOSTILE[name](6_000), HOSTILE[name](24_000)
    read_feed(large, url="https://a.example/")  # fills caches, which are not counted
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
