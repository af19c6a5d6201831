"""What both clients share: what to send, what an answer means, and when to ask again.

A command is sent under an Idempotency-Key, so asking again does nothing twice.
"""

import hashlib
import random
import uuid
import warnings
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import httpx

Json = Mapping[str, object]

# Longer than the gateway's longest wait for an outcome.
TIMEOUT_SECONDS = 40.0
_TRIES = 4
_LONGEST_PAUSE_SECONDS = 30.0
_POSITION = "Deskledger-Position"


class Problem(Exception):
    """The gateway said no (RFC 9457). The message is its sentence.

    status: of HTTP; code: stable, to decide by; errors: what is wrong, and where; request_id: to
    ask the desk's operators about.
    """

    def __init__(self, status: int, code: str, detail: str, errors: Sequence[Json], id: str):
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.request_id = id


class Refused(Problem):
    """409 or 422: it cannot be done, or not with these words."""


class NotFound(Problem):
    """404: there is none, or none for this caller."""


class ChangedMeanwhile(Problem):
    """412: it is not any more what the ETag was of. Read it again, and decide again."""


class Unavailable(Problem):
    """429 or 503, after some tries: not now."""


class NotYet(Exception):
    """202: the command is on its way, its outcome was not there in time. command_id: what
    ``commands.read`` takes; place: where to look."""

    def __init__(self, command_id: str, place: str, detail: str):
        super().__init__(detail)
        self.command_id = command_id
        self.place = place


class Page(dict[str, object]):
    """A page as the interface gave it, with the ETag that it came with ("" if it has none)."""

    etag: str = ""


def etag_of(page: object) -> str:
    """The ETag of a page that a client returned, for ``given(if_match=...)``; "" if it has none."""
    return page.etag if isinstance(page, Page) else ""


@dataclass(frozen=True)
class Given:
    """What holds for the calls of one client.

    if_match: refuse a command if the page has another ETag by now; key: the Idempotency-Key, by
    which a call that was made before is known again (made up for each call if not given); wait:
    seconds that the gateway may wait for what was asked, 0 not at all.
    """

    if_match: str = ""
    key: str = ""
    wait: float | None = None


@dataclass
class Session:
    """What a client remembers. positions: of what it has written, by topic and partition, so that
    it reads nothing older, whichever replica answers."""

    written: str = ""


@dataclass(frozen=True)
class Call:
    """One call, ready to be sent. content: a file, instead of a body."""

    method: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    body: Json | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def within(self, session: Session, given: Given) -> "Call":
        """With the headers of this session."""
        headers: dict[str, str] = {}
        if session.written:
            headers[_POSITION] = session.written
        if given.wait is not None:
            headers["Prefer"] = f"wait={given.wait:.0f}" if given.wait else "respond-async"
        if self.method not in ("GET", "HEAD"):
            headers["Idempotency-Key"] = given.key or str(uuid.uuid4())
            if given.if_match:
                headers["If-Match"] = given.if_match
        if self.content is not None:
            digest = b64encode(hashlib.sha256(self.content).digest()).decode()
            headers["Content-Digest"] = f"sha-256=:{digest}:"
        query = {name: value for name, value in self.query.items() if value is not None}
        return replace(self, query=query, headers=headers)

    def request(self, http: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """The request of it."""
        return http.build_request(
            self.method,
            self.path,
            params=httpx.QueryParams(
                [
                    (name, _said(one))
                    for name, value in self.query.items()
                    for one in (value if isinstance(value, list | tuple) else [value])
                ]
            ),
            content=self.content,
            json=self.body,
            headers=dict(self.headers),
        )


def pause(tried: int, answer: httpx.Response | None) -> float | None:
    """After how many seconds to ask again; None for not at all. tried: how often it was asked."""
    if tried >= _TRIES or (answer is not None and answer.status_code not in (429, 503)):
        return None
    after = answer.headers.get("Retry-After", "") if answer is not None else ""
    seconds = float(after) if after.isdigit() else 0.2 * 2**tried
    if seconds > _LONGEST_PAUSE_SECONDS:
        return None
    return seconds * random.uniform(1.0, 1.25)


def read(answer: httpx.Response, session: Session) -> Page:
    """The page of an answer. Raises Problem or NotYet. Warns (DeprecationWarning) of what goes."""
    if sunset := answer.headers.get("Sunset"):
        what = f"{answer.request.method} {answer.url.path} is there until {sunset}"
        warnings.warn(f"{what}; what to use instead stands in the reference", DeprecationWarning, 2)
    check(answer)
    session.written = answer.headers.get(_POSITION, session.written)
    if answer.status_code == httpx.codes.ACCEPTED and "command_id" in answer.json():
        said = answer.json()
        place = str(answer.url.join(answer.headers["Location"]))
        raise NotYet(said["command_id"], place, said["detail"])
    page = Page(answer.json())
    page.etag = answer.headers.get("ETag", "")
    return page


def check(answer: httpx.Response) -> None:
    """Raises Problem for what is no success; the answer has been read."""
    if answer.is_success:
        return
    try:
        said = answer.json()
        what = (said["code"], said["detail"], said.get("errors", []), said["request_id"])
    except (ValueError, KeyError, TypeError):
        where = f"{answer.url.host}:{answer.url.port}"
        detail = f"{where} answered {answer.status_code}, and not as a gateway does."
        what = ("no_gateway", detail, [], "")
    raise _KINDS.get(answer.status_code, Problem)(answer.status_code, *what)


_KINDS: Mapping[int, type[Problem]] = {
    404: NotFound,
    409: Refused,
    412: ChangedMeanwhile,
    422: Refused,
    429: Unavailable,
    503: Unavailable,
}


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
