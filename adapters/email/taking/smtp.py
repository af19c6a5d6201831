"""The SMTP server: 250 means that the mail is in the ledger, 451 that it has to come again."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.email.taking.receive import Reception
from libs.telemetry import Telemetry

log = logging.getLogger(__name__)

_TAKEN = "250 2.0.0 Taken"
_AGAIN = "451 4.3.0 The mail could not be stored; please send it again later"
_NOT_OURS = "550 5.1.1 No such address here"
_LONGEST_LINE = 1_000_000


class Server(SMTP):
    """aiosmtpd's server; longer lines than RFC 5321 allows are common and taken."""

    line_length_limit = _LONGEST_LINE


class Handler:
    """What the server asks us (aiosmtpd calls these by their names)."""

    def __init__(self, reception: Reception, telemetry: Telemetry) -> None:
        self._reception = reception
        self._telemetry = telemetry
        self._received = telemetry.metrics.mails_received

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse strangers' addresses before any data comes."""
        if self._reception.accounts.account_of(address) is None:
            return _NOT_OURS
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer once the mail is ours, or cannot be now."""
        raw = envelope.original_content or b""
        return_path = (envelope.mail_from or "").removeprefix("<>")  # aiosmtpd's null path
        try:
            with self._telemetry.span("mail in"):
                traceparent = self._telemetry.inject()
                await self._reception.take(raw, return_path, envelope.rcpt_tos, traceparent)
        except Exception as error:
            # Whatever it was, the sender keeps the mail. The error names no address and no text.
            log.warning("a mail of %d bytes was put off: %s", len(raw), _kind(error))
            self._received.add(answer="451")
            return _AGAIN
        self._received.add(answer="250")
        return _TAKEN

    async def handle_exception(self, error: Exception) -> str:
        """Anything unforeseen in a conversation."""
        log.error("an SMTP conversation failed: %s", _kind(error))
        return _AGAIN


@asynccontextmanager
async def serve(
    reception: Reception, telemetry: Telemetry, host: str, port: int, max_bytes: int
) -> AsyncIterator[int]:
    """Listen while the block runs; yields the port. Raises OSError when it is taken."""
    loop = asyncio.get_running_loop()
    handler = Handler(reception, telemetry)

    def server() -> Server:
        return Server(
            handler,
            data_size_limit=max_bytes,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname="deskledger",
            ident="Deskledger",
            loop=loop,
        )

    listening = await loop.create_server(server, host, port)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


def _kind(error: Exception) -> str:
    return type(error).__name__
