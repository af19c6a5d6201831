"""Commands that begin or end something: a ticket is opened, a person is erased."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from libs.events.ids import derived_id, digest
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from services.gateway.contacts.view import CONTACTS
from services.gateway.http import bodies
from services.gateway.http.drafting import Asked
from services.gateway.http.outcomes import ANSWERS
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import Problem, not_found
from services.gateway.http.sending import Sending
from services.gateway.http.ticket_commands.conversation import from_customer
from services.gateway.tickets.projection import TICKETS


def command_routes(on: Sending, fresh: Fresh) -> APIRouter:
    """The routes. What is refused, and why, is the owner's say; here is only who may ask."""
    router = APIRouter(
        prefix="/v1", tags=["commands"], responses=ANSWERS, dependencies=[Depends(fresh)]
    )
    Opener = Annotated[Asked, Depends(on.openers)]
    Lead = Annotated[Asked, Depends(on.lead)]

    @router.post("/tickets")
    async def open_ticket(body: bodies.NewTicket, asked: Opener) -> Response:
        """Open a ticket for a known contact; customers open their own."""
        caller = asked.caller
        if caller.is_customer and not _is_own(body, caller.subject):
            raise Problem(403, "forbidden", "Customers open tickets of their own.")
        requester = caller.subject if caller.is_customer else body.requester_id or ""
        standing = await on.standing(requester, "/requester_id")
        for other, pointer in (
            (body.submitter_id, "/submitter_id"),
            (body.affected_id, "/affected_id"),
        ):
            if other is not None:
                await on.contact(other, pointer)
        id = asked.command_id
        draft = asked.draft(TICKETS, derived_id("t", id), requester)
        channel = "web" if caller.is_customer else body.channel
        async with on.enclosing(draft, body.attachments) as files:
            words = await on.keep(draft, files.words(body.text, body.subject))
            said = from_customer(channel, words, body.text, body.language, files.attachments)
            opening = t.OpenTicket(
                requester,
                body.account,
                said,
                digest("opened", id),
                submitter_id=body.submitter_id or "",
                affected_id=body.affected_id or "",
                type=body.type,
                brand=body.brand or "",
                **msgspec.structs.asdict(standing),
            )
            return await on.send(draft, opening)

    @router.post("/contacts/{contact}/erasure")
    async def erase(contact: str, body: bodies.Erasure, asked: Lead) -> Response:
        """Erase a person. Looking at the contact tells when it is complete."""
        if not await on.knows(contact):
            raise not_found("contact")
        return await on.send(asked.draft(CONTACTS, contact), c.EraseContact(body.reason))

    return router


def _is_own(body: bodies.NewTicket, customer: str) -> bool:
    """Whether a customer says nothing in it that is the desk's to say."""
    named = {body.requester_id, body.submitter_id, body.affected_id}
    return named <= {None, customer} and not body.type
