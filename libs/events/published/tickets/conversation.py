"""What is said on a ticket: to the customer, among us, with others, and what is taken back.

A message is known by the sequence of the event that holds it. Words and files are contents.
"""

from datetime import datetime

import msgspec

from libs.contents import ContentRef
from libs.events.catalogue import command, event, unchanged
from libs.events.published.messages import Code, MessageFacts, Origin, WrittenWith

__all__ = [
    "AddAgentMessage",
    "AddCustomerMessage",
    "AddNote",
    "AddSideMessage",
    "AgentMailPassedOn",
    "AgentMailTaken",
    "AgentReplied",
    "AnswerConsultation",
    "AskConsultation",
    "CloseSideConversation",
    "ConsultationAnswered",
    "ConsultationAsked",
    "ConsultationWithdrawn",
    "CustomerMessageAdded",
    "EditNote",
    "FollowUpRequested",
    "ForeignMessageAdded",
    "MessageRedacted",
    "MessageTurnedAway",
    "MessagesHeldBack",
    "NoteAdded",
    "NoteEdited",
    "OpenSideConversation",
    "ParticipantMessageAdded",
    "RedactMessage",
    "ReplyScheduled",
    "ReplyToCustomer",
    "ReplyWithdrawn",
    "ReportHeldBack",
    "SendScheduledReply",
    "SideConversationClosed",
    "SideConversationOpened",
    "SideMessageAdded",
    "WithdrawConsultation",
    "WithdrawReply",
]


@command("tickets", version=4, upcasters={1: unchanged, 2: unchanged, 3: unchanged})
class AddCustomerMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A further message from outside; author_id is the contact who wrote it.

    account: the account that it came to. With it the message is never refused: should the ticket
    not be there (a log restored from a backup), it is opened; without it that is a refusal.
    also_ids: contacts who are the same person, by a merge: their part in the ticket counts.
    invited: the requester has sent the author a copy of a message of this thread;
    own_id: it was found by its thread alone, which anybody can copy: the ticket that it goes to if
    its author takes no part in this one. "" where our signed reference brought it;
    doubted: the channel found that somebody else wrote it, so its author's part counts for nothing;
    origin: ``import`` for history, which wakes nobody.
    """

    author_id: str
    message: MessageFacts
    digest: str
    account: str = ""
    also_ids: tuple[str, ...] = ()
    invited: bool = False
    own_id: str = ""
    doubted: bool = False
    origin: Origin = "live"


@command("tickets")
class ReplyToCustomer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent's public answer, its words already in the content store.

    send_at: not before this instant, and until then it can be withdrawn (later, or an undo);
    cc_ids: contacts who get it, too, beside the collaborators.
    """

    rendition: ContentRef
    length: int = 0
    language: str = ""
    attachments: tuple[ContentRef, ...] = ()
    send_at: datetime | None = None
    cc_ids: tuple[str, ...] = ()
    written_with: tuple[WrittenWith, ...] = ()


@command("tickets")
class WithdrawReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Do not send a reply that waits. scheduled_sequence: of its ReplyScheduled."""

    scheduled_sequence: int


@command("tickets")
class SendScheduledReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The instant of a scheduled reply has come (sent at that instant)."""

    scheduled_sequence: int


@command("tickets")
class AddNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """An internal note, its words already in the content store. mentions: agents named in it."""

    rendition: ContentRef
    length: int = 0
    attachments: tuple[ContentRef, ...] = ()
    mentions: tuple[str, ...] = ()
    written_with: tuple[WrittenWith, ...] = ()


@command("tickets")
class EditNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """Put other words in the place of a note's. note_sequence: of its NoteAdded."""

    note_sequence: int
    rendition: ContentRef
    length: int = 0


@command("tickets")
class RedactMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take a message, a passage or an attachment away for good.

    removed: the contents that are to become unreadable; rendition: the words that are left, none
    if it is the whole message; message_sequence: of the event that holds it.
    """

    message_sequence: int
    removed: tuple[str, ...]
    reason: Code
    rendition: ContentRef | None = None


@command("tickets")
class OpenSideConversation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Talk to another team, or to a contact who is not the customer, beside the ticket.

    side_id: made by who opens it. The customer never sees any of it.
    """

    side_id: str
    rendition: ContentRef
    team_id: str = ""
    contact_id: str = ""
    length: int = 0
    attachments: tuple[ContentRef, ...] = ()


@command("tickets")
class AddSideMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A further message in a side conversation. contact_id: who wrote it, if no agent did.

    digest: of a message that came from outside; a closed side conversation goes on with it.
    """

    side_id: str
    message: MessageFacts
    contact_id: str = ""
    digest: str = ""


@command("tickets")
class CloseSideConversation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nothing more is expected there."""

    side_id: str


@command("tickets")
class AskConsultation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Ask a specialist; the ticket stays with whoever has it. consultation_id: made by who asks."""

    consultation_id: str
    rendition: ContentRef
    agent_id: str = ""
    team_id: str = ""
    length: int = 0


@command("tickets")
class AnswerConsultation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The specialist's word."""

    consultation_id: str
    rendition: ContentRef
    length: int = 0


@command("tickets")
class WithdrawConsultation(msgspec.Struct, frozen=True, omit_defaults=True):
    """No answer is needed any more."""

    consultation_id: str


