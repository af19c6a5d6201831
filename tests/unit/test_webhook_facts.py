"""What a webhook can be filtered by, now and as it was."""

import msgspec

from adapters.webhooks.facts import MOST_TURNS, Facts, Life, life_after
from libs.events.published import tickets as t
from tests.support.gateway_story import opened, recorded


def after(*events: msgspec.Struct) -> Life:
    life = Life()
    for n, event in enumerate(events, start=1):
        life = life_after(life, recorded(event, n, "agent:anna"))
    return life


def test_facts_are_known_as_of_each_event() -> None:
    life = after(
        opened(7),
        t.TicketAssigned("anna", "network"),
        t.TagsChanged(("vip",)),
        t.TicketAssigned("", "billing"),
    )

    assert [life.at(n).team_id for n in (1, 2, 3, 4, 9)] == [
        "",
        "network",
        "network",
        "billing",
        "billing",
    ]
    assert life.at(3).number == 7
    assert life.sequence == 4
    assert len(life.turns) == 3  # a tag turns nothing


def test_what_is_older_than_anything_known_counts_as_the_oldest_known() -> None:
    life = after(opened(7), *(t.TicketAssigned(f"agent{n}") for n in range(2, 100)))

    assert len(life.turns) == MOST_TURNS
    assert life.at(1) == life.turns[0]
    assert life.at(99).agent_id == "agent99"
    assert Life().at(3) == Facts()
