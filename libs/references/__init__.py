"""Signed references: how an answer by mail finds its ticket, and nothing forged does.

A reference is a ticket's id and a signature over it, in 40 characters that survive what mail
systems do to addresses: base32 in lower case, read in any case (RFC 5321 leaves the case of a local
part to the host, and some change it). 13 bytes of id and 12 of HMAC-SHA-256 fill them with no bit
to spare, so no second spelling is valid; 96 bits are what RFC 2404 truncates to. With
`support+` the local part has 48 octets of the 64 that RFC 5321, 4.5.3.1.1 allows.
"""

import base64
import hmac
import re
from collections.abc import Iterable
from uuid import UUID

# What a signed address leaves of a local part for the one that it extends, in octets.
LONGEST_LOCAL = 23
_SIGNATURE_BYTES = 12
_TICKET_ID = re.compile(r"t-([0-9a-f]{26})")
_REFERENCE = re.compile(r"[A-Za-z2-7]{40}")
# In a header it stands between any two characters that are not letters or digits: `+ref@`, `.ref@`,
# `=ref@` of a rewritten sender (SRS, BATV).
_CANDIDATE = re.compile(rf"(?<![A-Za-z0-9]){_REFERENCE.pattern}(?![A-Za-z0-9])")


_MESSAGE_ID = re.compile(rf"(?<![A-Za-z0-9])([0-9a-f]{{32}})\.({_REFERENCE.pattern})@")


class References:
    """Signs and verifies under one secret, the keyring's `references`."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the secret of references has fewer than 32 bytes")
        self._secret = secret

    def sign(self, ticket_id: str) -> str:
        """The reference of `t-` and 26 hex digits; raises ValueError for any other id."""
        match = _TICKET_ID.fullmatch(ticket_id)
        if match is None:
            raise ValueError(f"{ticket_id!r} is no ticket id")
        identity = bytes.fromhex(match[1])
        return base64.b32encode(identity + self._signature(identity)).decode("ascii").lower()

    def verify(self, reference: str) -> str | None:
        """The ticket id, or None for anything that `sign` did not write (in any case)."""
        if _REFERENCE.fullmatch(reference) is None:
            return None
        signed = base64.b32decode(reference.upper())
        identity, signature = signed[:-_SIGNATURE_BYTES], signed[-_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(identity)):
            return None
        return f"t-{identity.hex()}"

    def reply_address(self, support_address: str, ticket_id: str) -> str:
        """`support@example.org` → `support+<reference>@example.org`.

        Raises ValueError when the local part has more than LONGEST_LOCAL octets.
        """
        local, at, domain = support_address.rpartition("@")
        address = f"{local}+{self.sign(ticket_id)}@{domain}"
        if not (local and at and domain):
            raise ValueError(f"{support_address!r} is no mail address")
        if len(local.encode()) > LONGEST_LOCAL:
            raise ValueError(f"{support_address} is too long to carry a reference (RFC 5321)")
        return address

    def message_id(self, event_id: str, ticket_id: str, domain: str) -> str:
        """The Message-ID of a mail that tells of an event: the same whenever it is sent again."""
        return f"<{event_id.replace('-', '')}.{self.sign(ticket_id)}@{domain}>"

    def find(self, candidates: Iterable[str]) -> str | None:
        """The first ticket whose reference stands in any of these headers' values.

        For To, Cc, Delivered-To, In-Reply-To and References, as they are: with names, angle
        brackets, comments, and local parts that somebody wrote in capitals.
        """
        for candidate in candidates:
            for match in _CANDIDATE.finditer(candidate):
                if ticket_id := self.verify(match[0]):
                    return ticket_id
        return None

    def find_event(self, candidates: Iterable[str], ticket_id: str) -> str:
        """The id of the event that the first of our own Message-IDs about this ticket tells of;
        "" where none does."""
        for candidate in candidates:
            for match in _MESSAGE_ID.finditer(candidate):
                if self.verify(match[2]) == ticket_id:
                    return str(UUID(match[1]))
        return ""

    def _signature(self, identity: bytes) -> bytes:
        return hmac.digest(self._secret, b"reference:" + identity, "sha256")[:_SIGNATURE_BYTES]
