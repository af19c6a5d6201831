"""Rows of tickets as they were: which stretch each was valid for, and how it is found again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.events.envelope import Recorded
from libs.mongo import Document
from services.gateway.past.rows import LISTS, ROWS, SHOWN, lists_of
from services.gateway.past.stretches import LEAF_SECONDS, LEVELS, nodes_at, nodes_of
from services.gateway.tickets.view import TicketView, ticket_at
from tests.support.gateway_story import busy_story, story

INSTANTS = st.timedeltas(timedelta(0), timedelta(days=9_000)).map(
    lambda since: datetime(2020, 1, 1, tzinfo=UTC) + since
)
MICROSECOND = timedelta(microseconds=1)
LEAF = timedelta(seconds=LEAF_SECONDS)


@given(INSTANTS, st.timedeltas(MICROSECOND, timedelta(days=5_000)), st.floats(0, 1))
def test_an_instant_of_a_stretch_lies_in_exactly_one_of_its_nodes(
    since: datetime, lasting: timedelta, part: float
) -> None:
    instant = min(since + part * lasting, since + lasting - MICROSECOND)
    assert len(set(nodes_at(instant)) & set(nodes_of(since, since + lasting))) == 1


@given(INSTANTS, st.timedeltas(MICROSECOND, timedelta(days=5_000)))
def test_beyond_a_leaf_around_it_a_stretch_is_not_found(since: datetime, last: timedelta) -> None:
    nodes = set(nodes_of(since, since + last))
    assert not nodes & set(nodes_at(since - LEAF))
    assert not nodes & set(nodes_at(since + last + LEAF))


@given(INSTANTS, st.timedeltas(MICROSECOND, timedelta(days=5_000)))
def test_a_stretch_has_two_nodes_a_level_at_most(since: datetime, lasting: timedelta) -> None:
    assert len(nodes_of(since, since + lasting)) <= 2 * LEVELS


def rows(events: Sequence[Recorded[object]]) -> tuple[Document, list[Document]]:
    left: list[Document] = []
    fold, row = ROWS.fold_into(left), None
    for recorded in events:
        row = fold(row, recorded)
    assert row is not None
    return row, left


@pytest.mark.parametrize("events", [story(), busy_story()])
def test_a_row_says_at_every_step_what_the_ticket_says(events: Sequence[Recorded[object]]) -> None:
    row: Document | None = None
    view: TicketView | None = None
    for recorded in events:
        row, view = ROWS.fold(row, recorded), ticket_at(view, recorded)
        assert {field: row[field] for field in SHOWN} == {
            f: v for f, v in view.items() if f in SHOWN
        }


@pytest.mark.parametrize("events", [story(), busy_story()])
def test_a_row_stands_in_its_lists_at_every_step(events: Sequence[Recorded[object]]) -> None:
    row: Document | None = None
    for recorded in events:
        row = ROWS.fold(row, recorded)
        assert row[LISTS] == lists_of(row)


def test_versions_follow_one_another_without_a_gap() -> None:
    row, left = rows(story())
    until = [version["until"] for version in left] + [row["updated_at"]]
    assert [version["updated_at"] for version in left[1:]] + [row["updated_at"]] == until[:-1]
    assert [version["sequence"] for version in left] == list(range(1, len(story())))


def test_what_was_over_at_once_leaves_nothing() -> None:
    first, second, third = story()[:3]
    at_once = msgspec.structs.replace(second, recorded_at=first.recorded_at)
    _, left = rows([first, at_once, third])
    assert [version["sequence"] for version in left] == [2]


def test_a_row_stands_in_the_lists_of_its_fields_and_of_all_categories_above_its_own() -> None:
    row, _ = rows(busy_story())
    assert (
        lists_of(row)
        == row[LISTS]
        == [
            "",
            "agent_id:anna",
            "team_id:network",
            "priority:2",
            "category:network.wifi",
            "category:network",
        ]
    )
