"""Deliveries of a webhook out of their read model, a page at a time."""

from typing import cast

from typing_extensions import TypedDict

from libs.events.builds import Builds
from libs.mongo import Document
from services.gateway.deliveries.view import DELIVERIES, DeliveryView, State
from services.gateway.setup.view import SETUP


class WebhookDeliveryPage(TypedDict):
    """A delivery that did not go through at once, as it was noted last. event_id, type, ticket_id:
    of the event that is told; status: of the last answer, 0 where none came; error: what was wrong
    with it; next_at: when it was to be tried next as of noted_at, "" where it is not;
    replay: by which it is told again, "" for the first time."""

    id: str
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
    retried_by: str
    sequence: int


class WebhookDeliveryList(TypedDict):
    """What was noted last comes first. next: for ``before``, "" at the end."""

    items: list[WebhookDeliveryPage]
    next: str


class DeliveryReader:
    """Answers questions about deliveries from the projection ``gateway.setup``."""

    def __init__(self, builds: Builds) -> None:
        self._builds = builds

    async def find(self, webhook_id: str, id: str) -> DeliveryView | None:
        """A delivery of this webhook."""
        deliveries = (await self._builds.view(SETUP)).collection(DELIVERIES.name)
        found = await deliveries.find_one({"_id": id, "webhook_id": webhook_id})
        return cast(DeliveryView | None, found)

    async def page(
        self, webhook_id: str, state: State | None, before: str, limit: int
    ) -> WebhookDeliveryList:
        """Its deliveries. state: None for any; before: "" for the first page."""
        deliveries = (await self._builds.view(SETUP)).collection(DELIVERIES.name)
        wanted: Document = {"webhook_id": webhook_id}
        wanted |= {"state": state} if state else {}
        wanted |= {"order": {"$lt": before}} if before else {}
        found = await deliveries.find(wanted).sort("order", -1).limit(limit + 1).to_list()
        items = [delivery_page(one["_id"], cast(DeliveryView, one)) for one in found[:limit]]
        more = str(found[limit - 1]["order"]) if len(found) > limit else ""
        return WebhookDeliveryList(items=items, next=more)


def delivery_page(id: str, view: DeliveryView) -> WebhookDeliveryPage:
    """The delivery as answers show it."""
    return WebhookDeliveryPage(
        id=id,
        event_id=view["event_id"],
        type=view["type"],
        ticket_id=view["ticket_id"],
        replay=view["replay"],
        state=view["state"],
        attempts=view["attempts"],
        status=view["status"],
        error=view["error"],
        first_at=view["first_at"],
        next_at=view["next_at"],
        noted_at=view["noted_at"],
        retried_by=view["retried_by"],
        sequence=view["sequence"],
    )
