"""Dead letters of webhooks: ``/v1/webhooks/{webhook}/deliveries``, for administrators."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from libs.events.kafka import utc_now
from libs.events.published import setup as s
from libs.telemetry import Telemetry
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.deliveries.reading import (
    DeliveryReader,
    WebhookDeliveryList,
    WebhookDeliveryPage,
    delivery_page,
)
from services.gateway.deliveries.view import DeliveryView, State
from services.gateway.http.caller import Allowing
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.headers import etag
from services.gateway.http.outcomes import ANSWERS, json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import Problem, not_found
from services.gateway.http.setup_sending import Defining
from services.gateway.http.setup_words import existing
from services.gateway.http.tickets import Limit
from services.gateway.principal import Principal
from services.gateway.setup.reading import SetupReader
from services.gateway.setup.view import WEBHOOKS

Before = Annotated[str, Query(max_length=100, description="the `next` of the page before")]
Those = Annotated[State | None, Query(description="none: all")]


def delivery_routes(
    setup: SetupReader,
    reader: DeliveryReader,
    defining: Defining,
    callers: Callers,
    telemetry: Telemetry,
    fresh: Fresh,
) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1/webhooks/{webhook}/deliveries",
        tags=["webhooks"],
        dependencies=[Depends(fresh)],
    )
    Admin = Annotated[Principal, Depends(Allowing(callers, ("admin",)))]
    Retrier = Annotated[Asked, Depends(Asking(callers, telemetry, ("admin",)))]

    async def found(webhook: str, delivery: str) -> DeliveryView:
        async with needing("MongoDB"):
            view = await reader.find(webhook, delivery)
        if view is None:
            raise not_found("delivery")
        return view

    @router.get("", responses={200: {"model": WebhookDeliveryList}})
    async def list_deliveries(
        webhook: str, caller: Admin, state: Those = None, before: Before = "", limit: Limit = 50
    ) -> Response:
        """Deliveries that did not go through within five attempts: those that wait for the next,
        those that have failed for good and those that went through in the end."""
        async with needing("MongoDB"):
            await existing(setup, WEBHOOKS, webhook, "webhook")
            return json(await reader.page(webhook, state, before, limit))

    @router.get("/{delivery}", responses={200: {"model": WebhookDeliveryPage}})
    async def read_delivery(webhook: str, delivery: str, caller: Admin) -> Response:
        """One of them."""
        view = await found(webhook, delivery)
        headers = {"ETag": etag(view["sequence"], caller.role)}
        return json(delivery_page(delivery, view), headers=headers)

    @router.post("/{delivery}/retry", responses=ANSWERS)
    async def retry_delivery(webhook: str, delivery: str, asked: Retrier) -> Response:
        """Try it again now, under the same id, and for as long as a new one. Later events of its
        ticket may have been told already."""
        view = await found(webhook, delivery)
        noted_at = datetime.fromisoformat(view["noted_at"])
        if view["state"] == "failed" and utc_now() >= noted_at + s.FAILED_KEPT:
            detail = "It failed more than 30 days ago and is kept no more; ask for a replay."
            raise Problem(409, "forgotten", detail)
        place = f"/v1/webhooks/{webhook}/deliveries/{delivery}"
        return await defining.tell(delivery, place, asked, s.RetryWebhookDelivery())

    return router
