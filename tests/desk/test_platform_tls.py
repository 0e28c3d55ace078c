"""TLS: nobody but the platform of a trusted certificate hears a number or a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.errors import Unavailable
from tests.desk.platform_room import Room, peopled
from tests.fakes.certificates import self_signed
from tests.fakes.people import KNOWN, NAME
from tests.fakes.platform import FakePlatform


def test_a_certificate_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    fake = peopled(FakePlatform(self_signed(tmp_path)))
    room = Room(tmp_path, fake)
    with pytest.raises(Unavailable, match="tls"):
        room.claim()
    fake.stop()
    assert not fake.calls


def test_the_bureau_s_own_certificates_are_trusted_where_they_are_named(tmp_path: Path) -> None:
    fake = peopled(FakePlatform(self_signed(tmp_path)))
    room = Room(tmp_path, fake, fake.settings(ca=tmp_path / "certificate1.pem"))
    assert room.claim().number == "YN-1"
    fake.stop()


def test_a_certificate_that_has_run_out_is_not_trusted_even_if_it_is_named(tmp_path: Path) -> None:
    fake = peopled(FakePlatform(self_signed(tmp_path, days=-1)))
    room = Room(tmp_path, fake, fake.settings(ca=tmp_path / "certificate-1.pem"))
    with pytest.raises(Unavailable, match="tls"):
        room.claim()
    fake.stop()
    assert not fake.calls


def test_a_slow_drip_is_cut_through_tls_too(tmp_path: Path) -> None:
    fake = peopled(FakePlatform(self_signed(tmp_path)))
    room = Room(tmp_path, fake, fake.settings(ca=tmp_path / "certificate1.pem"))
    room.claim()
    fake.mode = "drip"
    with pytest.raises(Unavailable, match="timeout"):
        room.source.find(KNOWN, NAME)
    assert fake.gone_away.wait(30)
    fake.stop()
