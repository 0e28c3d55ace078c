from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from bot.nlu.heads import counted, rarity, weighed
from bot.nlu.intents import LinearIntentClassifier
from desk.settings import Settings
from tests.nlu.conftest import SENTENCES, Workshop, message, training_data

# With the meaning beside the letters, and by the letters alone.
BOTH = pytest.mark.parametrize("encoder", ["fake", ""])
SAID = ("要带什么材料", "下一步", "去哪点办", "唱首天气的歌", "🙂", "失业" * 500)


def heard(classifier: LinearIntentClassifier, text: str) -> Message:
    (found,) = classifier.process([message(text)])
    return found


@BOTH
def test_what_was_learnt_is_understood(workshop: Workshop, encoder: str) -> None:
    classifier = workshop.trained(encoder=encoder)
    for intent, (label, texts) in SENTENCES.items():
        found = heard(classifier, texts.split("|")[0])
        assert found.get(INTENT)["name"] == intent
        assert found.get("label_ranking")[0]["name"] == label


@BOTH
@pytest.mark.parametrize("text", SAID)
def test_confidences_add_up_to_one_and_fall(workshop: Workshop, encoder: str, text: str) -> None:
    found = heard(workshop.trained(encoder=encoder), text)
    for key, count in (("intent_ranking", 5), ("label_ranking", 4)):
        chances = [entry["confidence"] for entry in found.get(key)]
        assert len(chances) == count
        assert sum(chances) == pytest.approx(1.0)
        assert all(0 <= chance <= 1 for chance in chances)
    labels = [entry["confidence"] for entry in found.get("label_ranking")]
    assert labels == sorted(labels, reverse=True)


@BOTH
@pytest.mark.parametrize("text", SAID)
def test_a_label_has_the_chances_of_all_its_intents(workshop: Workshop, encoder: str, text: str) -> None:
    found = heard(workshop.trained(encoder=encoder), text)
    intents = {entry["name"]: entry["confidence"] for entry in found.get("intent_ranking")}
    labels = {entry["name"]: entry["confidence"] for entry in found.get("label_ranking")}
    assert labels["process"] == pytest.approx(intents["process"] + intents["next_step"])
    assert labels["office"] == pytest.approx(intents["office"])


@BOTH
@pytest.mark.parametrize("text", SAID)
def test_the_intent_is_the_first_of_its_ranking_and_of_the_best_label(
    workshop: Workshop, encoder: str, text: str
) -> None:
    found = heard(workshop.trained(encoder=encoder), text)
    assert found.get(INTENT) == found.get("intent_ranking")[0]
    assert SENTENCES[found.get(INTENT)["name"]][0] == found.get("label_ranking")[0]["name"]


def test_the_rankings_are_as_long_as_wished(workshop: Workshop) -> None:
    found = heard(workshop.trained(ranking_length=2), "要带什么材料")
    assert (len(found.get("intent_ranking")), len(found.get("label_ranking"))) == (2, 2)


@BOTH
def test_a_model_read_from_its_file_says_the_same(workshop: Workshop, encoder: str) -> None:
    trained = workshop.trained(encoder=encoder)
    loaded = workshop.loaded(encoder=encoder)
    for text in SAID:
        assert heard(loaded, text).get("intent_ranking") == heard(trained, text).get("intent_ranking")


def test_a_model_with_meaning_is_used_by_its_letters_where_the_encoder_is_switched_off(
    workshop: Workshop,
) -> None:
    workshop.trained(encoder="fake")
    asked = len(workshop.encoder.asked)
    assert heard(workshop.loaded(encoder=""), "要带什么材料").get(INTENT)["name"] == "materials"
    assert len(workshop.encoder.asked) == asked


def test_a_model_of_letters_is_used_where_an_encoder_is_wished_for(workshop: Workshop) -> None:
    workshop.trained(encoder="")
    assert heard(workshop.loaded(encoder="fake"), "阿巴").get("label_ranking")
    assert workshop.encoder.asked == []


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"ngrams": np.array([Path.unlink])}, ValueError),
        ({"ngrams": np.array(["失"]), "idf": np.array([Settings.from_env({})])}, ValueError),
        ({"ngrams": np.array(["失"]), "idf": np.ones(1)}, KeyError),
        ({}, KeyError),
    ],
)
def test_a_file_with_anything_else_in_it_is_refused(
    workshop: Workshop, content: dict[str, Any], error: type[Exception]
) -> None:
    with workshop.storage.write_to(workshop.resource) as folder:
        np.savez(folder / "intents.npz", **content)
    with pytest.raises(error):
        workshop.loaded()


def test_n_grams_weigh_what_sklearn_lets_them_weigh() -> None:
    texts = [text for _, said in SENTENCES.values() for text in said.split("|")]
    counts = CountVectorizer(analyzer="char", ngram_range=(1, 3), dtype=np.float32).fit(texts)
    theirs = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True).fit(texts)
    idf = rarity(counts.transform(texts))
    assert idf == pytest.approx(theirs.idf_, rel=1e-5)
    for said in (texts, ["材料材料材料怎么材料", "一个也没有见过的句子", ""]):
        ours = weighed(counts.transform(said), idf).toarray()
        assert ours == pytest.approx(theirs.transform(said).toarray(), abs=1e-5)


