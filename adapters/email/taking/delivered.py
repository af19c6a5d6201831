"""What a server that delivered a mail wrote at its top: the envelope, for mails that come without
one."""

from contextlib import suppress
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime

_READ_BYTES = 100_000


def return_path(raw: bytes) -> str | None:
    """The envelope's sender, "" for a bounce; None when no server wrote it."""
    found = _head(raw).get("Return-Path")
    return None if found is None else str(found).strip().strip("<>").strip()


def delivered_at(raw: bytes, now: datetime) -> datetime:
    """When the last station took it (RFC 5321 4.4), else when it says it was sent, else now."""
    head = _head(raw)
    received = str(head.get("Received", "")).rpartition(";")[2]
    for told in (received, str(head.get("Date", ""))):
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            at = parsedate_to_datetime(" ".join(told.split())[:200])
            at = (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
            return min(at, now)
    return now


def _head(raw: bytes) -> Message:
    return BytesHeaderParser().parsebytes(raw[:_READ_BYTES])
