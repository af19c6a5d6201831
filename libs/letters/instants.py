"""Instants as a person reads them: in their time zone, which is always named. Pure."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


def told(instant: datetime, zone: str) -> str:
    """``2026-03-02 10:30 Europe/Berlin``; in UTC for "" and for what this machine knows no zone
    by. instant: with an offset."""
    known = _zone(zone)
    name = "UTC" if known is UTC else zone.replace("_", " ")
    return f"{instant.astimezone(known):%Y-%m-%d %H:%M} {name}"


def day(instant: datetime, zone: str) -> str:
    """The day that it is there: ``2026-03-02``."""
    return f"{instant.astimezone(_zone(zone)):%Y-%m-%d}"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, OSError, ValueError):  # not found, a folder of them, no name at all
        return UTC
