"""A command in the making: who asks, about what, and how it is known when it comes again. Pure.

The id of a command derives from its caller and their Idempotency-Key, so a repeated request is the
same command, and its owner answers it as it did the first time.
"""

from dataclasses import dataclass

from libs.events.ids import digest, event_id
from libs.events.projection import Projection
from services.gateway.principal import Principal


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a command before its words are stored.

    projection: the read model that will show what it did; owner: whose key its words are kept
    under; keyed: whether the caller gave an Idempotency-Key; fingerprint: of the whole request;
    expected_sequence: the version that the caller saw, if they insist on it.
    """

    caller: Principal
    projection: Projection
    aggregate_id: str
    owner: str
    command_id: str
    keyed: bool
    fingerprint: str
    expected_sequence: int | None
    wait_seconds: float
    traceparent: str | None

    @property
    def content_id(self) -> str:
        """The id of its words: the same when the same request comes again, and only then."""
        return digest("words", self.command_id, self.fingerprint)[:32]


def command_id(caller: Principal, key: str | None) -> str:
    """The id of a caller's command under this key; without one, a new id."""
    return event_id() if key is None else digest("request", caller.actor, key)[:32]


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes a request the same request."""
    return digest(method, path, body)
