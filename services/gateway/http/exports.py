"""Everything about one person, to be given to them: ``/v1/contacts/<id>/export``."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse
from typing_extensions import TypedDict

from libs.keyring import Erased
from libs.telemetry import Telemetry
from services.gateway.audit.recorder import Recorder
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.contacts.reading import ContactReader
from services.gateway.exporting.archive import MEDIA_TYPE
from services.gateway.exporting.jobs import Export, Exports
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.outcomes import json
from services.gateway.http.problems import Problem, not_found
from services.gateway.instants import text


class ExportPage(TypedDict):
    """An export of everything about a person. until: how long it can be fetched, "" before it is
    ready; its bytes are at ``…/archive``."""

    id: str
    state: Literal["asked", "making", "ready", "gone"]
    size: int
    until: str


def export_routes(
    exports: Exports,
    contacts: ContactReader,
    callers: Callers,
    telemetry: Telemetry,
    recorder: Recorder,
) -> APIRouter:
    """The routes. Whoever may erase a person may hand out what is known of them."""
    router = APIRouter(prefix="/v1/contacts", tags=["contacts"])
    Lead = Annotated[Asked, Depends(Asking(callers, telemetry, ("admin", "lead")))]

    @router.post("/{id}/export", status_code=202, responses={202: {"model": ExportPage}})
    async def ask_export(id: str, asked: Lead, request: Request) -> Response:
        """Collect everything about a person into an archive. Look at Location for when it is
        ready."""
        _expect_whole_sight(asked)
        async with needing("MongoDB"):
            view = await contacts.find(id)
            if view is None:
                raise not_found("contact")
            if view["erasure_requested_at"]:
                raise Problem(409, "erased", "This person was erased; nothing is known of them.")
            asking = f"asked for everything about {id}"
            await noted("PersonExportAsked", asking, id, asked.command_id, asked, request)
            await exports.ask(asked.command_id, id, asked.caller.actor)
            export = await found(id, asked.command_id)
        place = f"/v1/contacts/{id}/exports/{asked.command_id}"
        return json(page(asked.command_id, export), 202, {"Location": place})

    @router.get("/{id}/exports/{export}", responses={200: {"model": ExportPage}})
    async def read_export(id: str, export: str, asked: Lead) -> Response:
        """How far an export is."""
        async with needing("MongoDB"):
            return json(page(export, await found(id, export)))

    @router.get(
        "/{id}/exports/{export}/archive",
        response_class=StreamingResponse,
        responses={200: {"content": {MEDIA_TYPE: {}}}},
    )
    async def download_export(id: str, export: str, asked: Lead, request: Request) -> Response:
        """The archive itself, a ZIP."""
        _expect_whole_sight(asked)
        async with needing("MongoDB"):
            known = await found(id, export)
            if known["state"] in ("asked", "making"):
                raise Problem(409, "not_ready", "It is still being made; look again soon.")
            chunks = await exports.open(known)
            if not isinstance(chunks, Erased):
                taking = f"took everything about {id} along"
                await noted("PersonExportTaken", taking, id, export, asked, request)
        if isinstance(chunks, Erased):
            raise Problem(410, "gone", "This export is gone; ask for another if you need one.")
        name = f'attachment; filename="{id}.zip"'
        headers = {"Content-Disposition": name, "Content-Length": str(known["size"])}
        return StreamingResponse(chunks, headers=headers, media_type=MEDIA_TYPE)

    async def noted(
        what: str, done: str, id: str, export: str, asked: Asked, request: Request
    ) -> None:
        caller = asked.caller
        sentence = f"{caller.subject} {done}."
        request_id = request.state.request_id
        await recorder.act(what, caller.actor, (id, export), sentence, request_id)

    async def found(contact_id: str, id: str) -> Export:
        export = await exports.find(id, contact_id)
        if export is None:
            raise not_found("export")
        return export

    return router


def _expect_whole_sight(asked: Asked) -> None:
    if not asked.caller.sight.is_whole:
        detail = "An archive holds all tickets of a person, and you do not see them all: "
        raise Problem(403, "forbidden", detail + "ask an administrator.")


def page(id: str, export: Export) -> ExportPage:
    """An export as answers show it."""
    ready = export["state"] == "ready"
    until = text(export["until"]) if ready else ""
    return ExportPage(id=id, state=export["state"], size=export["size"], until=until)
