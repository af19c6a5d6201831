"""How much a ticket matters, what kind it is and what it is about."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from libs.events.published import tickets as t
from services.gateway.http.bodies import Body, Code, Reason, Reference, Seconds
from services.gateway.http.drafting import Asked
from services.gateway.http.sending import Sending

_NO_REASON = Reason()


class Assessment(Body):
    """How many it hits, and how long it can wait (high, medium or low, unless the desk has other
    levels); what is left out stays."""

    impact: Code | None = None
    urgency: Code | None = None


class Priority(Body):
    """1 (first) to 5, and why the matrix is not to decide."""

    priority: Annotated[int, Field(ge=1, le=5)]
    reason: Code


class Classification(Body):
    """Of which type it is; "" for none."""

    type: t.TicketType


class Item(Body):
    """The service, product or asset that it is about, by the desk's own ids; what is left out is
    none."""

    service: Code | None = None
    product: Code | None = None
    asset: Reference | None = None


class MajorIncident(Body):
    """After how many seconds at most the next public word is due, each time."""

    update_every: Seconds
    reason: Code | None = None


def add_routes(router: APIRouter, on: Sending) -> None:
    Staff = Annotated[Asked, Depends(on.staff)]

    @router.post("/assessment")
    async def assess(ticket: str, body: Assessment, asked: Staff) -> Response:
        """Say impact and urgency, from which the priority follows."""
        return await on.send(await on.to(ticket, asked), body.command(t.AssessTicket))

    @router.post("/priority")
    async def set_priority(ticket: str, body: Priority, asked: Staff) -> Response:
        """Set the priority by hand, until it is released."""
        return await on.send(await on.to(ticket, asked), body.command(t.SetPriority))

    @router.post("/priority/removal")
    async def release_priority(ticket: str, asked: Staff) -> Response:
        """Let impact and urgency decide again."""
        return await on.send(await on.to(ticket, asked), t.ReleasePriority())

    @router.post("/type")
    async def classify(ticket: str, body: Classification, asked: Staff) -> Response:
        """Say of which type it is."""
        return await on.send(await on.to(ticket, asked), body.command(t.ClassifyTicket))

    @router.post("/affected-item")
    async def set_item(ticket: str, body: Item, asked: Staff) -> Response:
        """Say what it is about."""
        return await on.send(await on.to(ticket, asked), body.command(t.SetAffectedItem))

    @router.post("/major-incident")
    async def declare_major(ticket: str, body: MajorIncident, asked: Staff) -> Response:
        """Declare a major incident."""
        return await on.send(await on.to(ticket, asked), body.command(t.DeclareMajorIncident))

    @router.post("/major-incident/removal")
    async def end_major(ticket: str, asked: Staff, body: Reason = _NO_REASON) -> Response:
        """It is an ordinary ticket again."""
        return await on.send(await on.to(ticket, asked), body.command(t.EndMajorIncident))