@event("tickets")
class CustomerMessageAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer wrote again."""

    author_id: str
    message: MessageFacts
    digest: str


@event("tickets")
class ParticipantMessageAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """A collaborator (cc), the submitter or the affected user wrote; the customer sees it.

    merged_from: the ticket of theirs that was merged into this one, if that is their part in it:
    then only they see it, beside the agents.
    """

    author_id: str
    message: MessageFacts
    digest: str
    merged_from: str = ""


@event("tickets")
class ForeignMessageAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """Someone who takes no part in the ticket wrote with our signed reference: an internal,
    flagged comment that only agents see."""

    author_id: str
    message: MessageFacts
    digest: str


@command("tickets")
class AddAgentMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent answered by mail, with our signed reference and from an authenticated address.

    as_note: it is not for the customer.
    """

    agent_id: str
    message: MessageFacts
    digest: str
    account: str
    as_note: bool = False


@event("tickets")
class AgentMailTaken(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent's mail came in; the next event holds it, as an answer or as a note.

    requester_id: under whose key its contents stand from now on; as_note: it asked to be one, came
    when nothing could be answered any more, or was automatic.
    """

    agent_id: str
    digest: str
    requester_id: str
    contents: tuple[str, ...]
    as_note: bool = False


@event("tickets")
class AgentMailPassedOn(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent's mail reached a ticket that is merged: it goes to the target."""

    target_id: str
    agent_id: str
    message: MessageFacts
    digest: str
    account: str
    as_note: bool = False


@command("tickets")
class ReportHeldBack(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the ticket that stands for a flood: so many messages of its requester are suspended.

    since: when the first was.
    """

    count: int
    since: datetime


@event("tickets")
class MessagesHeldBack(msgspec.Struct, frozen=True, omit_defaults=True):
    """Too many messages came from the requester: so many, all in all, are suspended and wait for
    somebody to look. since: when the first was."""

    count: int
    since: datetime


@event("tickets", version=2, upcasters={1: unchanged})
class MessageTurnedAway(msgspec.Struct, frozen=True, omit_defaults=True):
    """Someone who takes no part in the ticket wrote in its thread, without our signed reference:
    nothing of it is kept here. ticket_id: their own, to which the message goes; origin: as the
    command that brought it said."""

    author_id: str
    ticket_id: str
    account: str
    message: MessageFacts
    digest: str
    origin: Origin = "live"


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
    """An agent answered in public; the channel's adapter delivers it to ``to_id`` (a contact).

    cc_ids: contacts who get it, too; scheduled_sequence: of the ReplyScheduled that it was, if it
    had to wait.
    """

    agent_id: str
    to_id: str
    account: str
    message: MessageFacts
    cc_ids: tuple[str, ...] = ()
    scheduled_sequence: int = 0


@event("tickets", version=2, upcasters={1: unchanged})
class ReplyScheduled(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer waits for its instant; nobody outside sees it before.

    undo_seconds: where nobody named the instant, the delay in which the desk lets it be withdrawn.
    """

    agent_id: str
    to_id: str
    account: str
    message: MessageFacts
    send_at: datetime
    cc_ids: tuple[str, ...] = ()
    undo_seconds: int = 0
    setup_version: int = 0


@event("tickets")
class ReplyWithdrawn(msgspec.Struct, frozen=True, omit_defaults=True):
    """A scheduled answer will not be sent."""

    scheduled_sequence: int


@event("tickets")
class NoteAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent left a note that the customer never sees. mentions: agents named in it."""

    agent_id: str
    message: MessageFacts
    mentions: tuple[str, ...] = ()


@event("tickets")
class NoteEdited(msgspec.Struct, frozen=True, omit_defaults=True):
    """A note has other words now; those before stay in the history."""

    note_sequence: int
    rendition: ContentRef
    length: int = 0


@event("tickets")
class MessageRedacted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Part of a message, or all of it, is gone for good.

    removed: contents that nobody can read any more; rendition: the words that are left.
    """

    message_sequence: int
    removed: tuple[str, ...]
    reason: Code
    rendition: ContentRef | None = None


@event("tickets")
class SideConversationOpened(msgspec.Struct, frozen=True, omit_defaults=True):
    """Talk with another team or contact began, beside the ticket and hidden from its customer.

    account: through which a contact is written to.
    """

    side_id: str
    agent_id: str
    message: MessageFacts
    team_id: str = ""
    contact_id: str = ""
    account: str = ""


@event("tickets")
class SideMessageAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """One more message of a side conversation. contact_id: who wrote it, if no agent did."""

    side_id: str
    message: MessageFacts
    agent_id: str = ""
    contact_id: str = ""
    digest: str = ""


@event("tickets")
class SideConversationClosed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nothing more is expected there; a further message opens it again."""

    side_id: str


@event("tickets")
class ConsultationAsked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A specialist was asked; the ticket stayed where it was."""

    consultation_id: str
    message: MessageFacts
    asked_by: str = ""
    agent_id: str = ""
    team_id: str = ""


@event("tickets")
class ConsultationAnswered(msgspec.Struct, frozen=True, omit_defaults=True):
    """The specialist answered."""

    consultation_id: str
    message: MessageFacts
    agent_id: str = ""


@event("tickets")
class ConsultationWithdrawn(msgspec.Struct, frozen=True, omit_defaults=True):
    """The question was taken back."""

    consultation_id: str
