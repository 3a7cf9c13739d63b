"""Changes the wall clock of a Python process and of what it forks.

``GEDI_TEST_CLOCK_SHIFT`` (seconds) shifts it: see ``tests/clock.py``. ``GEDI_TEST_CLOCK_FAST`` makes it run fast: the
time at an origin, the origin by the monotonic clock (the same in all processes) and the factor, as
``benchmarks.soak.fast_clock`` writes them. The monotonic clock, and with it every sleep and timeout, stays as it is.
"""

import os
import time

_SHIFT = os.environ.get("GEDI_TEST_CLOCK_SHIFT")
_FAST = os.environ.get("GEDI_TEST_CLOCK_FAST")
if _FAST:
    import time_machine

    _start, _origin, _factor = (int(word) for word in _FAST.split())
    _traveller = time_machine.travel(0, tick=True).start()
    vars(_traveller)["time_ns"] = lambda: _start + (time.monotonic_ns() - _origin) * _factor
elif _SHIFT:
    import time_machine

    time_machine.travel(time.time() + float(_SHIFT), tick=True).start()