@pytest.mark.parametrize("text", ["要带什么材料", "材料材料材料怎么材料", "一个也没有见过的句子", ""])
def test_one_message_is_weighed_as_sklearn_weighs_many(workshop: Workshop, text: str) -> None:
    heads = workshop.trained()._heads
    assert heads
    theirs = heads.letters.predict_proba(weighed(counted(heads.ngrams, [text]), heads.idf))[0]
    assert heads.by_letters(text) == pytest.approx(theirs, abs=1e-6)


def test_a_pair_around_a_dropped_character_is_one_that_was_learnt() -> None:
    ngrams = CountVectorizer(analyzer="char", ngram_range=(1, 2), dtype=np.float32).fit(
        ["审核多久", "多审", "核久"]
    )
    columns = ngrams.vocabulary_
    (whole,) = counted(ngrams, ["审核多久"]).toarray()
    assert (whole[columns["审核"]], whole[columns["核久"]]) == (1, 0.5)  # one stands there, one around 多
    assert "审多" not in columns and whole[columns["多审"]] == 0
    (dropped,) = counted(ngrams, ["审核久"]).toarray()
    assert dropped[columns["核久"]] == 1


def test_several_asks_are_found_each_with_its_label(workshop: Workshop) -> None:
    found = heard(workshop.trained(), "要带什么材料？下一步怎么弄？窗口在哪里？")
    asks = found.get("asks")
    assert [(ask["label"], ask["intent"]) for ask in asks] == [
        ("materials", "materials"),
        ("process", "next_step"),
        ("office", "office"),
    ]
    assert all(0 < ask["confidence"] <= 1 for ask in asks)
    assert "asks" in found.as_dict(only_output_properties=True)


@pytest.mark.parametrize("text", ["要带什么材料", "天气好。要带什么材料？"])
def test_one_ask_is_not_several(workshop: Workshop, text: str) -> None:
    assert heard(workshop.trained(), text).get("asks") is None


def test_the_encoder_is_asked_only_where_the_letters_leave_doubt_and_once(workshop: Workshop) -> None:
    classifier = workshop.trained(encoder="fake", sure_by_letters=0.7)
    workshop.encoder.asked.clear()
    heard(classifier, "下一步是什么")
    assert workshop.encoder.asked == []
    heard(classifier, "那个阿巴")
    heard(classifier, "那个阿巴")
    assert workshop.encoder.asked == ["那个阿巴"]


@pytest.mark.parametrize(("border", "asked"), [(0.0, 0), (1.01, 1)])
def test_the_border_of_certainty_is_a_setting(workshop: Workshop, border: float, asked: int) -> None:
    classifier = workshop.trained(encoder="fake", sure_by_letters=border)
    workshop.encoder.asked.clear()
    heard(classifier, "下一步是什么")
    assert len(workshop.encoder.asked) == asked


def test_the_meaning_adds_what_the_letters_do_not_know(workshop: Workshop) -> None:
    text = "饭歌饭歌"
    by_letters = heard(workshop.trained(encoder=""), text).get("label_ranking")
    by_both = heard(workshop.trained(encoder="fake", encoder_share=1.0, sure_by_letters=1.01), text)
    best = by_both.get("label_ranking")[0]
    assert best["name"] == "chitchat"
    assert best["confidence"] > dict((e["name"], e["confidence"]) for e in by_letters)["chitchat"]


def test_long_sentences_are_learnt_by_their_letters_alone(workshop: Workshop) -> None:
    classifier = workshop.made(encoder="fake")
    data = training_data()
    long = message("材料" * 31, **{INTENT: "materials"})
    data.training_examples.append(long)
    classifier.train(data)
    assert "材料" * 31 not in workshop.encoder.asked
    assert "要带什么材料" in workshop.encoder.asked


def test_the_encoder_learns_from_a_sixth_of_a_large_intent_and_all_of_a_small_one(
    workshop: Workshop,
) -> None:
    classifier = workshop.made(encoder="fake")
    data = training_data()
    many = [f"第{number}份材料" for number in range(120)]
    data.training_examples += [message(text, **{INTENT: "papers"}) for text in many]
    classifier.train(data)
    assert sorted(set(many) & set(workshop.encoder.asked)) == sorted(many[3::6])
    small = [text for _, texts in SENTENCES.values() for text in texts.split("|")]
    assert set(small) <= set(workshop.encoder.asked)


def test_an_example_without_a_label_is_labelled_by_its_intent(workshop: Workshop) -> None:
    data = training_data()
    for text in ("再见啦", "拜拜再见", "再见再见"):
        data.training_examples.append(message(text, **{INTENT: "goodbye"}))
    classifier = workshop.made()
    classifier.train(data)
    assert heard(classifier, "再见啦").get("label_ranking")[0]["name"] == "goodbye"


def test_a_message_that_has_an_intent_or_no_words_is_left_alone(workshop: Workshop) -> None:
    classifier = workshop.trained()
    pressed = message("/office", **{INTENT: {"name": "office", "confidence": 1.0}})
    empty = Message(data={"text": ""})
    classifier.process([pressed, empty])
    assert pressed.get(INTENT) == {"name": "office", "confidence": 1.0}
    assert pressed.get("label_ranking") is None
    assert empty.get(INTENT) is None


def test_an_untrained_classifier_leaves_every_message_alone(workshop: Workshop) -> None:
    assert heard(workshop.made(), "要带什么材料").get(INTENT) is None
