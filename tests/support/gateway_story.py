"""One ticket's whole life as recorded events, for tests of what the gateway makes of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from libs.contents import RENDITION_TYPE, ContentRef
from libs.events.envelope import Position, Recorded
from libs.events.published import tickets as t
from libs.events.published.messages import Direction, MessageFacts, Role, Visibility

TICKET = "t-00" + "1" * 24
CUSTOMER = "p-00" + "2" * 24
STRANGER = "p-01" + "3" * 24
FOLLOW_UP = "t-05" + "4" * 24
START = datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)


def rendition(name: str) -> ContentRef:
    """The reference of a content with this id."""
    return ContentRef(id=name, size=10, media_type=RENDITION_TYPE, sha256="0" * 64)


def message(
    name: str,
    role: Role = "customer",
    visibility: Visibility = "public",
    direction: Direction = "in",
    channel: str = "email",
) -> MessageFacts:
    """A message whose words are the content of this name."""
    return MessageFacts(
        channel=channel,
        direction=direction,
        role=role,
        visibility=visibility,
        rendition=rendition(name),
        received_at=START,
        length=10,
    )


def recorded(
    data: msgspec.Struct,
    sequence: int,
    actor: str,
    aggregate_id: str = TICKET,
    topic: str = "tickets.events",
) -> Recorded[object]:
    """The event as the log would hold it, ``sequence`` minutes after the start."""
    at = START + timedelta(minutes=sequence)
    return Recorded(
        data=data,
        event_id=f"00000000-0000-7000-8000-{sequence:012}",
        type=type(data).__name__,
        version=1,
        aggregate_id=aggregate_id,
        sequence=sequence,
        occurred_at=at,
        recorded_at=at,
        actor=actor,
        correlation_id="story",
        causation_id=f"command-{sequence}",
        input=f"tickets.commands/0/{sequence}",
        aggregate_prev="",
        partition_prev="",
        position=Position(topic, 0, sequence - 1),
    )


def opened(number: int = 7) -> t.TicketOpened:
    """How the story begins."""
    return t.TicketOpened(
        number=number,
        requester_id=CUSTOMER,
        account="support",
        message=message("first"),
        digest="d1",
    )


def story() -> Sequence[Recorded[object]]:
    """From the first mail to a follow-up, every event type once at least."""
    customer, anna, bob = f"contact:{CUSTOMER}", "agent:anna", "agent:bob"
    mail, closing = "adapter:email", "service:intake.closing"
    reply = message("answer", role="agent", direction="out")
    note = message("note", role="agent", visibility="internal", direction="out")
    foreign = message("foreign", role="third_party", visibility="internal")
    steps: list[tuple[str, msgspec.Struct]] = [
        (customer, opened()),
        (anna, t.TicketAssigned(agent_id="anna", team_id="billing", reason="knows_the_customer")),
        (anna, t.AgentReplied(agent_id="anna", to_id=CUSTOMER, account="support", message=reply)),
        (mail, t.ReplyDelayed(reply_sequence=3, attempts=1, error="450 try later.")),
        (mail, t.ReplyFailed(reply_sequence=3, attempts=5, error="550 no such mailbox")),
        (anna, t.NoteAdded(agent_id="anna", message=note)),
        (anna, t.TicketMarkedPending(from_status="open", reason="needs_serial_number")),
        (
            customer,
            t.CustomerMessageAdded(author_id=CUSTOMER, message=message("more"), digest="d2"),
        ),
        (customer, t.TicketWoken(cause="customer_reply", from_status="pending")),
        (
            f"contact:{STRANGER}",
            t.ForeignMessageAdded(author_id=STRANGER, message=foreign, digest="d3"),
        ),
        (bob, t.TicketAssigned(agent_id="bob", from_agent_id="anna", from_team_id="billing")),
        (
            bob,
            t.TicketSolved(
                resolution_code="workaround", agent_id="bob", from_status="open", cause="cable"
            ),
        ),
        (mail, t.ReplyDelivered(reply_sequence=3, attempts=6)),
        (customer, t.TicketRated(score=5, agent_id="bob", comment=rendition("praise"))),
        (
            bob,
            t.TicketReopened(
                cause="agent",
                from_status="solved",
                previous_agent_id="bob",
                previous_code="workaround",
                reason="broke_again",
            ),
        ),
        (
            bob,
            t.TicketSolved(
                resolution_code="solved_permanently", agent_id="bob", from_status="open"
            ),
        ),
        (closing, t.TicketClosed(solved_at=START + timedelta(minutes=16))),
        (
            customer,
            t.FollowUpRequested(
                author_id=CUSTOMER,
                account="support",
                ticket_id=FOLLOW_UP,
                message=message("again"),
                digest="d4",
            ),
        ),
    ]
    return [recorded(data, n, actor) for n, (actor, data) in enumerate(steps, start=1)]
