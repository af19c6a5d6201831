"""Instants in documents: RFC 3339 text in UTC that sorts as time does and is exact.

A BSON date keeps milliseconds, the log microseconds; with dates, a ticket as of an instant would
differ from the log. Text also goes into an answer as it stands.
"""

from datetime import UTC, datetime


def text(instant: datetime) -> str:
    """``2026-03-01T09:30:00.000000Z``, always with six decimals."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
