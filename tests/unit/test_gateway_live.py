"""What streams are handed, how far they have come, and what becomes of those who do not read."""

from dataclasses import replace

import msgspec
import pytest

from libs.events.envelope import Position, Recorded
from libs.events.published import tickets as t
from services.gateway.live import along, hub
from services.gateway.live.frames import Frame, reset
from services.gateway.live.happening import Happening, read, written
from services.gateway.live.hub import Hub, ticket
from services.gateway.live.lists import ListStreams
from services.gateway.live.mine import concerns
from services.gateway.sight import WHOLE, Sight
from services.gateway.tickets.asked import TicketList
from services.gateway.tickets.view import TicketView, ticket_at
from tests.support.gateway_story import TICKET, opened, recorded, story

LEDGER = "0b0e7a52-7f0e-4c0e-9d0e-5a1b2c3d4e5f"


def happenings(steps: list[Recorded[object]] | None = None) -> list[Happening]:
    """The story, as one process tells it: all of it in one of two partitions."""
    found: list[Happening] = []
    view: TicketView | None = None
    for number, step in enumerate(steps or story()):
        before, view = view, ticket_at(view, step)
        at = step.position.offset
        found.append(Happening(number, step, before, view, (at + 1, 0)))
    return found


def test_an_id_says_how_far_and_in_which_log() -> None:
    id = written(LEDGER, (3, 17))
    assert id == "2c3d4e5f.3.17"
    assert read(LEDGER, id, 2) == (3, 17)
    assert read(LEDGER, id, 3) is None
    assert read(LEDGER.replace("5f", "60"), id, 2) is None
    assert read(LEDGER, "2c3d4e5f.3.\u0663", 2) is None


def test_what_is_sent_is_lines_of_the_standard() -> None:
    assert Frame("step", {"said": "a\nb"}, "7").encode() == (
        b'id: 7\nevent: step\ndata: {"said":"a\\nb"}\n\n'
    )
    assert reset("Why").startswith(b"event: reset\n")


async def test_who_does_not_read_is_let_go_and_costs_the_others_nothing() -> None:
    # given two who follow a ticket, of whom one takes nothing
    told = Hub()
    [first, *_] = happenings()
    with told.following(ticket(TICKET)) as slow, told.following(ticket(TICKET)) as quick:
        for _ in range(hub.MOST_WAITING + 1):
            told.tell(ticket(TICKET), first)
            assert await quick.take(1) == [first]
        # then the slow one has ended, with nothing kept for it
        assert slow.ended == "too slow"
        assert not quick.ended
        assert await slow.take(1) == []
    assert len(told) == 0


async def test_what_is_remembered_is_what_comes_behind_a_vector(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub, "REMEMBERED", 10)
    told, all_of_it = Hub(), happenings()
    told.begin((0, 0))
    for one in all_of_it:
        told.publish(one)
    # of the one partition the last five
    last = all_of_it[-5:]
    begin = last[0].recorded.position.offset
    assert told.since((begin, 0)) == last
    assert told.since((begin + 3, 0)) == last[3:]
    assert told.since((begin - 1, 0)) is None
    assert told.since((10**6, 10**6)) == []


async def test_a_list_is_told_only_what_its_reader_sees() -> None:
    # given three who follow what is assigned to Anna: all, a team that has it, another team
    told = Hub()
    told.begin((0, 0))
    lists, wanted = ListStreams(told, LEDGER), TicketList(agent_id="anna")
    sights = (WHOLE, Sight(teams=frozenset({"billing"})), Sight(teams=frozenset({"it"})))
    with (
        lists.following(wanted, sights[0], "") as (everything, far),
        lists.following(wanted, sights[1], "") as (theirs, _),
        lists.following(wanted, sights[2], "") as (others, _),
    ):
        for one in happenings():
            told.publish(one)
        heard = [item for item in await everything.take(1) if isinstance(item, along.Told)]
        names = [item.name for item in heard]
        # then it came, changed, and went to Bob
        assert (names[0], names[-1], set(names[1:-1])) == ("entered", "left", {"changed"})
        assert [item.data for item in await theirs.take(1) if isinstance(item, along.Told)] == [
            item.data for item in heard
        ]
        assert not await others.take(0.01)
        # and what was told once is not told again
        assert all([await far.tell(item) for item in heard])
        assert not any([await far.tell(item) for item in heard])
    assert lists._groups == {}
    assert lists._by_facet == {}


def test_nobody_is_told_of_what_they_did_themselves() -> None:
    steps = happenings()
    given = next(one for one in steps if isinstance(one.recorded.data, t.TicketAssigned))
    assert given.recorded.actor == "agent:anna"
    assert concerns(given) == {}
    taken = [one for one in steps if isinstance(one.recorded.data, t.TicketAssigned)][1]
    assert concerns(taken) == {"anna": "unassigned"}
    more = next(one for one in steps if isinstance(one.recorded.data, t.CustomerMessageAdded))
    assert concerns(more) == {"anna": "replied"}
    history = msgspec.structs.replace(more.recorded, origin="import")
    assert concerns(replace(more, recorded=history)) == {}


def test_a_place_in_a_list_is_its_sort_value() -> None:
    [first] = happenings([recorded(opened(), 1, "contact:c")])
    assert first.recorded.position == Position("tickets.events", 0, 0)
    facets = {"", "agent:", "team:"}
    assert TicketList(agent_id="").place(first.after, facets) == first.after["updated_at"]
    assert TicketList(agent_id="bob").place(first.after, facets) is None
    assert TicketList(statuses=("open",)).place(first.after, facets) is None
    assert TicketList(sort="due").place(first.after, facets) is None


async def test_what_comes_just_when_nothing_has_come_is_not_passed_over() -> None:
    told = Hub()
    [first, *_] = happenings()
    with told.following(ticket(TICKET)) as stream:
        told.tell(ticket(TICKET), first)
        # it was not woken yet: the time is over at this very moment
        assert not stream.is_quiet
        assert await stream.take(0) == [first]
        assert stream.is_quiet
