"""What keeps one caller from hurting the others: a share for each, and room for agents' writes.

Plain ASGI, within ``Envelope``. Shares are counted in each replica for itself. The headers are
those of draft-ietf-httpapi-ratelimit-headers.
"""

import asyncio
import hashlib
import time
from collections import deque

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.http.admission import Admission, weigh
from services.gateway.http.problems import Problem, response

_MEASURED_EVERY_SECONDS, _MEASURED = 0.1, 3
_FREE = ("/health/live", "/health/ready")


class Limits:
    """An ASGI layer. a_minute: requests of one token; of all that come from one address ten times
    as many; 0: as many as they like."""

    def __init__(self, app: ASGIApp, admission: Admission, a_minute: int) -> None:
        self._app = app
        self._admission = admission
        self._shares: list[tuple[str, RateLimitItem]] = (
            [
                ("address", RateLimitItemPerMinute(10 * a_minute)),
                ("caller", RateLimitItemPerMinute(a_minute)),
            ]
            if a_minute
            else []
        )
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        # The least of the last few: one long task is no lack of room (as CoDel has it, RFC 8289).
        self._lags: deque[float] = deque([0.0] * _MEASURED, _MEASURED)
        self._tick: asyncio.TimerHandle | None = None
        self._policy = ", ".join(f'"{name}";q={item.amount};w=60' for name, item in self._shares)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _FREE:
            await self._app(scope, receive, send)
            return
        self._measure()
        weight = weigh(scope["method"], scope["path"], scope["query_string"].decode("latin-1"))
        left = await self._take(scope, weight.cost)
        if isinstance(left, Problem):
            await self._refuse(left, scope, receive, send)
            return
        if not self._admission.has_room(weight.rank):
            detail = "There is more to do than can be done just now; try again in a moment."
            busy = Problem(503, "overloaded", detail, headers={"Retry-After": "1"})
            await self._refuse(busy, scope, receive, send)
            return
        with self._admission.working() as working:
            scope["state"]["working"] = working

            async def with_share(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = MutableHeaders(scope=message)
                    headers.update(left)
                    if headers.get("content-type", "").startswith("text/event-stream"):
                        working.over()
                await send(message)

            await self._app(scope, receive, with_share)

    def _measure(self) -> None:
        """Look soon how late a timer comes, and again as long as there is work."""
        if self._tick is None:
            loop = asyncio.get_running_loop()
            due = loop.time() + _MEASURED_EVERY_SECONDS
            self._tick = loop.call_at(due, self._measured, due)

    def _measured(self, due: float) -> None:
        self._tick = None
        self._lags.append(asyncio.get_running_loop().time() - due)
        self._admission.lag = min(self._lags)
        if self._admission.under_way:
            self._measure()

    async def _take(self, scope: Scope, cost: int) -> Problem | dict[str, str]:
        """What is left of the caller's share, as headers; the problem if nothing is."""
        headers: dict[str, str] = {}
        for name, item in self._shares:
            who = _address(scope) if name == "address" else _caller(scope)
            let_in = await self._limiter.hit(item, name, who, cost=cost)
            state = await self._limiter.get_window_stats(item, name, who)
            seconds = max(1, int(state.reset_time - time.time()) + 1)
            headers = {
                "RateLimit-Policy": self._policy,
                "RateLimit": f'"{name}";r={state.remaining};t={seconds}',
            }
            if not let_in:
                detail = (
                    f"More than {item.amount} requests a minute from one {name}; "
                    f"go on in {seconds} s, or ask for more at a time."
                )
                headers["Retry-After"] = str(seconds)
                return Problem(429, "too_many_requests", detail, headers=headers)
        return headers

    async def _refuse(self, problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
        await response(problem, scope["state"]["request_id"])(scope, receive, send)


def _address(scope: Scope) -> str:
    """Where the connection comes from: nothing that a header says."""
    return scope["client"][0] if scope.get("client") else ""


def _caller(scope: Scope) -> str:
    """Whose token it is, so far unread; an address where there is none."""
    token = Headers(scope=scope).get("authorization", "")
    return hashlib.sha256(token.encode()).hexdigest() if token else _address(scope)
