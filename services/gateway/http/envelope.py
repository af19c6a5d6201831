"""What every request gets: an id, a span, a limit to its body and its time, safe headers.

Plain ASGI, because Starlette's middleware class costs a task and two queues a request.
"""

import asyncio

import uuid_utils
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.telemetry import Telemetry
from services.gateway.http.headers import traceparent
from services.gateway.http.problems import Problem, response

# How long a body may take.
BODY_SECONDS, SLOWEST_BYTES_A_SECOND = 20.0, 20_000

# Where a body is a file, which nobody holds in memory.
UPLOADS = "/v1/uploads"
# OWASP ASVS 14.4: nothing of what we answer is to be run, framed or fetched from elsewhere.
_HIDDEN = (b"%2f", b"%5c", b"%00")
_POLICY = "default-src 'none'; frame-ancestors 'none'"


class Envelope:
    """The outermost layer of the application."""

    def __init__(
        self,
        app: ASGIApp,
        telemetry: Telemetry,
        max_body_bytes: int,
        is_secure: bool = False,
        max_upload_bytes: int = 0,
    ) -> None:
        self._app = app
        self._telemetry = telemetry
        self._max_body_bytes = max_body_bytes
        self._max_upload_bytes = max_upload_bytes
        self._is_secure = is_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # The caller's own id is not taken over: it would let them forge our logs.
        request_id = uuid_utils.uuid7().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began = asyncio.get_running_loop().time()
        is_file = scope["path"] == UPLOADS
        most = self._max_upload_bytes if is_file else self._max_body_bytes
        too_large = f"A {'file' if is_file else 'body'} may have {most} bytes at most."
        received, whole = 0, False

        async def limited() -> Message:
            nonlocal received, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(
                    began + BODY_SECONDS + received / SLOWEST_BYTES_A_SECOND
                ):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The body took too long to come.") from None
            whole = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413, too_large)
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(scope["state"].get("said", {}))
                headers["Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "private, no-cache")
                headers.setdefault("Content-Security-Policy", _POLICY)
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("X-Frame-Options", "DENY")
                if self._is_secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        headers = Headers(scope=scope)
        announced = headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > most:
            refused = response(Problem(413, "too_large", too_large), request_id)
            await refused(scope, receive, with_headers)
            return
        if any(hidden in scope["raw_path"].lower() for hidden in _HIDDEN):
            # What stands in front of us may have read another path out of it.
            detail = "An address may not hold an encoded slash, backslash or zero."
            refused = response(Problem(400, "malformed", detail), request_id)
            await refused(scope, receive, with_headers)
            return
        caller = traceparent(headers.get("traceparent"))
        with self._telemetry.span(f"http {scope['method']}", caller, request=request_id):
            await self._app(scope, limited, with_headers)
