"""From a request for a command to its draft: who asks, on which conditions, known how again."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from libs.events.projection import Projection
from libs.telemetry import Telemetry
from libs.tokens import Role
from services.gateway.callers import Callers
from services.gateway.commanding.draft import Draft, command_id, fingerprint
from services.gateway.http import headers
from services.gateway.http.caller import Allowing
from services.gateway.principal import Principal


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a command, its headers understood."""

    caller: Principal
    command_id: str
    keyed: bool
    expected_sequence: int | None
    wait_seconds: float
    fingerprint: str
    traceparent: str | None

    def draft(self, projection: Projection, aggregate_id: str, owner: str = "") -> Draft:
        """The draft of its command to this aggregate. owner: of its words, if it has any."""
        return Draft(
            caller=self.caller,
            projection=projection,
            aggregate_id=aggregate_id,
            owner=owner,
            command_id=self.command_id,
            keyed=self.keyed,
            fingerprint=self.fingerprint,
            expected_sequence=self.expected_sequence,
            wait_seconds=self.wait_seconds,
            traceparent=self.traceparent,
        )


class Asking:
    """A dependency. Raises Problem for a caller or a header that will not do."""

    def __init__(self, callers: Callers, telemetry: Telemetry, roles: Sequence[Role]) -> None:
        self._authenticate = Allowing(callers, roles)
        self._telemetry = telemetry
        self.roles = roles

    async def __call__(self, request: Request) -> Asked:
        caller = await self._authenticate(request)
        given = request.headers
        key = headers.idempotency_key(given.get("idempotency-key"))
        return Asked(
            caller=caller,
            command_id=command_id(caller, key),
            keyed=key is not None,
            expected_sequence=headers.expected_sequence(given.get("if-match"), caller.role),
            wait_seconds=headers.wait_seconds(given.get("prefer")),
            fingerprint=fingerprint(request.method, request.url.path, await request.body()),
            traceparent=self._telemetry.inject() or headers.traceparent(given.get("traceparent")),
        )
