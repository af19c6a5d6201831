"""A hosted mailbox under chaos: mail comes into it, and its server is killed.

GreenMail forgets when it is killed. What a disk would have kept is put back, and a little more: a
mail is kept until it was seen in the folder of those that are taken. To the adapter every return is
a mailbox with other UIDs that holds old mails and new ones.
"""

import asyncio
import imaplib
from contextlib import suppress
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

from libs.settings import Settings
from tests.chaos.load import Mail, Promises
from tests.chaos.proof import TOKEN
from tests.support.greenmail import PASSWORD, USER, GreenMail

TAKEN = "Taken"
_PAUSE_SECONDS = 0.3


class Hosted:
    """The server, and the mails that it holds. comebacks: how often mails were put back."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server = GreenMail()
        self._held: dict[str, bytes] = {}
        self._changing = asyncio.Lock()
        self.comebacks = 0

    def configuration(self, folder: Path) -> Path:
        """What the adapter is told of it."""
        (folder / "password").write_text(PASSWORD)
        file = folder / "mailboxes.toml"
        file.write_text(
            f"""[[mailbox]]
name = "hosted"
account = "support"
address = "{self._settings.support_address}"
host = "127.0.0.1"
port = {self._server.port}
security = "none"
user = "{USER}"
password_file = "{folder / "password"}"
take_existing = true
done = "move"
done_folder = "{TAKEN}"
poll_seconds = 5
"""
        )
        return file

    async def start(self) -> None:
        """The server, empty."""
        await asyncio.to_thread(self._server.start)

    def stop(self) -> None:
        """For good."""
        self._server.kill()

    async def kill(self) -> None:
        """End the server whatever it is doing, and bring it back with what it held."""
        self._server.kill()
        async with self._changing:
            await asyncio.to_thread(self._server.start)
            self.comebacks += len(self._held)
            await asyncio.to_thread(self._server.put, *self._held.values())

    async def receive(self, promises: Promises, run: str) -> None:
        """New mails, until cancelled, each with a token that begins so and promised to be in a
        ticket."""
        count = 0
        while True:
            count += 1
            token = f"{run}m99x{count}"
            raw = self._mail(token)
            async with self._changing:
                self._held[token] = raw
                promises.mails.append(Mail(token, "", copies=1))
                with suppress(OSError, imaplib.IMAP4.error):  # killed meanwhile: it is put back
                    await asyncio.to_thread(self._server.put, raw)
                    if count % 10 == 0:
                        await self._forget_taken()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _forget_taken(self) -> None:
        for raw in await asyncio.to_thread(self._server.read, TAKEN):
            if found := TOKEN.search(raw.decode()):
                self._held.pop(found[0], None)

    def _mail(self, token: str) -> bytes:
        message = EmailMessage()
        message["From"] = f"Customer <hosted{token[-1]}@example.org>"
        message["To"] = self._settings.support_address
        message["Subject"] = "From a hosted mailbox"
        message["Message-ID"] = make_msgid(domain="example.org")
        message.set_content(f"Please help.\n\n{token}\n")
        return message.as_bytes()
