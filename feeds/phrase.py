"""English texts for admins that keep their template, so that they can be shown in another language."""

from __future__ import annotations

from typing import Any


class Phrase(str):
    """An English text. As a string it is complete; ``template`` and ``values`` are what a translation starts from.

    With values the template has the syntax of ``str.format``; without, it is the text itself. Values may be phrases.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> Phrase:
        self = super().__new__(cls, template.format(**values) if values else template)
        self.template, self.values = template, values
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.template, self.values)


def _restore(template: str, values: dict[str, Any]) -> Phrase:
    return Phrase(template, **values)
