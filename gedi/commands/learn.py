"""``gedi learn`` and ``gedi classify``: train the category model, and apply it (or the rules alone)."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from aggregator import MODEL_FILE
from aggregator.texts import localize, reason_of, t
from gedi.commands import EXIT_USAGE, config_option, fail, json_option, load_config

if TYPE_CHECKING:
    from aggregator.learning.classifier import Model

MAX_NAMED_LINES = 10  # invalid lines that are listed one by one
CHUNK_BYTES = 1 << 16  # bytes

Prediction = tuple[str | None, float, str]
Classifier = Callable[[list[str]], Sequence[Prediction]]


def model_option(function: Callable[..., None]) -> Callable[..., None]:
    """``--model FILE``."""
    return click.option(
        "--model",
        "model_path",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"The model's file.  [default: {MODEL_FILE} beside the config]",
    )(function)


@click.command("learn")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path, allow_dash=True))
@model_option
@config_option
@json_option
def learn(file: Path | None, model_path: Path | None, config_path: Path, as_json: bool) -> None:
    """Train the category model from FILE (one example a line: label TAB text; - is standard input).

    Without FILE it learns from the store: items whose category an admin, their source or their publisher set. A tenth
    of the examples is held out to measure the accuracy.
    """
    from aggregator.learning.classifier import ModelError

    examples = list(_read_examples(file)) if file else _stored_examples(config_path)
    origin = str(file) if file else t("the store")
    if not examples:
        fail(
            t(
                "{origin} holds no labelled example; write lines of label TAB text, or poll sources with a category",
                origin=origin,
            ),
            EXIT_USAGE,
        )
    target = model_path or config_path.parent / MODEL_FILE
    try:
        model = _train(examples)
        model.save(target)
    except ModelError as error:
        fail(f"{origin}: {localize(error)}", EXIT_USAGE)
    except OSError as error:
        fail(
            t(
                "{target} cannot be written: {reason}; name another file with --model",
                target=target,
                reason=reason_of(error),
            )
        )
    _report(model, target, as_json)


@click.command("classify")
@model_option
@config_option
def classify(model_path: Path | None, config_path: Path) -> None:
    """Read text, one line each, and print a JSON line for each: {"category", "score", "why"}.

    With --model the model decides, whatever its labels. Otherwise the categories of the config decide: the keywords,
    and the model beside the config, if there is one; category is null if nothing is certain.
    """
    answer = _model_classifier(model_path) if model_path else _rule_classifier(config_path)
    for lines in _read_lines(sys.stdin.buffer):
        for category, score, why in answer(lines):
            line = {"category": category, "score": round(score, 4), "why": why}
            click.echo(json.dumps(line, ensure_ascii=False))
        sys.stdout.flush()


# ---------------------------------------------------------------- training
def _train(examples: list[tuple[str, str]]) -> Model:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from aggregator.learning.trainer import train

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(t("learning from {count:,} examples", count=len(examples)), total=1.0)
        return train(examples, progress=lambda fraction: progress.update(task, completed=fraction))


def _report(model: Model, target: Path, as_json: bool) -> None:
    counts = Counter(model.examples)
    measured = round(model.accuracy, 4) if model.accuracy else None
    if as_json:
        click.echo(json.dumps({"model": str(target), "accuracy": measured, "examples": counts}, ensure_ascii=False))
        return
    for label, count in counts.most_common():
        click.echo(f"{count:8,}  {label}")
    accuracy = (
        t("{accuracy:.1%} of a held-out tenth right", accuracy=model.accuracy)
        if measured
        else t("too few to hold some out and measure")
    )
    click.echo(
        t(
            "{count:8,}  examples, {labels} labels; {accuracy}; saved as {target}",
            count=counts.total(),
            labels=len(counts),
            accuracy=accuracy,
            target=target,
        )
    )


def _stored_examples(config_path: Path) -> list[tuple[str, str]]:
    from aggregator.jobs.retraining import MAX_EXAMPLES, cap_per_class, oversample
    from gedi.commands import load_config_and_store

    _, store = load_config_and_store(config_path)
    try:
        return oversample(cap_per_class(store.training_examples(MAX_EXAMPLES)))
    finally:
        store.close()


def _read_examples(file: Path) -> Iterator[tuple[str, str]]:
    """Read the examples of a TSV; invalid lines are reported on stderr and skipped."""
    try:
        with click.open_file(str(file), "rb") as stream:
            invalid = 0
            for number, line in enumerate(stream, 1):
                example = _parse_example(line, first=number == 1)
                if isinstance(example, tuple):
                    yield example
                elif example:
                    invalid += 1
                    if invalid <= MAX_NAMED_LINES:
                        click.echo(f"gedi: {file}:{number}: {example}", err=True)
            if invalid > MAX_NAMED_LINES:
                click.echo(
                    t(
                        "gedi: {file}: {count} more lines like these were left out",
                        file=file,
                        count=invalid - MAX_NAMED_LINES,
                    ),
                    err=True,
                )
    except OSError as error:
        fail(
            t(
                "{file} cannot be read: {reason}; name a file of lines label TAB text",
                file=file,
                reason=reason_of(error),
            ),
            EXIT_USAGE,
        )


def _parse_example(line: bytes, first: bool) -> tuple[str, str] | str | None:
    """Return (label, text), what is wrong with a line, or None for an empty one."""
    try:
        text = line.decode("utf-8-sig" if first else "utf-8").strip("\r\n")
    except UnicodeDecodeError:
        return t("not UTF-8, left out; save the file as UTF-8")
    if not text.strip():
        return None
    label, tab, example = text.partition("\t")
    if not tab:
        return t("no TAB, left out; write label TAB text")
    if not label.strip():
        return t("no label before the TAB, left out; write label TAB text")
    if not example.strip():
        return t("no text behind the TAB, left out; write label TAB text")
    return label.strip(), example.strip()


# ---------------------------------------------------------------- classification
def _model_classifier(path: Path) -> Classifier:
    from aggregator.learning.classifier import Model, ModelError

    try:
        return Model.load(path).classify
    except ModelError as error:
        fail(localize(error), EXIT_USAGE)


def _rule_classifier(config_path: Path) -> Classifier:
    from aggregator.learning.classifier import Model, ModelError
    from aggregator.learning.keyword_meanings import KeywordMeanings
    from aggregator.messages.short_form import short_form
    from aggregator.reference.categories import CategoryTree
    from aggregator.steps.categories.categorize import CategoryRules, categorize

    tree = load_config(config_path).category_tree if config_path.exists() else CategoryTree.default()
    rules = CategoryRules(tree, KeywordMeanings.load())
    model_path = config_path.parent / MODEL_FILE
    try:
        model = Model.load(model_path) if model_path.exists() else None
    except ModelError as error:
        fail(localize(error), EXIT_USAGE)

    def answer(lines: list[str]) -> list[Prediction]:
        decisions = [categorize(line, "", (), None, rules, model) for line in lines]
        return [(decision.category, decision.score, short_form(decision.why)) for decision in decisions]

    return answer


def _read_lines(stream: BinaryIO) -> Iterator[list[str]]:
    """Yield the available lines as soon as they arrive; the last one may lack its end."""
    read = getattr(stream, "read1", stream.read)
    rest = b""
    number = 0
    while chunk := read(CHUNK_BYTES):
        *complete, rest = (rest + chunk).split(b"\n")
        if complete:
            yield [_decode_line(line, number + place) for place, line in enumerate(complete, 1)]
            number += len(complete)
    if rest:
        yield [_decode_line(rest, number + 1)]


def _decode_line(line: bytes, number: int) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r")
    except UnicodeDecodeError:
        click.echo(
            t("gedi: line {number}: not UTF-8, its bad bytes were replaced; send UTF-8 text", number=number), err=True
        )
        return line.decode("utf-8", "replace").rstrip("\r")
