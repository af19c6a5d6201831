"""A ticket's life: opened, waiting, solved, reopened, closed, and the other ways to end."""

from datetime import datetime
from typing import Literal

import msgspec

from libs.events.catalogue import command, event, unchanged
from libs.events.published.messages import Code, MessageFacts, Origin, Reference

__all__ = [
    "IMPORTED",
    "CancelTicket",
    "CloseTicket",
    "EndSnooze",
    "EndWaiting",
    "LabelStatus",
    "MarkNeedsNoReply",
    "MarkNotSpam",
    "MarkPending",
    "MarkSpam",
    "MessageNeedsNoReply",
    "OpenTicket",
    "Origin",
    "PutOnHold",
    "ReopenTicket",
    "ReopeningUndone",
    "SnoozeEnded",
    "SnoozeTicket",
    "SolveTicket",
    "Status",
    "StatusLabelled",
    "TicketCancelled",
    "TicketClosed",
    "TicketMarkedNotSpam",
    "TicketMarkedPending",
    "TicketMarkedSpam",
    "TicketOpened",
    "TicketPutOnHold",
    "TicketReopened",
    "TicketSnoozed",
    "TicketSolved",
    "TicketType",
    "TicketWoken",
    "Via",
    "WakingCause",
]

# The resolution code of what was solved elsewhere, where nobody knows how. For imports alone.
IMPORTED = "imported"
Status = Literal["new", "open", "pending", "on_hold", "solved", "closed"]
TicketType = Literal["", "question", "incident", "problem", "service_request", "task"]
Via = Literal["agent", "problem", "timeout", "mass"]
WakingCause = Literal[
    "customer_reply",
    "participant_reply",
    "foreign_message",
    "agent",
    "until_passed",
    "children_settled",
    "mail_bounced",
]


@command("tickets")
class OpenTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Open a ticket from its first message. Where another message of the thread was quicker, and
    opened it, this one joins it, or goes to a ticket of its own.

    digest: the message's in its conversation; follow_up_of: the closed ticket that it answers;
    submitter_id, affected_id: contacts, where they are others than the requester; session: the
    self-service session that led here; organisation_id, plan, vip: of the requester at this moment;
    origin ``import``: history, about which nobody is to be told and no clock is to run.
    """

    requester_id: str
    account: str
    message: MessageFacts
    digest: str
    follow_up_of: str = ""
    submitter_id: str = ""
    affected_id: str = ""
    type: TicketType = ""
    brand: Code = ""
    session: Code = ""
    organisation_id: str = ""
    plan: Code = ""
    vip: bool = False
    origin: Origin = "live"
    split_from: str = ""
    split_messages: tuple[int, ...] = ()


@command("tickets")
class LabelStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """Name the ticket's present status more closely; "" for its plain name.

    A label under ``open`` on a new ticket opens it.
    """

    label: Code


@command("tickets")
class MarkPending(msgspec.Struct, frozen=True, omit_defaults=True):
    """Wait for the customer, at most until an instant if one is given."""

    reason: Code = ""
    label: Code = ""
    until: datetime | None = None
    reference: Reference = ""


@command("tickets")
class PutOnHold(msgspec.Struct, frozen=True, omit_defaults=True):
    """Wait for somebody else than the customer. party: whom (``vendor``, ``change_board``, …)."""

    party: Code
    reason: Code = ""
    label: Code = ""
    until: datetime | None = None
    reference: Reference = ""


@command("tickets")
class EndWaiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """The waiting's ``until`` has passed (sent at that instant). since: sequence of the event that
    began it; if it ended meanwhile, nothing happens."""

    since: int
    until: datetime


@command("tickets")
class SnoozeTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Out of sight until an instant, or until somebody writes."""

    until: datetime
    reason: Code = ""


@command("tickets")
class EndSnooze(msgspec.Struct, frozen=True, omit_defaults=True):
    """Back in sight. until: the instant that passed (sent by the timer; a later snooze stays)."""

    until: datetime | None = None


@command("tickets")
class SolveTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """The request is answered. cause: what it was in the end, in the desk's own terms.

    resolution_code: one of the desk's; via: whether an agent solved it by itself, with others at
    once (mass), its problem's solution did (problem), or time ran out (timeout).
    """

    resolution_code: Code
    cause: Code = ""
    via: Via = "agent"
    label: Code = ""


@command("tickets")
class ReopenTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Work goes on: a solved ticket is reopened, one that waits is woken."""

    reason: Code = ""


@command("tickets")
class MarkNeedsNoReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A customer's message wants nothing ("thanks"). message_sequence: of the event that holds it.

    If it reopened or woke the ticket, and nothing was done since, that is undone.
    """

    message_sequence: int


