"""What taking mail may cost: connections, mails and errors of a client, bytes in all."""

import asyncio
import ipaddress
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.email.settings import EmailSettings, Network

# Mails beyond this are kept on disk while they come, and taken apart in turn, each in a thread.
LARGE_BYTES = 256_000


@dataclass(frozen=True)
class Limits:
    """How much of each. own_networks: clients of ours, whose connections and mails are not counted
    one by one; answers: on one connection without a mail; idle, data: seconds."""

    largest_mail_bytes: int
    connections: int
    connections_of_a_client: int
    mails_a_minute: int
    own_networks: Sequence[Network]
    recipients: int
    errors: int
    idle_seconds: float
    data_seconds: float
    answers: int = 500

    @classmethod
    def of(cls, settings: EmailSettings) -> "Limits":
        """As the settings say."""
        return cls(
            largest_mail_bytes=settings.smtp_max_bytes,
            connections=settings.smtp_connections,
            connections_of_a_client=settings.smtp_connections_of_a_client,
            mails_a_minute=settings.smtp_mails_a_minute,
            own_networks=settings.own_networks,
            recipients=settings.smtp_recipients,
            errors=settings.smtp_errors,
            idle_seconds=settings.smtp_idle_seconds,
            data_seconds=settings.smtp_data_seconds,
        )


class Gate:
    """Who may come in, and how often. A client is an IPv4 address or an IPv6 network of 64 bits,
    which is what one customer of a provider has."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._connections: Counter[str] = Counter()
        self._mails: Counter[str] = Counter()
        self._minute = 0

    def enter(self, address: str) -> str | None:
        """Count a connection; what to tell a client that cannot have one (it need not leave)."""
        client = self._client(address)
        if self._connections.total() >= self._limits.connections:
            return "Too many connections at the moment; please come again later"
        if client and self._connections[client] >= self._limits.connections_of_a_client:
            return "Too many connections from your address; please use those you have"
        self._connections[client] += 1
        return None

    def leave(self, address: str) -> None:
        """The end of a connection that was let in."""
        client = self._client(address)
        self._connections[client] -= 1
        if not self._connections[client]:
            del self._connections[client]

    def may_send(self, address: str) -> bool:
        """Count a mail, or a wrong password, of this client; whether it has not had too many."""
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._minute, self._mails = minute, Counter()
        client = self._client(address)
        self._mails[client] += 1
        return not client or self._mails[client] <= self._limits.mails_a_minute

    def _client(self, address: str) -> str:
        """Under which name a client is counted; "" for all of our own together."""
        try:
            host = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:  # a socket without addresses
            return ""
        host = getattr(host, "ipv4_mapped", None) or host
        if any(host in network for network in self._limits.own_networks):
            return ""
        return str(host) if host.version == 4 else str(ipaddress.ip_network((int(host), 64), False))


class Budget:
    """Bytes of which there is only so much; who does not get them has to do without."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, amount: int) -> bool:
        """Whether they were there; then they are the caller's until it gives them back."""
        if amount > self._left:
            return False
        self._left -= amount
        return True

    def give(self, amount: int) -> None:
        """Give back what was taken."""
        self._left += amount


class Turns:
    """Large mails are read and stored in turn, so that memory holds a few whatever waits outside.

    Large ones have ``most`` bytes together; one that is larger than that goes alone.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._used = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def of(self, size: int, patience_seconds: float) -> AsyncIterator[None]:
        """Hold a turn for a mail of so many bytes. Raises TimeoutError when none comes in time."""
        weight = 0 if size <= LARGE_BYTES else min(size, self._most)
        if weight and (self._waiting or self._used + weight > self._most):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((weight, turn))
            try:
                async with asyncio.timeout(patience_seconds):
                    await turn
            except BaseException:
                if turn.done() and not turn.cancelled():
                    self._used -= weight
                self._admit()
                raise
        else:
            self._used += weight
        try:
            yield
        finally:
            self._used -= weight
            self._admit()

    def _admit(self) -> None:
        """Let in whose turn it is, in the order in which they came."""
        while self._waiting:
            weight, turn = self._waiting[0]
            if not turn.done():
                if self._used + weight > self._most:
                    return
                self._used += weight
                turn.set_result(None)
            self._waiting.popleft()
