"""A mail's bytes as a message: any bytes get an answer, in bounded time and memory. Pure."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from resiliparse.parse.lang import detect_fast

from adapters.email.reading import (
    automatic,
    bodies,
    bounces,
    complaints,
    folding,
    forwards,
    headers,
    out_of_office,
)
from adapters.email.reading.authentication import NOBODY, Found, Vouching
from adapters.email.reading.authentication import found as authenticated
from adapters.email.reading.bodies import AttachedFile
from adapters.email.reading.bounces import Bounce
from adapters.email.reading.complaints import Complaint
from adapters.email.reading.protection import Protection

_NOTE = re.compile(r"\s*#note\s*$", re.IGNORECASE | re.MULTILINE)
MOST_MULTIPARTS = 30
LONGEST_SUBJECT = 998
LONGEST_NAME = 200
LONGEST_ADDRESS = 320
MOST_REFERENCES = 200
MOST_COPIED = 50
# Fields that stations on the way add or change: two deliveries of one message differ in them.
_TRACE = re.compile(
    rb"^(?:received|return-path|delivered-to|delivery-date|envelope-to|authentication-results"
    rb"|received-spf|dkim-signature|domainkey-signature|(?:arc|x)-[^:\n]*)[ \t]*:"
    rb"[^\n]*(?:\n[ \t][^\n]*)*\n?",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESSED = ("to", "cc", "delivered-to")
# Where the detection is mostly right: so many characters, at most so far from a language's profile,
# and a language that a desk may meet; rarer ones are found mostly in jokes, code and addresses.
_LANGUAGE_READ = 2_000
_LANGUAGE_LEAST = 40
_LANGUAGE_CUTOFF = 1_000
_LANGUAGES = re.compile(
    "ar|bg|bn|ca|cs|da|de|el|en|es|et|eu|fa|fi|fr|ga|he|hi|hr|hu|id|is|it|ja|ko|lt|lv|mk|nl|no|pl"
    "|pt|ro|ru|sk|sl|sq|sr|sv|sw|ta|th|tl|tr|uk|ur|vi|zh"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it concerns a helpdesk.

    sender: address ("" when none can be found) and display name; sent_at: its Date (UTC);
    message_id: with angle brackets, "" without one; thread: the Message-ID of the thread's root,
    that is the first of References, else In-Reply-To, else its own, else "";
    text: plain text, from the HTML where there was no other; html: safe to show, None without any;
    automatic: why it counts as written by a machine, "" when it does not;
    references: addressees and Message-IDs in which a signed reference of ours may stand;
    copied: everybody whom it says it was sent to;
    authentication: whether a server of ours vouches for the sender; forwarded: address and name of
    who wrote what it sends on; as_note: its first line is ``#note``;
    folded: passages of the text that a reader need not read again;
    no_answer: its sender wants no automatic answers; away_until: the day that an automatic answer
    names for the return of whom it stands for; bounces: whom a mail did not reach, by a server's
    report; complaint: of a mail of ours; protection: whether it came signed or encrypted,
    unverified; language: ISO 639-1 code, "" when unsure.
    """

    subject: str
    sender: str
    sender_name: str
    sent_at: datetime | None
    message_id: str
    thread: str
    text: str
    html: str | None
    files: tuple[AttachedFile, ...]
    automatic: str
    references: tuple[str, ...]
    language: str
    copied: tuple[str, ...] = ()
    authentication: Found = "unknown"
    forwarded: tuple[str, str] | None = None
    as_note: bool = False
    folded: tuple[folding.Passage, ...] = ()
    no_answer: bool = False
    away_until: date | None = None
    protection: Protection = ""
    bounces: tuple[Bounce, ...] = ()
    complaint: Complaint | None = None


def parse(
    raw: bytes,
    return_path: str | None = None,
    vouching: Vouching = NOBODY,
    ours: Collection[str] = (),
) -> Mail:
    """Read a mail. return_path: the envelope's sender if there was an envelope, "" for none;
    vouching: whose word on senders counts; ours: our own addresses
    (lower case)."""
    message = headers.read(raw, MOST_MULTIPARTS)
    sender, sender_name = headers.mailbox(message, "from")
    subject = headers.text_of(message, "subject")[:LONGEST_SUBJECT]
    body = bodies.read(message, forwards.is_forward(subject))
    text = body.text
    answered = headers.message_ids(message, "in-reply-to")
    known = headers.message_ids(message, "references")
    own = headers.message_ids(message, "message-id")
    sent_at, written_in = headers.instant(message, "date"), language(text)
    why_automatic = automatic.reason(message, return_path, ours)
    complaint = None
    if why_automatic == "report":
        complaint = complaints.read(body.files, bounces.returned(text, body.files))
    if complaint:
        why_automatic = complaints.COMPLAINT
    elif automatic.unsubscribes(message, text):
        why_automatic = automatic.UNSUBSCRIBE
    addressees = [found for name in _ADDRESSED for found in headers.addresses(message, name)]
    return Mail(
        subject=subject,
        sender=(sender or return_path or "")[:LONGEST_ADDRESS],
        sender_name=sender_name[:LONGEST_NAME],
        sent_at=sent_at,
        message_id=own[0] if own else "",
        thread=next(iter([*known[:1], *answered[:1], *own[:1]]), ""),
        text=text,
        html=body.html,
        files=tuple(body.files),
        automatic=why_automatic,
        references=(*addressees, *answered, *reversed(known)),
        language=written_in,
        copied=tuple(dict.fromkeys(found.lower() for found in addressees))[:MOST_COPIED],
        authentication=authenticated(message, vouching),
        forwarded=forwards.original_sender(subject, text, body.files),
        as_note=_NOTE.match(text) is not None,
        protection=body.protection,
        folded=folding.fold(text, forwards.is_forward(subject)),
        no_answer=automatic.wants_no_answer(message),
        away_until=(
            out_of_office.away_until(text, written_in, sent_at)
            if why_automatic == "auto-replied" and sent_at is not None
            else None
        ),
        bounces=bounces.read(raw, message, text, body.files, why_automatic),
        complaint=complaint,
    )


def digest(account: str, raw: bytes) -> str:
    """SHA-256 (hex) by which a repeated delivery to this account is recognised.

    Over the account and the message without what stations on the way add; line ends count as one.
    """
    before, _, body = (b"\n" + raw.replace(b"\r\n", b"\n")).partition(b"\n\n")
    head = _TRACE.sub(b"", before + b"\n")
    return hashlib.sha256(b"\0".join((account.encode(), head, body))).hexdigest()


def language(text: str) -> str:
    """The text's language (ISO 639-1), "" for a text too short or too odd to tell."""
    sample = text[:_LANGUAGE_READ]
    if len(sample) < _LANGUAGE_LEAST:
        return ""
    found = str(detect_fast(sample, cutoff=_LANGUAGE_CUTOFF)[0])
    return found if _LANGUAGES.fullmatch(found) else ""
