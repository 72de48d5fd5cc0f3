"""Seal a picture with a key of its own, so that whoever holds a copy without the key holds nothing."""

import secrets
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from serving.record.photo_store.store_error import DamagedPhoto

# AES-256-GCM; the first bytes name the scheme, so that another one may follow.
SCHEME = b"regrade-photo-1\n"
KEY_BYTES, _NAME_BYTES, _NONCE_BYTES = 32, 8, 12


@dataclass(frozen=True)
class Key:
    """A key and its name, which stands before what it seals.

    Two workers that keep the same photo at once draw two keys: whichever file is the last names its own.
    """

    name: str
    secret: bytes

    @classmethod
    def draw(cls) -> Self:
        """Draw a key."""
        return cls(secrets.token_hex(_NAME_BYTES), secrets.token_bytes(KEY_BYTES))


def seal(body: bytes, key: Key, sha256: str) -> bytes:
    """Return sealed bytes that open only with this key and as what has this hash."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return SCHEME + bytes.fromhex(key.name) + nonce + AESGCM(key.secret).encrypt(nonce, body, sha256.encode())


def key_name(sealed: bytes) -> str:
    """Return the name of the key that opens sealed bytes."""
    return sealed[len(SCHEME) : len(SCHEME) + _NAME_BYTES].hex()


def unseal(sealed: bytes, secret: bytes, sha256: str) -> bytes:
    """Return what was sealed; raises DamagedPhoto for anything else."""
    start = len(SCHEME) + _NAME_BYTES
    nonce, rest = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
    try:
        if not sealed.startswith(SCHEME):
            raise ValueError("of no known scheme")
        return AESGCM(secret).decrypt(nonce, rest, sha256.encode())
    except (InvalidTag, ValueError) as error:
        raise DamagedPhoto(
            f"the photo kept under {sha256} was changed after it was written: restore it from a backup"
        ) from error