@command("tickets")
class CloseTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Solved and settled: from now on a new message opens a follow-up.

    solved_sequence: the sequence of the TicketSolved that is meant, by who closes after a time;
    a ticket that was reopened since is then left alone. 0: whichever it was.
    """

    solved_sequence: int = 0


@command("tickets")
class CancelTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """End it without a solution, since nobody wants one any more."""

    reason: Code = ""


@command("tickets")
class MarkSpam(msgspec.Struct, frozen=True, omit_defaults=True):
    """This was no request. rule, rule_version: the filter that says so ("" for a person)."""

    rule: Code = ""
    rule_version: int = 0


@command("tickets")
class MarkNotSpam(msgspec.Struct, frozen=True, omit_defaults=True):
    """It was a request after all: it goes on where it stood."""


@event("tickets", version=3, upcasters={1: unchanged, 2: unchanged})
class TicketOpened(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request became a ticket with a number that people can say.

    prefix: the brand's, as people see it before the number; setup_version: of the desk that has
    the brand; follow_up_of: the closed ticket whose customer wrote again; split_from: the ticket
    where its messages were written, split_messages: their sequences there; invited: it overtook the
    message that it answers, whose author had copied its own; the rest as in ``OpenTicket``, as it
    was then.
    """

    number: int
    requester_id: str
    account: str
    message: MessageFacts
    digest: str
    follow_up_of: str = ""
    prefix: str = ""
    submitter_id: str = ""
    affected_id: str = ""
    type: TicketType = ""
    brand: Code = ""
    session: Code = ""
    organisation_id: str = ""
    plan: Code = ""
    vip: bool = False
    origin: Origin = "live"
    split_from: str = ""
    split_messages: tuple[int, ...] = ()
    setup_version: int = 0
    invited: bool = False


@event("tickets", version=2, upcasters={1: unchanged})
class StatusLabelled(msgspec.Struct, frozen=True, omit_defaults=True):
    """The status stays, its label changed; except that a new ticket with a label of ``open`` is
    open now. status: what it is after this; setup_version: of the desk that has the label."""

    status: Status
    label: Code = ""
    from_label: Code = ""
    setup_version: int = 0


@event("tickets", version=2, upcasters={1: unchanged})
class TicketMarkedPending(msgspec.Struct, frozen=True, omit_defaults=True):
    """The desk waits for the customer. from_status: what it was before; setup_version: of the desk
    that has the label."""

    from_status: Status
    reason: Code = ""
    label: Code = ""
    until: datetime | None = None
    reference: Reference = ""
    setup_version: int = 0


@event("tickets", version=2, upcasters={1: unchanged})
class TicketPutOnHold(msgspec.Struct, frozen=True, omit_defaults=True):
    """The desk waits for others. party: for whom; reference: their number for it; setup_version: of
    the desk that has the label."""

    from_status: Status
    party: Code
    reason: Code = ""
    label: Code = ""
    until: datetime | None = None
    reference: Reference = ""
    setup_version: int = 0


@event("tickets")
class TicketSnoozed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Out of sight until this instant; its status stays."""

    until: datetime
    reason: Code = ""


@event("tickets", version=2, upcasters={1: unchanged})
class SnoozeEnded(msgspec.Struct, frozen=True, omit_defaults=True):
    """Back in sight."""

    cause: WakingCause


@event("tickets", version=3, upcasters={1: unchanged, 2: unchanged})
class TicketSolved(msgspec.Struct, frozen=True, omit_defaults=True):
    """The request is answered. from_status: what it was before; agent_id: who is credited.

    exempt: fields that the desk's rules demand and that were left empty, which this way of solving
    it (``via``) allows; close_after: seconds until it is to be closed, 0 for what intake's settings
    say; setup_version: of the desk whose code and rules these were; ask_after: seconds until its
    customer is to be asked how content they are, 0 for never; ask_for: seconds for the answer.
    """

    resolution_code: Code
    agent_id: str
    from_status: Status
    cause: Code = ""
    via: Via = "agent"
    label: Code = ""
    exempt: tuple[Code, ...] = ()
    close_after: int = 0
    setup_version: int = 0
    ask_after: int = 0
    ask_for: int = 0


@event("tickets", version=2, upcasters={1: unchanged})
class TicketWoken(msgspec.Struct, frozen=True, omit_defaults=True):
    """A ticket that waited is open again. It was never solved, so this is no reopening."""

    cause: WakingCause
    from_status: Status
    reason: Code = ""


@event("tickets", version=2, upcasters={1: unchanged})
class TicketReopened(msgspec.Struct, frozen=True, omit_defaults=True):
    """A solved ticket needs work again; previous_*: who had solved it, and as what."""

    cause: WakingCause
    from_status: Status
    previous_agent_id: str = ""
    previous_code: Code = ""
    reason: Code = ""


@event("tickets")
class MessageNeedsNoReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A customer's message wants nothing: no clock runs for it. message_sequence: the event's."""

    message_sequence: int


@event("tickets")
class ReopeningUndone(msgspec.Struct, frozen=True, omit_defaults=True):
    """The message that reopened or woke the ticket wanted nothing: it stands where it stood.

    reopened_sequence: of the TicketReopened or TicketWoken that is taken back, for every count of
    reopenings; status: what the ticket is again.
    """

    reopened_sequence: int
    status: Status


@event("tickets")
class TicketClosed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Settled. solved_at: when it had been solved."""

    solved_at: datetime


@event("tickets")
class TicketCancelled(msgspec.Struct, frozen=True, omit_defaults=True):
    """Ended without a solution; closed, and outside of every resolution rate."""

    from_status: Status
    reason: Code = ""


@event("tickets")
class TicketMarkedSpam(msgspec.Struct, frozen=True, omit_defaults=True):
    """It was no request; closed, and outside of every resolution rate."""

    from_status: Status
    rule: Code = ""
    rule_version: int = 0


@event("tickets")
class TicketMarkedNotSpam(msgspec.Struct, frozen=True, omit_defaults=True):
    """It was a request after all. status: what it is again."""

    status: Status
