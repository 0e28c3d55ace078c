"""WeChat's signatures (验证签名) and its encryption of messages (消息加解密)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from desk.errors import DeskError

_RANDOM = 16  # bytes before the message, so that the same message never looks the same
_LENGTH = 4
_PADDED_TO = 32 * 8  # bits: WeChat pads to 32 bytes although a block of AES has 16


class Broken(DeskError):
    """What came cannot be used. `reason` is a short code; nothing of the content is in the text.

    signature, replay (its time is too far from ours), too_large, mode (not as the account is set),
    encrypted (it should be and is not, or does not decrypt), app_id (meant for another account), xml,
    doctype, fields (an element is missing, doubled or out of its bounds).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def signature(*parts: str) -> str:
    """Return WeChat's signature over `parts`, in whatever order they are given: 40 hex digits."""
    # The protocol fixes SHA-1; what keeps a stranger from signing is the token among the parts.
    return hashlib.sha1(_bytes("".join(sorted(parts)))).hexdigest()  # noqa: S324


def signed(given: str, *parts: str) -> bool:
    """Return whether `given` is the signature over `parts`, in the same time for every wrong one."""
    return hmac.compare_digest(_bytes(given), _bytes(signature(*parts)))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # a stranger's query may hold anything


class Cipher:
    """AES-256-CBC over 16 random bytes, the message's length, the message and the AppID.

    The IV is the beginning of the key and nothing guards the ciphertext: who can change it changes the
    message. Check `signed` over it before it comes here.
    """

    def __init__(self, aes_key: bytes, app_id: str) -> None:
        """Take the 32 bytes of the EncodingAESKey and the AppID of the account."""
        self._cipher = BlockCipher(algorithms.AES(aes_key), modes.CBC(aes_key[:16]))
        self._app_id = app_id.encode()

    def encrypt(self, xml: str) -> str:
        """Return `xml` encrypted, in base64."""
        message = xml.encode()
        content = os.urandom(_RANDOM) + len(message).to_bytes(_LENGTH, "big") + message + self._app_id
        padder, encryptor = PKCS7(_PADDED_TO).padder(), self._cipher.encryptor()
        padded = padder.update(content) + padder.finalize()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> str:
        """Return the message of what WeChat encrypted. Raises Broken "encrypted" or "app_id"."""
        try:
            return self._message(base64.b64decode(encrypted, validate=True)).decode()
        except ValueError:  # of base64, AES, padding or UTF-8; which of them is nobody's business
            raise Broken("encrypted") from None

    def _message(self, sealed: bytes) -> bytes:
        decryptor, unpadder = self._cipher.decryptor(), PKCS7(_PADDED_TO).unpadder()
        padded = decryptor.update(sealed) + decryptor.finalize()
        content = unpadder.update(padded) + unpadder.finalize()
        start = _RANDOM + _LENGTH
        end = start + int.from_bytes(content[_RANDOM:start], "big")
        if not start <= end <= len(content):
            raise Broken("encrypted")
        if not hmac.compare_digest(content[end:], self._app_id):
            raise Broken("app_id")
        return content[start:end]
