"""Codes that customers sign in with: six digits by mail, for minutes, once.

A code is a function of a secret, the address that it goes to and the id that was drawn for it. So
whoever sends it and whoever checks it need tell each other nothing but that id, and it stands
nowhere: not in the log, not in a database, not in an outbox. That it is looked at a few times only,
and once with success, is for who checks it to see to.
"""

import hmac
from datetime import timedelta

CODE_LASTS = timedelta(minutes=10)
_DIGITS = 6


class SignInCodes:
    """Makes them under one secret, the keyring's `codes`."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the secret of codes has fewer than 32 bytes")
        self._secret = secret

    def code(self, address_id: str, code_id: str) -> str:
        """Six digits, leading zeros included; each as likely as any other."""
        said = f"code:{address_id}:{code_id}".encode()
        drawn = int.from_bytes(hmac.digest(self._secret, said, "sha256"), "big")
        return f"{drawn % 10**_DIGITS:0{_DIGITS}}"
