"""The classifier: training, prediction, evidence, calibration, and the model file."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from aggregator.learning.classifier import Model, ModelError
from aggregator.learning.features import features
from aggregator.learning.trainer import acceptance_threshold, segment_sum, train
from aggregator.learning.word_vectors import DIMENSIONS, MAX_TOKENS, PAD, embed, tokenize
from aggregator.steps.text.ngrams import characters, gathered

SUBJECTS = {
    "harbour": ("渔船", "码头", "灯塔", "货轮", "潮水"),
    "kitchen": ("蒸锅", "菜刀", "面团", "酱油", "灶台"),
    "garden": ("玫瑰", "花匠", "草坪", "温室", "藤架"),
}
FILLING = ("今天", "去年", "城里", "新的", "三个", "大家", "据说", "再次", "为何", "终于")


def make_examples(count: int, seed: int = 1) -> list[tuple[str, str]]:
    chance = random.Random(seed)
    examples = []
    for _ in range(count):
        label = chance.choice(sorted(SUBJECTS))
        words = [*chance.sample(FILLING, 3), *chance.sample(SUBJECTS[label], 2)]
        chance.shuffle(words)
        examples.append((label, "".join(words)))
    return examples


@pytest.fixture(scope="module")
def model() -> Model:
    return train(make_examples(2000))


def test_training_measures_the_accuracy(model: Model) -> None:
    assert model.labels == ("garden", "harbour", "kitchen")
    assert sum(model.examples.values()) == 2000
    assert model.accuracy > 0.98
    unseen = make_examples(300, seed=2)
    answers = model.classify([text for _, text in unseen])
    assert sum(label == answer for (label, _), (answer, _, _) in zip(unseen, answers, strict=True)) >= 295


def test_the_score_is_a_probability_and_the_evidence_occurs_in_the_text(model: Model) -> None:
    ((label, score, evidence),) = model.classify(["老渔船停在码头"])
    assert label == "harbour"
    assert 0.5 < score <= 1
    assert evidence
    assert all(word in "老渔船停在码头" for word in evidence.split(","))


@pytest.mark.parametrize("text", ["老渔船停在码头", "", "完全没有见过"])
def test_probabilities_cover_every_label_and_sum_to_one(model: Model, text: str) -> None:
    probabilities, _ = model.predict_proba(text)
    assert tuple(probabilities) == model.labels
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
    ((label, score, _),) = model.classify([text])
    assert label == max(probabilities, key=probabilities.__getitem__)
    assert score == pytest.approx(probabilities[label], abs=1e-5)


def test_evidence_is_the_words_of_the_most_probable_label(model: Model) -> None:
    probabilities, evidence = model.predict_proba("渔船停在码头")
    assert max(probabilities, key=probabilities.__getitem__) == "harbour"
    assert evidence
    assert set(evidence.split(",")) <= {"渔船", "码头", "停在", "船", "渔", "码", "头", "停", "在"}


@pytest.mark.parametrize("text", ["", " ", "\x02\x03", "😀", "\ud800", "完全没有见过", "a" * 10_000])
def test_any_text_gets_an_answer(model: Model, text: str) -> None:
    ((label, score, _),) = model.classify([text])
    assert label in model.labels
    assert 0 < score <= 1


def test_no_texts_give_no_answers(model: Model) -> None:
    assert model.classify([]) == []


def test_training_is_deterministic() -> None:
    first, second = train(make_examples(400)), train(make_examples(400))
    assert np.array_equal(first.weights, second.weights)


def test_four_examples_are_enough_to_train() -> None:
    small = train([("a", "渔船"), ("b", "玫瑰"), ("a", "码头"), ("b", "草坪")])
    assert small.accuracy == 0
    assert [label for label, _, _ in small.classify(["渔船", "草坪"])] == ["a", "b"]


def test_a_single_label_is_an_error() -> None:
    with pytest.raises(ModelError, match="at least two"):
        train([("a", "渔船"), ("a", "码头")])


def test_progress_rises_to_one() -> None:
    fractions: list[float] = []
    train(make_examples(1000), progress=fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)


# ---------------------------------------------------------------- model file
@pytest.mark.parametrize("count", [500, 2000])
def test_a_saved_model_gives_the_same_answers(model: Model, count: int, tmp_path: Path) -> None:
    saved = model if count == 2000 else train(make_examples(count))
    path = tmp_path / "some.npz"
    saved.save(path)
    loaded = Model.load(path)
    texts = [text for _, text in make_examples(50, seed=3)]
    assert loaded.labels == saved.labels
    assert loaded.examples == saved.examples
    assert (loaded.text_cnn is None) == (saved.text_cnn is None)
    assert loaded.threshold == saved.threshold
    assert loaded.ensemble_weight == saved.ensemble_weight > 0
    for (label, score, _), (other, same, _) in zip(saved.classify(texts), loaded.classify(texts), strict=True):
        assert label == other
        assert score == pytest.approx(same, abs=0.01)
    assert [file.name for file in tmp_path.iterdir()] == ["some.npz"]


def test_a_file_that_is_not_a_model_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with pytest.raises(ModelError, match="gedi learn"):
        Model.load(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="is not a model file of gedi"):
        Model.load(path)
    np.savez(path, other=np.zeros(3))
    with pytest.raises(ModelError, match="is not a model file of gedi"):
        Model.load(path)


def test_a_model_of_another_format_version_has_to_be_trained_again(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, version=np.array(5), labels=np.array(["a", "b"]), known=np.zeros(3), weights=np.zeros((3, 2)))
    with pytest.raises(ModelError, match="another version of gedi; train it again: gedi learn"):
        Model.load(path)


# ---------------------------------------------------------------- features
def test_ngrams_have_positions() -> None:
    found = gathered(3, characters(["码头", "", "头"]))
    assert found.starts.tolist() == [0, 7, 8, 12]
    spans = zip(found.at[:7], found.size[:7], strict=True)
    grams = {"\x02码头\x03"[at + 1 : at + 1 + size] for at, size in spans}
    assert grams == {"码", "头", "\x02码", "码头", "头\x03", "\x02码头", "码头\x03"}
    assert set(found.codes[8:].tolist()) & set(found.codes[:7].tolist())
    assert characters(["第1名"]).codes.tolist() == characters(["第7名"]).codes.tolist()


def test_words_and_keywords_are_features_besides_ngrams() -> None:
    text = "气象台发布暴雨预警"
    ngrams, every = gathered(2, characters([text, ""])), features([text, ""])
    assert set(ngrams.codes.tolist()) < set(every.codes.tolist())
    words = set(every.codes.tolist()) - set(ngrams.codes.tolist())
    spans = {
        text[at : at + size]
        for code, at, size in zip(every.codes.tolist(), every.at, every.size, strict=True)
        if code in words and size
    }
    assert {"暴雨", "气象台"} <= spans
    assert every.starts.tolist() == [0, every.starts[1], len(every.codes)]
    assert 0 < len(every.codes) - every.starts[1] < every.starts[1]


def test_word_pairs_are_unordered() -> None:
    pair, swapped = (set(features([text]).codes.tolist()) for text in ("桌子，椅子", "椅子，桌子"))
    other_pairs = set(features(["桌子，杯子", "椅子，杯子"]).codes.tolist())
    assert len((pair & swapped) - other_pairs) == 1


# ---------------------------------------------------------------- TextCNN and word vectors
def test_a_text_cnn_is_trained_from_a_thousand_examples_on(model: Model) -> None:
    assert train(make_examples(500)).text_cnn is None
    assert model.text_cnn is not None
    assert model.text_cnn.logits(tokenize([])).shape == (0, 3)
    assert model.text_cnn.logits(tokenize(["渔船停在码头", ""])).shape == (2, 3)


def test_related_words_have_similar_vectors() -> None:
    football, basketball, soup = embed(tokenize(["足球", "篮球", "鸡汤"]))[:, 0]
    assert football @ basketball > 2 * abs(football @ soup)


def test_tokens_are_padded_and_unknown_words_are_split() -> None:
    token_ids = tokenize(["", "足球", "🙂", "足球" * 40, "ཀཁག"])
    assert token_ids.shape == (5, MAX_TOKENS)
    assert (token_ids != PAD).sum(axis=1).tolist()[:4] == [0, 1, 0, MAX_TOKENS]
    assert embed(token_ids).shape == (5, MAX_TOKENS, DIMENSIONS)
    assert not embed(token_ids)[0].any()
    unknown = tokenize(["乒乓球饺子馆"])[0]
    assert set(unknown[unknown != PAD].tolist()) >= {int(tokenize(["饺子"])[0, 0])}


def test_words_of_no_example_are_classified_by_their_vectors() -> None:
    chance = random.Random(4)
    trained = {"sports": ("足球", "网球", "冠军", "教练"), "food": ("米饭", "豆腐", "牛肉", "酱油")}
    pairs = [(label, "".join(chance.sample(words, 2))) for label, words in trained.items() for _ in range(600)]
    answers = train(pairs).classify(["篮球排球", "面条鸡蛋"])
    assert [label for label, _, _ in answers] == ["sports", "food"]


# ---------------------------------------------------------------- training internals
def test_the_threshold_is_where_nine_answers_in_ten_are_correct() -> None:
    probabilities = np.linspace(0.5, 1.0, 101, dtype=np.float32)
    assert acceptance_threshold(probabilities, probabilities > 0.8) == pytest.approx(0.8, abs=0.03)
    assert acceptance_threshold(probabilities, np.ones(101, bool)) == pytest.approx(0.6)
    assert acceptance_threshold(probabilities, np.zeros(101, bool)) == pytest.approx(0.95)


def test_gradients_of_one_feature_are_summed() -> None:
    rows = np.array([[1, 0], [2, 0], [4, 1]], np.float32)
    ids, sums = segment_sum(np.array([7, 3, 7]), rows)
    assert ids.tolist() == [3, 7]
    assert sums.tolist() == [[2, 0], [5, 1]]
    assert segment_sum(np.zeros(0, np.int64), np.zeros((0, 2), np.float32))[1].shape == (0, 2)
