"""Handing a mail to the smarthost: taken, not now, or never."""

import asyncio
import re
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from adapters.email.reading import charsets
from adapters.email.sending.compose import Mail

_ADDRESS = re.compile(r"\S*@\S*")
_LONGEST_ERROR = 200
# "Authenticate first" and its kin say that our set-up is wrong, not that this mail is.
_SET_UP = {530, 534, 535, 538}


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer other than "taken". error: what was said, without addresses; final: for ever."""

    error: str
    final: bool


class Smarthost:
    """The server that takes mail out. address: ``host:port``; seconds: for one whole mail."""

    def __init__(self, address: str, seconds: float) -> None:
        host, _, port = address.rpartition(":")
        self._host = host
        self._port = int(port)
        self._seconds = seconds

    async def send(self, mail: Mail) -> Refused | None:
        """Hand it over; None when the server has taken it.

        A connection that breaks before the answer leaves open whether it did: not final.
        """
        try:
            async with asyncio.timeout(self._seconds):  # the library's own is for each step
                await aiosmtplib.send(
                    mail.data,
                    sender=mail.sender,
                    recipients=[mail.recipient],
                    mail_options=["SMTPUTF8"] if mail.utf8 else [],
                    hostname=self._host,
                    port=self._port,
                )
        except (SMTPException, OSError, TimeoutError) as error:
            return _refusal(error)
        return None


def _refusal(error: Exception) -> Refused:
    if isinstance(error, SMTPNotSupported):
        return Refused("the smarthost does not take addresses in UTF-8 (SMTPUTF8)", final=True)
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, SMTPResponseException):
        return Refused(_shown(f"{type(error).__name__}: {error}"), final=False)
    about_this_mail = isinstance(
        error, SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused | SMTPDataError
    )
    final = about_this_mail and 500 <= error.code < 600 and error.code not in _SET_UP
    return Refused(_shown(f"{error.code} {error.message}"), final)


def _shown(text: str) -> str:
    line = " ".join(charsets.printable(text).split())
    return _ADDRESS.sub("(address)", line)[:_LONGEST_ERROR]
