"""Talk beside a ticket, which its customer never sees: side conversations and consultations.

What is begun here is known by the id of the command that began it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from libs.contents import Rendition
from libs.events.kafka import utc_now
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts
from services.gateway.http.bodies import Body, ContactId, Name, Uploads, Words
from services.gateway.http.drafting import Asked
from services.gateway.http.problems import not_found
from services.gateway.http.sending import Sending


class SideConversation(Body):
    """With another team, or with a contact who is not the customer; and the first words."""

    team_id: Name | None = None
    contact_id: ContactId | None = None
    text: Words
    attachments: Uploads = ()


class SideMessage(Body):
    """A further message in it."""

    text: Words
    attachments: Uploads = ()


class Consultation(Body):
    """Whom to ask, and what."""

    agent_id: Name | None = None
    team_id: Name | None = None
    text: Words


class Advice(Body):
    """The specialist's word."""

    text: Words


def add_routes(router: APIRouter, on: Sending) -> None:
    Staff = Annotated[Asked, Depends(on.staff)]

    @router.post("/side-conversations")
    async def open_side(ticket: str, body: SideConversation, asked: Staff) -> Response:
        """Talk with another team or contact; its id is the answer's command_id."""
        draft = await on.about(ticket, asked)
        if body.contact_id is not None:
            await on.contact(body.contact_id, "/contact_id")
        partner = body.contact_id or ""
        async with on.enclosing(draft, body.attachments, partner) as files:
            opening = body.command(
                t.OpenSideConversation,
                side_id=draft.command_id,
                rendition=await on.keep(draft, files.words(body.text), partner),
                length=len(body.text),
                attachments=files.contents,
            )
            return await on.send(draft, opening)

    @router.post("/side-conversations/{side}/messages")
    async def say_aside(ticket: str, side: str, body: SideMessage, asked: Staff) -> Response:
        """Say something in a side conversation."""
        draft, view = await on.seen(ticket, asked)
        known = view["sides"].get(side)
        if known is None:
            raise not_found("side conversation")
        contact = known["contact_id"]
        async with on.enclosing(draft, body.attachments, contact) as files:
            message = MessageFacts(
                channel=view["channel"] if contact else "desk",
                direction="out" if contact else "in",
                role="agent",
                visibility="internal",
                rendition=await on.keep(draft, files.words(body.text), contact),
                received_at=utc_now(),
                length=len(body.text),
                attachments=files.attachments,
            )
            return await on.send(draft, t.AddSideMessage(side, message))

    @router.post("/side-conversations/{side}/closing")
    async def close_side(ticket: str, side: str, asked: Staff) -> Response:
        """Nothing more is expected there."""
        return await on.send(await on.to(ticket, asked), t.CloseSideConversation(side))

    @router.post("/consultations")
    async def ask_consultation(ticket: str, body: Consultation, asked: Staff) -> Response:
        """Ask a specialist, and keep the ticket; its id is the answer's command_id."""
        draft = await on.about(ticket, asked)
        question = body.command(
            t.AskConsultation,
            consultation_id=draft.command_id,
            rendition=await on.keep(draft, Rendition(text=body.text)),
            length=len(body.text),
        )
        return await on.send(draft, question)

    @router.post("/consultations/{consultation}/answer")
    async def answer_consultation(
        ticket: str, consultation: str, body: Advice, asked: Staff
    ) -> Response:
        """Give the advice that was asked for."""
        draft = await on.about(ticket, asked)
        words = await on.keep(draft, Rendition(text=body.text))
        advice = t.AnswerConsultation(consultation, words, len(body.text))
        return await on.send(draft, advice)

    @router.post("/consultations/{consultation}/withdrawal")
    async def withdraw_consultation(ticket: str, consultation: str, asked: Staff) -> Response:
        """No advice is needed any more."""
        return await on.send(await on.to(ticket, asked), t.WithdrawConsultation(consultation))
