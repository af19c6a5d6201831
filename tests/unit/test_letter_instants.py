"""Instants in letters and on pages are told in their reader's zone, by its name."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from libs.letters.instants import day, told

AT = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", "2026-07-02 00:30 Europe/Berlin"),
        ("America/New_York", "2026-07-01 18:30 America/New York"),
        ("Asia/Kathmandu", "2026-07-02 04:15 Asia/Kathmandu"),
        ("", "2026-07-01 22:30 UTC"),
        ("Europe/Atlantis", "2026-07-01 22:30 UTC"),
        ("../../etc/passwd", "2026-07-01 22:30 UTC"),
        ("Europe", "2026-07-01 22:30 UTC"),
        ("\0", "2026-07-01 22:30 UTC"),
    ],
)
def test_an_instant_is_told_in_a_zone_that_is_named(zone: str, expected: str) -> None:
    assert told(AT, zone) == expected
    assert told(AT.astimezone(timezone(timedelta(hours=9))), zone) == expected


def test_a_day_is_that_of_the_reader() -> None:
    assert (day(AT, "Europe/Berlin"), day(AT, "")) == ("2026-07-02", "2026-07-01")
