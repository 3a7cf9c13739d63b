"""Include and exclude rules, and the treatment of advertorials. Pure.

A rule is a word or, between slashes, a regular expression, matched in title and text; "title:", "link:", "term:" (the
publisher's categories) or "author:" selects another field.
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

SCOPES: Final = ("title", "link", "term", "author")
_SCOPE: Final = re.compile(rf"({'|'.join(SCOPES)}):\s*(?=\S)")
_PLACES: Final = {"title": decisions.EXCLUDED_IN_TITLE, "text": decisions.EXCLUDED_IN_TEXT}
_PATTERN: Final = re.compile(r"/(.+)/", re.S)


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One rule; ``scope`` is "" for title and text."""

    written: str
    scope: str
    matcher: Matcher | None  # None: the word is searched literally
    word: str = ""  # "": only the matcher counts


def parse_rule(text: str) -> FilterRule:
    """Parse a rule. Raises ValueError with the reason for an invalid regular expression."""
    match = _SCOPE.match(text)
    scope, body = (match[1], text[match.end() :]) if match else ("", text)
    if expression := _PATTERN.fullmatch(body.strip()):
        return FilterRule(text, scope, compile_pattern(_fold_pattern(expression[1])))
    word = fold(body).strip()
    return FilterRule(text, scope, _word_pattern(word), word)


def _fold_pattern(pattern: str) -> str:
    """Normalize the non-ASCII letters of a pattern like texts; those that would become operators are escaped."""
    return "".join(
        one if one.isascii() or len(other := fold(one)) != 1 else re.escape(other) if other.isascii() else other
        for one in pattern
    )


def _word_pattern(word: str) -> re.Pattern[str] | None:
    """Return a whole-word pattern for Latin words ("ad" is not in "download"); None for Chinese."""
    first = r"(?<![a-z0-9])" if re.match("[a-z0-9]", word) else ""
    last = r"(?![a-z0-9])" if re.search("[a-z0-9]$", word) else ""
    return re.compile(f"{first}{re.escape(word)}{last}") if first or last else None


def find_filter_reason(draft: Draft, source: Source) -> FilterReason | None:
    """Return why the source's rules exclude an entry; None if they do not."""
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
    """Return the evidence for an advertorial, if the source's are marked."""
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
    """Return the first matching rule and where it matches."""
    for scope in (rule.scope,) if rule.scope else ("title", "text"):
        if any(_matches(rule, text) for text in texts_by_scope[scope]):
            code = decisions.EXCLUDED if rule.scope else _PLACES[scope]
            return code(rule=rule.written)
    return None


def _matches(rule: FilterRule, text: str) -> bool:
    if rule.word not in text:
        return False
    return rule.matcher is None or rule.matcher.search(text) is not None
