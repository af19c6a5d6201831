"""Downloads: the bytes that came with a message, never shown in place by a browser."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.responses import Response, StreamingResponse

from libs.contents import ContentRef, ContentStore
from libs.keyring import Erased
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.http.caller import Allowing
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import Problem, not_found
from services.gateway.http.tickets import visible
from services.gateway.principal import TRUSTED, Principal
from services.gateway.tickets.reading import TicketReader

# What a browser shows without running anything in it.
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,127}/[a-z0-9.+-]{1,127}")


def content_routes(
    tickets: TicketReader, contents: ContentStore, callers: Callers, fresh: Fresh
) -> APIRouter:
    """The route. Who may see a content is who may see a message of the ticket that names it."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"], dependencies=[Depends(fresh)])

    @router.get(
        "/{ticket}/contents/{content}",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    async def download(
        ticket: str,
        content: str,
        caller: Annotated[Principal, Depends(Allowing(callers, TRUSTED))],
        inline: bool = False,
    ) -> Response:
        """An attachment, or (for agents) a message byte for byte as it came. inline: a picture to
        show within a message; anything else is a download all the same."""
        async with needing("MongoDB"):
            id, view = await visible(tickets, ticket, caller)
            found = await tickets.content(id, view, content, caller)
            if found is None:
                raise not_found("content")
            ref, name = found
            chunks = await contents.open(ref.id)
        if isinstance(chunks, Erased):
            raise Problem(410, "erased", "This content was erased.")
        return StreamingResponse(chunks, headers=headers(ref, name, inline))

    return router


def headers(ref: ContentRef, name: str, inline: bool) -> dict[str, str]:
    """Whatever a stranger sent us: to be saved, not to be run (RFC 6266, RFC 8187)."""
    known = _MEDIA_TYPE.fullmatch(ref.media_type.lower())
    media_type = known[0] if known else "application/octet-stream"
    disposition = "inline" if inline and media_type in _PICTURES else "attachment"
    file_name = quote(name or ref.id, safe="")
    return {
        "Content-Type": media_type,
        "Content-Length": str(ref.size),
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{file_name}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
