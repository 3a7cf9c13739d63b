"""A test session that runs mutants in forked processes, each with the tests that execute the changed statement."""

from __future__ import annotations

import builtins
import gc
import os
import pickle
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import EnumType
from pathlib import Path
from tempfile import TemporaryFile
from types import CodeType, FunctionType, ModuleType
from typing import Any, cast

import pytest
from coverage import Coverage
from hypothesis import Phase, settings

from tests.mutants.operators import Mutant

OPTIONS = [
    "-n0",
    "-s",
    "-k",
    "not postgresql",
    "--assert=plain",
    "--tb=no",
    "-p",
    "no:cacheprovider",
    "-o",
    "timeout=0",
]
_MEMORY = 6 << 30  # bytes of a process
_MAX_SECONDS = 1800  # in all, of a process that waits
_MAX_TEST = 0.5  # seconds of a test; slower ones would take most of the time, and are for the whole, not for details
_AT_IMPORT = ""  # what is executed beside tests


@dataclass(slots=True)
class Executed:
    """What tests execute, and how long they take."""

    seconds: dict[str, float] = field(default_factory=dict)  # CPU time by test
    lines: dict[Path, dict[int, set[str]]] = field(default_factory=dict)  # the tests of each line

    def tests_of(self, mutant: Mutant) -> set[str]:
        """Return the tests that execute the changed statement; if it is executed at import, all of the module."""
        lines = self.lines.get(mutant.path, {})
        tests = set[str]().union(*(lines.get(line, ()) for line in mutant.lines))
        return tests if mutant.function and _AT_IMPORT not in tests else {_AT_IMPORT}.union(*lines.values())


class MutantSession:
    """Plugin of pytest: measures the collected tests, and then runs mutants instead of them."""

    def __init__(self, mutants: Sequence[Mutant], report: Callable[[Mutant, bool], None]) -> None:
        self.mutants, self.report = mutants, report
        files = sorted({str(mutant.path) for mutant in mutants})
        self.coverage = Coverage(data_file=None, config_file=False, include=files)
        self.coverage.start()

    def pytest_configure(self) -> None:
        settings.register_profile("mutants", settings(), phases=[Phase.explicit, Phase.generate], database=None)
        settings.load_profile("mutants")  # without a search for the smallest failing example

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.coverage.stop()
        with TemporaryFile() as file:
            if not _run_forked(lambda: self._measure(session, file.fileno()), _MAX_SECONDS, quiet=False):
                sys.exit("Tests fail without any mutant.")
            file.seek(0)
            executed: Executed = pickle.load(file)
        for mutant in self.mutants:
            self.report(mutant, _is_killed(session, mutant, executed))
        return True

    def _measure(self, session: pytest.Session, result: int) -> bool:
        executed = Executed()
        self.coverage.start()
        for item in session.items:
            self.coverage.switch_context(item.nodeid)
            begun = time.process_time()
            if not _run_tests(session, [item]):
                return False
            executed.seconds[item.nodeid] = time.process_time() - begun
        self.coverage.stop()
        data = self.coverage.get_data()
        for name in data.measured_files():
            executed.lines[Path(name)] = {line: set(tests) for line, tests in data.contexts_by_lineno(name).items()}
        os.write(result, pickle.dumps(executed))
        return True


def _is_killed(session: pytest.Session, mutant: Mutant, executed: Executed) -> bool:
    tests = executed.tests_of(mutant)
    items = [item for item in session.items if item.nodeid in tests and executed.seconds[item.nodeid] <= _MAX_TEST]
    items.sort(key=lambda item: executed.seconds[item.nodeid])

    def passes() -> bool:
        take_in(mutant, whole=_AT_IMPORT in tests)
        return _run_tests(session, items)

    limit = 3 * sum(executed.seconds[item.nodeid] for item in items) + 5
    return bool(items) and not _run_forked(passes, limit)


def _run_tests(session: pytest.Session, items: Sequence[pytest.Item]) -> bool:
    """Run tests until one fails; return whether all pass."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return False
    return True


def _run_forked(job: Callable[[], bool], seconds: float, *, quiet: bool = True) -> bool:
    """Return the job's result; False if it takes more CPU time, or ends its process."""
    child = os.fork()
    if not child:
        if quiet:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
        signal.alarm(_MAX_SECONDS)
        try:
            os._exit(not job())
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def take_in(mutant: Mutant, *, whole: bool) -> None:
    """Change what this process has loaded: the function of a mutant, or ``whole`` its module."""
    code = mutant.compile()
    functions = [thing for thing in gc.get_objects() if isinstance(thing, FunctionType)]
    if mutant.function:
        new = {_name(inner): inner for inner in _codes(code)}[mutant.function]
        for function in functions:
            if function.__code__.co_filename == str(mutant.path) and _name(function.__code__) == mutant.function:
                function.__code__ = new
    if not whole:
        return
    module = next(one for one in sys.modules.values() if vars(one).get("__file__") == str(mutant.path))
    fresh = ModuleType(module.__name__)
    fresh.__file__ = module.__file__

    def build_class(body: Callable[[], object], name: str, *bases: type, **options: Any) -> type:
        """Return the class that is loaded if it is an enumeration, whose members are compared by identity."""
        old = vars(module).get(name)
        if isinstance(old, EnumType) and name != mutant.class_name:
            return old
        return cast(type, builtins.__build_class__(body, name, *bases, **options))

    fresh.__dict__["__builtins__"] = vars(builtins) | {"__build_class__": build_class}
    exec(code, fresh.__dict__)
    for name, new in list(vars(fresh).items()):
        if not isinstance(new, type) or name == mutant.class_name:
            _replace(module, name, new)


def _replace(module: ModuleType, name: str, new: object) -> None:
    """Replace a global of a module wherever it was imported; functions and classes are changed in place."""
    old = vars(module).get(name)
    if name.startswith("__") or old is new:
        return
    if old is not None and hasattr(old, "cache_clear") and hasattr(new, "__wrapped__"):
        old.cache_clear()
        old, new = getattr(old, "__wrapped__", None), new.__wrapped__
    if isinstance(new, FunctionType) and isinstance(old, FunctionType):
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
    elif isinstance(new, type) and isinstance(old, type):
        for attribute, value in vars(new).items():
            if attribute == "__init__" or not (attribute.startswith("_") or hasattr(value, "__get__")):
                with suppress(AttributeError, TypeError):
                    setattr(old, attribute, value)
    else:
        with suppress(TypeError, AttributeError):  # an instance of a class of the module
            object.__setattr__(new, "__class__", vars(module).get(type(new).__name__, type(new)))
        for other in list(sys.modules.values()):
            if getattr(other, "__dict__", {}).get(name) is old:
                setattr(other, name, new)


def _name(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> list[CodeType]:
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return [code, *(each for one in inner for each in _codes(one))]
