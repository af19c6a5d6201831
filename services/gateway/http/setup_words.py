"""Macros and canned replies: ``/v1/macros``, ``/v1/canned-replies``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.ids import derived_id
from libs.events.projection import Table
from libs.events.published import setup as s
from libs.telemetry import Telemetry
from services.gateway.availability import needing
from services.gateway.callers import Callers
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

P = TypeVar("P")


class MacroList(TypedDict):
    """Macros by name."""

    items: list[pages.MacroPage]


class CannedReplyList(TypedDict):
    """Canned replies by name."""

    items: list[pages.CannedReplyPage]


@dataclass(frozen=True)
class Words(Generic[P]):
    """Macros, or canned replies. what: as people say; place: their address; page: one of them."""

    what: str
    place: str
    table: Table
    page: Callable[[str, DefinedView], P]
    reader: SetupReader
    defining: Defining

    async def list(self) -> Response:
        async with needing("MongoDB"):
            found = await self.reader.offered(self.table)
        return json({"items": [self.page(id, view) for id, view in found]})

    async def create(self, id: str, asked: Asked, data: msgspec.Struct) -> Response:
        return await self.defining.tell(id, f"{self.place}/{id}", asked, data)

    async def read(self, id: str, caller: Principal) -> Response:
        view = await self._existing(id)
        return json(self.page(id, view), headers={"ETag": etag(view["sequence"], caller.role)})

    async def change(self, id: str, asked: Asked, data: msgspec.Struct) -> Response:
        await self._existing(id)
        return await self.create(id, asked, data)

    async def history(self, id: str, after: int, limit: int) -> Response:
        await self._existing(id)
        async with needing("MongoDB"):
            done, more = await self.reader.history(id, after, limit)
        return json({"items": list(map(pages.step_page, done)), "next": more})

    async def _existing(self, id: str) -> DefinedView:
        async with needing("MongoDB"):
            return await existing(self.reader, self.table, id, self.what)


def word_routes(
    reader: SetupReader, defining: Defining, callers: Callers, telemetry: Telemetry, fresh: Fresh
) -> APIRouter:
    """The routes. Agents look, and use them on tickets; leads define."""
    router = APIRouter(prefix="/v1", tags=["setup"], dependencies=[Depends(fresh)])
    looking = Allowing(callers, STAFF)
    leading = Asking(callers, telemetry, ("admin", "lead"))
    macros = Words("macro", "/v1/macros", MACROS, pages.macro_page, reader, defining)
    _macro_routes(router, macros, looking, leading)
    place, page = "/v1/canned-replies", pages.canned_reply_page
    replies = Words("canned reply", place, CANNED_REPLIES, page, reader, defining)
    _canned_reply_routes(router, replies, looking, leading)
    return router


def _macro_routes(
    router: APIRouter, macros: Words[pages.MacroPage], looking: Allowing, leading: Asking
) -> None:
    Staff = Annotated[Principal, Depends(looking)]
    Lead = Annotated[Asked, Depends(leading)]

    @router.get("/macros", responses={200: {"model": MacroList}})
    async def list_macros(caller: Staff) -> Response:
        """The macros that are offered."""
        return await macros.list()

    @router.post("/macros", responses=ANSWERS)
    async def create_macro(body: b.Macro, asked: Lead) -> Response:
        """Have a macro ready."""
        id = derived_id("m", asked.command_id)
        return await macros.create(id, asked, body.command(s.DefineMacro))

    @router.get("/macros/{macro}", responses={200: {"model": pages.MacroPage}})
    async def read_macro(macro: str, caller: Staff) -> Response:
        """A macro, retired or not."""
        return await macros.read(macro, caller)

    @router.put("/macros/{macro}", responses=ANSWERS)
    async def define_macro(macro: str, body: b.Macro, asked: Lead) -> Response:
        """Another version of it."""
        return await macros.change(macro, asked, body.command(s.DefineMacro))

    @router.delete("/macros/{macro}", responses=ANSWERS)
    async def retire_macro(macro: str, asked: Lead) -> Response:
        """Offer it no longer."""
        return await macros.change(macro, asked, s.RetireMacro())

    @router.get("/macros/{macro}/history", responses={200: {"model": SetupHistory}})
    async def read_history_of_macro(
        macro: str, caller: Staff, after: After = 0, limit: Limit = 50
    ) -> Response:
        """Its versions, and who made them."""
        return await macros.history(macro, after, limit)


def _canned_reply_routes(
    router: APIRouter, replies: Words[pages.CannedReplyPage], looking: Allowing, leading: Asking
) -> None:
    Staff = Annotated[Principal, Depends(looking)]
    Lead = Annotated[Asked, Depends(leading)]

    @router.get("/canned-replies", responses={200: {"model": CannedReplyList}})
    async def list_canned_replies(caller: Staff) -> Response:
        """The canned replies that are offered, as they were written."""
        return await replies.list()

    @router.post("/canned-replies", responses=ANSWERS)
    async def create_canned_reply(body: b.CannedReply, asked: Lead) -> Response:
        """Have an answer ready."""
        id = derived_id("r", asked.command_id)
        return await replies.create(id, asked, body.command(s.DefineCannedReply))

    @router.get("/canned-replies/{reply}", responses={200: {"model": pages.CannedReplyPage}})
    async def read_canned_reply(reply: str, caller: Staff) -> Response:
        """A canned reply, retired or not."""
        return await replies.read(reply, caller)

    @router.put("/canned-replies/{reply}", responses=ANSWERS)
    async def define_canned_reply(reply: str, body: b.CannedReply, asked: Lead) -> Response:
        """Another version of it."""
        return await replies.change(reply, asked, body.command(s.DefineCannedReply))

    @router.delete("/canned-replies/{reply}", responses=ANSWERS)
    async def retire_canned_reply(reply: str, asked: Lead) -> Response:
        """Offer it no longer."""
        return await replies.change(reply, asked, s.RetireCannedReply())

    @router.get("/canned-replies/{reply}/history", responses={200: {"model": SetupHistory}})
    async def read_history_of_canned_reply(
        reply: str, caller: Staff, after: After = 0, limit: Limit = 50
    ) -> Response:
        """Its versions, and who made them."""
        return await replies.history(reply, after, limit)


async def existing(reader: SetupReader, table: Table, id: str, what: str) -> DefinedView:
    """A macro or canned reply. Raises Problem where there is none."""
    found = await reader.find(table, id)
    if found is None:
        raise not_found(what)
    return found
