"""Bytes under a key: AES-256-GCM with a random nonce, and the value that stands for what is gone.

A nonce has 96 random bits, so a key is good for 2^32 seals (NIST SP 800-38D, 8.3). A person's key
does a few thousand in a lifetime; the busiest, a week's transit key, has room for 7,000 a second.
"""

import binascii
import os
from typing import Final, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")


@final
class Erased:
    """What a reader gets for data whose key is gone. There is one, ERASED; it is falsy."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return "(erased)"

    def __repr__(self) -> str:
        return "ERASED"

    def __reduce__(self) -> str:
        return "ERASED"  # copies and pickles are the one value again


ERASED: Final = Erased()


def encrypt(cipher: AESGCM, clear: bytes, associated: bytes) -> bytes:
    """Nonce, then ciphertext and tag: 28 bytes more than `clear`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, clear, associated)


def decrypt(cipher: AESGCM, sealed: bytes, associated: bytes) -> bytes:
    """What `encrypt` was given; raises ValueError when anything differs."""
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
    except InvalidTag:
        raise ValueError("authentication failed") from None


def to_text(sealed: bytes) -> str:
    """base64url without padding."""
    return (
        binascii.b2a_base64(sealed, newline=False).translate(_URL_SAFE).rstrip(b"=").decode("ascii")
    )


def from_text(text: str) -> bytes:
    """The bytes of `to_text`; raises ValueError for what is not base64url."""
    encoded = text.encode("ascii").translate(_FROM_URL_SAFE)
    return binascii.a2b_base64(encoded + b"=" * (-len(encoded) % 4), strict_mode=True)
