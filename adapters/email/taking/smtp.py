"""The SMTP and LMTP servers: 250 means that the mail is in the ledger, 451 that it has to come
again. Nobody can hold a connection, fill memory or talk out of turn for long."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.proxy_protocol import ProxyData
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from adapters.email.settings import EmailSettings
from adapters.email.taking.certificate import Certificate
from adapters.email.taking.checking import Client
from adapters.email.taking.data import SMUGGLED, Incoming
from adapters.email.taking.limits import LARGE_BYTES, Budget, Gate, Limits
from adapters.email.taking.receive import Arrival, Reception
from adapters.email.taking.users import Users
from libs.telemetry import Telemetry

log = logging.getLogger(__name__)

_TAKEN = "250 2.0.0 Taken"
_AGAIN = "451 4.3.0 The mail could not be stored; please send it again later"
_NOT_OURS = "550 5.1.1 No such address here"
_TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients; send the mail again to the others"
_TOO_MANY_MAILS = "451 4.7.1 Too many mails from your address this minute; please come again"
_TOO_MANY_ERRORS = "421 4.7.0 Too many commands that lead to no mail; good bye"
_OUT_OF_TURN = "421 4.7.0 Data before it was asked for; good bye"
_TOO_SLOW = b"421 4.4.2 Too long without a command or the end of the data; good bye\r\n"
# What the reader holds of a connection; longer lines of a mail come in several pieces.
_PIECE_BYTES = 65_536
# RFC 5321 4.5.3.1.4 says 512; reverse paths that name their recipients are longer.
_LONGEST_COMMAND = 2_048


@dataclass(frozen=True)
class Entrance:
    """What all connections share. secured: STARTTLS or AUTH must come before a mail."""

    reception: Reception
    telemetry: Telemetry
    limits: Limits
    gate: Gate
    spool: Budget
    certificate: Certificate | None = None
    users: Users | None = None
    tls_required: bool = False
    auth_required: bool = False
    proxied: bool = False

    @classmethod
    def of(cls, settings: EmailSettings, reception: Reception, telemetry: Telemetry) -> "Entrance":
        """As the settings say. Raises OSError or ValueError for files that cannot be used."""
        limits = Limits.of(settings)
        chain, users = settings.smtp_tls_certificate_file, settings.smtp_users_file
        return cls(
            reception,
            telemetry,
            limits,
            Gate(limits),
            Budget(settings.smtp_spool_bytes),
            Certificate(chain, settings.smtp_tls_key_file or chain) if chain else None,
            Users.read(users) if users else None,
            settings.smtp_tls_required,
            settings.smtp_auth_required,
            settings.smtp_proxy_protocol,
        )


class _Session(Session):
    login_data = None  # aiosmtpd's own warns, in the log, whenever somebody has logged in


class Handler:
    """What the server asks us (aiosmtpd calls these by their names)."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._received = entrance.telemetry.metrics.mails_received

    async def handle_PROXY(  # noqa: N802
        self, server: "Server", session: Session, envelope: Envelope, proxy: ProxyData
    ) -> bool:
        """The client's own address counts, not the balancer's."""
        return server.comes_from(str(proxy.src_addr or ""))

    async def handle_EHLO(  # noqa: N802
        self,
        server: "Server",
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """What the server offers; AUTH only where somebody could log in."""
        session.host_name = hostname
        offered = [line for line in responses if self._entrance.users or "AUTH" not in line]
        return [*offered[:-1], "250-PIPELINING", offered[-1]]

    async def handle_MAIL(  # noqa: N802
        self,
        server: "Server",
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Count it. Whoever has logged in is one of ours."""
        if not session.authenticated and not self._entrance.gate.may_send(server.client):
            self._received.add(answer="451")
            return _TOO_MANY_MAILS
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        server: "Server",
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Refuse strangers' addresses before any data comes."""
        if self._entrance.reception.accounts.account_of(address) is None:
            return _NOT_OURS
        if len(envelope.rcpt_tos) >= self._entrance.limits.recipients:
            return _TOO_MANY_RECIPIENTS
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def take(self, incoming: Incoming, envelope: Envelope, client: Client | None) -> str:
        """The answer, once the mail is ours, or cannot be now, or never."""
        try:
            with self._entrance.telemetry.span("mail in"):
                answer = incoming.refusal or await self._store(incoming, envelope, client)
        except Exception as error:
            # Whatever it was, the sender keeps the mail. The error names no address and no text.
            log.warning("a mail of %d bytes was put off: %s", incoming.size, _kind(error))
            answer = _AGAIN
        self._received.add(answer=answer[:3])
        return answer

    async def _store(self, incoming: Incoming, envelope: Envelope, client: Client | None) -> str:
        reception = self._entrance.reception
        size, patience = incoming.size, self._entrance.limits.data_seconds
        async with reception.turns.of(size, patience):
            large = size > LARGE_BYTES
            raw = await reception.apart(incoming.content) if large else incoming.content()
            if raw is None:
                return SMUGGLED
            accounts = reception.accounts.account_of
            arrival = Arrival(
                tuple(filter(None, map(accounts, envelope.rcpt_tos))),
                (envelope.mail_from or "").removeprefix("<>"),  # aiosmtpd's null path
                tuple(envelope.rcpt_tos),
                traceparent=self._entrance.telemetry.inject(),
                client=client,
            )
            await reception.take(raw, arrival)
        return _TAKEN

    async def handle_exception(self, error: Exception) -> str:
        """Anything unforeseen in a conversation."""
        log.error("an SMTP conversation failed: %s", _kind(error))
        return _AGAIN


class Server(SMTP):
    """aiosmtpd's server, with limits, and data read in pieces instead of lines.

    client: the address that counts; "" until it is known.
    """

    line_length_limit = _PIECE_BYTES  # aiosmtpd's name for what its reader holds

    def __init__(self, entrance: Entrance, handler: Handler) -> None:
        super().__init__(
            handler,
            data_size_limit=entrance.limits.largest_mail_bytes,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname="deskledger",
            ident="Deskledger",
            timeout=entrance.limits.idle_seconds,
            tls_context=entrance.certificate.context() if entrance.certificate else None,
            require_starttls=entrance.tls_required,
            auth_required=entrance.auth_required,
            authenticator=self._knows,
            proxy_protocol_timeout=entrance.limits.idle_seconds if entrance.proxied else None,
            loop=asyncio.get_running_loop(),
        )
        # aiosmtpd keeps them with the class, where every new connection sets them back.
        self.command_size_limits = defaultdict(lambda: _LONGEST_COMMAND)
        self._entrance = entrance
        self._handler = handler
        self._refused = self._entered = False
        self._answers = self._errors = 0
        self.client = ""

    def comes_from(self, address: str) -> bool:
        """Let the client in, once its address is known; else it is told why not."""
        reason = self._entrance.gate.enter(address)
        if reason is not None:
            self._wire.write(f"421 4.7.0 {reason}\r\n".encode())
        self._entered = reason is None
        self.client = address
        return self._entered

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A new connection, or the same one after STARTTLS."""
        if self._original_transport is None and not self._entrance.proxied:
            self.transport = transport
            peer = transport.get_extra_info("peername")
            self._refused = not self.comes_from(str(peer[0]) if peer else "")
            if self._refused:
                transport.close()
                return
            self.transport = None
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Its end, of which aiosmtpd hears twice after STARTTLS."""
        if self._entered:
            self._entered = False
            self._entrance.gate.leave(self.client)
        if not self._refused:
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The client says no more."""
        return None if self._refused else super().eof_received()

    async def push(self, status: str | bytes) -> None:
        """Answer; whoever gets nowhere has to go."""
        text = status if isinstance(status, str) else status.decode()
        self._answers += 1
        self._errors += text.startswith("5")
        if (
            self._errors > self._entrance.limits.errors
            or self._answers > self._entrance.limits.answers
        ):
            await self._dismiss(_TOO_MANY_ERRORS)
        else:
            await super().push(text)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Take a mail: one answer, by LMTP one for each recipient."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Name a recipient first")
        elif arg:
            await self.push("501 5.5.4 DATA stands alone")
        elif self._reader._buffer:  # type: ignore[attr-defined]
            await self._dismiss(_OUT_OF_TURN)  # RFC 2920 3.1: DATA ends a group of commands
        else:
            await self._take_data(self.envelope)

    async def _take_data(self, envelope: Envelope) -> None:
        limits = self._entrance.limits
        with Incoming.opened(limits.largest_mail_bytes, self._entrance.spool) as incoming:
            self._reset_timeout(limits.data_seconds)
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await incoming.read_from(self._reader)
            self._reset_timeout(2 * limits.data_seconds)  # waiting for a turn is our own fault
            answer = await self._handler.take(incoming, envelope, self._sender())
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        self._reset_timeout()
        if answer == _TAKEN:
            self._answers = self._errors = 0
        await self.push(answer)
        for _ in self._answered_alone(envelope):
            await super().push(answer)

    def _sender(self) -> Client | None:
        """The client, unless it is a system of ours, which hands in what others wrote."""
        session = self.session
        if session is None or session.authenticated:
            return None
        return Client(self.client, str(session.host_name or ""))

    def _answered_alone(self, envelope: Envelope) -> list[str]:
        """Recipients whose outcome is told beside the first one's."""
        return []

    async def _dismiss(self, sentence: str) -> None:
        self._entrance.telemetry.metrics.mails_received.add(answer="421")
        await super().push(sentence)
        if self.transport is not None:
            self.transport.close()

    @property
    def _wire(self) -> asyncio.WriteTransport:
        return cast(asyncio.WriteTransport, self.transport)

    def _create_session(self) -> Session:
        return _Session(self.loop)

    def _timeout_cb(self) -> None:
        if self._wire.get_write_buffer_size():  # a client that does not listen
            self._wire.abort()
        else:
            self._wire.write(_TOO_SLOW)
            self._wire.close()

    def _knows(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        users = self._entrance.users
        right = (
            users is not None
            and isinstance(data, LoginPassword)
            and self._entrance.gate.may_send(self.client)
            and users.know(data.login, data.password)
        )
        return AuthResult(success=right, handled=False, auth_data=data if right else None)


class LmtpServer(LMTP, Server):
    """The same for a mail server of ours on the same machine (RFC 2033)."""

    def _answered_alone(self, envelope: Envelope) -> list[str]:
        return envelope.rcpt_tos[1:]


@asynccontextmanager
async def serve(
    entrance: Entrance, host: str, port: int, lmtp_port: int | None = None
) -> AsyncIterator[tuple[int, int]]:
    """Listen while the block runs; yields both ports, the second 0 without LMTP. Raises OSError
    when one is taken."""
    loop = asyncio.get_running_loop()
    handler = Handler(entrance)
    async with AsyncExitStack() as stack:
        ports = []
        for kind, wanted in ((Server, port), (LmtpServer, lmtp_port)):
            if wanted is not None:
                listening = await loop.create_server(partial(kind, entrance, handler), host, wanted)
                stack.callback(listening.close)
                ports.append(listening.sockets[0].getsockname()[1])
        yield ports[0], ports[-1] if lmtp_port is not None else 0


def _kind(error: Exception) -> str:
    return type(error).__name__
