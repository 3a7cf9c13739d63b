"""Poll with lemon24/reader, in a virtual environment of its own: ``reader_client.py DATABASE URLS``."""

import sys
from pathlib import Path

from reader import make_reader


def main(database: str, urls: str) -> None:
    with make_reader(database) as reader:
        for url in Path(urls).read_text().split():
            reader.add_feed(url, exist_ok=True)
        for _, outcome in reader.update_feeds_iter(workers=20, scheduled=False):
            if isinstance(outcome, Exception):
                raise outcome


if __name__ == "__main__":
    main(*sys.argv[1:])
