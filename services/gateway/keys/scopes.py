"""What a request takes of a key, and whether a key's scopes are enough. Pure.

A level holds those before it: who may write may read. ``admin`` is what takes an administrator or a
lead; the key's role still counts beside its scopes.
"""

from collections.abc import Collection, Sequence
from typing import Literal

from libs.tokens import Role

Level = Literal["read", "write", "admin"]
LEVELS: tuple[Level, ...] = ("read", "write", "admin")
AREAS = (
    "tickets",
    "contacts",
    "setup",
    "suspended",
    "views",
    "webhooks",
    "api-keys",
    "commands",
    "audit",
)
# Where the first part of an address is not the area itself.
_AREAS = {
    "stream": "tickets",
    "uploads": "tickets",
    "events": "tickets",
    "away": "tickets",
    "organisations": "contacts",
    "desk": "setup",
    "macros": "setup",
    "canned-replies": "setup",
    "senders": "suspended",
}
_LEADING: frozenset[Role] = frozenset(("admin", "lead"))


def needed(method: str, path: str, roles: Sequence[Role]) -> tuple[str, Level]:
    """The area and the level that a request takes. roles: who may ask it at all."""
    parts = path.split("/")
    first = parts[2] if len(parts) > 2 else ""
    area = _AREAS.get(first, first)
    if set(roles) <= _LEADING:
        return area, "admin"
    return area, "read" if method in ("GET", "HEAD") else "write"


def permit(scopes: Collection[str], area: str, level: Level) -> bool:
    """Whether these scopes are enough."""
    enough = LEVELS[LEVELS.index(level) :]
    return any(scope in scopes for one in enough for scope in (one, f"{area}:{one}"))
