"""From a request for a command to its draft: who asks, on which conditions, known how again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request

from libs.events.projection import Projection
from libs.telemetry import Telemetry
from libs.tokens import Role, Tokens
from services.gateway.commanding.draft import Draft, command_id, fingerprint
from services.gateway.http import headers
from services.gateway.http.caller import allowing
from services.gateway.principal import Principal


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a command, its headers understood."""

    caller: Principal
    expected_sequence: int | None
    key: str | None
    wait_seconds: float
    fingerprint: str
    traceparent: str | None

    @property
    def command_id(self) -> str:
        """The id that its command gets under its Idempotency-Key; a new one without."""
        return command_id(self.caller, self.key)

    def draft(
        self, projection: Projection, aggregate_id: str, owner: str = "", id: str | None = None
    ) -> Draft:
        """The draft of its command to this aggregate. owner: of its words, if it has any."""
        return Draft(
            caller=self.caller,
            projection=projection,
            aggregate_id=aggregate_id,
            owner=owner,
            command_id=id or self.command_id,
            keyed=self.key is not None,
            fingerprint=self.fingerprint,
            expected_sequence=self.expected_sequence,
            wait_seconds=self.wait_seconds,
            traceparent=self.traceparent,
        )


def asking(tokens: Tokens, telemetry: Telemetry, *roles: Role) -> Callable[..., Awaitable[Asked]]:
    """A dependency. Raises Problem for a caller or a header that will not do."""
    authenticate = allowing(tokens, *roles)

    async def ask(request: Request) -> Asked:
        caller = await authenticate(request)
        given = request.headers
        return Asked(
            caller=caller,
            expected_sequence=headers.expected_sequence(given.get("if-match"), caller.role),
            key=headers.idempotency_key(given.get("idempotency-key")),
            wait_seconds=headers.wait_seconds(given.get("prefer")),
            fingerprint=fingerprint(request.method, request.url.path, await request.body()),
            traceparent=telemetry.inject() or headers.traceparent(given.get("traceparent")),
        )

    return ask
