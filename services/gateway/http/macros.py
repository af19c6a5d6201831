"""Macros and canned replies on a ticket: filled in, looked at, applied."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response
from typing_extensions import TypedDict

from libs import placeholders
from libs.contents import RENDITION_TYPE, ContentRef, Rendition
from libs.events.published import tickets as t
from libs.events.published.setup import MacroDefined
from libs.keyring import ERASED
from libs.placeholders import Template
from services.gateway.availability import needing
from services.gateway.commanding.desk import CommandDesk
from services.gateway.contacts.reading import ContactReader
from services.gateway.http.drafting import Asked
from services.gateway.http.outcomes import ANSWERS, json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import Problem
from services.gateway.http.sending import Sending
from services.gateway.http.setup_bodies import MacroUse
from services.gateway.http.setup_words import existing
from services.gateway.principal import Principal
from services.gateway.setup import filling, pages
from services.gateway.setup.reading import SetupReader
from services.gateway.setup.view import CANNED_REPLIES, MACROS
from services.gateway.tickets.view import TicketView

_ANY_VERSION = MacroUse()
# Where a preview's words would stand if they were stored.
_NOT_STORED = ContentRef("preview", 0, RENDITION_TYPE, "")


class FilledStep(TypedDict):
    """A command of a macro as this ticket would get it. text: what it says, "" for others; data:
    its other fields."""

    command: str
    text: str
    data: dict[str, object]


class MacroRefusal(TypedDict):
    """Why nothing would happen. pointer: at the command that is refused."""

    code: str
    detail: str
    pointer: str


class MacroPreview(TypedDict):
    """What a macro would do. refusal: why it would do nothing, if so."""

    macro_id: str
    version: int
    commands: list[FilledStep]
    refusal: MacroRefusal | None


class FilledReplies(TypedDict):
    """Canned replies, filled in: in the customer's language first, of these the team's own."""

    items: list[pages.FilledReplyPage]


def macro_routes(
    on: Sending, desk: CommandDesk, reader: SetupReader, contacts: ContactReader, fresh: Fresh
) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1/tickets/{ticket}", tags=["commands"], dependencies=[Depends(fresh)]
    )
    Staff = Annotated[Asked, Depends(on.staff)]

    @router.post(
        "/macros/{macro}/preview", responses={200: {"model": MacroPreview}}, tags=["setup"]
    )
    async def preview_macro(
        ticket: str, macro: str, asked: Staff, body: MacroUse = _ANY_VERSION
    ) -> Response:
        """What a macro would do to the ticket now. Nothing is stored, sent or recorded."""
        draft, view = await on.seen(ticket, asked)
        version, steps, said = await filled(macro, body, draft.aggregate_id, view, asked.caller)
        parts = filling.commands(steps, said, lambda place: _NOT_STORED)
        wanted = t.ApplyMacro(macro, version, tuple(parts), preview=True)
        outcome = await desk.carry_out(draft, wanted)
        if outcome.reply is None:
            detail = "Nobody has tried it on the ticket yet; try again soon."
            raise Problem(503, "unavailable", detail, headers={"Retry-After": "1"})
        if outcome.reply.refusal == "changed_meanwhile":
            raise Problem(412, outcome.reply.refusal, outcome.reply.sentence)
        refusal = None
        if outcome.reply.refusal:
            refusal = MacroRefusal(
                code=outcome.reply.refusal,
                detail=outcome.reply.sentence,
                pointer=outcome.reply.field,
            )
        shown = [
            FilledStep(
                command=step.command,
                text=said.get(place, ""),
                data={key: value for key, value in step.data.items() if key != "text"},
            )
            for place, step in enumerate(steps.steps)
        ]
        return json(MacroPreview(macro_id=macro, version=version, commands=shown, refusal=refusal))

    @router.post("/macros/{macro}/apply", responses=ANSWERS)
    async def apply_macro(
        ticket: str, macro: str, asked: Staff, body: MacroUse = _ANY_VERSION
    ) -> Response:
        """Carry a macro out: all of it, or nothing if a part is refused."""
        draft, view = await on.seen(ticket, asked)
        version, steps, said = await filled(macro, body, draft.aggregate_id, view, asked.caller)
        stored = {
            place: await on.keep(
                replace(draft, fingerprint=f"{draft.fingerprint} {place}"), Rendition(text=text)
            )
            for place, text in said.items()
        }
        parts = filling.commands(steps, said, stored.__getitem__)
        return await on.send(draft, t.ApplyMacro(macro, version, tuple(parts)))

    @router.get("/canned-replies", responses={200: {"model": FilledReplies}}, tags=["setup"])
    async def canned_replies(ticket: str, asked: Staff) -> Response:
        """Answers that stand ready, filled in for the ticket."""
        draft, view = await on.seen(ticket, asked)
        known = await values(draft.aggregate_id, view, asked.caller)
        async with needing("MongoDB"):
            requester = await contacts.find(view["requester_id"])
            offered = await reader.offered(CANNED_REPLIES)
        language = requester["language"] if requester is not None else ""
        items = []
        for id, one in pages.in_order(offered, view["team_id"], language):
            canned = pages.canned_reply_in(one)
            items.append(
                pages.FilledReplyPage(
                    id=id,
                    version=one["version"],
                    name=canned.name,
                    text=Template(canned.text).fill(known),
                    language=canned.language,
                    team_id=canned.team_id,
                )
            )
        return json(FilledReplies(items=items))

    async def filled(
        macro: str, use: MacroUse, ticket: str, view: TicketView, caller: Principal
    ) -> tuple[int, MacroDefined, Mapping[int, str]]:
        """The macro's version and steps, and what it says on this ticket. Raises Problem."""
        async with needing("MongoDB"):
            found = await existing(reader, MACROS, macro, "macro")
        if found["retired"]:
            raise Problem(409, "macro_retired", "This macro is retired; define it again to use it.")
        if use.version not in (None, found["version"]):
            detail = f"This macro stands at version {found['version']}; look at it again."
            raise Problem(409, "macro_changed", detail)
        steps = pages.macro_in(found)
        return found["version"], steps, filling.texts(steps, await values(ticket, view, caller))

    async def values(ticket: str, view: TicketView, caller: Principal) -> Mapping[str, str]:
        """By placeholder; what was erased is not there."""
        async with needing("MongoDB"):
            [page] = await on.tickets.agent_pages([(ticket, view)])
            requester = await contacts.find(view["requester_id"])
            name = ""
            if requester is not None:
                name = (await contacts.page(view["requester_id"], requester))["name"]
        return placeholders.values(
            number=f"{page['prefix']}{page['number']}",
            subject=_unless_erased(page["subject"]),
            contact_name=_unless_erased(name),
            agent_name=caller.name or caller.subject,
        )

    return router


def _unless_erased(text: str) -> str:
    return "" if text == str(ERASED) else text
