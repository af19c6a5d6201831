"""What a content is: a reference for events, bytes for readers, and a message's words as one."""

from datetime import date
from typing import Literal, Self

import msgspec

RENDITION_TYPE = "application/vnd.deskledger.rendition+json"


class ContentRef(msgspec.Struct, frozen=True):
    """What an event says about a content. None of it is personal data.

    `size` in bytes of clear text; `sha256` in hex, of the ciphertext, so that it tells nothing of
    what was written; `media_type` is type/subtype without parameters: names of files are personal.
    """

    id: str
    size: int
    media_type: str
    sha256: str


class Content(msgspec.Struct, frozen=True):
    """A content as a reader gets it."""

    ref: ContentRef
    data: bytes


class NewContent(msgspec.Struct, frozen=True):
    """A content to store under the key `owner`, which must be there.

    A writer that may repeat itself derives `id` from what it stores; without one it is a new uuid7.
    """

    owner: str
    data: bytes
    media_type: str
    id: str | None = None


class Passage(msgspec.Struct, frozen=True, array_like=True):
    """Characters [start, end) of a text that a reader may fold: they say nothing new."""

    start: int
    end: int
    kind: Literal["quote", "signature", "disclaimer"]


class Rendition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message's words as one content (RENDITION_TYPE), which spares two records a message.

    attachments: the names of its files, at the indexes of the event's attachments; message_id: of
    a mail, with angle brackets; folded: passages of the text, in their order;
    authentication: whether the channel vouches for its sender;
    no_answer: its sender wants no automatic answers; away_until: the day that an automatic answer
    names for the return of whom it stands for;
    content_ids: by which the HTML names its files (``cid:``), and really: the type of a file that
    is not what it says; both at the same indexes, empty where there are none;
    protection: whether it came "signed" or "encrypted", which nobody has verified.
    """

    subject: str = ""
    text: str = ""
    html: str | None = None
    attachments: tuple[str, ...] = ()
    message_id: str = ""
    folded: tuple[Passage, ...] = ()
    no_answer: bool = False
    authentication: Literal["unknown", "passed", "failed"] = "unknown"
    away_until: date | None = None
    content_ids: tuple[str, ...] = ()
    really: tuple[str, ...] = ()
    protection: Literal["", "signed", "encrypted"] = ""

    @property
    def visible(self) -> str:
        """The text as a reader sees it first: what is folded is left out."""
        pieces, place = [], 0
        for passage in self.folded:
            pieces.append(self.text[place : passage.start])
            place = passage.end
        return "".join((*pieces, self.text[place:])).strip() if pieces else self.text

    def encode(self) -> bytes:
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises msgspec.DecodeError for bytes that are no rendition."""
        return msgspec.json.decode(data, type=cls)


class ContentDamaged(Exception):
    """Stored bytes are cut, reordered, changed, or another content's."""

    def __init__(self, content_id: str) -> None:
        super().__init__(f"the content {content_id} is damaged in the store")
        self.content_id = content_id
