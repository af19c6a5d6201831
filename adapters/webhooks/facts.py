"""What a webhook can be filtered by: few facts about a ticket, folded from its events. Pure.

How they stood earlier is kept, too, so that what is told late or again is filtered as it was then.
"""

from typing import cast

import msgspec

from libs.events.envelope import Recorded
from libs.events.published.tickets import (
    Status,
    TicketAssigned,
    TicketOpened,
    status_after,
)

# Of a ticket with more turns the oldest are forgotten: what is told of then is filtered as if it
# had been the oldest known one already.
MOST_TURNS = 50


class Facts(msgspec.Struct, frozen=True):
    """A ticket from the event of this sequence on."""

    sequence: int = 0
    number: int = 0
    brand: str = ""
    team_id: str = ""
    agent_id: str = ""
    status: str = ""

    def named(self) -> dict[str, str]:
        """By the names of filters."""
        return {
            "brand": self.brand,
            "team_id": self.team_id,
            "agent_id": self.agent_id,
            "status": self.status,
        }


class Life(msgspec.Struct, frozen=True):
    """A ticket's facts over time. sequence: of its last event; turns: the newest last."""

    sequence: int = 0
    turns: tuple[Facts, ...] = ()

    def at(self, sequence: int) -> Facts:
        """As they stood after this event."""
        known = [turn for turn in self.turns if turn.sequence <= sequence]
        return known[-1] if known else self.turns[0] if self.turns else Facts()


def life_after(life: Life, recorded: Recorded[object]) -> Life:
    """The ticket after its next event."""
    last = life.turns[-1] if life.turns else Facts()
    facts = facts_after(last, recorded)
    changed = msgspec.structs.replace(facts, sequence=last.sequence) != last
    turns = (*life.turns, facts)[-MOST_TURNS:] if changed else life.turns
    return Life(recorded.sequence, turns)


def facts_after(facts: Facts, recorded: Recorded[object]) -> Facts:
    """The facts that hold from this event on."""
    event = recorded.data
    before = cast(Status, facts.status) if facts.status else None
    now = msgspec.structs.replace(
        facts, sequence=recorded.sequence, status=status_after(before, event) or ""
    )
    match event:
        case TicketOpened(number=number, brand=brand):
            return msgspec.structs.replace(now, number=number, brand=brand)
        case TicketAssigned(agent_id=agent, team_id=team):
            return msgspec.structs.replace(now, agent_id=agent, team_id=team)
        case _:
            return now
