"""Tickets and other tickets: links, children, merges and splits; issues in other trackers."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from libs.contents import Rendition
from libs.events.ids import derived_id
from libs.events.published import tickets as t
from libs.placeholders import BadPlaceholder, Template
from services.gateway.http.bodies import (
    Body,
    Code,
    Language,
    Reason,
    Reference,
    Sequence,
    TicketId,
    Told,
    Words,
)
from services.gateway.http.drafting import Asked
from services.gateway.http.problems import wrong
from services.gateway.http.sending import Sending

_NO_REASON = Reason()


class Link(Body):
    """What another ticket is to this one."""

    other_id: TicketId
    relation: t.Relation


class Children(Body):
    """Whether it cannot be solved while a child of it is not."""

    awaited: bool


class Spread(Body):
    """How all incidents of this problem are solved (as the problem was, if nothing is said), and
    what each of their customers is told first, if anything; with the placeholders of macros, as in
    ``Dear {{contact.first_name | "customer"}}``."""

    resolution_code: Code | None = None
    cause: Code | None = None
    text: Words | None = None
    language: Language = ""


class TrackerIssue(Body):
    """An issue in somebody's tracker."""

    tracker: Code
    reference: Reference


class Absorption(Body):
    """Which ticket to take in, and why they are one."""

    source_id: TicketId
    reason: Code | None = None


class Split(Body):
    """Which messages (their sequences) make a ticket of their own, and its subject."""

    messages: Annotated[tuple[Sequence, ...], Field(min_length=1, max_length=1_000)]
    subject: Told


_AS_IT_WAS = Spread()


def add_routes(router: APIRouter, on: Sending) -> None:
    Staff = Annotated[Asked, Depends(on.staff)]

    @router.post("/links")
    async def link(ticket: str, body: Link, asked: Staff) -> Response:
        """Link it to another ticket, on both sides."""
        draft = await on.to(ticket, asked)
        await on.other(body.other_id, "/other_id", asked)
        return await on.send(draft, body.command(t.LinkTicket))

    @router.post("/links/removal")
    async def unlink(ticket: str, body: Link, asked: Staff) -> Response:
        """Take a link away, on both sides."""
        draft = await on.to(ticket, asked)
        await on.other(body.other_id, "/other_id", asked)
        return await on.send(draft, body.command(t.UnlinkTicket))

    @router.post("/children")
    async def await_children(ticket: str, body: Children, asked: Staff) -> Response:
        """Let it wait for its children, or not."""
        return await on.send(await on.to(ticket, asked), body.command(t.AwaitChildren))

    @router.post("/incidents/solution")
    async def spread(ticket: str, asked: Staff, body: Spread = _AS_IT_WAS) -> Response:
        """Solve all incidents of a solved problem, some at a time."""
        draft = await on.about(ticket, asked)
        if body.text is None:
            return await on.send(draft, body.command(t.SpreadSolution))
        try:
            Template(body.text)
        except BadPlaceholder as error:
            raise wrong("/text", str(error)) from error
        words = await on.keep(draft, Rendition(text=body.text))
        wanted = body.command(t.SpreadSolution, rendition=words, length=len(body.text))
        return await on.send(draft, wanted)

    @router.post("/external-links")
    async def link_external(ticket: str, body: TrackerIssue, asked: Staff) -> Response:
        """Link it to an issue in somebody's tracker."""
        return await on.send(await on.to(ticket, asked), body.command(t.LinkExternal))

    @router.post("/external-links/removal")
    async def unlink_external(ticket: str, body: TrackerIssue, asked: Staff) -> Response:
        """Take that link away."""
        return await on.send(await on.to(ticket, asked), body.command(t.UnlinkExternal))

    @router.post("/absorptions")
    async def absorb(ticket: str, body: Absorption, asked: Staff) -> Response:
        """Merge another ticket into this one; both show it as soon as it is done."""
        draft = await on.to(ticket, asked)
        await on.other(body.source_id, "/source_id", asked)
        return await on.send(draft, body.command(t.AbsorbTicket))

    @router.post("/merge/removal")
    async def unmerge(ticket: str, asked: Staff, body: Reason = _NO_REASON) -> Response:
        """Let a merged ticket stand on its own again."""
        return await on.send(await on.to(ticket, asked), body.command(t.UnmergeTicket))

    @router.post("/splits")
    async def split(ticket: str, body: Split, asked: Staff) -> Response:
        """Make a ticket of its own from some of its messages; this one names it at once."""
        draft = await on.about(ticket, asked)
        words = await on.keep(draft, Rendition(body.subject))
        new_id = derived_id("t", "split", draft.command_id)
        return await on.send(draft, t.SplitTicket(new_id, body.messages, words))

    @router.post("/splits/{new}/removal")
    async def undo_split(ticket: str, new: str, asked: Staff) -> Response:
        """Take the messages back, and the ticket that was made of them in."""
        return await on.send(await on.to(ticket, asked), t.UndoSplit(new))
