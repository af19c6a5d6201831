"""An entry of the audit log as it is stored and as it is shown. Pure; part of the HTTP contract.

Two collections have this shape: acts, which are folded from the log, and notes of what leaves no
event. No name, address, word or token stands in either.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, cast, get_args

from typing_extensions import TypedDict

from libs.events.projection import Index

Kind = Literal["act", "refusal", "read"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class AuditEntry(TypedDict):
    """An entry.

    what: of an act the type of its event, of a refusal its code, of a read the operation; actor:
    ``agent:anna``, "" for nobody we know; targets: ids, and numbers of tickets as the address named
    them; sentence: of an act; count: how often the same happened from ``at`` to ``last_at``; host:
    a keyed hash of where the connection came from; method, route, request_id: of the first such
    request, the route as the interface's description writes it.
    """

    at: str
    last_at: str
    kind: Kind
    what: str
    actor: str
    targets: list[str]
    sentence: str
    count: int
    host: str
    method: str
    route: str
    request_id: str


class AuditEntryPage(AuditEntry):
    """The same with its id, by which a copy of the audit log knows it again."""

    id: str


# Newest first, of all or of one; a page is a stretch of one of these.
INDEXES = tuple(
    Index([*narrowed, ("at", -1), ("_id", -1)])
    for narrowed in ([], *([(field, 1)] for field in ("kind", "what", "actor", "targets")))
)


def shown(document: Mapping[str, object]) -> AuditEntryPage:
    """The page of a stored entry."""
    known = {name: document[name] for name in AuditEntry.__annotations__}
    return cast(AuditEntryPage, {"id": document["_id"], **known})


def act(at: str, actor: str, what: str, targets: Sequence[str], sentence: str) -> AuditEntry:
    """Something that somebody did, of which no request is known."""
    return AuditEntry(
        at=at,
        last_at=at,
        kind="act",
        what=what,
        actor=actor,
        targets=list(targets),
        sentence=sentence,
        count=1,
        host="",
        method="",
        route="",
        request_id="",
    )
