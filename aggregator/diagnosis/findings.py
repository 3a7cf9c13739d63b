"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: a sentence, what to do about it, and what ``--fix`` does, if it is safe.

    The texts are phrases, or commands, which are the same in all languages.
    ``mend`` may take long and may fail; it raises then.
    """

    check: str
    text: str
    remedy: str
    fix: str | None = None  # what ``mend`` does, in the imperative
    mend: Callable[[], object] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the finding for programs."""
        return {"check": self.check, "text": self.text, "remedy": self.remedy, "fix": self.fix}
