"""What the headers of a request ask for, and those of an answer promise. Pure.

ETag, If-Match and Accept-Language: RFC 9110; Prefer: RFC 7240; Idempotency-Key: draft-ietf-httpapi.
"""

import re
from collections.abc import Collection, Sequence
from typing import TypeVar

from libs.events.ids import digest
from libs.tokens import Role
from services.gateway.http.problems import Problem, bad_header

Known = TypeVar("Known", bound=str)

DEFAULT_WAIT_SECONDS = 5.0
MAX_WAIT_SECONDS = 30.0

_ETAG = re.compile(r'"(\d{1,15})\.([a-z_]+)(\.erased)?(\.[0-9a-f]{8})?"')
_KEY = re.compile(r'(?P<quote>"?)([\x21\x23-\x7e]{1,255})(?P=quote)')
# ``de-AT;q=0.8``: the language, and how much it is wanted.
_RANGE = re.compile(r"([a-z]{2,8}|\*)(?:-[a-z0-9-]{1,60})?(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def etag(sequence: int, role: Role, erased: bool = False, unseen: Collection[str] = ()) -> str:
    """The ETag of a ticket for readers of this role.

    Each role sees another side of a ticket, and an erasure changes a page without an event of the
    ticket, as does another ticket that comes into sight or goes out of it (unseen: those that are
    out of it): all are part of it.
    """
    hidden = f".{digest(*sorted(unseen))[:8]}" if unseen else ""
    return f'"{sequence}.{role}{".erased" if erased else ""}{hidden}"'


def is_current(if_none_match: str | None, current: str) -> bool:
    """Whether the caller has this version already (weak comparison)."""
    if if_none_match is None:
        return False
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in known or current in known


def expected_sequence(if_match: str | None, role: Role) -> int | None:
    """The sequence that a command is conditional on, if it is.

    Raises Problem: 400 for what is not one of our ETags, 412 for one of another role.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise bad_header(
            "If-Match", "If-Match takes one ETag as the ticket's answer gave it, or *."
        )
    if found[2] != role:
        raise Problem(412, "changed_meanwhile", "This ETag is another role's; read it again.")
    return int(found[1])


def preferred(accept_language: str | None, known: Sequence[Known]) -> Known:
    """Which of the known languages its sender reads best; the first for who reads none of them, or
    says nothing that can be understood."""
    wanted: dict[str, float] = {}
    for one in (accept_language or "")[:1_000].split(","):
        if found := _RANGE.fullmatch(one.strip().lower()):
            wanted.setdefault(found[1], float(found[2] or 1))
    anything = wanted.get("*", 0.0)
    return max(known, key=lambda each: wanted.get(each, anything))


def wait_seconds(prefer: str | None) -> float:
    """How long ``Prefer`` wants to wait: ``wait=<seconds>``, or not at all with ``respond-async``
    alone. What it says beside that is ignored."""
    asked: dict[str, str] = {}
    for part in (prefer or "").split(","):
        name, _, value = part.partition(";")[0].partition("=")
        asked.setdefault(name.strip().lower(), value.strip().strip('"'))
    if re.fullmatch(r"\d{1,6}", asked.get("wait", "")):
        return min(float(asked["wait"]), MAX_WAIT_SECONDS)
    return 0.0 if "respond-async" in asked else DEFAULT_WAIT_SECONDS


def idempotency_key(header: str | None) -> str | None:
    """The key, quoted (as the draft has it) or bare. Raises Problem for one that is too long."""
    if header is None:
        return None
    found = _KEY.fullmatch(header.strip(" \t"))
    if found is None:
        raise bad_header(
            "Idempotency-Key", "Idempotency-Key takes 1 to 255 printable characters, no spaces."
        )
    return found[2]


def traceparent(header: str | None) -> str | None:
    """A well-formed W3C trace context of the caller, else None."""
    return header if header is not None and _TRACEPARENT.fullmatch(header) else None
