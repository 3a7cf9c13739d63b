"""Shifts the wall clock of a Python process that a test marked ``clock`` starts; see ``tests/clock.py``."""

import os
import time

_SHIFT = os.environ.get("GEDI_TEST_CLOCK_SHIFT")
if _SHIFT:
    import time_machine

    time_machine.travel(time.time() + float(_SHIFT), tick=True).start()
