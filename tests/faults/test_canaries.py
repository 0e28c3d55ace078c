"""Numbers typed into every box of every door; then the bytes of every file that the product has written.

`test_what_stays_on_disk.py` does the same to the trained assistant; here are the doors that it has not:
WeChat in the clear and encrypted, the staff's pages, imports, the platform's answers. ROUNDS makes it the
full number.
"""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from stdnum import luhn

from desk.database import utc_now, wipe_log
from desk.id_number import valid_id
from desk.retention import open_retention
from tests.faults import typed
from tests.faults.canaries import canaries, texts
from tests.faults.premises import Premises
from tests.faults.rounds import rounds
from tests.faults.scan import held, traces

_WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_HAN = str.maketrans("0123456789", "零一二三四五六七八九")


@pytest.fixture(scope="module")
def numbers() -> list[str]:
    return canaries(next(rounds()))


@pytest.fixture(scope="module")
def premises(tmp_path_factory: pytest.TempPathFactory, numbers: list[str]) -> Iterator[Premises]:
    """Where everything was typed everywhere; the processes have ended."""
    made = Premises(tmp_path_factory.mktemp("canaries"), tmp_path_factory.mktemp("elsewhere"))
    try:
        made.open()
        typed.everywhere(made, numbers)
        made.back_up()
        made.look_at_processes()
        made.close()
        yield made
    finally:
        made.close()


def test_the_numbers_are_valid_and_belong_to_nobody(numbers: list[str]) -> None:
    ids = [number for number in numbers if len(number) == 18]
    assert all(valid_id(number) for number in ids) and any(number.endswith("X") for number in ids)
    assert all(luhn.is_valid(number) for number in numbers if len(number) in (16, 19))
    assert {len(number) for number in numbers} == {11, 15, 16, 18, 19}
    assert all(number[:6] in ("000000", "999999") for number in numbers if len(number) > 11)
    assert all(number[3:7] == "0000" for number in numbers if len(number) == 11)


def test_no_number_is_in_any_file_whichever_box_it_was_typed_into(
    premises: Premises, numbers: list[str]
) -> None:
    with premises.gateway.engine.connect() as connection:
        kept = connection.exec_driver_sql("select count(*) from vault where sealed is not null").scalar()
    assert (kept or 0) >= len(numbers)
    assert traces(premises.var, numbers) == []


def test_no_number_is_in_what_a_process_was_started_with(premises: Premises, numbers: list[str]) -> None:
    assert len(premises.started_with) == 6
    assert [name for name, content in premises.started_with.items() if held(content, numbers)] == []


def test_no_number_comes_to_light_by_purging_and_the_vault_is_empty_then(
    premises: Premises, numbers: list[str]
) -> None:
    later = utc_now() + timedelta(days=400)
    premises.gateway.counter.vault.purge(later)
    open_retention(premises.gateway.counter.settings).purge(later)
    wipe_log(premises.gateway.engine)
    with premises.gateway.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from vault where sealed is not null").scalar() == 0
    assert traces(premises.var, numbers) == []


def test_a_planted_number_is_found_in_every_form(tmp_path: Path, numbers: list[str]) -> None:
    for length in sorted({len(number) for number in numbers}):
        number = next(each for each in numbers if len(each) == length)
        planted = tmp_path / str(length)
        planted.mkdir()
        for name, write in FORMS.items():
            (planted / name).write_bytes(write(number))
        found = {trace.split(":")[0] for trace in traces(planted, numbers)}
        assert set(FORMS) - found == set(), "the search is blind"


def test_every_spelling_that_is_typed_would_be_found(numbers: list[str]) -> None:
    for text in texts(numbers, 1):
        if "⓪" not in text:
            assert held(text.encode(), numbers), text


FORMS: dict[str, Callable[[str], bytes]] = {
    "raw": lambda number: f"x{number}x".encode(),
    "lower": lambda number: number.lower().encode(),
    **{
        f"separator {ord(mark)}": lambda number, mark=mark: mark.join(number).encode()
        for mark in " -._/,:|;+*'\t\n、，·—\u200b"
    },
    "reversed": lambda number: number[::-1].encode(),
    "reversed with dashes": lambda number: "-".join(number[::-1]).encode(),
    "utf-16 le": lambda number: f"号{number}".encode("utf-16-le"),
    "utf-16 be": lambda number: f"号{number}".encode("utf-16-be"),
    "wide utf-16 le": lambda number: number.translate(_WIDE).encode("utf-16-le"),
    "wide utf-16 be, displaced": lambda number: b"x" + number.translate(_WIDE).encode("utf-16-be"),
    "wide": lambda number: f"号{number.translate(_WIDE)}".encode(),
    "escaped": lambda number: number.translate(_WIDE).encode("unicode_escape"),
    "escaped ascii": lambda number: "".join(f"\\u{ord(sign):04x}" for sign in number).encode(),
    "chinese": lambda number: number.translate(_HAN).encode(),
    "zlib": lambda number: b"junk" + zlib.compress(f"log {number}".encode()) + b"junk",
    "gzip": lambda number: gzip.compress(f"log {number}".encode()),
    "gzip of base64": lambda number: gzip.compress(base64.b64encode(f"ab{number}".encode())),
    "base64 of zlib": lambda number: base64.b64encode(zlib.compress(number.encode() * 9)),
    **{
        f"base64 {before}": lambda number, before=before: base64.b64encode(
            b"x" * before + number.encode() + b"y"
        )
        for before in range(3)
    },
    "url-safe base64": lambda number: base64.urlsafe_b64encode(b"\xff\xfe\xfd" + number.encode()),
}
