"""What commands take: the bodies of requests, strict, so that a misspelt field is an error."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
ContactId = Annotated[str, StringConstraints(pattern=r"^p-[0-9a-f]{26}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{0,35}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewTicket(_Body):
    """A request that did not come through a channel: an agent took it down, or a customer wrote it
    here. requester_id: whose it is; customers open tickets of their own and leave it out."""

    requester_id: ContactId | None = None
    account: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    channel: Literal["phone", "web"] = "phone"
    subject: Told
    text: Words
    language: Language = ""


class Reply(_Body):
    """A public message: an agent's answer, or the customer's next message."""

    text: Words
    language: Language = ""


class Note(_Body):
    """An internal note."""

    text: Words


class Assignment(_Body):
    """Who has the ticket from now on: an agent, a team, or both."""

    agent_id: Name | None = None
    team_id: Name | None = None
    reason: Code | None = None


class Reason(_Body):
    """Why, for the history."""

    reason: Code | None = None


class Solution(_Body):
    """How it ended. resolution_code: one of the desk's (solved_permanently, workaround, by_request,
    known_error, duplicate, not_reproducible, no_fault_found, withdrawn, no_customer_response,
    out_of_scope, unless it has others); cause: what it was, in the desk's own terms."""

    resolution_code: Code
    cause: Code | None = None


class Rating(_Body):
    """The customer's judgement."""

    score: Annotated[int, Field(ge=1, le=5)]
    comment: Words | None = None


class Erasure(_Body):
    """Why a person is erased, for the history."""

    reason: Code
