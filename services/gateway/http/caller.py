"""Who calls: read from the token, checked before anything is done.

Headers are read from the request itself rather than declared one by one: FastAPI takes longer to
resolve five declared headers than MongoDB takes to find a ticket. ``description.py`` declares them.
"""

from collections.abc import Sequence

from fastapi import Request

from libs.tokens import Role, TokenRefused
from services.gateway.callers import Callers
from services.gateway.http.problems import Problem
from services.gateway.keys import scopes
from services.gateway.principal import EVERYBODY, Principal


class Allowing:
    """A dependency that answers who calls: 401 for nobody we know, 403 for a role not named."""

    def __init__(self, callers: Callers, roles: Sequence[Role]) -> None:
        self._callers = callers
        self.roles = roles

    async def __call__(self, request: Request) -> Principal:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("Send a token: `Authorization: Bearer <token>`.")
        try:
            caller = await self._callers.known(token.strip())
        except TokenRefused as error:
            raise _unauthenticated(f"This cannot be used: {error}.") from error
        request.state.caller = caller
        if caller.role not in self.roles:
            needed = " or ".join(self.roles)
            raise Problem(403, "forbidden", f"This takes the role {needed}; you are {caller.role}.")
        if caller.scopes is not None:
            area, level = scopes.needed(request.method, request.url.path, self.roles)
            if not scopes.permit(caller.scopes, area, level):
                detail = f"This takes a key with the scope {area}:{level}."
                raise Problem(403, "out_of_scope", detail)
        return caller


class Anybody:
    """A dependency that says that nobody has to say who they are."""

    roles: Sequence[Role] = EVERYBODY

    async def __call__(self) -> None:
        """Let them in."""


def _unauthenticated(detail: str) -> Problem:
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})
