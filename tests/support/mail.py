"""A smarthost that answers as it is told, and mails to send."""

import asyncio
import os
import smtplib
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as CRLF

from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.email.app import mail_out
from adapters.email.settings import EmailSettings
from libs.events.resources import Resources
from libs.settings import Settings

SUPPORT = "support@helpdesk.example"


class Post:
    """A real SMTP server that notes what it takes.

    recipient, data: its next answers to RCPT and to the end of DATA, then 250 for ever; refused:
    what it always answers to RCPT of an address; slow: how long (s) it
    thinks before it answers data, which it has taken by then.
    """

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.senders: list[str] = []
        self.recipients: list[str] = []
        self.recipient: list[str] = []
        self.data: list[str] = []
        self.refused: dict[str, str] = {}
        self.slow = 0.0
        self.port = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.refused.get(address) or (
            self.recipient.pop(0) if self.recipient else "250 OK"
        )
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer.startswith("250"):
            message = message_from_bytes(envelope.original_content or b"", policy=CRLF)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
            self.senders.append(envelope.mail_from or "")
            self.recipients += envelope.rcpt_tos
        await asyncio.sleep(self.slow)
        return answer

    async def wait(self, count: int, seconds: float = 20) -> Sequence[EmailMessage]:
        """What it has taken, once that is so many mails."""
        async with asyncio.timeout(seconds):
            while len(self.taken) < count:
                await asyncio.sleep(0.02)
        return self.taken


@asynccontextmanager
async def post_office(port: int = 0) -> AsyncIterator[Post]:
    """A smarthost that listens while the block runs."""
    post = Post()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(post, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port
    )
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()


@asynccontextmanager
async def mailing(settings: Settings, post: Post, **more: object) -> AsyncIterator[None]:
    """The sending side of mail, with its wiring, while the block runs. more: settings of its."""
    own = EmailSettings.model_validate(
        settings.model_dump()
        | {
            "smarthost": f"127.0.0.1:{post.port}",
            "smarthost_seconds": 5,
            "acknowledge_after_seconds": 3_600,
        }
        | more
    )
    async with Resources.open(own, "test") as resources:
        working = asyncio.create_task(mail_out(own, resources))
        try:
            async with asyncio.timeout(30):
                while len(parts := resources.progress.report()) < 3 or not all(
                    part.ready for part in parts.values()
                ):
                    await asyncio.wait([working], timeout=0.05)
                    if working.done():
                        working.result()
            yield
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


def mail(name: str, **fields: str) -> EmailMessage:
    """A mail to support whose Message-ID is ``<name@example.org>``."""
    message = EmailMessage(CRLF)
    message["From"] = fields.pop("sender", "Ana Weber <ana@example.org>")
    message["To"] = SUPPORT
    message["Subject"] = f"About {name}"
    message["Message-ID"] = f"<{name}@example.org>"
    text = fields.pop("text", f"This is {name}.")
    for field, value in fields.items():
        message[field.replace("_", "-")] = value
    message.set_content(text)
    return message


def body_of(message: EmailMessage, kind: str = "plain") -> str:
    """The words of a mail."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").strip()


async def send(
    port: int,
    data: bytes,
    to: Sequence[str] = (SUPPORT,),
    sender: str = "ana@example.org",
    options: Sequence[str] = (),
) -> tuple[int, bytes]:
    """Send a mail as any client would; the server's last answer. Raises what smtplib raises."""

    def conversation() -> tuple[int, bytes]:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.ehlo()
            code, answer = client.mail(sender, list(options))
            for recipient in to if code == 250 else ():
                code, answer = client.rcpt(recipient)
            return client.data(data) if code == 250 else (code, answer)

    try:
        return await asyncio.to_thread(conversation)
    except smtplib.SMTPDataError as refused:
        error = refused.smtp_error
        return refused.smtp_code, error if isinstance(error, bytes) else error.encode()


class Client:
    """A client that says exactly what it is told, however rude."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int) -> "Client":
        """Connected, before the greeting."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def write(self, data: bytes) -> None:
        """Say this, now."""
        self._writer.write(data)

    async def flush(self) -> None:
        """Wait until the server has room for more."""
        await self._writer.drain()

    async def answer(self, seconds: float = 10) -> bytes:
        """The next answer, all its lines; b"" when the server has hung up."""
        lines = b""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    line = await self._reader.readline()
                except ConnectionError:
                    return lines
                lines += line
                if line[3:4] != b"-":
                    return lines

    async def say(self, *lines: bytes) -> bytes:
        """One command after the other; the last answer."""
        said = b""
        for line in lines:
            self.write(line + b"\r\n")
            said = await self.answer()
        return said

    async def begin(self, recipient: str, greeting: bytes = b"EHLO x") -> bytes:
        """Everything up to the answer to DATA."""
        await self.answer()
        rcpt = b"RCPT TO:<%b>" % recipient.encode()
        return await self.say(greeting, b"MAIL FROM:<ana@example.org>", rcpt, b"DATA")

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def environment(settings: Settings, **more: object) -> Mapping[str, str]:
    """What a process needs to work on this ledger."""
    given = {
        "namespace": settings.namespace,
        "kafka": settings.kafka,
        "mongo": settings.mongo,
        "master_key_file": settings.master_key_file,
        **more,
    }
    return os.environ | {f"DESKLEDGER_{name.upper()}": str(v) for name, v in given.items()}


def start_adapter(settings: Settings, **more: object) -> "subprocess.Popen[bytes]":
    """The adapter as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "adapters.email"], env=environment(settings, **more)
    )


async def listening(port: int, seconds: float = 30) -> None:
    """Wait until somebody listens there."""
    async with asyncio.timeout(seconds):
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            await asyncio.sleep(0.1)
