"""Who calls: read from the token, checked before anything is done."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from libs.tokens import Role, TokenRefused, Tokens
from services.gateway.http.problems import Problem
from services.gateway.principal import Principal, principal

_BEARER = HTTPBearer(auto_error=False, description="A token of `deskledger token`.")

Authenticate = Callable[..., Awaitable[Principal]]


def allowing(tokens: Tokens, *roles: Role) -> Authenticate:
    """A dependency that answers who calls: 401 for nobody we know, 403 for a role not named."""

    async def authenticate(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    ) -> Principal:
        if credentials is None:
            raise _unauthenticated("Send a token: `Authorization: Bearer <token>`.")
        try:
            caller = principal(tokens.verify(credentials.credentials))
        except TokenRefused as error:
            raise _unauthenticated(f"This cannot be used: {error}.") from error
        if caller.role not in roles:
            needed = " or ".join(roles)
            raise Problem(403, "forbidden", f"This takes the role {needed}; you are {caller.role}.")
        return caller

    return authenticate


def _unauthenticated(detail: str) -> Problem:
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})
