"""A function in a child process: its errors arrive, its memory does not stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, signal, sys
from aggregator.runtime.forked_process import run_in_child

class Unpicklable(Exception):
    def __init__(self, first, second):
        super().__init__(f"{first} {second}")

def load():
    import sqlalchemy
    print("loaded in a child:", os.getpid() != parent)

def fail():
    raise FileNotFoundError("no such schema")

def fail_oddly():
    raise Unpicklable("two", "arguments")

def die():
    os.kill(os.getpid(), signal.SIGKILL)

parent = os.getpid()
run_in_child(load)
print("loaded here:", "sqlalchemy" in sys.modules)
for function in (fail, fail_oddly, die):
    try:
        run_in_child(function)
    except Exception as error:
        print(type(error).__name__, error)
"""


def test_errors_arrive_and_modules_do_not_stay() -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "loaded in a child: True",
        "loaded here: False",
        "FileNotFoundError no such schema",
        "RuntimeError Unpicklable: two arguments",
        "RuntimeError a child process ended with -9",
    ]
