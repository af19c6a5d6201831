"""A message's facts, in clear because no report can add them later; its words are contents."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from libs.contents import ContentRef as ContentRef
from libs.events.envelope import Origin as Origin

# A reason in the desk's own terms, such as ``needs_serial_number``. It stands in the log in clear
# and for ever, so that reports can count it after an erasure: free words go into a note instead.
Code = Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9][a-z0-9_.-]{0,63})?$")]
# A number of somebody else's (a supplier's ticket, a change request): no blanks, so no sentences.
Reference = Annotated[str, msgspec.Meta(pattern=r"^[\w./:#?&=%@+~-]{0,200}$")]
Direction = Literal["in", "out"]
Role = Literal["customer", "agent", "third_party", "system"]
Visibility = Literal["public", "internal"]


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that came with a message. Its name is content too (people write them): it stands in
    the message's rendition, at the same index.

    inline: shown inside the message (``Content-ID``) rather than beside it.
    """

    content: ContentRef
    inline: bool = False


class WrittenWith(msgspec.Struct, frozen=True):
    """What helped to write a message, in the version of that moment.

    kind: macro, canned_reply, article or bot; id: its name or id.
    """

    kind: Literal["macro", "canned_reply", "article", "bot"]
    id: Code
    version: int


class MessageFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of a ticket.

    rendition: subject, text and HTML as a person should read them (one content);
    original: the bytes as they came, if they came as bytes;
    received_at: when our side accepted it (SMTP, never the Date header, kept beside as sent_at);
    length: characters of the text; automatic: why it counts as automatic ("" when a person wrote);
    sent_at: what its Date header claims; written_with: macros, canned replies, articles and bots.
    """

    channel: str
    direction: Direction
    role: Role
    visibility: Visibility
    rendition: ContentRef
    received_at: datetime
    length: int = 0
    language: str = ""
    automatic: str = ""
    original: ContentRef | None = None
    attachments: tuple[Attachment, ...] = ()
    sent_at: datetime | None = None
    written_with: tuple[WrittenWith, ...] = ()

    @property
    def content_ids(self) -> tuple[str, ...]:
        """The ids of everything that was written or sent along."""
        files = tuple(file.content.id for file in self.attachments)
        return (self.rendition.id, *((self.original.id,) if self.original else ()), *files)
