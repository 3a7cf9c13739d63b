"""The faults that are put into modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.mutants.operators import mutants_of

SOURCE = '''"""A docstring."""
from typing import Literal
LIMIT: Literal[3] = 2
WORDS = "a b".split()

class Kind:
    """Another one."""
    flag: bool = True

    @property
    def size(self) -> int:
        total = 0
        for word in WORDS:
            if word == "a" and len(word) < LIMIT:
                total += 1
        return -total if total else None
'''
IN_FUNCTION = (
    "None assigned; 0 -> 1; condition negated; And -> Or; Eq -> NotEq; 'a' -> ''; Lt -> LtE; statement deleted; 1 -> 2;"
    " return None; condition negated; USub -> UAdd"
).split("; ")


def test_each_fault_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(SOURCE)
    mutants = mutants_of(path)
    assert [one.change for one in mutants] == ["2 -> 3", "'a b' -> ''", "True -> False", *IN_FUNCTION]
    assert [one.function for one in mutants] == [None] * 3 + [("Kind.size", 10)] * 12  # the line of the decorator
    assert [list(one.lines) for one in mutants if one.change == "condition negated"] == [[14], [16]]
    sizes = []
    for one in mutants[3:]:
        names: dict[str, Any] = {}
        exec(one.compile(), names)
        try:
            sizes.append(names["Kind"]().size)
        except TypeError:
            sizes.append(None)
    assert sizes == [None, -2, -1, -2, -1, None, -1, None, -2, None, None, 1]
