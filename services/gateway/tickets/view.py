"""What is this ticket now? One fold, for the table of tickets and for a ticket as of an instant.

No words and no names: a subject is the id of a content, a person an id. They are revealed when the
view is read, so an erasure needs no new version of it.
"""

from collections.abc import Sequence
from typing import cast

from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from libs.events.projection import Index, Table
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts
from libs.mongo import Document
from services.gateway.instants import text


class LastMessage(TypedDict):
    """The newest message. sequence: of the event that holds it."""

    sequence: int
    at: str
    role: str
    visibility: str


class TicketView(TypedDict):
    """A ticket at one sequence. Instants are text (``instants.py``); "" and None mean not yet.

    subject: id of the rendition of the first message; created_at, solved_at, closed_at: when it
    happened in the world; updated_at: when the log took the last event (what ``as_of`` means);
    undelivered: sequences of the replies that nobody tries to deliver any more; follow_ups: the
    tickets that messages to this closed one opened.
    """

    number: int
    status: t.Status
    requester_id: str
    account: str
    channel: str
    subject: str
    agent_id: str
    team_id: str
    created_at: str
    updated_at: str
    solved_at: str | None
    closed_at: str | None
    solved_by: str
    resolution_code: str
    cause: str
    waiting_reason: str
    reopenings: int
    rating: int | None
    customer_messages: int
    foreign_messages: int
    replies: int
    notes: int
    last_message: LastMessage
    undelivered: list[int]
    follow_up_of: str
    follow_ups: list[str]
    sequence: int


def ticket_at(view: TicketView | None, recorded: Recorded[object]) -> TicketView:
    """The ticket after this event. Raises ValueError where a log does not begin with an opening."""
    if isinstance(recorded.data, t.TicketOpened):
        return _opened(recorded, recorded.data)
    if view is None:
        raise ValueError(f"{recorded.aggregate_id} begins with {recorded.type}, not TicketOpened")
    view = {
        **view,
        "sequence": recorded.sequence,
        "updated_at": text(recorded.recorded_at),
        "status": t.status_after(view["status"], recorded.data) or view["status"],
    }
    match recorded.data:
        case t.CustomerMessageAdded(message=message):
            view["customer_messages"] += 1
            view["last_message"] = _last(recorded, message)
        case t.ForeignMessageAdded(message=message):
            view["foreign_messages"] += 1
            view["last_message"] = _last(recorded, message)
        case t.AgentReplied(message=message):
            view["replies"] += 1
            view["last_message"] = _last(recorded, message)
        case t.NoteAdded(message=message):
            view["notes"] += 1
            view["last_message"] = _last(recorded, message)
        case t.TicketAssigned() as assigned:
            view["agent_id"] = assigned.agent_id
            view["team_id"] = assigned.team_id
        case t.TicketMarkedPending(reason=reason):
            view["waiting_reason"] = reason
        case t.TicketSolved() as solved:
            view["solved_at"] = text(recorded.occurred_at)
            view["solved_by"] = solved.agent_id
            view["resolution_code"] = solved.resolution_code
            view["cause"] = solved.cause
            view["waiting_reason"] = ""
        case t.TicketWoken():
            view["waiting_reason"] = ""
        case t.TicketReopened():
            view["reopenings"] += 1
            view["solved_at"] = view["rating"] = None
            view["solved_by"] = view["resolution_code"] = view["cause"] = ""
        case t.TicketClosed():
            view["closed_at"] = text(recorded.occurred_at)
        case t.TicketRated(score=score):
            view["rating"] = score
        case t.ReplyFailed(reply_sequence=reply):
            view["undelivered"] = [*view["undelivered"], reply]
        case t.ReplyDelivered(reply_sequence=reply) if reply in view["undelivered"]:
            view["undelivered"] = [other for other in view["undelivered"] if other != reply]
        case t.FollowUpRequested(ticket_id=follow_up):
            view["follow_ups"] = [*view["follow_ups"], follow_up]
        case _:  # a fact that this page does not show
            pass
    return view


def _opened(recorded: Recorded[object], opened: t.TicketOpened) -> TicketView:
    return TicketView(
        number=opened.number,
        status="new",
        requester_id=opened.requester_id,
        account=opened.account,
        channel=opened.message.channel,
        subject=opened.message.rendition.id,
        agent_id="",
        team_id="",
        created_at=text(recorded.occurred_at),
        updated_at=text(recorded.recorded_at),
        solved_at=None,
        closed_at=None,
        solved_by="",
        resolution_code="",
        cause="",
        waiting_reason="",
        reopenings=0,
        rating=None,
        customer_messages=1,
        foreign_messages=0,
        replies=0,
        notes=0,
        last_message=_last(recorded, opened.message),
        undelivered=[],
        follow_up_of=opened.follow_up_of,
        follow_ups=[],
        sequence=recorded.sequence,
    )


def _last(recorded: Recorded[object], message: MessageFacts) -> LastMessage:
    return LastMessage(
        sequence=recorded.sequence,
        at=text(message.received_at),
        role=message.role,
        visibility=message.visibility,
    )


def _key(recorded: Recorded[object]) -> str:
    return recorded.aggregate_id


def _fold(document: Document | None, recorded: Recorded[object]) -> Document:
    return cast(Document, ticket_at(cast(TicketView | None, document), recorded))


def index_of(owner: str | None, time: str) -> Sequence[tuple[str, int]]:
    """The index of the lists by this owner (``agent_id`` …, None: all) in the order of this time.

    A list is asked for as (whose?, status in …, by time, id): MongoDB merges the statuses of one
    owner in the order of time, so every first page is the head of an index.
    """
    begin = [(owner, 1)] if owner is not None else []
    return [*begin, ("status", 1), (time, -1), ("_id", -1)]


TABLE = Table(
    name="tickets",
    key=_key,
    fold=_fold,
    indexes=(
        Index([("number", 1)]),
        *(
            Index(index_of(owner, time))
            for owner in (None, "agent_id", "team_id", "requester_id")
            for time in ("updated_at", "created_at")
        ),
    ),
)
