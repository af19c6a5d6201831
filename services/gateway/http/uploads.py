"""Files on their way into a message: ``/v1/uploads``. The body is the file, and never in memory."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.ids import digest
from services.gateway.availability import Patience, needing
from services.gateway.callers import Callers
from services.gateway.commanding.requests import KeyReused
from services.gateway.http.caller import Allowing
from services.gateway.http.description import IDEMPOTENCY_KEY, header
from services.gateway.http.headers import idempotency_key
from services.gateway.http.outcomes import json
from services.gateway.http.problems import MEDIA_TYPE, Problem, bad_header, not_found
from services.gateway.instants import text
from services.gateway.principal import TRUSTED, Principal
from services.gateway.uploading.incoming import Corrupted, Incoming, digests
from services.gateway.uploading.uploads import MOST_UNUSED, TooMany, Upload, Uploads

# What a form or a tool says that was not told what it sends.
_UNDECLARED = ("application/octet-stream", "application/x-www-form-urlencoded")
_DIGESTS = ("Content-Digest", "Repr-Digest")
_NO_FILE: dict[str, object] = {
    "description": "A form or something compressed instead of the file",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_MOST_OF_ONE_CALLER = 4
# As long as the slowest sender may take for the largest file.
_SECONDS = 6 * 3600.0


class UploadPage(TypedDict):
    """A file that came whole. sha256: of its bytes, in hex; really: its type, where it is not what
    it says, else ""; until: when it is deleted, if no message names it by then."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    really: str
    until: str


def upload_routes(uploads: Uploads, callers: Callers, most_at_once: int) -> APIRouter:
    """The routes. An upload is its sender's alone. most_at_once: of all senders together."""
    router = APIRouter(prefix="/v1/uploads", tags=["uploads"])
    Writer = Annotated[Principal, Depends(Allowing(callers, TRUSTED))]
    turns = _Turns(most_at_once)

    @router.post(
        "",
        status_code=201,
        responses={201: {"model": UploadPage}, 415: _NO_FILE},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            },
            "parameters": [
                header(*IDEMPOTENCY_KEY),
                *(
                    header(name, "`sha-256=:…:` or `sha-512=:…:` of the file, compared (RFC 9530)")
                    for name in _DIGESTS
                ),
            ],
        },
    )
    async def send_upload(
        request: Request,
        caller: Writer,
        name: Annotated[str, Query(max_length=1_000, description="what to call the file")] = "",
    ) -> Response:
        """Send a file, to name it in a message within a day. The body is the file itself, of any
        Content-Type. One that comes again under its Idempotency-Key is the same upload."""
        key = idempotency_key(request.headers.get("idempotency-key"))
        declared, expected = _declared(request), _expected(request)
        with turns.one(caller.actor):
            # It mostly waits for its sender: it takes no place from who wants an answer.
            request.state.working.over()
            about = caller.subject if caller.is_customer else ""
            known_by = digest("upload", caller.actor, key) if key is not None else ""
            try:
                async with asyncio.timeout(_SECONDS), needing("MongoDB") as patience:
                    file = Incoming(_pieces(request, patience), expected)
                    kept = await uploads.keep(known_by, caller.actor, about, name, declared, file)
            except TimeoutError:
                detail = f"The file was not whole after {_SECONDS / 3600:.0f} hours."
                raise Problem(400, "cut_short", detail) from None
            except TooMany:
                detail = (
                    f"{MOST_UNUSED} uploads of yours are in no message: delete some, or wait until "
                    "they are a day old."
                )
                raise Problem(409, "too_many_uploads", detail) from None
            except Corrupted:
                detail = "What came is not what the digest is of; send it again."
                raise Problem(422, "digest_mismatch", detail) from None
        if kept.file.sha256 != file.sha256:
            raise KeyReused(key)
        return json(_page(kept), 201, {"Location": f"/v1/uploads/{kept.content.id}"})

    @router.get("/{upload}", responses={200: {"model": UploadPage}})
    async def read_upload(upload: str, caller: Writer) -> Response:
        """A file that waits for its message."""
        async with needing("MongoDB"):
            found = await uploads.find(upload, caller.actor)
        if found is None:
            raise not_found("upload")
        return json(_page(found))

    @router.delete("/{upload}", responses={200: {"model": UploadPage}})
    async def delete_upload(upload: str, caller: Writer) -> Response:
        """Delete a file that no message names; the answer is what it was."""
        async with needing("MongoDB"):
            found = await uploads.find(upload, caller.actor)
            if found is None:
                raise not_found("upload")
            if not await uploads.delete(upload, caller.actor):
                raise Problem(409, "upload_in_use", "A message has it: redact the message instead.")
        return json(_page(found))

    return router


class _Turns:
    """Who sends how many at once: those who send slowly take room from one another only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def one(self, actor: str) -> Iterator[None]:
        if self._under_way[actor] >= _MOST_OF_ONE_CALLER:
            detail = f"You send {_MOST_OF_ONE_CALLER} files already; send this one after them."
            raise Problem(429, "too_many_requests", detail, headers={"Retry-After": "2"})
        if self._under_way.total() >= self._most:
            detail = "As many files as can be taken are on their way; try again in a moment."
            raise Problem(503, "overloaded", detail, headers={"Retry-After": "2"})
        self._under_way[actor] += 1
        try:
            yield
        finally:
            self._under_way[actor] -= 1
            if not self._under_way[actor]:
                del self._under_way[actor]


async def _pieces(request: Request, patience: Patience) -> AsyncIterator[bytes]:
    stream = aiter(request.stream())
    try:
        while True:
            with patience.spared():
                piece = await anext(stream, None)
            if piece is None:
                return
            yield piece
    except ClientDisconnect:
        raise Problem(400, "cut_short", "The file ended before it was whole.") from None


def _declared(request: Request) -> str:
    """The type that the sender gives the file, "" for none. Raises Problem."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if declared.startswith("multipart/") or encoding != "identity":
        detail = (
            "Send the file itself as the body, not in a form and not compressed, with its name in "
            "the query: POST /v1/uploads?name=plan.pdf"
        )
        raise Problem(415, "unsupported_media_type", detail)
    return "" if declared in _UNDECLARED else declared


def _expected(request: Request) -> dict[str, bytes]:
    """The digests that the sender gives. Raises Problem."""
    found: dict[str, bytes] = {}
    for name in _DIGESTS:
        try:
            found |= digests(request.headers.get(name, ""))
        except ValueError as error:
            raise bad_header(name, f"{name}: {error}.") from None
    return found


def _page(upload: Upload) -> UploadPage:
    return UploadPage(
        id=upload.content.id,
        name=upload.file.name,
        media_type=upload.content.media_type,
        size=upload.content.size,
        sha256=upload.file.sha256,
        really=upload.file.really,
        until=text(upload.until),
    )
