"""What a webhook can be filtered by: few facts about a ticket, folded from its events. Pure."""

from typing import cast

import msgspec

from libs.events.envelope import Recorded
from libs.events.published.tickets import (
    Status,
    TicketAssigned,
    TicketOpened,
    status_after,
)


class Facts(msgspec.Struct, frozen=True):
    """A ticket after the event of this sequence."""

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


def facts_after(facts: Facts, recorded: Recorded[object]) -> Facts:
    """The ticket after its next event."""
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
