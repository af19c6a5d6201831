"""Commands: one address for each thing that can be done to a ticket or a contact."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from libs.contents import ContentRef, Rendition
from libs.events.ids import derived_id, digest, is_id
from libs.events.kafka import utc_now
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts
from libs.telemetry import Telemetry
from libs.tokens import Tokens
from services.gateway.availability import needing
from services.gateway.commanding.desk import CommandDesk
from services.gateway.commanding.draft import Draft
from services.gateway.commanding.requests import KeyReused
from services.gateway.contacts.reading import ContactReader
from services.gateway.contacts.view import CONTACTS
from services.gateway.http import bodies
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.outcomes import Done, Underway, answer
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import Problem, not_found
from services.gateway.http.tickets import visible
from services.gateway.principal import EVERYBODY, STAFF
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.reading import TicketReader

_ANSWERS: dict[int | str, dict[str, object]] = {200: {"model": Done}, 202: {"model": Underway}}
_NOTHING = bodies.Reason()


def command_routes(
    desk: CommandDesk,
    tickets: TicketReader,
    contacts: ContactReader,
    tokens: Tokens,
    telemetry: Telemetry,
    fresh: Fresh,
) -> APIRouter:
    """The routes. What is refused, and why, is the owner's say; here is only who may ask."""
    router = APIRouter(prefix="/v1", dependencies=[Depends(fresh)])
    Anybody = Annotated[Asked, Depends(Asking(tokens, telemetry, EVERYBODY))]  # noqa: N806
    Staff = Annotated[Asked, Depends(Asking(tokens, telemetry, STAFF))]  # noqa: N806
    Lead = Annotated[Asked, Depends(Asking(tokens, telemetry, ("admin", "lead")))]  # noqa: N806
    Customer = Annotated[Asked, Depends(Asking(tokens, telemetry, ("customer",)))]  # noqa: N806

    async def about(ticket: str, asked: Asked) -> Draft:
        async with needing("MongoDB"):
            id, view = await visible(tickets, ticket, asked.caller)
        return asked.draft(TICKETS, id, view["requester_id"])

    async def to(ticket: str, asked: Asked) -> Draft:
        """For a command without words: its owner will say so if there is no such ticket."""
        if is_id(ticket, "t") and not asked.caller.is_customer:
            return asked.draft(TICKETS, ticket)
        return await about(ticket, asked)

    async def send(draft: Draft, data: msgspec.Struct) -> Response:
        kind = "contacts" if draft.projection is CONTACTS else "tickets"
        try:
            outcome = await desk.carry_out(draft, data)
        except KeyReused as error:
            detail = "This Idempotency-Key stood for another request; take a new one."
            raise Problem(422, "idempotency_key_reused", detail) from error
        return answer(outcome, draft, f"/v1/{kind}/{draft.aggregate_id}")

    @router.post("/tickets", tags=["commands"], responses=_ANSWERS)
    async def open_ticket(body: bodies.NewTicket, asked: Anybody) -> Response:
        """Open a ticket for a known contact; customers open their own."""
        requester = await _requester(contacts, asked, body.requester_id)
        id = asked.command_id
        draft = asked.draft(TICKETS, derived_id("t", id), requester)
        words = await desk.keep(draft, Rendition(body.subject, body.text))
        channel = "web" if asked.caller.is_customer else body.channel
        message = _from_customer(channel, words, body.text, body.language)
        opening = t.OpenTicket(requester, body.account, message, digest("opened", id))
        return await send(draft, opening)

    @router.post("/tickets/{ticket}/replies", tags=["commands"], responses=_ANSWERS)
    async def reply(ticket: str, body: bodies.Reply, asked: Anybody) -> Response:
        """An agent's answer to the customer, or the customer's next message."""
        draft = await about(ticket, asked)
        words = await desk.keep(draft, Rendition(text=body.text))
        if asked.caller.is_customer:
            message = _from_customer("web", words, body.text, body.language)
            said = digest("said", draft.command_id)
            return await send(draft, t.AddCustomerMessage(asked.caller.subject, message, said))
        return await send(draft, t.ReplyToCustomer(words, len(body.text), body.language))

    @router.post("/tickets/{ticket}/notes", tags=["commands"], responses=_ANSWERS)
    async def note(ticket: str, body: bodies.Note, asked: Staff) -> Response:
        """An internal note."""
        draft = await about(ticket, asked)
        words = await desk.keep(draft, Rendition(text=body.text))
        return await send(draft, t.AddNote(words, len(body.text)))

    @router.post("/tickets/{ticket}/assignment", tags=["commands"], responses=_ANSWERS)
    async def assign(ticket: str, body: bodies.Assignment, asked: Staff) -> Response:
        """Give it to an agent, a team, or both."""
        holder = t.AssignTicket(body.agent_id or "", body.team_id or "", body.reason or "")
        return await send(await to(ticket, asked), holder)

    @router.post("/tickets/{ticket}/pending", tags=["commands"], responses=_ANSWERS)
    async def pending(ticket: str, asked: Staff, body: bodies.Reason = _NOTHING) -> Response:
        """Wait for the customer."""
        return await send(await to(ticket, asked), t.MarkPending(body.reason or ""))

    @router.post("/tickets/{ticket}/solution", tags=["commands"], responses=_ANSWERS)
    async def solve(ticket: str, body: bodies.Solution, asked: Staff) -> Response:
        """The request is answered."""
        solution = t.SolveTicket(body.resolution_code, body.cause or "")
        return await send(await to(ticket, asked), solution)

    @router.post("/tickets/{ticket}/reopening", tags=["commands"], responses=_ANSWERS)
    async def reopen(ticket: str, asked: Staff, body: bodies.Reason = _NOTHING) -> Response:
        """Go on with a solved or pending ticket."""
        return await send(await to(ticket, asked), t.ReopenTicket(body.reason or ""))

    @router.post("/tickets/{ticket}/closing", tags=["commands"], responses=_ANSWERS)
    async def close(ticket: str, asked: Staff) -> Response:
        """Settle a solved ticket."""
        return await send(await to(ticket, asked), t.CloseTicket())

    @router.post("/tickets/{ticket}/rating", tags=["commands"], responses=_ANSWERS)
    async def rate(ticket: str, body: bodies.Rating, asked: Customer) -> Response:
        """The customer's judgement of a solved ticket."""
        draft = await about(ticket, asked)
        comment = await desk.keep(draft, Rendition(text=body.comment)) if body.comment else None
        return await send(draft, t.RateTicket(body.score, comment))

    @router.post("/contacts/{contact}/erasure", tags=["commands"], responses=_ANSWERS)
    async def erase(contact: str, body: bodies.Erasure, asked: Lead) -> Response:
        """Erase a person. Looking at the contact tells when it is complete."""
        async with needing("MongoDB"):
            if await contacts.find(contact) is None:
                raise not_found("contact")
        return await send(asked.draft(CONTACTS, contact), c.EraseContact(body.reason))

    return router


async def _requester(contacts: ContactReader, asked: Asked, named: str | None) -> str:
    """Whose ticket it will be. Raises Problem for a contact that is not there (any more)."""
    if asked.caller.is_customer and named not in (None, asked.caller.subject):
        raise Problem(403, "forbidden", "Customers open tickets of their own.")
    requester = asked.caller.subject if asked.caller.is_customer else named
    async with needing("MongoDB"):
        known = await contacts.find(requester or "")
    if known is None or known["erasure_requested_at"]:
        detail = "Name a contact who is known and not erased."
        raise Problem(
            422, "invalid", detail, errors=[{"detail": detail, "pointer": "/requester_id"}]
        )
    return requester or ""


def _from_customer(channel: str, words: ContentRef, text: str, language: str) -> MessageFacts:
    """The facts of a customer's message that came to us directly."""
    return MessageFacts(
        channel=channel,
        direction="in",
        role="customer",
        visibility="public",
        rendition=words,
        received_at=utc_now(),
        length=len(text),
        language=language,
    )
