"""What a token says: who somebody is, in which roles, of which teams."""

import re
from datetime import datetime
from typing import Literal, get_args

import msgspec

# From the most that one may be to the least: who has several is what comes first.
Role = Literal["admin", "lead", "agent", "light_agent", "partner", "analyst", "customer"]
ROLES: tuple[Role, ...] = get_args(Role)

# Whom tokens for the gateway are for, unless a setting says otherwise.
AUDIENCE = "deskledger-gateway"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


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


def is_id(text: str) -> bool:
    """Whether an agent or a team can be called so."""
    return _ID.fullmatch(text) is not None
