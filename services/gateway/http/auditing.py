"""Notes what the audit log is to know of a request: that it was refused, or read of a person.

Plain ASGI, within ``Envelope``. What is noted is who, which operation and which ids; of an address
only what looks like an id of ours, for people write anything into one.
"""

import re
from typing import cast

from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.audit.entries import Kind
from services.gateway.audit.recorder import Recorder
from services.gateway.audit.summing import Happening
from services.gateway.http.description import operation_id
from services.gateway.principal import Principal

_REFUSED = {401: "unauthenticated", 403: "forbidden", 404: "not_found", 429: "too_many_requests"}
_ID = re.compile(r"[a-z]{1,3}-[0-9a-f]{26}|[0-9a-f]{32}|[0-9]{1,15}")
# Where pages are about people, by the first part of the address.
_PERSONAL = frozenset(
    (
        "tickets",
        "contacts",
        "organisations",
        "suspended",
        "senders",
        "views",
        "away",
        "stream",
        "events",
    )
)
_TRACKING = "/t/{token}"


class Auditing:
    """An ASGI layer."""

    def __init__(self, app: ASGIApp, recorder: Recorder) -> None:
        self._app = app
        self._recorder = recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._look(scope, message["status"])
            await send(message)

        # For the requests that one of many is made of.
        scope["state"]["noted"] = self._look
        await self._app(scope, receive, watched)

    def _look(self, scope: Scope, status: int) -> None:
        route = scope.get("route")
        if status in _REFUSED:
            self._refused(scope, status, route)
        elif status in (200, 206) and self._recorder.reads and isinstance(route, APIRoute):
            self._read(scope, route)

    def _refused(self, scope: Scope, status: int, route: object) -> None:
        path = route.path if isinstance(route, APIRoute) else _tracking(scope)
        if status == 404 and not path:
            return  # an address that we do not have is nobody's to see
        what = scope["state"].get("refusal", _REFUSED[status])
        self._note(scope, "refusal", what, path)

    def _read(self, scope: Scope, route: APIRoute) -> None:
        caller = cast(Principal | None, scope["state"].get("caller"))
        # Customers read of themselves, and what analysts read names nobody.
        if caller is None or caller.role in ("customer", "analyst"):
            return
        if scope["method"] == "GET" and route.path.split("/")[2] in _PERSONAL:
            self._note(scope, "read", operation_id(route), route.path)

    def _note(self, scope: Scope, kind: Kind, what: str, path: str) -> None:
        state = scope["state"]
        caller = cast(Principal | None, state.get("caller"))
        client = scope.get("client")
        happening = Happening(
            kind,
            what,
            caller.actor if caller is not None else "",
            self._recorder.host(client[0] if client else ""),
            scope["method"] if path else "",
            path,
            tuple(
                value
                for name, value in scope.get("path_params", {}).items()
                if name != "token" and isinstance(value, str) and _ID.fullmatch(value)
            ),
        )
        self._recorder.note(happening, state["request_id"])


def _tracking(scope: Scope) -> str:
    """A tracking link's address without its token; "" for what is none."""
    return _TRACKING if "token" in scope.get("path_params", {}) else ""
