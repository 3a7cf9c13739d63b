"""Evidence of a category or region in the form of JSON outputs. Pure."""

from __future__ import annotations

from aggregator.messages import decisions
from aggregator.messages.message import Message
from aggregator.messages.rendering import render

_FORMS = {
    decisions.UNDECIDED.name: "",
    decisions.NO_KNOWN_TERM.name: "unknown-term:{terms}",
    decisions.WEAK_WORDS.name: "weak:{words} ({best:.1f} of {least:.1f})",
    decisions.CLOSE_WORDS.name: "close:{words} ({best:.1f} against {second:.1f} of {others})",
    decisions.UNLIKE_WORDS.name: "unlike:{words} ({word}: {near})",
    decisions.UNSURE_MODEL.name: "unsure-model:{share:.2f} of {least:.2f}",
    decisions.CATEGORY_ADMIN.name: "admin",
    decisions.SOURCE.name: "source",
    decisions.TERM.name: "term:{term}",
    decisions.TERM_WORD.name: "term:{term} ({word})",
    decisions.PATTERN.name: "pattern:{pattern}",
    decisions.KEYWORDS.name: "keywords:{words} ({best:.1f} against {second:.1f})",
    decisions.MEANING.name: "meaning:{words} ({word}: {near})",
    decisions.MEANING_OF_ALL.name: "meaning:{words}",
    decisions.MODEL.name: "model:{share:.2f} {words}",
    decisions.MODEL_ALONE.name: "model:{share:.2f}",
    decisions.SOURCE_PRIOR.name: "prior:source",
    decisions.TERM_PRIOR.name: "prior:{term}",
    decisions.STORY_CATEGORY.name: "story:{item}",
    decisions.UNKNOWN_REGION.name: "",
    decisions.REGION_ADMIN.name: "admin",
    decisions.HOME.name: "home",
    decisions.AS_ORIGINAL.name: "original:{item}",
    decisions.IN_TITLE.name: "title:{names}",
    decisions.IN_LEAD.name: "lead:{names}",
    decisions.TOGETHER_IN_TITLE.name: "title:{names}",
    decisions.TOGETHER_IN_LEAD.name: "lead:{names}",
    decisions.IN_TEXT.name: "text:{names}",
    decisions.IN_DATELINE.name: "dateline:{names}",
}

_WITH_WORDS = {
    code.name
    for code in (
        decisions.KEYWORDS,
        decisions.MEANING,
        decisions.MEANING_OF_ALL,
        decisions.WEAK_WORDS,
        decisions.CLOSE_WORDS,
        decisions.UNLIKE_WORDS,
    )
}


def short_form(message: Message) -> str:
    """Return "keywords:暴雨,预警 (3.4 against 1.2)" or "title:枣庄 山亭"; "" if nothing was known at all."""
    template = _FORMS.get(message.code)
    if template is None:
        return render(message)
    separator = "," if message.code in _WITH_WORDS else " "
    values = {name: separator.join(map(str, v)) if isinstance(v, tuple) else v for name, v in message.params}
    return template.format(**values)
