"""One request to one webhook: looked up, checked, connected to what was checked, and bounded.

The connection goes to an address that was checked, not to the name again, so that a name that
leads elsewhere a moment later (rebinding) leads nobody there; TLS still proves the name.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from math import ceil
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

import httpcore
from dns.asyncresolver import Resolver
from dns.exception import DNSException

from adapters.webhooks.addresses import is_allowed, is_public
from adapters.webhooks.settings import Network, WebhookSettings
from libs.events.kafka import utc_now

_MOST_ADDRESSES = 10
# Many servers close what is idle for five seconds; who is quicker never writes into a closing one.
_IDLE_SECONDS = 4.0
_MOST_IDLE = 100
# Of an answer nobody needs more than its status. What else comes at once is read and thrown away,
# for the sake of the connection, which can then be used again.
_MOST_READ_BYTES = 65_536
_READ_SECONDS = 1.0
_LONGEST_RETRY_AFTER = 86_400


_UNREACHABLE = (httpcore.NetworkError, httpcore.TimeoutException, ssl.SSLError, OSError)
_FAULTS = (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError)


class Refused(Exception):
    """This address is none that a webhook may lead to; the sentence is for people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. status: 0 where nothing did; error: a sentence, "" for a success;
    retry_after: seconds that the receiver asks for."""

    status: int
    error: str = ""
    retry_after: int = 0

    @property
    def is_success(self) -> bool:
        return not self.error


class Sender:
    """Sends to the public internet, and to the networks that are allowed by setting."""

    def __init__(self, settings: WebhookSettings) -> None:
        self._seconds = settings.webhook_seconds
        networks = settings.networks
        resolver = _resolver(settings.webhook_name_servers)
        # What is said in clear may be read and changed on its way: only where the desk says so.
        self._pools = {
            "https": _pool(_Checking(resolver, networks, public=True)),
            "http": _pool(_Checking(resolver, networks, public=False)),
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """What became of it; nothing that a receiver does raises here."""
        pool = self._pools[urlsplit(url).scheme]
        sent = [
            (name.encode(), value.encode())
            for name, value in {**headers, "user-agent": "Deskledger-Webhooks/1"}.items()
        ]
        try:
            async with (
                asyncio.timeout(self._seconds),
                pool.stream("POST", url, headers=sent, content=body) as response,
            ):
                answer = _answer(response.status, response.headers)
                await _read(response)
                return answer
        except TimeoutError:
            return Answer(0, f"It did not answer within {self._seconds:g} seconds.")
        except Refused as why:
            return Answer(0, str(why))
        except _UNREACHABLE as error:
            return Answer(0, f"It cannot be reached ({type(error).__name__}).")
        except _FAULTS as error:
            return Answer(0, f"It does not speak HTTP as it should ({type(error).__name__}).")


async def _read(response: httpcore.Response) -> None:
    """Take the body, unless it is large or slow; whatever is wrong with it."""
    read = 0
    with suppress(TimeoutError, *_UNREACHABLE, *_FAULTS):
        stream = cast(AsyncGenerator[bytes, None], response.aiter_stream())
        async with asyncio.timeout(_READ_SECONDS), aclosing(stream) as pieces:
            async for piece in pieces:
                read += len(piece)
                if read > _MOST_READ_BYTES:
                    return


def _answer(status: int, headers: Iterable[tuple[bytes, bytes]]) -> Answer:
    if 200 <= status < 300:
        return Answer(status)
    if 300 <= status < 400:
        return Answer(status, "It redirects; write the address where it leads.")
    given = {name.lower(): value for name, value in headers}.get(b"retry-after", b"")
    return Answer(status, f"It answered {status}.", retry_after(given.decode("latin-1"), utc_now()))


def retry_after(given: str, now: datetime) -> int:
    """The seconds that a Retry-After header asks for, a day at most; it may name an instant instead
    (RFC 9110, 10.2.3). 0 for what is neither, or past."""
    if given.isascii() and given.isdigit():
        return min(int(given[:9]), _LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(given)
        if until.tzinfo is None:  # "-0000", and dates without a zone: HTTP's are of UTC
            until = until.replace(tzinfo=UTC)
        seconds = ceil((until - now).total_seconds())
    except (ValueError, OverflowError):
        return 0
    return max(0, min(seconds, _LONGEST_RETRY_AFTER))


def _pool(checking: "_Checking") -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncConnectionPool(
        ssl_context=ssl.create_default_context(),
        max_connections=None,  # each webhook has its own bound, and none waits for another's
        max_keepalive_connections=_MOST_IDLE,
        keepalive_expiry=_IDLE_SECONDS,
        network_backend=checking,
    )


def _resolver(name_servers: str) -> Resolver | None:
    if not name_servers:
        return None
    resolver = Resolver(configure=False)
    servers = [one.partition("#") for one in name_servers.replace(" ", "").split(",")]
    resolver.nameservers = [address for address, _, _ in servers]
    resolver.nameserver_ports = {address: int(port) for address, _, port in servers if port}
    return resolver


class _Checking(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked. public: whether the internet's are allowed."""

    def __init__(
        self, resolver: Resolver | None, networks: Sequence[Network], *, public: bool
    ) -> None:
        self._resolver = resolver
        self._networks = networks
        self._public = public
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """httpcore's. Raises Refused unless every address of the name is allowed: one that is not
        tells that somebody tries."""
        addresses = await self._addresses(host)
        if not all(map(self._is_allowed, addresses)):
            raise Refused(self._sentence())
        failed: Exception = OSError("no address")
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                return await self._plain.connect_tcp(address, port, timeout, None, socket_options)
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                failed = error
        raise failed

    async def sleep(self, seconds: float) -> None:
        """httpcore's."""
        await asyncio.sleep(seconds)

    def _is_allowed(self, address: str) -> bool:
        return is_allowed(address, self._networks) or (self._public and is_public(address))

    def _sentence(self) -> str:
        if self._public:
            return "It leads to an address that is not public; allow its network by setting."
        return "Plain http goes to networks that are allowed by setting alone; use https."

    async def _addresses(self, host: str) -> Sequence[str]:
        try:
            return [str(ip_address(host.strip("[]")))]
        except ValueError:
            pass
        if self._resolver is None:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=1)
            return list(dict.fromkeys(str(address[0]) for *_, address in found))
        try:
            answers = await self._resolver.resolve_name(host)
        except DNSException as error:
            raise httpcore.ConnectError(f"no such name: {type(error).__name__}") from error
        return list(answers.addresses())
