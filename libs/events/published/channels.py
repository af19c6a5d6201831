"""``channels.inbound``: the public contract for channel adapters, ours and everybody's.

An adapter publishes one JSON object per message and account. Nothing else is needed: no client of
ours, no header, and the key only decides how soon the message is in its own partition. Text may be
given in place (``text``) or, by adapters that hold a transit key, as contents and sealed values.
"""

from functools import cached_property
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from libs.events.ids import derived_id

Short = Annotated[str, StringConstraints(min_length=1, max_length=998)]
Token = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]


class Sealed(BaseModel):
    """A personal value under a transit key, as ``libs.keyring`` seals it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: Annotated[str, StringConstraints(pattern=r"^transit-[0-9]{4}w[0-9]{2}$")]
    sealed: str


class Content(BaseModel):
    """A content that the adapter has put into the content store."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Short
    size: Annotated[int, Field(ge=0)]
    media_type: Short
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class InboundAttachment(BaseModel):
    """A file that came along, already in the content store."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    content: Content
    inline: bool = False


class Sender(BaseModel):
    """Who wrote: an address on the channel (mail address, phone number, handle) and maybe a name.

    Both in clear, or both sealed under the transit key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    address: Short | Sealed
    name: Annotated[str, StringConstraints(max_length=998)] | Sealed = ""


class InboundMessage(BaseModel):
    """One message from outside, for one of our accounts.

    channel: kind of channel (``email``, ``chat``, ``phone``, …); account: which of our own
    accounts it came to (``support``); id: the channel's own id of the message, as unique as the
    channel makes it (two deliveries of one message carry the same id *and* content);
    thread: the channel's id of the conversation (for mail the root of the thread); by default the
    message is a thread of its own; references: strings in which one of our signed references may
    stand (addressees, Message-IDs); received_at: when the adapter accepted it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    channel: Token
    account: Token
    id: Short
    sender: Sender
    received_at: AwareDatetime
    sent_at: AwareDatetime | None = None
    thread: Short | None = None
    subject: Annotated[str, StringConstraints(max_length=10_000)] = ""
    text: Annotated[str, StringConstraints(max_length=500_000)] | None = None
    rendition: Content | None = None
    original: Content | None = None
    attachments: Annotated[tuple[InboundAttachment, ...], Field(max_length=200)] = ()
    references: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    language: Annotated[str, StringConstraints(max_length=35)] = ""
    length: Annotated[int, Field(ge=0)] | None = None
    automatic: Annotated[str, StringConstraints(max_length=64)] = ""
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
