"""What was said: as its readers get it, and as the command that says it here. Pure."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from adapters.email.reading.html import readable, safe
from deskledger.history.model import File, Said, Ticket
from deskledger.history.plan import Words, code
from libs.contents import ContentRef, Rendition
from libs.events.published import tickets as t
from libs.events.published.messages import Attachment, MessageFacts, Role
from libs.files import names

LONGEST_TEXT = 500_000
_LONGEST_SUBJECT = 10_000
_CUT = "\n[…]"


def rendition(subject: str, said: Said | None, files: Sequence[File]) -> Rendition:
    """The words of a message. said: None for a subject alone; files: those that are stored."""
    if said is None:
        return Rendition(subject[:_LONGEST_SUBJECT])
    text = _text(said)
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - len(_CUT)] + _CUT
    return Rendition(
        subject[:_LONGEST_SUBJECT],
        text,
        safe(said.html) if said.html else None,
        attachments=tuple(names.file_name(file.name, media_type(file)) for file in files),
    )


def is_cut(said: Said) -> bool:
    """Whether it is longer than a message can be."""
    longest = max(len(said.text), len(said.html))
    return longest > LONGEST_TEXT and len(_text(said)) > LONGEST_TEXT


def _text(said: Said) -> str:
    return said.text if said.text.strip() or not said.html else readable(said.html)


def media_type(file: File) -> str:
    """Its type, by its own word or else by its name."""
    return names.media_type(file.media_type or names.type_of_name(file.name))


class Stored(msgspec.Struct, frozen=True):
    """A message in the content store. length: characters of its text; inline: of each file."""

    words: ContentRef
    length: int
    files: tuple[ContentRef, ...] = ()
    inline: tuple[bool, ...] = ()


def spoken(
    words: Words, stored: Stored, at: datetime, ticket: Ticket, account: str, digest: str
) -> msgspec.Struct:
    """The command that says a message. digest: by which its ticket knows it again."""
    match words.kind:
        case "reply":
            return t.ReplyToCustomer(stored.words, stored.length, attachments=stored.files)
        case "note":
            return t.AddNote(stored.words, stored.length, attachments=stored.files)
        case "rating":
            return t.RateTicket(words.score, stored.words)
        case "opening":
            by: Role = "customer" if words.author else "agent" if words.said else "system"
            message = _facts(by, stored, at, _answered_by(ticket))
            submitter = words.author if words.author != words.owner else ""
            return t.OpenTicket(
                words.owner, account, message, digest, submitter_id=submitter, origin="import"
            )
    channel = code((words.said.channel if words.said else "") or _answered_by(ticket))
    return t.AddCustomerMessage(
        words.author,
        _facts("customer", stored, at, channel),
        digest,
        invited=words.kind == "participant",
        doubted=words.kind == "foreign",
        origin="import",
    )


def _facts(role: Role, stored: Stored, at: datetime, channel: str) -> MessageFacts:
    return MessageFacts(
        channel=channel,
        direction="in" if role == "customer" else "out",
        role=role,
        visibility="public",
        rendition=stored.words,
        received_at=at,
        length=stored.length,
        attachments=tuple(
            Attachment(*each) for each in zip(stored.files, stored.inline, strict=True)
        ),
    )


def _answered_by(ticket: Ticket) -> str:
    """The channel by which its customer is answered from now on: mail, wherever it once came from;
    a phone call or a chat of years ago is over."""
    return "email" if ticket.channel == "email" else "web"
