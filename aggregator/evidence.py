"""Explain decisions in sentences, with the passages of the texts that they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aggregator.explain import SHARED, Explanation, shared
from aggregator.messages import Message, decisions
from aggregator.messages import explanations as sentences
from aggregator.model import ItemDetail, Relation
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.passages import Passage, Span, find_words, merge_spans, shared_passages
from feeds.text import html_to_text

_MAX_TEXT = 8000  # characters
_WORD_PARAMETERS = ("words", "word", "names", "phrases", "rule")  # of messages: what was found in the item
_COPIES = (Relation.REPRINT, Relation.REWRITE)
_MIN_LONGEST = 12  # characters of the longest passage of texts that are said to be the same


@dataclass(frozen=True, slots=True)
class Spans:
    """Places in the title and in the plain text of an item, in order and without overlaps."""

    title: tuple[Span, ...] = ()
    text: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemNames:
    """The category and the regions of an item in the language of the reader; "" for none."""

    category: str = ""
    region: str = ""
    further_regions: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence of a decision, and where in the item it is founded."""

    explanation: Explanation
    sentence: Message
    spans: Spans = Spans()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two reports of a story share: passages of their texts, places in both, and a sentence."""

    sentence: Message
    passages: tuple[Passage, ...]
    ours: Spans
    theirs: Spans


def readable_text(item: ItemDetail) -> str:
    """Return the plain text of an item as published; its excerpt if there is no more."""
    return html_to_text(item.html)[:_MAX_TEXT] if item.html else item.card.excerpt


# ---------------------------------------------------------------- one item
def explain_in_words(item: ItemDetail, explanation: Explanation, names: ItemNames, text: str) -> Evidence:
    """Return the sentence of a decision; ``text`` is the readable text of the item."""
    why = explanation.why
    if explanation.subject == "category":
        undecided = why.code.startswith(decisions.UNDECIDED.name)
        sentence = sentences.NO_CATEGORY(why=why) if undecided else sentences.CATEGORY(category=names.category, why=why)
    elif explanation.subject == "region":
        unknown = decisions.UNKNOWN_REGION.matches(why) or not names.region
        sentence = sentences.NO_REGION(why=why) if unknown else sentences.REGION(region=names.region, why=why)
    elif explanation.subject == "further-regions":
        sentence = sentences.FURTHER_REGIONS(regions=names.further_regions, why=why)
    else:
        sentence = sentences.OTHER(why=why)
    return Evidence(explanation, sentence, _find(found_words(why), item.card.title, text))


def found_words(why: Message) -> tuple[str, ...]:
    """Return the words, names and phrases that a message says were found."""
    return tuple(dict.fromkeys(word for name, value in why.params for word in _words_of(name, value)))


def _words_of(name: str, value: object) -> Iterator[str]:
    if isinstance(value, Message):
        yield from found_words(value)
    elif isinstance(value, tuple):
        for each in value:
            yield from _words_of(name, each)
    elif isinstance(value, str) and name in _WORD_PARAMETERS:
        yield from (word.strip() for word in value.split(","))


def _find(words: tuple[str, ...], title: str, text: str) -> Spans:
    return Spans(tuple(find_words(title, words)), tuple(find_words(text, words))) if words else Spans()


# ---------------------------------------------------------------- two reports
def compare_texts(item: ItemDetail, text: str, other: ItemDetail, other_text: str, why: Message) -> Comparison:
    """Return what a report shares with another one of its story; ``why`` is the evidence for its place there.

    Reprints and rewritten reports are explained by their common passages, others by the names and numbers in both.
    """
    passages = tuple(shared_passages(text, other_text))
    titles = shared_passages(item.card.title, other.card.title)
    ours = Spans(_merged(one.a for one in titles), _merged(one.a for one in passages))
    theirs = Spans(_merged(one.b for one in titles), _merged(one.b for one in passages))
    credit = {"source": other.card.source_title, "title": other.card.title}
    relation = _copy_relation(item, other)
    if relation is not None and max(map(_length, passages), default=0) >= _MIN_LONGEST:
        share = sum(map(_length, passages)) / min(len(text), len(other_text))
        sentence = sentences.SAME_TEXT(
            **credit,
            relation=decisions.RELATIONS[relation](),
            count=len(passages),
            longest=max(map(_length, passages)),
            share=round(min(share, 1.0), 4),
        )
        return Comparison(sentence, passages, ours, theirs)
    terms = tuple(shared(item.card.title, fold(text), other.card.title, fold(other_text)))[:SHARED]
    sentence = sentences.SAME_EVENT(**credit, shared=terms) if terms else sentences.SAME_STORY(**credit, why=why)
    return Comparison(
        sentence,
        passages,
        _joined(ours, _find(terms, item.card.title, text)),
        _joined(theirs, _find(terms, other.card.title, other_text)),
    )


def _copy_relation(item: ItemDetail, other: ItemDetail) -> Relation | None:
    """Return how one of two reports copies the other or both the same original; None if none does."""
    ours, theirs = item.card, other.card
    for card, original in ((ours, theirs), (theirs, ours)):
        if card.relation in _COPIES and card.reprint_of in (original.id, original.reprint_of, None):
            return card.relation
    return None


def _length(passage: Passage) -> int:
    return passage.a.end - passage.a.start


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(merge_spans(spans))


def _joined(spans: Spans, more: Spans) -> Spans:
    return Spans(_merged((*spans.title, *more.title)), _merged((*spans.text, *more.text)))
