"""Instants in documents: RFC 3339 text in UTC that sorts as time does and is exact.

A BSON date keeps milliseconds, the log microseconds; with dates, a ticket as of an instant would
differ from the log. Text also goes into an answer as it stands.
"""

import re
from datetime import UTC, datetime

import msgspec

_LENGTH = len("2026-03-01T09:30:00.000000Z")


def text(instant: datetime) -> str:
    """``2026-03-01T09:30:00.000000Z``, always with six decimals."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    written: str = msgspec.to_builtins(utc)  # a tenth of the time of isoformat
    return written if len(written) == _LENGTH else written[:19] + ".000000Z"


def parse(written: str) -> datetime:
    """An instant as RFC 3339 writes it. Raises ValueError, also where the offset is missing.

    A plus sign that nobody escaped arrives as a space, and is taken for what it was meant to be.
    """
    instant = datetime.fromisoformat(re.sub(r" (?=\d\d:\d\d$)", "+", written))
    if instant.tzinfo is None:
        raise ValueError(f"{written!r} has no offset: end it with Z or +01:00")
    return instant
