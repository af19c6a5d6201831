"""API keys: how programs of others come in, each for as much as it needs. Of the key itself only
what SHA-256 makes of it stands in the log."""

from datetime import datetime
from typing import Literal

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.messages import Code

__all__ = [
    "ApiKey",
    "ApiKeyIssued",
    "ApiKeyRevoked",
    "ApiKeyRotated",
    "IssueApiKey",
    "KeyRole",
    "RevokeApiKey",
    "RotateApiKey",
]

KeyRole = Literal["admin", "lead", "agent", "light_agent", "partner", "analyst"]


class ApiKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a key is for.

    subject: the service user that its holder is, ``service.crm``; role, teams: theirs; scopes:
    ``read``, ``write`` or ``admin``, each with those before it, of everything or of one area
    (``tickets:write``); expires_at: after which it counts no longer.
    """

    name: str
    subject: str
    role: KeyRole
    scopes: tuple[str, ...]
    expires_at: datetime
    teams: tuple[str, ...] = ()


@command("setup")
class IssueApiKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let a program in with this key. digest: SHA-256 of its secret, in hex."""

    key: ApiKey
    digest: str


@command("setup")
class RotateApiKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """Have another secret. overlap_seconds: how long the one before still counts."""

    digest: str
    overlap_seconds: int = 0


@command("setup")
class RevokeApiKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let nobody in with it any more, at once."""

    reason: Code = ""


@event("setup")
class ApiKeyIssued(msgspec.Struct, frozen=True, omit_defaults=True):
    """A program comes in with this key from now on."""

    key: ApiKey
    digest: str


@event("setup")
class ApiKeyRotated(msgspec.Struct, frozen=True, omit_defaults=True):
    """It has another secret now. until: how long the one before still counts."""

    digest: str
    until: datetime


@event("setup")
class ApiKeyRevoked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nobody comes in with it any more."""

    reason: Code = ""
