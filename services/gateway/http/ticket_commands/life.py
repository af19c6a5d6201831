"""A ticket's life: waiting, out of sight, solved, reopened, closed, and the other ways to end."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from libs.events.published import tickets as t
from services.gateway.http.bodies import Body, Code, Instant, Reason, Reference, Sequence
from services.gateway.http.drafting import Asked
from services.gateway.http.sending import Sending

_NO_REASON = Reason()


class Label(Body):
    """One of the labels that the desk has under the present status; none for its plain name."""

    label: Code | None = None


class Pending(Body):
    """What the customer is to do. until: at most; reference: their number for it."""

    reason: Code | None = None
    label: Code | None = None
    until: Instant | None = None
    reference: Reference | None = None


class Hold(Body):
    """For whom it waits (vendor, change_board, …), until when at most, and their number for it."""

    party: Code
    reason: Code | None = None
    label: Code | None = None
    until: Instant | None = None
    reference: Reference | None = None


class Snooze(Body):
    """Until when it is out of sight, unless somebody writes."""

    until: Instant
    reason: Code | None = None


class Solution(Body):
    """How it ended. resolution_code: one of the desk's (solved_permanently, workaround, by_request,
    known_error, duplicate, not_reproducible, no_fault_found, withdrawn, no_customer_response,
    out_of_scope, unless it has others); cause: what it was, in the desk's own terms."""

    resolution_code: Code
    cause: Code | None = None
    label: Code | None = None


_PENDING = Pending()


def add_routes(router: APIRouter, on: Sending) -> None:
    Staff = Annotated[Asked, Depends(on.staff)]
    Worker = Annotated[Asked, Depends(on.workers)]
    Lead = Annotated[Asked, Depends(on.lead)]

    @router.post("/label")
    async def label(ticket: str, body: Label, asked: Worker) -> Response:
        """Name its status more closely."""
        return await on.send(await on.to(ticket, asked), t.LabelStatus(body.label or ""))

    @router.post("/pending")
    async def pending(ticket: str, asked: Worker, body: Pending = _PENDING) -> Response:
        """Wait for the customer."""
        return await on.send(await on.to(ticket, asked), body.command(t.MarkPending))

    @router.post("/hold")
    async def hold(ticket: str, body: Hold, asked: Worker) -> Response:
        """Wait for somebody else than the customer."""
        return await on.send(await on.to(ticket, asked), body.command(t.PutOnHold))

    @router.post("/snooze")
    async def snooze(ticket: str, body: Snooze, asked: Worker) -> Response:
        """Put it out of sight for a while."""
        return await on.send(await on.to(ticket, asked), body.command(t.SnoozeTicket))

    @router.post("/snooze/removal")
    async def end_snooze(ticket: str, asked: Worker) -> Response:
        """Take it back into sight."""
        return await on.send(await on.to(ticket, asked), t.EndSnooze())

    @router.post("/solution")
    async def solve(ticket: str, body: Solution, asked: Worker) -> Response:
        """The request is answered."""
        return await on.send(await on.to(ticket, asked), body.command(t.SolveTicket))

    @router.post("/reopening")
    async def reopen(ticket: str, asked: Worker, body: Reason = _NO_REASON) -> Response:
        """Go on with a ticket that is solved or waits."""
        return await on.send(await on.to(ticket, asked), body.command(t.ReopenTicket))

    @router.post("/messages/{sequence}/no-reply")
    async def needs_no_reply(ticket: str, sequence: Sequence, asked: Worker) -> Response:
        """A message of the customer's wants nothing ("thanks"); a reopening by it is undone."""
        return await on.send(await on.to(ticket, asked), t.MarkNeedsNoReply(sequence))

    @router.post("/closing")
    async def close(ticket: str, asked: Staff) -> Response:
        """Settle a solved ticket."""
        return await on.send(await on.to(ticket, asked), t.CloseTicket())

    @router.post("/cancellation")
    async def cancel(ticket: str, asked: Staff, body: Reason = _NO_REASON) -> Response:
        """End it without a solution, since nobody wants one any more."""
        return await on.send(await on.to(ticket, asked), body.command(t.CancelTicket))

    @router.post("/spam")
    async def mark_spam(ticket: str, asked: Lead) -> Response:
        """This was no request."""
        return await on.send(await on.to(ticket, asked), t.MarkSpam())

    @router.post("/spam/removal")
    async def mark_not_spam(ticket: str, asked: Lead) -> Response:
        """It was a request after all, and goes on where it stood."""
        return await on.send(await on.to(ticket, asked), t.MarkNotSpam())
