"""The audit log: ``/v1/audit``. Read by administrators, written by nobody over the interface."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse
from typing_extensions import TypedDict

from libs.events.kafka import utc_now
from services.gateway import instants
from services.gateway.audit.entries import AuditEntryPage, Kind
from services.gateway.audit.reading import AuditReader, Wanted
from services.gateway.audit.recorder import Recorder
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.http.caller import Allowing
from services.gateway.http.outcomes import json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import bad_parameter
from services.gateway.principal import Principal
from services.gateway.tickets import asked
from services.gateway.tickets.reading import TicketReader

MEDIA_TYPE = "application/x-ndjson"


class AuditPages(TypedDict):
    """Entries, the newest first. next: the cursor of the next page."""

    items: list[AuditEntryPage]
    next: str | None


class AuditFilter(BaseModel):
    """Which entries of the audit log."""

    kind: list[Kind] = Field([], max_length=3, description="none: all")
    what: str = Field(
        "",
        max_length=100,
        description="the type of an event, the code of a refusal, an operation",
    )
    actor: str = Field("", max_length=100, description="`agent:anna`, `contact:p-…`")
    target: str = Field("", max_length=100, description="an id, or the number of a ticket")
    since: str = Field("", max_length=40, description="from this instant on (RFC 3339)")
    before: str = Field("", max_length=40, description="before this instant (RFC 3339)")


class AuditPaging(AuditFilter):
    """The same, a page at a time."""

    cursor: str | None = Field(None, max_length=500, description="the `next` of the page before")
    limit: int = Field(50, ge=1, le=200)


def audit_routes(
    reader: AuditReader,
    recorder: Recorder,
    tickets: TicketReader,
    callers: Callers,
    fresh: Fresh,
) -> APIRouter:
    """The routes. Entries tell of tickets that leads may not know of: they do not read them."""
    router = APIRouter(prefix="/v1/audit", tags=["audit"], dependencies=[Depends(fresh)])
    Admin = Annotated[Principal, Depends(Allowing(callers, ("admin",)))]

    async def wanted(query: AuditFilter) -> Wanted:
        targets = [query.target] if query.target else []
        async with needing("MongoDB"):
            if query.target and (found := await tickets.find(query.target)) is not None:
                targets = [found[0], str(found[1]["number"])]
        return Wanted(
            kinds=query.kind,
            what=query.what,
            actor=query.actor,
            targets=targets,
            since=_instant("since", query.since),
            before=_instant("before", query.before),
        )

    @router.get("", responses={200: {"model": AuditPages}})
    async def list_audit(caller: Admin, query: Annotated[AuditPaging, Query()]) -> Response:
        """Who was turned away, what administrators did and, by setting, who read of whom."""
        try:
            after = asked.cursor(query.cursor)
        except asked.Unreadable as error:
            raise bad_parameter("cursor", str(error)) from error
        these = await wanted(query)
        async with needing("MongoDB"):
            entries, more = await reader.page(these, after, query.limit)
        return json({"items": entries, "next": more.encode() if more is not None else None})

    @router.get(
        "/export",
        response_class=StreamingResponse,
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def export_audit(
        caller: Admin, request: Request, query: Annotated[AuditFilter, Query()]
    ) -> Response:
        """All such entries up to now as lines of JSON, the oldest first. That it was exported is
        an entry itself. A copy that breaks off goes on with `since` the `at` of its last entry."""
        these = await wanted(query)
        if not these.before:
            these = replace(these, before=instants.text(utc_now()))
        async with needing("MongoDB"):
            await recorder.act(
                "AuditExported",
                caller.actor,
                (),
                f"{caller.subject} exported the audit log.",
                request.state.request_id,
            )
        name = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
        return StreamingResponse(_lines(reader, these), headers=name, media_type=MEDIA_TYPE)

    return router


async def _lines(reader: AuditReader, wanted: Wanted) -> AsyncIterator[bytes]:
    """A line for each. What fails on the way breaks the answer off, which its reader notices."""
    encoder = msgspec.json.Encoder()
    async for entries in reader.all(wanted):
        yield encoder.encode_lines(entries)


def _instant(parameter: str, written: str) -> str:
    if not written:
        return ""
    try:
        return instants.text(instants.parse(written))
    except (ValueError, OverflowError) as error:
        detail = f"{parameter} takes an instant with its offset (RFC 3339)"
        raise bad_parameter(parameter, detail) from error
