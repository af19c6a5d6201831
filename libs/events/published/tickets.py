"""Tickets: everything that happens to a request, in one order, from opening to rating."""

from datetime import datetime
from typing import Literal

import msgspec

from libs.contents import ContentRef
from libs.events.catalogue import command, event
from libs.events.published.messages import MessageFacts

Status = Literal["new", "open", "pending", "solved", "closed"]
ReopeningCause = Literal["customer_reply", "agent"]
ResolutionCode = Literal[
    "solved_permanently",
    "workaround",
    "by_request",
    "known_error",
    "duplicate",
    "not_reproducible",
    "no_fault_found",
    "withdrawn",
    "no_customer_response",
    "out_of_scope",
]


@command("tickets")
class OpenTicket(msgspec.Struct, frozen=True):
    """Open a ticket from a customer's message. digest: the message's in its conversation."""

    requester_id: str
    account: str
    message: MessageFacts
    digest: str


@command("tickets")
class AddCustomerMessage(msgspec.Struct, frozen=True):
    """A customer's further message; author_id is the contact who wrote it."""

    author_id: str
    message: MessageFacts
    digest: str


@command("tickets")
class ReplyToCustomer(msgspec.Struct, frozen=True):
    """An agent's public answer, its words already in the content store."""

    rendition: ContentRef
    length: int = 0
    language: str = ""
    attachments: tuple[ContentRef, ...] = ()


@command("tickets")
class AddNote(msgspec.Struct, frozen=True):
    """An internal note, its words already in the content store."""

    rendition: ContentRef
    length: int = 0


@command("tickets")
class AssignTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Give the ticket to an agent, a team, or both. reason: why, for the history."""

    agent_id: str = ""
    team_id: str = ""
    reason: str = ""


@command("tickets")
class MarkPending(msgspec.Struct, frozen=True, omit_defaults=True):
    """Wait for the customer."""

    reason: str = ""


@command("tickets")
class SolveTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """The request is answered. cause: what it was in the end, in the desk's own terms."""

    resolution_code: ResolutionCode
    cause: str = ""


@command("tickets")
class ReopenTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """It was not solved after all."""

    reason: str = ""


@command("tickets")
class CloseTicket(msgspec.Struct, frozen=True):
    """Solved and settled: from now on a new message opens a follow-up."""


@command("tickets")
class RateTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer's rating, 1 (bad) to 5 (good), with a comment as content if there is one."""

    score: int
    comment: ContentRef | None = None


@command("tickets")
class RecordDelivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """A channel adapter says what became of a reply.

    reply_sequence: the sequence of its AgentReplied;
    error: "" for delivered, else the channel's answer without addresses in it; final: whether the
    adapter gave up.
    """

    reply_sequence: int
    attempts: int
    error: str = ""
    final: bool = True


@event("tickets")
class TicketOpened(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request became a ticket with a number that people can say.

    follow_up_of: the closed ticket whose customer wrote again.
    """

    number: int
    requester_id: str
    account: str
    message: MessageFacts
    digest: str
    follow_up_of: str = ""


@event("tickets")
class CustomerMessageAdded(msgspec.Struct, frozen=True):
    """The customer wrote again."""

    author_id: str
    message: MessageFacts
    digest: str


@event("tickets")
class ForeignMessageAdded(msgspec.Struct, frozen=True):
    """Someone who takes no part in the ticket wrote with our signed reference: an internal,
    flagged comment that only agents see."""

    author_id: str
    message: MessageFacts
    digest: str


@event("tickets")
class FollowUpRequested(msgspec.Struct, frozen=True):
    """A customer's message reached a closed ticket: it opens a follow-up, named here."""

    author_id: str
    ticket_id: str
    message: MessageFacts
    digest: str


@event("tickets")
class AgentReplied(msgspec.Struct, frozen=True):
    """An agent answered in public; the channel's adapter delivers it to ``to_id`` (a contact)."""

    agent_id: str
    to_id: str
    account: str
    message: MessageFacts


@event("tickets")
class NoteAdded(msgspec.Struct, frozen=True):
    """An agent left a note that the customer never sees."""

    agent_id: str
    message: MessageFacts


@event("tickets")
class TicketAssigned(msgspec.Struct, frozen=True, omit_defaults=True):
    """The ticket changed hands. from_*: who had it ("" for nobody)."""

    agent_id: str = ""
    team_id: str = ""
    from_agent_id: str = ""
    from_team_id: str = ""
    reason: str = ""


@event("tickets")
class TicketMarkedPending(msgspec.Struct, frozen=True, omit_defaults=True):
    """The desk waits for the customer. from_status: what it was before."""

    from_status: Status
    reason: str = ""


@event("tickets")
class TicketSolved(msgspec.Struct, frozen=True, omit_defaults=True):
    """The request is answered. from_status: what it was before."""

    resolution_code: ResolutionCode
    agent_id: str
    from_status: Status
    cause: str = ""


@event("tickets")
class TicketReopened(msgspec.Struct, frozen=True, omit_defaults=True):
    """A solved or pending ticket needs work again; previous_*: who had solved it, and as what."""

    cause: ReopeningCause
    from_status: Status
    previous_agent_id: str = ""
    previous_code: ResolutionCode | None = None
    reason: str = ""


@event("tickets")
class TicketClosed(msgspec.Struct, frozen=True):
    """Settled. solved_at: when it had been solved."""

    solved_at: datetime


@event("tickets")
class TicketRated(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer's judgement, 1 to 5, of the agent who solved it."""

    score: int
    agent_id: str
    comment: ContentRef | None = None


@event("tickets")
class ReplyDelivered(msgspec.Struct, frozen=True):
    """A reply reached the next mail server or channel. reply_sequence: its AgentReplied."""

    reply_sequence: int
    attempts: int


@event("tickets")
class ReplyDelayed(msgspec.Struct, frozen=True):
    """A reply could not be delivered yet and is tried again."""

    reply_sequence: int
    attempts: int
    error: str


@event("tickets")
class ReplyFailed(msgspec.Struct, frozen=True):
    """A reply could not be delivered and nobody tries again: an agent has to look."""

    reply_sequence: int
    attempts: int
    error: str
