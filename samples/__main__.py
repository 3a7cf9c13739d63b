"""``python -m samples [PORT]``: the sample outlets alone.

Prints the address and ends when its standard input closes, so that it never outlives its parent.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from aggregator.runtime.clock import now_utc
from samples.server import SampleServer


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the parent closes our input
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    with SampleServer(now_utc, int(arguments[0]) if arguments else 0) as server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        threading.Thread(target=_until_closed, args=(done,), daemon=True).start()
        while not done.wait(1.0):
            pass
    return 0


def _until_closed(done: threading.Event) -> None:
    while os.read(0, 4096):  # not sys.stdin: a lock held there would disturb the end of the interpreter
        pass
    done.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
