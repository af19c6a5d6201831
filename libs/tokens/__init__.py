"""Tokens of the local issuer: who somebody is and which roles they have, signed with HS256."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import jwt
import msgspec

from libs.settings import Settings
from libs.tokens.links import Link, Links

__all__ = ["Claims", "Link", "Links", "Role", "TokenRefused", "Tokens", "local_issuer"]

# From the most that one may be to the least: who has several is what comes first.
Role = Literal["admin", "lead", "agent", "light_agent", "partner", "analyst", "customer"]
ROLES: tuple[Role, ...] = get_args(Role)

_ISSUER = "deskledger"
_AUDIENCE = "deskledger-gateway"
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_MIN_SECRET_BYTES = 32
_REMEMBERED = 4_096


class TokenRefused(Exception):
    """A token that is not ours, not valid any more, or not well formed; the message says which."""


class Claims(msgspec.Struct, frozen=True):
    """Who somebody is.

    subject: an agent's id, or for a customer the id of their contact; it stands in the log as
    actor, so it must not be a name or an address. name: how to call an agent ("" for a customer);
    teams: the ids of those that an agent or a partner belongs to.
    """

    subject: str
    roles: tuple[Role, ...]
    name: str
    expires_at: datetime
    teams: tuple[str, ...] = ()


class Tokens:
    """Issues and verifies. One secret, shared by the issuer and every gateway."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _MIN_SECRET_BYTES:
            raise ValueError(f"the token secret needs at least {_MIN_SECRET_BYTES} bytes")
        self._secret = secret
        self._verified: dict[str, Claims] = {}

    def issue(
        self,
        subject: str,
        roles: Sequence[Role],
        lifetime: timedelta,
        name: str = "",
        teams: Sequence[str] = (),
    ) -> str:
        """A signed token. Raises ValueError for a subject, role or team that cannot be."""
        if _SUBJECT.fullmatch(subject) is None:
            raise ValueError(f"{subject!r} cannot be an id: letters, digits, dot, dash, underscore")
        if not roles or not set(roles) <= set(ROLES):
            raise ValueError(f"the roles are {', '.join(ROLES)}; {list(roles)} is not among them")
        for team in teams:
            if _SUBJECT.fullmatch(team) is None:
                raise ValueError(f"{team!r} cannot be the id of a team")
        now = datetime.now(UTC)
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": subject,
            "roles": list(roles),
            "name": name,
            "teams": list(teams),
            "iat": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def verify(self, token: str) -> Claims:
        """Whose token this is. Raises TokenRefused."""
        claims = self._verified.get(token)
        if claims is None:
            claims = self._read(token)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[token] = claims
        if claims.expires_at <= datetime.now(UTC):
            raise TokenRefused("the token has expired: get a new one")
        return claims

    def _read(self, token: str) -> Claims:
        try:
            payload = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={"require": ["exp", "sub", "iss", "aud"]},
            )
            claims = msgspec.convert(
                {
                    "subject": payload["sub"],
                    "roles": payload.get("roles"),
                    "name": payload.get("name", ""),
                    "expires_at": payload["exp"],
                    "teams": payload.get("teams", ()),
                },
                Claims,
                strict=False,
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenRefused("the token has expired: get a new one") from error
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise TokenRefused("the token is not one of this installation's") from error
        if not claims.roles or _SUBJECT.fullmatch(claims.subject) is None:
            raise TokenRefused("the token names no subject or no role")
        return claims


def local_issuer(settings: Settings) -> Tokens:
    """The issuer under ``settings.token_secret_file``. Raises ValueError or OSError without one."""
    if settings.token_secret_file is None:
        raise ValueError("set DESKLEDGER_TOKEN_SECRET_FILE: tokens are signed under its secret")
    return Tokens(settings.token_secret_file.read_bytes().strip())
