"""Master keys: what wraps every other key; several at once while one replaces another."""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import Self

from libs.keyring.errors import MasterKeyError
from libs.settings import Settings

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A named 32-byte key. The name is stored beside every key that it wraps."""

    id: str
    key: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """`id:base64`, or only the base64, which then is named after its own SHA-256."""
        name, _, encoded = text.strip().rpartition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise MasterKeyError("the master key is not base64") from None
        if len(key) != KEY_BYTES:
            raise MasterKeyError(f"the master key has {len(key)} bytes; {KEY_BYTES} are needed")
        return cls(name or hashlib.sha256(key).hexdigest()[:12], key)


def master_keys(settings: Settings) -> list[MasterKey]:
    """The configured master keys, newest first: new keys are wrapped under the first.

    `master_key` holds one, `master_key_file` one a line (blank lines and # comments aside).
    Raises MasterKeyError when there is none or one is malformed, OSError for an unreadable file.
    """
    if settings.master_key is not None:
        lines = [settings.master_key.get_secret_value()]
    elif settings.master_key_file is not None:
        lines = settings.master_key_file.read_text().splitlines()
    else:
        raise MasterKeyError(
            "there is no master key: set DESKLEDGER_MASTER_KEY or DESKLEDGER_MASTER_KEY_FILE"
        )
    masters = [MasterKey.parse(line) for line in lines if line.strip() and line.strip()[0] != "#"]
    if not masters:
        raise MasterKeyError(f"{settings.master_key_file} holds no master key")
    return masters
