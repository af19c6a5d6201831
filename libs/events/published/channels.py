"""``channels.inbound``: the public contract for channel adapters, ours and everybody's.

An adapter publishes one JSON object per message and account. Nothing else is needed: no client of
ours, no header, and the key only decides how soon the message is in its own partition. Text may be
given in place (``text``) or, by adapters that hold a transit key, as contents and sealed values.
"""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from libs.events.ids import derived_id

Short = Annotated[str, StringConstraints(min_length=1, max_length=998)]
Token = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]


class Part(BaseModel):
    """What all shapes of the contract have in common: no field that is not in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sealed(Part):
    """A personal value under the message's transit key, as `libs.keyring` seals it."""

    key: Annotated[
        str, StringConstraints(pattern=r"^transit-[0-9]{4}w[0-9]{2}(-[0-9a-f]{26})?$")
    ] = Field(description="the id of the message's transit key")
    sealed: str = Field(description="what the keyring made of the value")


class Content(Part):
    """A content that the adapter has put into the content store."""

    id: Short = Field(description="its id in the store")
    size: int = Field(ge=0, description="bytes in clear")
    media_type: Short = Field(description="type/subtype, without parameters")
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="of the ciphertext, in hex"
    )


class InboundAttachment(Part):
    """A file that came along, already in the content store."""

    content: Content = Field(description="its bytes; its name stands in the rendition")
    inline: bool = Field(default=False, description="shown inside the message, not beside it")


class Sender(Part):
    """Who wrote. Both values in clear, or both sealed under a transit key that is the message's
    own."""

    address: Short | Sealed = Field(
        description="the address on the channel: mail address, phone number, handle"
    )
    name: Annotated[str, StringConstraints(max_length=998)] | Sealed = Field(
        default="", description="the name as the channel shows it"
    )


class Bounce(Part):
    """The message reports that one of ours did not arrive."""

    recipient: Short | Sealed = Field(description="the address that it did not reach")
    status: Annotated[str, StringConstraints(pattern=r"^[45]\.\d{1,3}\.\d{1,3}$")] = Field(
        description="why (RFC 3463)"
    )
    permanent: bool = Field(
        description="whatever else is sent there will not arrive either; nothing is, from then on"
    )


class Complaint(Part):
    """The message reports that a recipient called one of ours spam, or worse (RFC 5965)."""

    kind: Token = Field(description="the feedback type: abuse, fraud, virus, other, opt-out")
    recipient: Short | Sealed | None = Field(
        default=None, description="who complained, where the report says so"
    )


class InboundMessage(Part):
    """One message from outside, for one of our accounts."""

    channel: Token = Field(description="kind of channel: email, chat, phone, …")
    account: Token = Field(description="which of our own accounts it came to, say support")
    id: Short = Field(
        description="the channel's own id of the message, as unique as the channel makes it; "
        "a second delivery carries the same id and the same content"
    )
    sender: Sender = Field(description="who wrote")
    received_at: AwareDatetime = Field(description="when the adapter accepted it, with an offset")
    sent_at: AwareDatetime | None = Field(default=None, description="when it says it was sent")
    thread: Short | None = Field(
        default=None,
        description="the channel's id of the conversation (for mail the root of the thread); "
        "without it the message is a thread of its own",
    )
    subject: str = Field(default="", max_length=10_000, description="its subject, beside text")
    text: Annotated[str, StringConstraints(max_length=500_000)] | None = Field(
        default=None, description="its words in place; else rendition"
    )
    rendition: Content | None = Field(
        default=None, description="its subject and words as one content; else text"
    )
    original: Content | None = Field(default=None, description="the bytes as they came")
    attachments: tuple[InboundAttachment, ...] = Field(
        default=(), max_length=200, description="files that came along"
    )
    references: tuple[str, ...] = Field(
        default=(),
        max_length=200,
        description="strings in which one of our signed references may stand: our own addresses "
        "it was sent to, ids of the messages it answers",
    )
    copied: tuple[Short | Sealed, ...] = Field(
        default=(),
        max_length=50,
        description="addresses of others that it was sent to: whom a customer sends a copy may "
        "answer on the customer's ticket",
    )
    authentication: Literal["unknown", "passed", "failed"] = Field(
        default="unknown",
        description="whether the channel itself vouches for the sender (for mail, DMARC as a "
        "server of ours saw it); say `passed` only by what nobody outside can write",
    )
    forwarded: Sender | None = Field(
        default=None,
        description="who wrote what this message sends on; counts where an agent sent it",
    )
    as_note: bool = Field(
        default=False,
        description="its first line is `#note`: an agent's answer that the customer must not see",
    )
    language: str = Field(
        default="", max_length=35, description="language tag (BCP 47), empty when unknown"
    )
    length: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="characters of the text, beside rendition"
    )
    automatic: str = Field(
        default="",
        max_length=64,
        description="why it counts as written by a machine, as a code; empty for a person. Such a "
        "message wakes nobody and waits for a look unless it answers one of ours; only an `alert` "
        "opens a ticket like a person's message",
    )
    no_answer: bool = Field(
        default=False,
        description="its sender wants no automatic answers; beside text, else in the rendition",
    )
    away_until: date | None = Field(
        default=None,
        description="the day that an automatic answer names for the return of whom it stands for; "
        "beside text, else in the rendition",
    )
    bounce: Bounce | None = Field(
        default=None,
        description="a message of ours did not arrive; counts where `references` has one of our "
        "signed references",
    )
    complaint: Complaint | None = Field(
        default=None,
        description="a recipient complained of a message of ours; counts where `references` has "
        "one of our signed references: its ticket hears of it, and they are asked no more",
    )
    origin: Literal["live", "import"] = Field(
        default="live",
        description="`import`: history that is brought in; nobody is told of it, it wakes nothing, "
        "and no limit holds it back",
    )
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None,
        description="SHA-256 over account and content without trace headers: messages of one "
        "digest are one message. May be left out when the message is text alone; then it is made "
        "of account, id, sender, subject and text.",
    )

    @cached_property
    def conversation_id(self) -> str:
        """The conversation that it belongs to, by which it is keyed and partitioned."""
        return conversation_id(self.account, self.thread or self.id)

    @property
    def personal(self) -> "Iterator[Short | Sealed]":
        """Everything in it that says who somebody is."""
        senders = (self.sender, self.forwarded) if self.forwarded else (self.sender,)
        for sender in senders:
            yield sender.address
            yield sender.name
        yield from self.copied
        if self.bounce is not None:
            yield self.bounce.recipient
        if self.complaint is not None and self.complaint.recipient is not None:
            yield self.complaint.recipient

    @model_validator(mode="after")
    def _has_words(self) -> "InboundMessage":
        if (self.text is None) == (self.rendition is None):
            raise ValueError("give the message either as text or as rendition (a content)")
        if self.digest is None and (self.text is None or self.attachments or self.original):
            raise ValueError("give a digest: this program cannot see into the message's contents")
        return self


def conversation_id(account: str, thread: str) -> str:
    """The id of the conversation that a thread on one of our accounts is.

    An adapter that keys and partitions its records by it (``partition_of``) spares a forwarding.
    """
    return derived_id("c", account, thread)
