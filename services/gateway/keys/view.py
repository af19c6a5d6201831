"""An API key as the log tells of it. No secret stands in it, and no page shows its digest."""

from typing import cast

from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from libs.events.projection import Table
from libs.events.published import setup as s
from libs.mongo import Document
from services.gateway.instants import text

KEY = "k-"


class KeyView(TypedDict):
    """A key. digests: of the secrets that count, each until when ("": until the key ends)."""

    name: str
    subject: str
    role: s.KeyRole
    teams: list[str]
    scopes: list[str]
    expires_at: str
    digests: dict[str, str]
    issued_at: str
    issued_by: str
    rotated_at: str
    revoked_at: str
    sequence: int


def key_after(view: KeyView | None, recorded: Recorded[object]) -> KeyView:
    """The key after this event."""
    event, at = recorded.data, text(recorded.occurred_at)
    if isinstance(event, s.ApiKeyIssued):
        key = event.key
        return KeyView(
            name=key.name,
            subject=key.subject,
            role=key.role,
            teams=list(key.teams),
            scopes=list(key.scopes),
            expires_at=text(key.expires_at),
            digests={event.digest: ""},
            issued_at=at,
            issued_by=recorded.actor,
            rotated_at="",
            revoked_at="",
            sequence=recorded.sequence,
        )
    if view is None:
        raise ValueError(f"{recorded.aggregate_id} begins with {recorded.type}")
    after: KeyView = {**view, "sequence": recorded.sequence}
    if isinstance(event, s.ApiKeyRotated):
        [last] = [digest for digest, until in view["digests"].items() if not until]
        # Of two that overlapped the older one ends: nobody has three.
        after["digests"] = {last: text(event.until), event.digest: ""}
        after["rotated_at"] = at
    elif isinstance(event, s.ApiKeyRevoked):
        after["digests"], after["revoked_at"] = {}, at
    return after


def _fold(document: Document | None, recorded: Recorded[object]) -> Document:
    return cast(Document, key_after(cast(KeyView | None, document), recorded))


def _key(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id.startswith(KEY) else None


API_KEYS = Table(name="api_keys", key=_key, fold=_fold)
