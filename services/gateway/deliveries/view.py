"""Which deliveries of webhooks are in trouble, or were, and why?

As the webhooks' adapter has noted them; what succeeds within the first attempts is not among them.
"""

from typing import Literal, cast

from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from libs.events.projection import Index, Table
from libs.events.published import setup as s
from libs.mongo import Document
from services.gateway.instants import text

DELIVERY = "wd-"
State = Literal["waiting", "failed", "delivered"]


class DeliveryView(TypedDict):
    """A delivery. order: by which lists go, noted_at and its id; retried_by: who asked for it last,
    "" if nobody."""

    webhook_id: str
    event_id: str
    type: str
    ticket_id: str
    replay: str
    state: State
    attempts: int
    status: int
    error: str
    first_at: str
    next_at: str
    noted_at: str
    order: str
    retried_by: str
    sequence: int


def delivery_after(view: DeliveryView | None, recorded: Recorded[object]) -> DeliveryView:
    """The delivery after this event."""
    event, at = recorded.data, text(recorded.recorded_at)
    if isinstance(event, s.WebhookDeliveryNoted):
        return DeliveryView(
            webhook_id=event.webhook_id,
            event_id=event.event_id,
            type=event.type,
            ticket_id=event.ticket_id,
            replay=event.replay,
            state=event.state,
            attempts=event.attempts,
            status=event.status,
            error=event.error,
            first_at=text(event.first_at),
            next_at=text(event.next_at) if event.next_at else "",
            noted_at=at,
            order=f"{at} {recorded.aggregate_id}",
            retried_by=view["retried_by"] if view else "",
            sequence=recorded.sequence,
        )
    if view is None:
        raise ValueError(f"{recorded.aggregate_id} begins with {recorded.type}")
    after: DeliveryView = {**view, "sequence": recorded.sequence}
    if isinstance(event, s.WebhookDeliveryRetried):
        after |= {"state": "waiting", "next_at": at, "retried_by": recorded.actor}
    return after


def _fold(document: Document | None, recorded: Recorded[object]) -> Document:
    return cast(Document, delivery_after(cast(DeliveryView | None, document), recorded))


def _key(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id.startswith(DELIVERY) else None


DELIVERIES = Table(
    name="deliveries",
    key=_key,
    fold=_fold,
    indexes=(
        Index([("webhook_id", 1), ("order", -1)]),
        Index([("webhook_id", 1), ("state", 1), ("order", -1)]),
    ),
)
