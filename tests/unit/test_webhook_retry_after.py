"""How long a receiver may ask us to wait."""

from datetime import UTC, datetime

import pytest

from adapters.webhooks.sending import retry_after

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("30", 30),
        ("9" * 5_000, 86_400),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 12:00:30", 30),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2037 12:00:00 GMT", 86_400),
        ("-5", 0),
        ("\u00b2", 0),
        ("soon", 0),
        ("", 0),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400),
        ("Sun, 01 Mar 2026 12:00:30 +99999999999999999999", 0),
        ("Sun, 99 Mar 2026 12:00:30 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(given: str, seconds: int) -> None:
    assert retry_after(given, NOON) == seconds
