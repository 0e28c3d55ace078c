"""Keys, keyed hashes and sealed texts, in one of two profiles; what an earlier key did stays readable.

`intl`: AES-256-GCM, HMAC-SHA-256. `gm`: SM4-GCM (GB/T 32907, RFC 8998), HMAC-SM3 (GB/T 32905).
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256, SM3, Hash, HashAlgorithm
from cryptography.hazmat.primitives.hmac import HMAC

INTL, GM = "intl", "gm"
PROFILES = (INTL, GM)
_HASHES: dict[str, Callable[[], HashAlgorithm]] = {INTL: SHA256, GM: SM3}
_ID, _NONCE, _TAG = 4, 12, 16


@dataclass(frozen=True)
class Key:
    """32 bytes for one purpose in one profile. In the other profile every derived key is another one."""

    material: bytes = field(repr=False)
    profile: str = INTL

    @property
    def id(self) -> bytes:
        """Four bytes that tell key and profile apart from others and nothing about the key."""
        digest = Hash(_HASHES[self.profile]())
        digest.update(b"key id" + self.material)
        return digest.finalize()[:_ID]

    def derive(self, purpose: str) -> Key:
        """Return the key for one purpose."""
        return Key(self._hmac(purpose), self.profile)

    def mac(self, text: str) -> str:
        """Return the keyed hash of `text`, 64 hex digits."""
        return self._hmac(text).hex()

    def algorithm(self) -> BlockCipherAlgorithm:
        """Return the block cipher with its key: AES-256 or SM4, whose keys have 128 bits."""
        if self.profile == GM:
            return algorithms.SM4(self._hmac("\0SM4-GCM")[:16])
        return algorithms.AES(self.material)

    def _hmac(self, text: str) -> bytes:
        made = HMAC(self.material, _HASHES[self.profile]())
        made.update(text.encode("utf-8", "replace"))
        return made.finalize()


@dataclass(frozen=True)
class Keys:
    """The present key, which writes, and after it the former ones, which only read and find."""

    ring: tuple[Key, ...]

    @classmethod
    def of(cls, secret: bytes, former: Sequence[bytes] = (), profile: str = INTL) -> Keys:
        """Take 32-byte secrets. Each counts in both profiles, so that a change of profile needs no former."""
        profiles = sorted(PROFILES, key=lambda name: name != profile)
        ring = [Key(each, name) for each in (secret, *former) for name in profiles]
        return cls(tuple(dict.fromkeys(ring)))

    @property
    def current(self) -> Key:
        """The key that writes."""
        return self.ring[0]

    def mac(self, text: str) -> str:
        """Return the keyed hash to write, 64 hex digits."""
        return self.current.mac(text)

    def macs(self, text: str) -> list[str]:
        """Return every keyed hash under which `text` may have been written, the present one first."""
        return [key.mac(text) for key in self.ring]

    def fits(self, kept: str, text: str) -> bool:
        """Whether `kept` is the keyed hash of `text` under any of the keys."""
        return any([hmac.compare_digest(kept, mac) for mac in self.macs(text)])

    def signing(self) -> list[bytes]:
        """Return the keys as itsdangerous takes them: all verify, the last one signs."""
        return [key.material for key in reversed(self.ring)]


def derive(secret: Keys, purpose: str) -> Keys:
    """Return the keys for one purpose, so that no two uses share a key."""
    return Keys(tuple(key.derive(purpose) for key in secret.ring))


class Seal:
    """Short texts, encrypted and bound to what they are about."""

    def __init__(self, keys: Keys) -> None:
        """Take keys that nothing else is sealed with."""
        self._algorithms = {key.id: key.algorithm() for key in keys.ring}
        self.key_id = keys.current.id
        self.former_ids = tuple(each for each in self._algorithms if each != self.key_id)

    def close(self, text: str, *about: str) -> bytes:
        """Return `text` sealed: key id (4 bytes), nonce (12), ciphertext, tag (16)."""
        nonce, algorithm = os.urandom(_NONCE), self._algorithms[self.key_id]
        return self.key_id + nonce + encrypted(algorithm, nonce, text.encode(), _bound(self.key_id, about))

    def open(self, sealed: bytes, *about: str) -> str | None:
        """Return the text; None when the key or what it is about is another, or a byte has changed."""
        key_id, nonce, rest = sealed[:_ID], sealed[_ID : _ID + _NONCE], sealed[_ID + _NONCE :]
        if key_id not in self._algorithms or len(rest) < _TAG:
            return None
        decryptor = Cipher(self._algorithms[key_id], modes.GCM(nonce, rest[-_TAG:])).decryptor()
        decryptor.authenticate_additional_data(_bound(key_id, about))
        try:
            return (decryptor.update(rest[:-_TAG]) + decryptor.finalize()).decode()
        except InvalidTag:
            return None


def encrypted(algorithm: BlockCipherAlgorithm, nonce: bytes, text: bytes, bound: bytes) -> bytes:
    """Return ciphertext and tag (16 bytes) of Galois/Counter mode; `bound` is authenticated only."""
    encryptor = Cipher(algorithm, modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    return encryptor.update(text) + encryptor.finalize() + encryptor.tag


def _bound(key_id: bytes, about: tuple[str, ...]) -> bytes:
    # Lengths go in as well, so that ("ab", "c") is not ("a", "bc").
    return key_id + "".join(f"{len(part)}:{part}" for part in about).encode()
