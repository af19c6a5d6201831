"""What a reader may ask of tickets: cursors, instants, lists."""

import contextlib
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.events.published.tickets import Status
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
from services.gateway.tickets.view import ALL, FACETS, TicketView, ticket_at
from services.gateway.tickets.view.table import facets_of
from tests.support.gateway_story import story


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
    assert TicketList().filter(None) == {"status": {"$in": list(STATUSES)}, FACETS: ALL}
    assert TicketList(statuses=("open",), agent_id="").filter(None) == {
        "status": {"$in": ["open"]},
        FACETS: "agent:",
    }


def test_the_next_page_begins_behind_the_last_row() -> None:
    wanted = TicketList(sort="created").filter(Cursor("T", "t-9"))
    assert wanted["created_at"] == {"$lte": "T"}
    assert wanted["$nor"] == [{"created_at": "T", "_id": {"$gte": "t-9"}}]


def test_the_next_page_of_an_ascending_list_begins_after_the_last_row() -> None:
    wanted = TicketList(due_before="Z", sort="due").filter(Cursor("T", "t-9"))
    assert wanted["due"] == {"$gte": "T", "$lt": "Z"}
    assert wanted["$nor"] == [{"due": "T", "_id": {"$lte": "t-9"}}]


def test_an_owner_and_something_else_are_one_entry_while_nothing_is_closed() -> None:
    unassigned = TicketList(statuses=("open",), team_id="it", agent_id="")
    assert (unassigned.filter(None)[FACETS], unassigned.is_picked) == ("agent:&team:it", False)
    tagged = TicketList(statuses=("new", "open"), team_id=("it", "hr"), tags=("vpn",))
    assert tagged.filter(None)[FACETS] == {"$in": ["team:it&tag:vpn", "team:hr&tag:vpn"]}


def test_what_no_entry_stands_for_is_picked_of_what_fewest_have() -> None:
    for wanted in (
        TicketList(team_id="it", tags=("vpn",)),  # closed ones may be among them
        TicketList(statuses=("open",), channel="email", tags=("vpn",)),
    ):
        assert (wanted.filter(None)[FACETS], wanted.is_picked) == ("tag:vpn", True)
    three = TicketList(statuses=("open",), team_id="it", tags=("vpn",), priority=1)
    assert (three.filter(None)[FACETS], three.is_picked) == ("team:it&tag:vpn", True)


def test_a_list_for_any_of_nobody_is_empty() -> None:
    assert TicketList(requester_id=()).filter(None)[FACETS] == "requester:-"


FACET_OF: dict[str, tuple[object, object]] = {
    "agent_id": ("", "anna"),
    "team_id": ("it", "hr"),
    "priority": (1, 2),
    "type": ("incident", "problem"),
    "tags": (("a",), ("b",)),
    "snoozed": (True, False),
    "channel": ("email", "chat"),
    "fields": ((("room", "3"),), (("vip", "true"),)),
}


@given(
    st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in FACET_OF.items()}),
    st.fixed_dictionaries(
        {
            "agent_id": st.sampled_from(["", "anna"]),
            "team_id": st.sampled_from(["it", "hr"]),
            "priority": st.sampled_from([0, 1, 2]),
            "type": st.sampled_from(["", "incident", "problem"]),
            "tags": st.sampled_from([[], ["a"], ["a", "b"]]),
            "snoozed_until": st.sampled_from([None, "2026-03-01T09:30:00.000000Z"]),
            "fields": st.sampled_from([{}, {"room": 3.0}, {"vip": True, "room": "3"}]),
            "status": st.sampled_from(["open", "closed"]),
        }
    ),
    st.sampled_from([(), ("open",), ("open", "closed")]),
)
def test_a_ticket_is_in_a_list_exactly_if_its_entry_and_its_facets_say_so(
    wanted: dict[str, object], ticket: dict[str, object], statuses: tuple[Status, ...]
) -> None:
    fields = {
        name: {"value": value, "sealed": None}
        for name, value in cast(dict[str, object], ticket["fields"]).items()
    }
    view = cast(TicketView, {**ticket_at(None, story()[0]), **ticket, "fields": fields})
    asked = TicketList(**wanted, statuses=statuses)  # type: ignore[arg-type]
    facets = facets_of(view)
    query = asked.filter(None)
    entry = query[FACETS]
    listed = view["status"] in query["status"]["$in"] and (
        entry in facets if isinstance(entry, str) else bool(set(entry["$in"]) & set(facets))
    )
    assert (listed and asked.picks(facets)) == _belongs(wanted, view, statuses)


def _belongs(wanted: dict[str, object], view: TicketView, statuses: tuple[Status, ...]) -> bool:
    """As the documentation says it, without facets."""
    told: dict[str, object] = {
        "agent_id": view["agent_id"],
        "team_id": view["team_id"],
        "priority": view["priority"],
        "type": view["type"],
        "channel": view["channel"],
        "snoozed": view["snoozed_until"] is not None,
    }
    known = {
        (name, {3.0: "3", True: "true"}.get(cast(float, field["value"]), str(field["value"])))
        for name, field in view["fields"].items()
    }
    return (
        (not statuses or view["status"] in statuses)
        and all(wanted[name] == told[name] for name in wanted.keys() & told.keys())
        and set(cast(tuple[str, ...], wanted.get("tags", ()))) <= set(view["tags"])
        and set(cast(tuple[tuple[str, str], ...], wanted.get("fields", ()))) <= known
    )
