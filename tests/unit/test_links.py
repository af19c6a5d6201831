"""Tracking links: one ticket, one person, for a time; nothing forged is read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.tokens import Link, Links

TICKET, CONTACT = "t-00" + "1" * 24, "p-00" + "2" * 24
MADE = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LINKS = Links(b"s" * 32)
TOKEN = LINKS.token(TICKET, CONTACT, MADE, 30)


def test_what_is_made_is_read() -> None:
    assert LINKS.read(TOKEN) == Link(TICKET, CONTACT, MADE, MADE + timedelta(days=30))
    assert len(TOKEN) == 64


def test_another_installation_reads_nothing() -> None:
    assert Links(b"t" * 32).read(TOKEN) is None


@given(st.integers(0, 63), st.characters())
def test_no_changed_letter_goes_unnoticed(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    assert changed == TOKEN or LINKS.read(changed) is None


@given(st.text())
def test_anything_else_is_none(text: str) -> None:
    assert LINKS.read(text) is None


@pytest.mark.parametrize("ids", [(CONTACT, TICKET), ("t-1", CONTACT), (TICKET, "")])
def test_only_a_ticket_and_a_contact_make_one(ids: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="no id"):
        LINKS.token(*ids, MADE, 30)


def test_a_short_secret_is_none() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Links(b"short")
