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

    def caught(self) -> list[EmailMessage]:
        """Every mail that the desk has sent."""
        if not self._caught.exists():
            return []
        folder = mailbox.Maildir(self._caught, create=False)
        return [
            message_from_bytes(folder.get_bytes(key), policy=policy.default)
            for key in folder.iterkeys()
        ]

    def answer_to(self, question: EmailMessage) -> EmailMessage | None:
        """What a person at the desk sent to the sender of this mail in answer to it, if one did."""
        return self._in_answer(question, automatic=False)

    def acknowledgement_of(self, question: EmailMessage) -> EmailMessage | None:
        """What the desk sent them of its own accord."""
        return self._in_answer(question, automatic=True)

    def _in_answer(self, question: EmailMessage, *, automatic: bool) -> EmailMessage | None:
        sender = parseaddr(str(question["From"]))[1]
        for message in self.caught():
            if (message["Auto-Submitted"] is not None) != automatic:
                continue
            answers = str(question["Message-ID"]) in str(message["References"])
            if answers and parseaddr(str(message["To"]))[1] == sender:
                return message
        return None
