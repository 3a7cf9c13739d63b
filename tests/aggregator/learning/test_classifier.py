"""The classifier learns any labels from invented titles, tells its reasons, and survives being saved."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from aggregator.learning.classifier import Model, ModelError
from aggregator.learning.features import features
from aggregator.learning.trainer import sure_from
from aggregator.learning.word_vectors import LONGEST, SIZE, nowhere, read, vectors
from aggregator.steps.text.ngrams import characters, gathered

SUBJECTS = {
    "harbour": ("渔船", "码头", "灯塔", "货轮", "潮水"),
    "kitchen": ("蒸锅", "菜刀", "面团", "酱油", "灶台"),
    "garden": ("玫瑰", "花匠", "草坪", "温室", "藤架"),
}
FILLING = ("今天", "去年", "城里", "新的", "三个", "大家", "据说", "再次", "为何", "终于")


def examples(count: int, seed: int = 1) -> list[tuple[str, str]]:
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        label = chance.choice(sorted(SUBJECTS))
        words = [*chance.sample(FILLING, 3), *chance.sample(SUBJECTS[label], 2)]
        chance.shuffle(words)
        made.append((label, "".join(words)))
    return made


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.train(examples(2000))


def test_it_learns_and_measures_itself(model: Model) -> None:
    assert model.labels == ("garden", "harbour", "kitchen")
    assert sum(model.examples.values()) == 2000
    assert model.accuracy > 0.98
    unseen = examples(300, seed=2)
    answers = model.classify([text for _, text in unseen])
    assert sum(label == answer for (label, _), (answer, _, _) in zip(unseen, answers, strict=True)) >= 295


def test_the_score_is_a_probability_and_the_evidence_stands_in_the_text(model: Model) -> None:
    ((label, score, why),) = model.classify(["老渔船停在码头"])
    assert label == "harbour"
    assert 0.5 < score <= 1
    assert why
    assert all(gram in "老渔船停在码头" for gram in why.split(","))
    chances = model.probabilities(["老渔船停在码头", ""])
    assert chances.shape == (2, 3)
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("text", ["", " ", "\x02\x03", "😀", "\ud800", "完全没有见过", "a" * 10_000])
def test_any_text_has_an_answer(model: Model, text: str) -> None:
    ((label, score, _),) = model.classify([text])
    assert label in model.labels
    assert 0 < score <= 1


def test_no_text_no_answer(model: Model) -> None:
    assert model.classify([]) == []


def test_a_saved_model_answers_the_same(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    model.save(path)
    again = Model.load(path)
    texts = [text for _, text in examples(50, seed=3)]
    assert again.labels == model.labels
    assert again.examples == model.examples
    for (label, score, _), (other, same, _) in zip(model.classify(texts), again.classify(texts), strict=True):
        assert label == other
        assert score == pytest.approx(same, abs=0.01)
    assert [file.name for file in tmp_path.iterdir()] == ["some.npz"]


def test_the_same_examples_give_the_same_model() -> None:
    first, second = Model.train(examples(400)), Model.train(examples(400))
    assert np.array_equal(first.weights, second.weights)


def test_few_examples_are_enough_to_begin() -> None:
    small = Model.train([("a", "渔船"), ("b", "玫瑰"), ("a", "码头"), ("b", "草坪")])
    assert small.accuracy == 0
    assert [label for label, _, _ in small.classify(["渔船", "草坪"])] == ["a", "b"]


def test_one_label_is_refused() -> None:
    with pytest.raises(ModelError, match="at least two"):
        Model.train([("a", "渔船"), ("a", "码头")])


def test_what_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with pytest.raises(ModelError, match="gedi learn"):
        Model.load(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="is no model of gedi"):
        Model.load(path)
    np.savez(path, other=np.zeros(3))
    with pytest.raises(ModelError, match="is no model of gedi"):
        Model.load(path)


def test_progress_is_told_up_to_the_end() -> None:
    told: list[float] = []
    Model.train(examples(1000), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_ngrams_know_their_place() -> None:
    found = gathered(3, characters(["码头", "", "头"]))
    assert found.starts.tolist() == [0, 7, 8, 12]
    places = zip(found.at[:7], found.size[:7], strict=True)
    named = {"\x02码头\x03"[at + 1 : at + 1 + size] for at, size in places}
    assert named == {"码", "头", "\x02码", "码头", "头\x03", "\x02码头", "码头\x03"}
    assert set(found.codes[8:].tolist()) & set(found.codes[:7].tolist())
    assert characters(["第1名"]).codes.tolist() == characters(["第7名"]).codes.tolist()


def test_words_and_keywords_are_features_of_their_own() -> None:
    texts = ["气象台发布暴雨预警", ""]
    alone, all_of_them = gathered(2, characters(texts)), features(texts)
    assert all_of_them.starts[1] > alone.starts[1]
    assert all_of_them.starts.tolist()[1:] == [len(all_of_them.codes)] * 2 or len(alone.codes) < len(all_of_them.codes)
    spans = {texts[0][at : at + size] for at, size in zip(all_of_them.at, all_of_them.size, strict=True) if at >= 0}
    assert "暴雨" in spans


def test_with_many_examples_networks_learn_beside_the_linear_model(model: Model, tmp_path: Path) -> None:
    assert model.network is not None
    assert model.companion is not None
    few = Model.train(examples(500))
    assert (few.network, few.companion) == (None, None)
    texts = [text for _, text in examples(50, seed=9)]
    model.save(tmp_path / "m.npz")
    again = Model.load(tmp_path / "m.npz")
    assert again.network is not None
    assert again.companion is not None
    assert again.companion.vectors.dtype == np.int8
    assert again.share == model.share > 0
    assert np.allclose(again.probabilities(texts), model.probabilities(texts), atol=2e-2)
    assert model.network.scores(read([])).shape == (0, 3)
    assert model.companion.scores(features([])).shape == (0, 3)


def test_pairs_of_words_count_whichever_is_first() -> None:
    one, other = (set(features([text]).codes.tolist()) for text in ("桌子，椅子", "椅子，桌子"))
    alone = set(features(["桌子，杯子", "椅子，杯子"]).codes.tolist())
    assert len((one & other) - alone) == 1


def test_words_of_one_kind_have_like_vectors() -> None:
    ball, other_ball, soup = vectors(read(["足球", "篮球", "鸡汤"]))[:, 0]
    assert ball @ other_ball > 2 * abs(ball @ soup)


def test_what_is_no_word_is_read_in_pieces() -> None:
    places = read(["", "足球", "🙂", "足球" * 40, "ཀཁག"])
    assert places.shape == (5, LONGEST)
    assert (places != nowhere()).sum(axis=1).tolist()[:4] == [0, 1, 0, LONGEST]
    assert vectors(places).shape == (5, LONGEST, SIZE)
    assert not vectors(places)[0].any()
    unknown = read(["乒乓球饺子馆"])[0]
    assert set(unknown[unknown != nowhere()].tolist()) >= {int(read(["饺子"])[0, 0])}


def test_what_two_words_mean_together_is_known_of_words_never_learnt() -> None:
    chance = random.Random(4)
    taught = {"sports": ("足球", "网球", "冠军", "教练"), "food": ("米饭", "豆腐", "牛肉", "酱油")}
    pairs = [(label, "".join(chance.sample(words, 2))) for label, words in taught.items() for _ in range(600)]
    answers = Model.train(pairs).classify(["篮球排球", "面条鸡蛋"])
    assert [label for label, _, _ in answers] == ["sports", "food"]


def test_an_opinion_holds_every_label_and_the_words(model: Model) -> None:
    chances, why = model.opinion("渔船停在码头")
    assert set(chances) == set(model.labels)
    assert abs(sum(chances.values()) - 1) < 1e-3
    assert max(chances, key=chances.__getitem__) == "harbour"
    assert why
    assert set(why.split(",")) <= {"渔船", "码头", "停在", "船", "渔", "码", "头", "停", "在"}


def test_it_says_from_where_on_it_is_sure() -> None:
    chances = np.linspace(0.5, 1.0, 101, dtype=np.float32)
    assert sure_from(chances, chances > 0.8) == pytest.approx(0.8, abs=0.03)
    assert sure_from(chances, np.ones(101, bool)) == pytest.approx(0.6)
    assert sure_from(chances, np.zeros(101, bool)) == pytest.approx(0.95)
