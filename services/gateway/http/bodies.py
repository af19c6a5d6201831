"""What commands take: the bodies of requests, strict, so that a misspelt field is an error."""

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

import msgspec
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from libs.events.published.tickets import TicketType

C = TypeVar("C", bound=msgspec.Struct)

Words = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=r"\S")]
Code = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$",
        description="a code of your own, such as needs_serial_number: it stays for ever and can be "
        "counted; write free words into a note",
    ),
]
Told = Annotated[  # a line that says something
    str,
    StringConstraints(
        max_length=500, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
    ),
]
Reference = Annotated[  # somebody else's number for it
    str, StringConstraints(pattern=r"^[A-Za-z0-9_./:#?&=%@+~-]{1,200}$")
]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
ContactId = Annotated[str, StringConstraints(pattern=r"^p-[0-9a-f]{26}$")]
TicketId = Annotated[str, StringConstraints(pattern=r"^t-[0-9a-f]{26}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{0,35}$")]
Uploads = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")], ...],
    Field(max_length=50, description="ids of your uploads, in the order of the files"),
]
Seconds = Annotated[int, Field(ge=0, le=100_000_000, description="seconds")]
Sequence = Annotated[int, Field(ge=1, le=99_999_999, description="a step of the ticket")]


def _in_utc(instant: datetime) -> datetime:
    if not 1970 < instant.year < 9000:
        raise ValueError("name an instant between the years 1971 and 8999")
    return instant.astimezone(UTC)


Instant = Annotated[
    AwareDatetime, AfterValidator(_in_utc), Field(description="an instant with its offset")
]


class Body(BaseModel):
    """What a command takes; a field that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def command(self, kind: type[C], **more: object) -> C:
        """The command that has these fields, and ``more``."""
        return msgspec.convert(self.model_dump(exclude_none=True) | more, kind)


class NewTicket(Body):
    """A request that did not come through a channel: an agent took it down, or a customer wrote it
    here. requester_id: whose it is; customers open tickets of their own and leave it out.
    submitter_id, affected_id: who came with it and who has the trouble, if somebody else; brand:
    the one that the customer turned to."""

    requester_id: ContactId | None = None
    submitter_id: ContactId | None = None
    affected_id: ContactId | None = None
    type: TicketType = ""
    brand: Code | None = None
    account: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    channel: Literal["phone", "web"] = "phone"
    subject: Told
    text: Words
    language: Language = ""
    attachments: Uploads = ()


class Reason(Body):
    """Why, for the history."""

    reason: Code | None = None


class Erasure(Body):
    """Why a person is erased, for the history."""

    reason: Code
