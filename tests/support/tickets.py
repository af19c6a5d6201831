"""Tickets for tests of intake: what has happened to them, and when."""

from datetime import timedelta

import msgspec

from libs.events.ids import digest
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts
from libs.events.testing import START
from tests.support.messages import CUSTOMER, content, mail

# Commands are decided at TEN unless a test says otherwise; everything before happened at START.
TEN, NOON, EVENING = (START + timedelta(hours=hours) for hours in (1, 3, 9))
COLLEAGUE = "p-00" + "4" * 24
OTHER_TICKET, THIRD_TICKET = "t-01" + "b" * 24, "t-02" + "c" * 24

OPENED = t.TicketOpened(7, CUSTOMER, "support", mail("question"), digest("question"))
ASSIGNED = t.TicketAssigned(agent_id="anna", team_id="network")
SOLVED = t.TicketSolved("workaround", "anna", "open")
REOPENED = t.TicketReopened("agent", "solved", "anna", "workaround")
CLOSED = t.TicketClosed(START)
BY_RULE = t.Why("by_skill", 3, ("anna", "ben"), ("skill.network",))


def internal(words: str, length: int = 0, role: str = "agent") -> MessageFacts:
    """Words that the customer never sees, as a rule at TEN writes them down."""
    return MessageFacts(
        channel="desk",
        direction="in",
        role="agent" if role == "agent" else "system",
        visibility="internal",
        rendition=content(words),
        received_at=TEN,
        length=length,
    )


def public(words: str, at_hour: int = 10) -> MessageFacts:
    """An agent's answer as a rule writes it down."""
    return MessageFacts(
        channel="email",
        direction="out",
        role="agent",
        visibility="public",
        rendition=content(words),
        received_at=START.replace(hour=at_hour),
    )


def named(value: object) -> str | None:
    """The name of a case of a table: its command's."""
    return type(value).__name__ if isinstance(value, msgspec.Struct) else None
