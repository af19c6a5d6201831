"""Tracking links: one ticket, seen as one person, for a time, without signing in.

A token holds both ids, when it was made and for how many days, and a signature over them, in 64
characters that need no escaping in a URL. It says nothing to anybody without the secret's owner:
whether the ticket still exists for that person, and whether links of its age are revoked, is asked
each time that it is used. Both ids are random: no name or address stands in it.
"""

import base64
import binascii
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_ID_BYTES = 13
_TIME_BYTES = 4
_DAYS_BYTES = 2
_SIGNATURE_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{64}")
_ID = re.compile(r"([tp])-([0-9a-f]{26})")


class Link(NamedTuple):
    """What a token stands for."""

    ticket_id: str
    contact_id: str
    made_at: datetime
    ends_at: datetime


class Links:
    """Makes and reads them under one secret, the keyring's `links`."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the secret of links has fewer than 32 bytes")
        self._secret = secret

    def token(self, ticket_id: str, contact_id: str, made_at: datetime, days: int) -> str:
        """A token; it is the same for the same second. Raises ValueError for what are no ids."""
        said = (
            _raw(ticket_id, "t")
            + _raw(contact_id, "p")
            + int(made_at.timestamp()).to_bytes(_TIME_BYTES, "big")
            + days.to_bytes(_DAYS_BYTES, "big")
        )
        return base64.urlsafe_b64encode(said + self._signature(said)).decode("ascii")

    def read(self, token: str) -> Link | None:
        """What it stands for, over or not; None for anything that `token` did not write."""
        if _TOKEN.fullmatch(token) is None:
            return None
        try:
            whole = base64.b64decode(token, altchars=b"-_", validate=True)
        except binascii.Error:
            return None
        said, signature = whole[:-_SIGNATURE_BYTES], whole[-_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(said)):
            return None
        ticket, contact = said[:_ID_BYTES], said[_ID_BYTES : 2 * _ID_BYTES]
        seconds = int.from_bytes(said[2 * _ID_BYTES : 2 * _ID_BYTES + _TIME_BYTES], "big")
        days = int.from_bytes(said[-_DAYS_BYTES:], "big")
        made_at = datetime.fromtimestamp(seconds, UTC)
        ends_at = made_at + timedelta(days=days)
        return Link(f"t-{ticket.hex()}", f"p-{contact.hex()}", made_at, ends_at)

    def _signature(self, said: bytes) -> bytes:
        return hmac.digest(self._secret, b"link:" + said, "sha256")[:_SIGNATURE_BYTES]


def _raw(id: str, kind: str) -> bytes:
    match = _ID.fullmatch(id)
    if match is None or match[1] != kind:
        raise ValueError(f"{id!r} is no id of this kind")
    return bytes.fromhex(match[2])
