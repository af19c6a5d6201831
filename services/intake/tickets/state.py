"""What a ticket must remember to decide: no words, no names, only what a rule asks for."""

from datetime import datetime

import msgspec

from libs.events.published.tickets import ResolutionCode, Status

SETTLED = -1


class Solution(msgspec.Struct, frozen=True):
    """How, when and by whom the ticket was last solved. sequence: of its TicketSolved."""

    sequence: int
    at: datetime
    agent_id: str
    code: ResolutionCode
    cause: str


class Rating(msgspec.Struct, frozen=True):
    """The customer's present judgement of that solution."""

    score: int
    comment_id: str


class TicketState(msgspec.Struct, omit_defaults=True):
    """A ticket as its decisions see it.

    status: None before it was opened; replies: by sequence of AgentReplied, how many attempts at
    delivery are on record, or SETTLED; digests: messages that it has, as dictionary for its order.
    """

    status: Status | None = None
    requester_id: str = ""
    account: str = ""
    channel: str = ""
    agent_id: str = ""
    team_id: str = ""
    solution: Solution | None = None
    rating: Rating | None = None
    replies: dict[int, int] = {}
    digests: dict[str, None] = {}
