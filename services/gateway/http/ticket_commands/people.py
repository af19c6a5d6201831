"""Whose ticket it is, and who has it: requester, agent, team, tier, followers, collaborators."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from libs.events.published import tickets as t
from services.gateway.http.bodies import Body, Code, ContactId, Name, Reason
from services.gateway.http.drafting import Asked
from services.gateway.http.sending import Sending

_NO_REASON = Reason()


class Assignment(Body):
    """Who has the ticket from now on: an agent, a team, or both."""

    agent_id: Name | None = None
    team_id: Name | None = None
    reason: Code | None = None


class Tier(Body):
    """The tier to hand it to (0, 1, 2 …), and to whom there. kind: functional (more knowledge is
    needed) or hierarchical (more authority is)."""

    tier: Annotated[int, Field(ge=0, le=100)]
    reason: Code | None = None
    kind: t.EscalationKind = ""
    agent_id: Name | None = None
    team_id: Name | None = None


class Requester(Body):
    """Whose request it is."""

    contact_id: ContactId
    reason: Code | None = None


class Affected(Body):
    """Who has the trouble; none for the requester."""

    contact_id: ContactId | None = None


class Follower(Body):
    """Which agent; whoever sends this, if nobody is named."""

    agent_id: Name | None = None


class Collaborator(Body):
    """Which contact."""

    contact_id: ContactId


class OfferReply(Body):
    """Whether the agent who was asked takes it."""

    answer: t.OfferAnswer
    reason: Code | None = None


class LinksOf(Body):
    """Whose tracking links; without a contact everybody's."""

    contact_id: ContactId | None = None


_EVERYBODYS = LinksOf()
_MYSELF = Follower()


def add_routes(router: APIRouter, on: Sending) -> None:
    Staff = Annotated[Asked, Depends(on.staff)]

    @router.post("/assignment")
    async def assign(ticket: str, body: Assignment, asked: Staff) -> Response:
        """Give it to an agent, a team, or both."""
        source: t.AssignmentSource = "lead" if _leads(asked) else "push"
        if body.agent_id == asked.caller.subject:
            source = "pull"
        wanted = body.command(t.AssignTicket, source=source)
        return await on.send(await on.to(ticket, asked), wanted)

    @router.post("/assignment/removal")
    async def unassign(ticket: str, asked: Staff, body: Reason = _NO_REASON) -> Response:
        """Take it from its agent; it stays in its team."""
        source: t.AssignmentSource = "lead" if _leads(asked) else ""
        wanted = body.command(t.UnassignTicket, source=source)
        return await on.send(await on.to(ticket, asked), wanted)

    @router.post("/return")
    async def give_back(ticket: str, asked: Staff, body: Reason = _NO_REASON) -> Response:
        """Give it back to who had it before."""
        return await on.send(await on.to(ticket, asked), body.command(t.ReturnTicket))

    @router.post("/tier")
    async def set_tier(ticket: str, body: Tier, asked: Staff) -> Response:
        """Escalate it, or hand it down again."""
        return await on.send(await on.to(ticket, asked), body.command(t.SetTier))

    @router.post("/requester")
    async def change_requester(ticket: str, body: Requester, asked: Staff) -> Response:
        """It is another contact's request."""
        standing = await on.standing(body.contact_id, "/contact_id")
        wanted = body.command(t.ChangeRequester, **msgspec.structs.asdict(standing))
        return await on.send(await on.to(ticket, asked), wanted)

    @router.post("/affected-user")
    async def set_affected(ticket: str, body: Affected, asked: Staff) -> Response:
        """Say who has the trouble."""
        if body.contact_id is not None:
            await on.contact(body.contact_id, "/contact_id")
        wanted = t.SetAffectedUser(body.contact_id or "")
        return await on.send(await on.to(ticket, asked), wanted)

    @router.post("/followers")
    async def follow(ticket: str, asked: Staff, body: Follower = _MYSELF) -> Response:
        """Hear of everything that happens here."""
        wanted = t.AddFollower(body.agent_id or asked.caller.subject)
        return await on.send(await on.to(ticket, asked), wanted)

    @router.post("/followers/removal")
    async def unfollow(ticket: str, asked: Staff, body: Follower = _MYSELF) -> Response:
        """Hear of it no more."""
        wanted = t.RemoveFollower(body.agent_id or asked.caller.subject)
        return await on.send(await on.to(ticket, asked), wanted)

    @router.post("/collaborators")
    async def add_collaborator(ticket: str, body: Collaborator, asked: Staff) -> Response:
        """Let a contact take part: get the answers in copy, and write."""
        await on.contact(body.contact_id, "/contact_id")
        return await on.send(await on.to(ticket, asked), body.command(t.AddCollaborator))

    @router.post("/collaborators/removal")
    async def remove_collaborator(ticket: str, body: Collaborator, asked: Staff) -> Response:
        """Let a contact take part no more."""
        return await on.send(await on.to(ticket, asked), body.command(t.RemoveCollaborator))

    @router.post("/links/revocation")
    async def revoke_links(ticket: str, asked: Staff, body: LinksOf = _EVERYBODYS) -> Response:
        """Let the tracking links that were sent until now open nothing any more."""
        return await on.send(await on.to(ticket, asked), t.RevokeLinks(body.contact_id or ""))

    @router.post("/offers/{offer}/answer")
    async def answer_offer(ticket: str, offer: str, body: OfferReply, asked: Staff) -> Response:
        """Take a ticket that one was asked to take, or not."""
        wanted = body.command(t.AnswerOffer, offer_id=offer)
        return await on.send(await on.to(ticket, asked), wanted)


def _leads(asked: Asked) -> bool:
    return asked.caller.leads
