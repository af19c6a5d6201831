"""The world outside: sends mails to the desk over SMTP, and reads what the desk has sent."""

import mailbox
import os
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

import aiosmtplib

from deploy.local import Problem
from libs.settings import Settings, home


class Postbox:
    """Everybody's mail program at once: the desk's SMTP port, and the local mailbox."""

    def __init__(self, settings: Settings) -> None:
        if "DESKLEDGER_SMARTHOST" in os.environ:
            raise Problem(
                "The demo reads the desk's answers in the local mailbox, but DESKLEDGER_SMARTHOST "
                "sends them elsewhere: unset it for the demo."
            )
        self._host, self._port = settings.smtp_host, settings.smtp_port
        self._caught = home() / "mailbox"

    async def send(self, message: EmailMessage) -> str:
        """Send one mail; what the desk's server answered to it. Raises Problem."""
        try:
            _, answered = await aiosmtplib.send(message, hostname=self._host, port=self._port)
        except aiosmtplib.SMTPException as error:
            raise Problem(
                f"The desk's mail server at {self._host}:{self._port} did not take a mail: "
                f"{error}. See deskledger logs email"
            ) from error
        return answered

    def caught(self, to: str, in_reply_to: str) -> EmailMessage | None:
        """The mail that the desk sent to this address in answer to that Message-ID, if it did."""
        if not self._caught.exists():
            return None
        folder = mailbox.Maildir(self._caught, create=False)
        for key in folder.iterkeys():
            message = message_from_bytes(folder.get_bytes(key), policy=policy.default)
            named = parseaddr(str(message["To"]))[1]
            if named == parseaddr(to)[1] and in_reply_to in str(message["References"]):
                return message
        return None
