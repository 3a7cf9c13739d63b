"""Evidence of a category or region in the form of JSON outputs. Pure."""

from __future__ import annotations

from aggregator.messages import decisions
from aggregator.messages.message import Message
from aggregator.messages.rendering import render

_FORMS = {
    decisions.UNDECIDED.name: "",
    decisions.CATEGORY_ADMIN.name: "admin",
    decisions.SOURCE.name: "source",
    decisions.TERM.name: "term:{term}",
    decisions.TERM_WORD.name: "term:{term} ({word})",
    decisions.PATTERN.name: "pattern:{pattern}",
    decisions.KEYWORDS.name: "keywords:{words} ({best:.1f} against {second:.1f})",
    decisions.MODEL.name: "model:{share:.2f} {words}",
    decisions.MODEL_ALONE.name: "model:{share:.2f}",
    decisions.SOURCE_PRIOR.name: "prior:source",
    decisions.TERM_PRIOR.name: "prior:{term}",
    decisions.UNKNOWN_REGION.name: "",
    decisions.REGION_ADMIN.name: "admin",
    decisions.HOME.name: "home",
    decisions.IN_TITLE.name: "title:{names}",
    decisions.IN_LEAD.name: "lead:{names}",
    decisions.IN_TEXT.name: "text:{names}",
    decisions.IN_DATELINE.name: "dateline:{names}",
}


def short_form(message: Message) -> str:
    """Return "keywords:暴雨,预警 (3.4 against 1.2)" or "title:枣庄 山亭"; "" if nothing was certain enough."""
    template = _FORMS.get(message.code)
    if template is None:
        return render(message)
    separator = "," if decisions.KEYWORDS.matches(message) else " "
    values = {name: separator.join(map(str, v)) if isinstance(v, tuple) else v for name, v in message.params}
    return template.format(**values)
