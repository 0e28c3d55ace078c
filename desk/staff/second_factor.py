"""The second factor: six digits of an authenticator app (TOTP, RFC 6238), each used once."""

from __future__ import annotations

import base64
import re
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from desk.errors import InvalidInput
from desk.text import plain

_ISSUER = "失业保险工单台"
_PERIOD = 30  # seconds


def new_secret() -> str:
    """Return 160 random bits in base32, as authenticator apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address_of(secret: str, login: str) -> str:
    """Return the `otpauth://` address that an app reads from a QR code."""
    return _totp(secret).get_provisioning_uri(login, _ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return which 30 seconds `code` belongs to, at most one off from now; None when it fits none.

    Raises `InvalidInput("code")` for what is not six digits.
    """
    digits = "".join(plain(code).split())
    if not re.fullmatch("[0-9]{6}", digits):
        raise InvalidInput("code")
    totp, current = _totp(secret), int(now.timestamp()) // _PERIOD
    fitting = [step for step in (current - 1, current, current + 1) if _fits(totp, digits, step)]
    return fitting[-1] if fitting else None


def code_of(secret: str, now: datetime) -> str:
    """Return the code that an app shows at that moment."""
    return _totp(secret).generate(int(now.timestamp())).decode()


def _totp(secret: str) -> TOTP:
    # The apps people have know SHA-1 only; in HMAC it is sound.
    return TOTP(base64.b32decode(secret), 6, SHA1(), _PERIOD)  # noqa: S303


def _fits(totp: TOTP, digits: str, step: int) -> bool:
    try:
        totp.verify(digits.encode(), step * _PERIOD)
    except InvalidToken:
        return False
    return True
