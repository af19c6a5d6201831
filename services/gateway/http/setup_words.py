"""Macros and canned replies: ``/v1/macros``, ``/v1/canned-replies``."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.ids import derived_id
from libs.events.projection import Table
from libs.events.published import setup as s
from libs.telemetry import Telemetry
from libs.tokens import Tokens
from services.gateway.availability import needing
from services.gateway.http import setup_bodies as b
from services.gateway.http.caller import Allowing
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.headers import etag
from services.gateway.http.outcomes import ANSWERS, json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import not_found
from services.gateway.http.setup import SetupHistory
from services.gateway.http.setup_sending import Defining
from services.gateway.http.tickets import After, Limit
from services.gateway.principal import STAFF, Principal
from services.gateway.setup import pages
from services.gateway.setup.reading import SetupReader
from services.gateway.setup.view import CANNED_REPLIES, MACROS, DefinedView


class MacroList(TypedDict):
    """Macros by name."""

    items: list[pages.MacroPage]


class CannedReplyList(TypedDict):
    """Canned replies by name."""

    items: list[pages.CannedReplyPage]


def word_routes(
    reader: SetupReader, defining: Defining, tokens: Tokens, telemetry: Telemetry, fresh: Fresh
) -> APIRouter:
    """The routes. Agents look, and use them on tickets; leads define."""
    router = APIRouter(prefix="/v1", tags=["setup"], dependencies=[Depends(fresh)])
    looking = Allowing(tokens, STAFF)
    leading = Asking(tokens, telemetry, ("admin", "lead"))
    _macro_routes(router, reader, defining, looking, leading)
    _canned_reply_routes(router, reader, defining, looking, leading)
    return router


def _macro_routes(
    router: APIRouter,
    reader: SetupReader,
    defining: Defining,
    looking: Allowing,
    leading: Asking,
) -> None:
    Staff = Annotated[Principal, Depends(looking)]  # noqa: N806
    Lead = Annotated[Asked, Depends(leading)]  # noqa: N806

    @router.get("/macros", responses={200: {"model": MacroList}})
    async def list_macros(caller: Staff) -> Response:
        """The macros that are offered."""
        async with needing("MongoDB"):
            found = await reader.offered(MACROS)
        return json({"items": [pages.macro_page(id, view) for id, view in found]})

    @router.post("/macros", responses=ANSWERS)
    async def create_macro(body: b.Macro, asked: Lead) -> Response:
        """Have a macro ready."""
        id = derived_id("m", asked.command_id)
        return await defining.tell(id, f"/v1/macros/{id}", asked, body.command(s.DefineMacro))

    @router.get("/macros/{macro}", responses={200: {"model": pages.MacroPage}})
    async def read_macro(macro: str, caller: Staff) -> Response:
        """A macro, retired or not."""
        async with needing("MongoDB"):
            view = await existing(reader, MACROS, macro, "macro")
        return json(
            pages.macro_page(macro, view), headers={"ETag": etag(view["sequence"], caller.role)}
        )

    @router.put("/macros/{macro}", responses=ANSWERS)
    async def define_macro(macro: str, body: b.Macro, asked: Lead) -> Response:
        """Another version of it."""
        async with needing("MongoDB"):
            await existing(reader, MACROS, macro, "macro")
        wanted = body.command(s.DefineMacro)
        return await defining.tell(macro, f"/v1/macros/{macro}", asked, wanted)

    @router.delete("/macros/{macro}", responses=ANSWERS)
    async def retire_macro(macro: str, asked: Lead) -> Response:
        """Offer it no longer."""
        async with needing("MongoDB"):
            await existing(reader, MACROS, macro, "macro")
        return await defining.tell(macro, f"/v1/macros/{macro}", asked, s.RetireMacro())

    @router.get("/macros/{macro}/history", responses={200: {"model": SetupHistory}})
    async def read_macro_history(
        macro: str, caller: Staff, after: After = 0, limit: Limit = 50
    ) -> Response:
        """Its versions, and who made them."""
        async with needing("MongoDB"):
            await existing(reader, MACROS, macro, "macro")
            done, more = await reader.history(macro, after, limit)
        return json({"items": list(map(pages.step_page, done)), "next": more})


def _canned_reply_routes(
    router: APIRouter,
    reader: SetupReader,
    defining: Defining,
    looking: Allowing,
    leading: Asking,
) -> None:
    Staff = Annotated[Principal, Depends(looking)]  # noqa: N806
    Lead = Annotated[Asked, Depends(leading)]  # noqa: N806

    @router.get("/canned-replies", responses={200: {"model": CannedReplyList}})
    async def list_canned_replies(caller: Staff) -> Response:
        """The canned replies that are offered, as they were written."""
        async with needing("MongoDB"):
            found = await reader.offered(CANNED_REPLIES)
        return json({"items": [pages.canned_reply_page(id, view) for id, view in found]})

    @router.post("/canned-replies", responses=ANSWERS)
    async def create_canned_reply(body: b.CannedReply, asked: Lead) -> Response:
        """Have an answer ready."""
        id, wanted = derived_id("r", asked.command_id), body.command(s.DefineCannedReply)
        return await defining.tell(id, f"/v1/canned-replies/{id}", asked, wanted)

    @router.get("/canned-replies/{reply}", responses={200: {"model": pages.CannedReplyPage}})
    async def read_canned_reply(reply: str, caller: Staff) -> Response:
        """A canned reply, retired or not."""
        async with needing("MongoDB"):
            view = await existing(reader, CANNED_REPLIES, reply, "canned reply")
        tag = etag(view["sequence"], caller.role)
        return json(pages.canned_reply_page(reply, view), headers={"ETag": tag})

    @router.put("/canned-replies/{reply}", responses=ANSWERS)
    async def define_canned_reply(reply: str, body: b.CannedReply, asked: Lead) -> Response:
        """Another version of it."""
        async with needing("MongoDB"):
            await existing(reader, CANNED_REPLIES, reply, "canned reply")
        wanted = body.command(s.DefineCannedReply)
        return await defining.tell(reply, f"/v1/canned-replies/{reply}", asked, wanted)

    @router.delete("/canned-replies/{reply}", responses=ANSWERS)
    async def retire_canned_reply(reply: str, asked: Lead) -> Response:
        """Offer it no longer."""
        async with needing("MongoDB"):
            await existing(reader, CANNED_REPLIES, reply, "canned reply")
        place = f"/v1/canned-replies/{reply}"
        return await defining.tell(reply, place, asked, s.RetireCannedReply())

    @router.get("/canned-replies/{reply}/history", responses={200: {"model": SetupHistory}})
    async def read_canned_reply_history(
        reply: str, caller: Staff, after: After = 0, limit: Limit = 50
    ) -> Response:
        """Its versions, and who made them."""
        async with needing("MongoDB"):
            await existing(reader, CANNED_REPLIES, reply, "canned reply")
            done, more = await reader.history(reply, after, limit)
        return json({"items": list(map(pages.step_page, done)), "next": more})


async def existing(reader: SetupReader, table: Table, id: str, what: str) -> DefinedView:
    """A macro or canned reply. Raises Problem where there is none."""
    found = await reader.find(table, id)
    if found is None:
        raise not_found(what)
    return found
