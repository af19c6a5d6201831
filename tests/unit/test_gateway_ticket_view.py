"""The ticket as people see it: one fold over its events."""

from datetime import UTC, datetime
from functools import reduce

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.instants import parse, text
from services.gateway.tickets import history
from services.gateway.tickets.view import TicketView, ticket_at
from tests.support.gateway_story import FOLLOW_UP, story


def ticket_after(steps: int) -> TicketView:
    view: TicketView | None = None
    for happened in story()[:steps]:
        view = ticket_at(view, happened)
    assert view is not None
    return view


def test_a_new_ticket_shows_its_first_message() -> None:
    view = ticket_after(1)
    assert (view["number"], view["status"], view["subject"]) == (7, "new", "first")
    assert view["customer_messages"] == 1
    assert view["created_at"] == "2026-03-01T09:01:00.123456Z"


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        (1, "new"),
        (2, "open"),
        (7, "pending"),
        (9, "open"),
        (12, "solved"),
        (15, "open"),
        (16, "solved"),
        (17, "closed"),
        (18, "closed"),
    ],
)
def test_its_status_follows_its_life(steps: int, status: str) -> None:
    assert ticket_after(steps)["status"] == status


def test_it_counts_messages_by_who_wrote_them() -> None:
    view = ticket_after(10)
    assert (view["customer_messages"], view["foreign_messages"]) == (2, 1)
    assert (view["replies"], view["notes"]) == (1, 1)
    assert view["last_message"]["role"] == "third_party"


def test_a_reply_that_nobody_delivers_any_more_stands_out_until_it_arrives() -> None:
    assert ticket_after(4)["undelivered"] == []
    assert ticket_after(5)["undelivered"] == [3]
    assert ticket_after(13)["undelivered"] == []


def test_a_reopening_takes_the_solution_back() -> None:
    solved, reopened = ticket_after(12), ticket_after(15)
    assert (solved["resolution_code"], solved["cause"], solved["solved_by"]) == (
        "workaround",
        "cable",
        "bob",
    )
    assert (reopened["resolution_code"], reopened["cause"], reopened["solved_at"]) == ("", "", None)
    assert (reopened["reopenings"], reopened["rating"]) == (1, None)


def test_waking_from_pending_is_no_reopening() -> None:
    assert ticket_after(9)["reopenings"] == 0
    assert ticket_after(9)["waiting_reason"] == ""


def test_a_closed_ticket_names_its_follow_ups() -> None:
    view = ticket_after(18)
    assert view["follow_ups"] == [FOLLOW_UP]
    assert view["closed_at"] == text(story()[16].occurred_at)


def test_a_rating_stands_until_the_ticket_is_reopened() -> None:
    assert ticket_after(14)["rating"] == 5
    assert ticket_after(15)["rating"] is None


def test_the_fold_leaves_what_it_was_given_alone() -> None:
    """The projector may fold the same document again after a conflict."""
    before = ticket_after(4)
    kept = msgspec.json.encode(before)
    ticket_at(before, story()[4])
    assert msgspec.json.encode(before) == kept


def test_a_log_that_does_not_begin_with_an_opening_is_an_error() -> None:
    with pytest.raises(ValueError, match="begins with TicketAssigned"):
        ticket_at(None, story()[1])


def test_events_come_back_from_the_history_as_they_were() -> None:
    for happened in story():
        document = history.TABLE.fold(None, happened)
        again = history.recorded_from(document)
        assert again.data == happened.data
        assert (again.recorded_at, again.position) == (happened.recorded_at, happened.position)
        assert history.TABLE.key(happened) == f"{happened.aggregate_id}/{happened.sequence:08}"


def test_a_ticket_folded_from_its_history_is_the_ticket() -> None:
    documents = [history.TABLE.fold(None, happened) for happened in story()]
    folded: TicketView | None = reduce(
        lambda view, document: ticket_at(view, history.recorded_from(document)), documents, None
    )
    assert folded == ticket_after(len(documents))


def test_an_event_of_a_newer_program_comes_back_as_plain_data() -> None:
    document = history.TABLE.fold(None, story()[1]) | {"type": "TicketTeleported", "version": 1}
    assert history.recorded_from(document).data == document["data"]


INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.timezones())  # noqa: DTZ001


@given(st.lists(INSTANTS, min_size=2))
def test_instants_sort_as_text_as_they_do_in_time(instants: list[datetime]) -> None:
    in_utc = [instant.astimezone(UTC) for instant in instants]
    assert [text(at) for at in sorted(in_utc)] == sorted(text(at) for at in instants)
    assert [parse(text(at)) for at in instants] == in_utc
    assert {len(text(at)) for at in instants} == {len("2026-03-01T09:30:00.000000Z")}
