"""What a reader may ask of tickets: cursors, instants, lists."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.tickets.asked import (
    STATUSES,
    Bound,
    Cursor,
    TicketList,
    Unreadable,
    bound,
    cursor,
    is_ahead,
)


def test_as_of_takes_a_sequence() -> None:
    assert bound("17") == Bound(sequence=17)
    assert not is_ahead(bound("17"), 17)
    assert is_ahead(bound("18"), 17)
    assert not is_ahead(bound(None), 17)


@pytest.mark.parametrize(
    "written",
    ["2026-03-01T10:30:00+01:00", "2026-03-01T10:30:00 01:00", "2026-03-01T09:30:00Z"],
)
def test_as_of_takes_an_instant_even_with_a_plus_sign_that_became_a_space(written: str) -> None:
    assert bound(written) == Bound(instant="2026-03-01T09:30:00.000000Z")


@pytest.mark.parametrize("written", ["", "yesterday", "2026-03-01", "-1", "1.5", "9" * 20, "१७"])
def test_what_is_neither_is_refused_with_a_sentence(written: str) -> None:
    with pytest.raises(Unreadable, match="as_of takes"):
        bound(written)


def test_a_cursor_comes_back_as_it_was() -> None:
    last = Cursor("2026-03-01T09:30:00.000000Z", "t-00")
    assert cursor(last.encode()) == last
    assert cursor(None) is None


@given(st.text())
def test_any_other_text_is_no_cursor_but_no_accident_either(text: str) -> None:
    with contextlib.suppress(Unreadable):
        assert isinstance(cursor(text), Cursor)


def test_a_list_always_names_statuses_because_its_indexes_begin_with_them() -> None:
    assert TicketList().filter(None) == {"status": {"$in": list(STATUSES)}}
    assert TicketList(statuses=("open",), agent_id="").filter(None) == {
        "status": {"$in": ["open"]},
        "agent_id": "",
    }


def test_the_next_page_begins_behind_the_last_row() -> None:
    wanted = TicketList(sort="created").filter(Cursor("T", "t-9"))
    assert wanted["created_at"] == {"$lte": "T"}
    assert wanted["$nor"] == [{"created_at": "T", "_id": {"$gte": "t-9"}}]
