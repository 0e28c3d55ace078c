"""Passwords: what they must be, and their hashes: argon2, or PBKDF2 with SM3 in the profile `gm`."""

from __future__ import annotations

import base64
import hmac
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from desk.errors import InvalidInput
from desk.sealing import GM, INTL

_LONGEST = 128  # characters: hashing longer ones is work that a stranger could cause
_WORDS = (
    "123456 12345678 123456789 1234567890 111111 password passw0rd p@ssw0rd qwerty qwertyuiop asdfgh "
    "abc123 abcd1234 admin admin123 administrator root welcome iloveyou woaini woaini1314 5201314 1314520 "
    "kunming km12333 shiye 失业保险 12333 letmein changeme 1q2w3e4r 1qaz2wsx zxcvbnm a123456 aa123456"
)
_COMMON = frozenset(_WORDS.split())
# No 0 O 1 l I: a temporary password is read aloud and typed.
_LETTERS, _CAPITALS, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"


@dataclass(frozen=True)
class Policy:
    """`kinds` of the four 大写、小写、数字、符号; the last `history` are not taken again; good for `days`."""

    least: int
    kinds: int
    history: int
    days: int | None


# dengbao: GB/T 22239-2019 8.1.4.1 (等保三级 身份鉴别) asks for 复杂度 and 定期更换; the figures are ours.
# asvs: OWASP ASVS 5.0 6.2 (length instead of composition, no forced change).
POLICIES = {"dengbao": Policy(10, 3, 5, 90), "asvs": Policy(12, 0, 1, None)}


@dataclass(frozen=True)
class Cost:
    """What one hash takes: the first three of argon2id, `rounds` of PBKDF2."""

    time: int
    memory_kib: int
    lanes: int = 1
    rounds: int = 600_000


STANDARD = Cost(1, 47104)  # OWASP Password Storage Cheat Sheet; 0.05 s on one core, with PBKDF2 0.2 s
_GM_MARK = "$pbkdf2-sm3$"


class Hashes:
    """Hashes of one cost and profile. An account that does not exist costs as much as one that does."""

    def __init__(self, cost: Cost, profile: str = INTL) -> None:
        self._hasher = PasswordHasher(cost.time, cost.memory_kib, cost.lanes)
        self._rounds = cost.rounds
        self._gm = profile == GM

    def make(self, password: str) -> str:
        """Return the hash to keep."""
        if self._gm:
            return _gm_hash(_normal(password), secrets.token_hex(16), self._rounds)
        return self._hasher.hash(_normal(password))

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether `password` belongs to the hash, of either profile; None takes as long and fits nothing."""
        against, given = kept or self._nobody, _normal(password)[: _LONGEST + 1]
        if against.startswith(_GM_MARK):
            _, _, rounds, salt, _ = against.split("$")
            fits = hmac.compare_digest(against, _gm_hash(given, salt, int(rounds)))
            return fits and kept is not None
        try:
            self._hasher.verify(against, given)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made at another cost or in another profile than now."""
        if self._gm or kept.startswith(_GM_MARK):
            return not (self._gm and kept.startswith(f"{_GM_MARK}{self._rounds}$"))
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobody(self) -> str:
        return self.make(secrets.token_hex(16))


def check_password(policy: Policy, password: str, login: str) -> None:
    """Raise `InvalidInput` with password_ and one of short, long, kinds, login, common."""
    password = _normal(password)
    folded = password.casefold()
    if len(password) < policy.least:
        raise InvalidInput("password_short")
    if len(password) > _LONGEST:
        raise InvalidInput("password_long")
    if login.casefold() in folded:
        raise InvalidInput("password_login")
    if folded in _COMMON or folded.strip("0123456789!@#.") in _COMMON or len(set(folded)) < 5:
        raise InvalidInput("password_common")
    if _kinds(password) < policy.kinds:
        raise InvalidInput("password_kinds")


def check_history(hashes: Hashes, former: Iterable[str], password: str) -> None:
    """Raise `InvalidInput("password_used")` for one that the account has or had."""
    if any(hashes.fits(kept, password) for kept in former):
        raise InvalidInput("password_used")


def temporary_password() -> str:
    """Return a random password of 12 signs (about 66 bits) that satisfies either policy."""
    parts = [secrets.choice(kind) for kind in (_LETTERS, _CAPITALS, _DIGITS)]
    parts += [secrets.choice(_LETTERS + _CAPITALS + _DIGITS) for _ in range(9)]
    secrets.SystemRandom().shuffle(parts)
    return "".join(parts)


def _gm_hash(password: str, salt: str, rounds: int) -> str:
    made = PBKDF2HMAC(SM3(), 32, salt.encode(), rounds).derive(password.encode())
    return f"{_GM_MARK}{rounds}${salt}${base64.b64encode(made).decode()}"


def _kinds(password: str) -> int:
    return sum(
        any(test(char) for char in password)
        for test in (str.isupper, str.islower, str.isdigit, lambda char: not char.isalnum())
    )


def _normal(password: str) -> str:
    # A Chinese keyboard types ａ１ where another types a1 (NIST SP 800-63B 5.1.1.2).
    return unicodedata.normalize("NFKC", password)
