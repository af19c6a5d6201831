"""An API key as an answer shows it. Pure; part of the HTTP contract."""

from typing_extensions import TypedDict

from libs.events.published.setup import KeyRole
from services.gateway.keys.view import KeyView


class ApiKeyPage(TypedDict):
    """A key, without its secret. overlap_until: how long the secret before still counts, "" for
    none; used_at: when it was last used, to the minute, "" for never."""

    id: str
    name: str
    subject: str
    role: KeyRole
    teams: list[str]
    scopes: list[str]
    expires_at: str
    overlap_until: str
    issued_at: str
    issued_by: str
    rotated_at: str
    revoked_at: str
    used_at: str
    sequence: int


def api_key_page(id: str, view: KeyView, used_at: str) -> ApiKeyPage:
    """The page of a key."""
    return ApiKeyPage(
        id=id,
        name=view["name"],
        subject=view["subject"],
        role=view["role"],
        teams=view["teams"],
        scopes=view["scopes"],
        expires_at=view["expires_at"],
        overlap_until=max(view["digests"].values(), default=""),
        issued_at=view["issued_at"],
        issued_by=view["issued_by"],
        rotated_at=view["rotated_at"],
        revoked_at=view["revoked_at"],
        used_at=used_at,
        sequence=view["sequence"],
    )
