from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SM3, Hash
from hypothesis import given
from hypothesis import strategies as st

from desk.sealing import GM, INTL, PROFILES, Key, Keys, Seal, derive, encrypted

SECRET, FORMER = bytes(range(32)), b"f" * 32
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def test_sm4_gcm_gives_the_vector_of_rfc_8998_appendix_a_1() -> None:
    made = encrypted(
        algorithms.SM4(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")),
        bytes.fromhex("00001234567800000000ABCD"),
        b"".join(bytes([each]) * 8 for each in bytes.fromhex("AABBCCDDEEFFEEAA")),
        bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"),
    )
    text, tag = made[:-16].hex().upper(), made[-16:].hex().upper()
    assert text == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    )
    assert tag == "83DE3541E4C2B58177E065A9BF7B62EC"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_vectors_of_gm_t_0004_2012_appendix_a(text: bytes, expected: str) -> None:
    digest = Hash(SM3())
    digest.update(text)
    assert digest.finalize().hex() == expected


def test_what_was_made_before_there_were_profiles_stays_good() -> None:
    key = hmac.new(SECRET, b"vault", hashlib.sha256).digest()
    key_id = hashlib.sha256(b"key id" + key).digest()[:4]
    sealed = key_id + bytes(12) + AESGCM(key).encrypt(bytes(12), "文字".encode(), key_id + b"2:ab1:c")
    for profile in PROFILES:
        keys = derive(Keys.of(SECRET, profile=profile), "vault")
        assert Seal(keys).open(sealed, "ab", "c") == "文字"
        assert keys.fits(hmac.new(key, "某人".encode(), hashlib.sha256).hexdigest(), "某人")


def test_the_profile_gm_writes_sm4_gcm_and_hmac_sm3() -> None:
    keys = derive(Keys.of(SECRET, profile=GM), "vault")
    material = hmac.new(SECRET, b"vault", "sm3").digest()
    assert keys.mac("某人") == hmac.new(material, "某人".encode(), "sm3").hexdigest()
    sealed = Seal(keys).close("文字", "ab")
    key_id = hashlib.new("sm3", b"key id" + material).digest()[:4]
    key = hmac.new(material, b"\0SM4-GCM", "sm3").digest()[:16]
    made = encrypted(algorithms.SM4(key), sealed[4:16], "文字".encode(), key_id + b"2:ab")
    assert sealed == key_id + sealed[4:16] + made


def test_no_two_keys_of_an_installation_have_the_same_id() -> None:
    ring = Keys.of(SECRET, [FORMER], GM).ring
    assert [(key.material, key.profile) for key in ring] == [
        *((SECRET, GM), (SECRET, INTL)),
        *((FORMER, GM), (FORMER, INTL)),
    ]
    assert len({key.id for key in ring}) == 4
    assert Keys.of(SECRET, [SECRET]) == Keys.of(SECRET)


@given(text=TEXTS, about=st.lists(TEXTS, max_size=3))
def test_what_is_closed_is_opened_under_every_later_setting(text: str, about: list[str]) -> None:
    for profile in PROFILES:
        sealed = Seal(Keys.of(FORMER, profile=profile)).close(text, *about)
        for later in (INTL, GM):
            assert Seal(Keys.of(SECRET, [FORMER], later)).open(sealed, *about) == text
            assert Seal(Keys.of(SECRET, profile=later)).open(sealed, *about) is None


@given(text=TEXTS, place=st.integers(0), bit=st.integers(0, 7), cut=st.integers(0))
def test_one_changed_or_missing_byte_anywhere_is_refused(text: str, place: int, bit: int, cut: int) -> None:
    for profile in PROFILES:
        seal = Seal(Keys.of(SECRET, [FORMER], profile))
        sealed = bytearray(seal.close(text, "ab", "c"))
        assert seal.open(bytes(sealed[: cut % len(sealed)]), "ab", "c") is None
        sealed[place % len(sealed)] ^= 1 << bit
        assert seal.open(bytes(sealed), "ab", "c") is None


@given(about=st.lists(TEXTS, max_size=3), other=st.lists(TEXTS, max_size=3))
def test_a_text_about_something_else_is_refused(about: list[str], other: list[str]) -> None:
    for profile in PROFILES:
        seal = Seal(Keys.of(SECRET, profile=profile))
        assert (seal.open(seal.close("文字", *about), *other) == "文字") is (about == other)
        assert seal.open(seal.close("文字", "ab", "c"), "a", "bc") is None


def test_the_same_text_is_never_sealed_the_same_way_twice(keys: Keys) -> None:
    assert Seal(keys).close("文字") != Seal(keys).close("文字")


def test_a_hash_fits_whichever_key_made_it_and_is_written_with_the_present_one() -> None:
    keys = Keys.of(SECRET, [FORMER], GM)
    assert keys.mac("某人") == Key(SECRET, GM).mac("某人") == keys.macs("某人")[0]
    for made in (Key(SECRET), Key(FORMER), Key(FORMER, GM)):
        assert keys.fits(made.mac("某人"), "某人")
        assert made.mac("某人") in keys.macs("某人")
        assert not keys.fits(made.mac("某人"), "别人")
    assert not keys.fits(Key(b"x" * 32).mac("某人"), "某人")


def test_keys_do_not_tell_what_they_are() -> None:
    shown = repr(Keys.of(SECRET, [FORMER]))
    assert "profile='gm'" in shown
    assert str(SECRET) not in shown and str(FORMER) not in shown
