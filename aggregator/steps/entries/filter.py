"""Which entries are let in: include and exclude rules, and what to do with advertorials. Pure.

A rule is a word or, between slashes, a regular expression. It is looked for in title and text; "title:", "link:",
"term:" (the publisher's own categories) or "author:" before it name another place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from aggregator.messages import Message, decisions
from aggregator.model import Draft, Source
from aggregator.model.filters import FilterReason
from aggregator.steps.categories.patterns import Matcher, compile_pattern
from aggregator.steps.entries.advertorial import advertorial_evidence
from aggregator.steps.text.normalize import fold

_SCOPE: Final = re.compile(r"(title|link|term|author):\s*(?=\S)")
_PLACES: Final = {"title": decisions.EXCLUDED_IN_TITLE, "text": decisions.EXCLUDED_IN_TEXT}
_PATTERN: Final = re.compile(r"/(.+)/", re.S)


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One rule; ``scope`` is "" for title and text."""

    written: str
    scope: str
    matcher: Matcher | None  # None: the word is looked for as it is
    word: str = ""  # "": the matcher is all there is


def parse_rule(text: str) -> FilterRule:
    """Raises ValueError, with what is wrong, for a regular expression that is none."""
    match = _SCOPE.match(text)
    scope, body = (match[1], text[match.end() :]) if match else ("", text)
    if expression := _PATTERN.fullmatch(body.strip()):
        return FilterRule(text, scope, compile_pattern(_fold_pattern(expression[1])))
    word = fold(body).strip()
    return FilterRule(text, scope, _word_pattern(word), word)


def _fold_pattern(pattern: str) -> str:
    """Other letters than ASCII in the spelling that folded texts have; what turns into a sign loses its meaning."""
    return "".join(
        one if one.isascii() or len(other := fold(one)) != 1 else re.escape(other) if other.isascii() else other
        for one in pattern
    )


def _word_pattern(word: str) -> re.Pattern[str] | None:
    """ "ad" is not looked for in "download"; Chinese has no such borders."""
    first = r"(?<![a-z0-9])" if re.match("[a-z0-9]", word) else ""
    last = r"(?![a-z0-9])" if re.search("[a-z0-9]$", word) else ""
    return re.compile(f"{first}{re.escape(word)}{last}") if first or last else None


def find_filter_reason(draft: Draft, source: Source) -> FilterReason | None:
    """Why the source's rules keep an entry out; None: it is let in."""
    if source.include or source.exclude:
        places = _texts_by_scope(draft)
        for rule in _parse_rules(source.exclude):
            if found := _match_rule(rule, places):
                return FilterReason("exclude", found)
        if source.include and not any(_match_rule(rule, places) for rule in _parse_rules(source.include)):
            return FilterReason("include", decisions.NOT_INCLUDED(rules=source.include[:5]))
    if source.advertorial == "drop" and (evidence := advertorial_evidence(draft)):
        return FilterReason("advertorial", evidence)
    return None


def advertorial_mark(draft: Draft, source: Source) -> Message | None:
    """The evidence for an advertorial, where the source's are to be marked."""
    return advertorial_evidence(draft) if source.advertorial == "mark" else None


@lru_cache(maxsize=1000)
def _parse_rules(texts: tuple[str, ...]) -> tuple[FilterRule, ...]:
    return tuple(parse_rule(one) for one in texts)


def _texts_by_scope(draft: Draft) -> dict[str, tuple[str, ...]]:
    return {
        "title": (fold(draft.title),),
        "text": (draft.text,),
        "link": (fold(draft.url),),
        "term": tuple(fold(term) for term in draft.terms),
        "author": (fold(draft.author or ""),),
    }


def _match_rule(rule: FilterRule, texts_by_scope: dict[str, tuple[str, ...]]) -> Message | None:
    """The rule and where it fits."""
    for scope in (rule.scope,) if rule.scope else ("title", "text"):
        if any(_matches(rule, text) for text in texts_by_scope[scope]):
            code = decisions.EXCLUDED if rule.scope else _PLACES[scope]
            return code(rule=rule.written)
    return None


def _matches(rule: FilterRule, text: str) -> bool:
    if rule.word not in text:
        return False
    return rule.matcher is None or rule.matcher.search(text) is not None
