"""``python -m benchmarks.soak.outlets``: the sample outlets with new reports every day, for as long as a run lasts.

Prints the address and ends when its standard input closes. Faulty outlets keep a client waiting for a second at most:
waiting is real time, and a second of it is minutes of the fast clock.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, takewhile

from aggregator.runtime.clock import now_utc
from benchmarks.generated_stream import make_original
from samples.article_texts import Article, load_articles
from samples.outlets import OUTLETS
from samples.server import SampleServer
from samples.state import OutletsState
from samples.timeline import Publication, timeline

EVENTS_A_DAY = 350  # more than the outlets publish in a day
SLOWER = 2  # invented reports come at half the pace of the bundled ones: some 1,100 a day with their copies
NUMBERS_A_DAY = 100_000  # distance of the numbers of an outlet's items between two days
SLOW, HANGING = 0.5, 1.0  # seconds
BUNDLED, DAY = timedelta(hours=1), timedelta(days=1)


def publications(start: datetime, seed: int = 21) -> Iterator[Publication]:
    """Yield what the outlets publish: what the bundled ones last for, then days of invented reports."""
    yield from takewhile(lambda one: one.at < start + BUNDLED, timeline(OUTLETS, load_articles(), start, seed))
    for day in count(1):
        yield from day_of_news(day, start + BUNDLED + (day - 1) * DAY, random.Random(seed + day))


def day_of_news(day: int, start: datetime, rng: random.Random) -> Iterator[Publication]:
    articles = [invented_article(f"d{day}-{number}", rng) for number in range(EVENTS_A_DAY)]
    for one in timeline(OUTLETS, articles, start, rng.randrange(1 << 30), past_share=0.0):
        at, first_at = (start + SLOWER * (moment - start) for moment in (one.at, one.first_at))
        if at >= start + DAY:
            return
        if at >= start:
            key = f"d{day}-{one.key}" if one.kind == "bulletin" else one.key
            yield replace(one, at=at, first_at=first_at, number=one.number + day * NUMBERS_A_DAY, key=key)


def invented_article(key: str, rng: random.Random) -> Article:
    """Return a report about an event of its own, placed and filed like a bundled one, that up to five outlets copy."""
    model, report = rng.choice(load_articles()), make_original(rng)
    copies = rng.choice((0, 0, 1, 1, 2, 3, 5))
    return replace(
        model, key=key, event=key, titles=(report.title,), paragraphs=report.paragraphs, copies=copies, edit=None
    )


def main() -> None:
    outlets = SampleServer(now_utc, slow=SLOW, hanging=HANGING)
    outlets.outlets_state = OutletsState(now_utc, upcoming=publications)
    with outlets as server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
