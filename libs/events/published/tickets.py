"""Tickets: everything that happens to a request, in one order, from opening to rating.

Fields at their default are left out of the stored JSON, so a field that is added with a default
changes no event that was ever written.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from libs.contents import ContentRef
from libs.events.catalogue import command, event
from libs.events.published.messages import Code, MessageFacts

Status = Literal["new", "open", "pending", "solved", "closed"]
WakingCause = Literal["customer_reply", "foreign_message", "agent"]
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
class OpenTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Open a ticket from a customer's message.

    digest: the message's in its conversation; follow_up_of: the closed ticket that it answers.
    """

    requester_id: str
    account: str
    message: MessageFacts
    digest: str
    follow_up_of: str = ""


@command("tickets")
class AddCustomerMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A further message from outside; author_id is the contact who wrote it.

    account: the account that it came to. With it the message is never refused: should the ticket
    not be there (a log restored from a backup), it is opened; without it that is a refusal.
    """

    author_id: str
    message: MessageFacts
    digest: str
    account: str = ""


@command("tickets")
class ReplyToCustomer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent's public answer, its words already in the content store."""

    rendition: ContentRef
    length: int = 0
    language: str = ""
    attachments: tuple[ContentRef, ...] = ()


@command("tickets")
class AddNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """An internal note, its words already in the content store."""

    rendition: ContentRef
    length: int = 0


@command("tickets")
class AssignTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Give the ticket to an agent, a team, or both. reason: why, for the history.

    An agent alone keeps the ticket in its team; another team alone takes it from its agent.
    """

    agent_id: str = ""
    team_id: str = ""
    reason: Code = ""


@command("tickets")
class MarkPending(msgspec.Struct, frozen=True, omit_defaults=True):
    """Wait for the customer."""

    reason: Code = ""


@command("tickets")
class SolveTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """The request is answered. cause: what it was in the end, in the desk's own terms."""

    resolution_code: ResolutionCode
    cause: Code = ""


@command("tickets")
class ReopenTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Work goes on: a solved ticket is reopened, a pending one woken."""

    reason: Code = ""


@command("tickets")
class CloseTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Solved and settled: from now on a new message opens a follow-up.

    solved_sequence: the sequence of the TicketSolved that is meant, by who closes after a time;
    a ticket that was reopened since is then left alone. 0: whichever it was.
    """

    solved_sequence: int = 0


@command("tickets")
class RateTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer's rating, 1 (bad) to 5 (good), with a comment as content if there is one.

    A later rating replaces the one before, until the ticket is reopened.
    """

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
class CustomerMessageAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer wrote again."""

    author_id: str
    message: MessageFacts
    digest: str


@event("tickets")
class ForeignMessageAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """Someone who takes no part in the ticket wrote with our signed reference: an internal,
    flagged comment that only agents see."""

    author_id: str
    message: MessageFacts
    digest: str


@event("tickets")
class FollowUpRequested(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message reached a closed ticket: its author gets a follow-up, named here."""

    author_id: str
    ticket_id: str
    account: str
    message: MessageFacts
    digest: str


@event("tickets")
class AgentReplied(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent answered in public; the channel's adapter delivers it to ``to_id`` (a contact)."""

    agent_id: str
    to_id: str
    account: str
    message: MessageFacts


@event("tickets")
class NoteAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent left a note that the customer never sees."""

    agent_id: str
    message: MessageFacts


@event("tickets")
class TicketAssigned(msgspec.Struct, frozen=True, omit_defaults=True):
    """The ticket changed hands: who has it now, and (from_*) who had it; "" is nobody."""

    agent_id: str = ""
    team_id: str = ""
    from_agent_id: str = ""
    from_team_id: str = ""
    reason: Code = ""


@event("tickets")
class TicketMarkedPending(msgspec.Struct, frozen=True, omit_defaults=True):
    """The desk waits for the customer. from_status: what it was before."""

    from_status: Status
    reason: Code = ""


@event("tickets")
class TicketSolved(msgspec.Struct, frozen=True, omit_defaults=True):
    """The request is answered. from_status: what it was before."""

    resolution_code: ResolutionCode
    agent_id: str
    from_status: Status
    cause: Code = ""


@event("tickets")
class TicketWoken(msgspec.Struct, frozen=True, omit_defaults=True):
    """A ticket that waited is open again. It was never solved, so this is no reopening."""

    cause: WakingCause
    from_status: Status
    reason: Code = ""


@event("tickets")
class TicketReopened(msgspec.Struct, frozen=True, omit_defaults=True):
    """A solved ticket needs work again; previous_*: who had solved it, and as what."""

    cause: WakingCause
    from_status: Status
    previous_agent_id: str = ""
    previous_code: ResolutionCode | None = None
    reason: Code = ""


@event("tickets")
class TicketClosed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Settled. solved_at: when it had been solved."""

    solved_at: datetime


@event("tickets")
class TicketRated(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer's judgement, 1 to 5, of the agent who solved it.

    previous_score: what this rating replaces, 0 if it is the first since the ticket was solved.
    """

    score: int
    agent_id: str
    comment: ContentRef | None = None
    previous_score: int = 0


@event("tickets")
class ReplyDelivered(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reply reached the next mail server or channel. reply_sequence: its AgentReplied."""

    reply_sequence: int
    attempts: int


@event("tickets")
class ReplyDelayed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reply could not be delivered yet and is tried again."""

    reply_sequence: int
    attempts: int
    error: str


@event("tickets")
class ReplyFailed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reply could not be delivered and nobody tries again: an agent has to look."""

    reply_sequence: int
    attempts: int
    error: str


_LEADS_TO: Mapping[type, Status] = {
    TicketOpened: "new",
    TicketMarkedPending: "pending",
    TicketWoken: "open",
    TicketSolved: "solved",
    TicketReopened: "open",
    TicketClosed: "closed",
}


def status_after(before: Status | None, event: object) -> Status | None:
    """The status of a ticket after one of its events; None before the first. For every reader.

    A ticket is new until an agent has it or has written in it; a team's queue alone leaves it new.
    """
    if before == "new" and isinstance(event, TicketAssigned | AgentReplied | NoteAdded):
        return "open" if event.agent_id else before
    return _LEADS_TO.get(type(event), before)
