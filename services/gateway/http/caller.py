"""Who calls: read from the token, checked before anything is done.

Headers are read from the request itself rather than declared one by one: FastAPI takes longer to
resolve five declared headers than MongoDB takes to find a ticket. ``description.py`` declares them.
"""

from collections.abc import Awaitable, Callable

from fastapi import Request

from libs.tokens import Role, TokenRefused, Tokens
from services.gateway.http.problems import Problem
from services.gateway.principal import Principal, principal

Authenticate = Callable[[Request], Awaitable[Principal]]


def allowing(tokens: Tokens, *roles: Role) -> Authenticate:
    """A dependency that answers who calls: 401 for nobody we know, 403 for a role not named."""

    async def authenticate(request: Request) -> Principal:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("Send a token: `Authorization: Bearer <token>`.")
        try:
            caller = principal(tokens.verify(token.strip()))
        except TokenRefused as error:
            raise _unauthenticated(f"This cannot be used: {error}.") from error
        if caller.role not in roles:
            needed = " or ".join(roles)
            raise Problem(403, "forbidden", f"This takes the role {needed}; you are {caller.role}.")
        return caller

    return authenticate


def _unauthenticated(detail: str) -> Problem:
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})
