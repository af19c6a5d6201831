"""One connection to a mailbox, with the few commands that taking needs. It blocks: for a thread.

What it raises is `Refused` (its owner has to do something) or `Broken` (later it may work).
"""

import base64
import imaplib
import re
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from imap_tools import (
    BaseMailBox,
    ImapToolsError,
    MailBox,
    MailboxFolderSelectError,
    MailboxLoginError,
    MailBoxStartTls,
    MailBoxUnencrypted,
)

from adapters.email.taking.mailboxes import Mailbox

_TIMEOUT_SECONDS = 60.0
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)")
# What somebody is still writing, or has thrown away.
_NOT_MAIL = (b"\\draft", b"\\deleted")


class Broken(Exception):
    """The connection, or the server, did not do what was asked; later it may."""


class Refused(Exception):
    """The server does not let us in, or has no such folder; says so in a sentence."""


class Declined(Exception):
    """The server answers, and does not do this one thing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which mailbox this is by the server's own account: UIDs mean something only beside
    ``validity`` (RFC 3501 2.3.1.1). next_uid: what the next message will have."""

    validity: int
    next_uid: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A message of the mailbox. arrived_at: its INTERNALDATE; size: bytes; mail: no draft, and not
    deleted."""

    uid: int
    arrived_at: datetime
    size: int
    mail: bool


@dataclass(frozen=True)
class Secret:
    """A password, or an access token."""

    value: str
    is_token: bool = False


class Connection:
    """An open connection, with its folder selected."""

    def __init__(self, mailbox: Mailbox, client: BaseMailBox) -> None:
        self._mailbox = mailbox
        self._box = client
        self._imap = client.client
        self._messages: Sequence[object] = []

    @classmethod
    def open(cls, mailbox: Mailbox, secret: Secret) -> "Connection":
        """Connect, log in, select. Raises Refused or Broken."""
        where = f"{mailbox.host}:{mailbox.at_port}"
        try:
            opened = cls(mailbox, _connect(mailbox))
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"{where} shows a certificate that is not trusted: {error}") from error
        except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
            raise Broken(f"{where} cannot be reached: {error}") from error
        with opened._asking():
            try:
                opened._log_in(secret)
            except (MailboxLoginError, imaplib.IMAP4.error) as error:
                # RFC 5530: what checks passwords is away, which says nothing about ours.
                if isinstance(error, imaplib.IMAP4.abort) or "[UNAVAILABLE]" in str(error).upper():
                    raise
                kind = "access token" if secret.is_token else "password"
                raise Refused(f"{where} does not accept the {kind} of {mailbox.name}") from error
            opened._select()
        return opened

    def standing(self) -> Standing:
        """What the server says of the folder now."""
        with self._asking():
            self._messages = self._told()
            said = self._box.folder.status(self._mailbox.folder, ["UIDVALIDITY", "UIDNEXT"])
            return Standing(said["UIDVALIDITY"], said["UIDNEXT"])

    def listed(self, first: int, last: int) -> list[Listed]:
        """The messages whose UIDs are in this range, in their order."""
        with self._asking():
            lines = self._fetch(f"{first}:{last}", "(UID INTERNALDATE RFC822.SIZE FLAGS)")
            found = (_listed(line if isinstance(line, bytes) else line[0]) for line in lines)
            # A range whose end is beyond the last message means that one, wherever it begins.
            inside = (one for one in found if one is not None and first <= one.uid <= last)
            return sorted(inside, key=lambda one: one.uid)

    def fetch(self, uid: int, most: int) -> bytes:
        """A message, at most so many bytes of it; b"" when it is gone. Raises Declined."""
        with self._asking(declines=True):
            parts = self._fetch(str(uid), f"(BODY.PEEK[]<0.{most}>)")
            return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")

    def finish(self, uids: Sequence[int]) -> None:
        """Do with these messages what is to be done with those that are in the ledger. Raises
        Declined."""
        if not uids or self._mailbox.done == "leave":
            return
        which = ",".join(map(str, uids))
        with self._asking(declines=True):
            if self._mailbox.done == "seen":
                self._uid("STORE", which, "+FLAGS.SILENT", r"(\Seen)")
                return
            if self._mailbox.done == "move":
                folder = self._imap._quote(self._mailbox.done_folder)
                if not self._box.folder.exists(self._mailbox.done_folder):
                    self._box.folder.create(self._mailbox.done_folder)
                if "MOVE" in self._imap.capabilities:
                    self._uid("MOVE", which, folder)
                    return
                self._uid("COPY", which, folder)
            self._uid("STORE", which, "+FLAGS.SILENT", r"(\Deleted)")
            if "UIDPLUS" in self._imap.capabilities:  # EXPUNGE alone would take others', too
                self._uid("EXPUNGE", which)

    @property
    def has_news(self) -> bool:
        """Whether the server tells by itself what is new (RFC 2177)."""
        return "IDLE" in self._imap.capabilities

    def wait(self, seconds: float) -> None:
        """Return when the server has news, or after so many seconds."""
        if self._told() != self._messages:
            return  # it said so in an answer to something else, and says it once
        with self._asking():
            self._box.idle.wait(timeout=seconds)

    def cut(self) -> None:
        """Break it off, from another thread: what waits there raises Broken."""
        with suppress(OSError):
            self._imap.sock.shutdown(socket.SHUT_RDWR)

    def drop(self) -> None:
        """Give back what it holds."""
        with suppress(OSError):
            self._imap.shutdown()

    def _told(self) -> Sequence[object]:
        """How many messages the folder has, as the server last said while it was asked."""
        return self._imap.untagged_responses.get("EXISTS", [])[-1:]

    def _log_in(self, secret: Secret) -> None:
        user = self._mailbox.user
        if not secret.is_token:
            plain = "AUTH=PLAIN" in self._imap.capabilities
            log_in = self._box.login_utf8 if plain else self._box.login
            log_in(user, secret.value, None)
        elif "SASL-IR" in self._imap.capabilities:
            self._authenticate(f"user={user}\1auth=Bearer {secret.value}\1\1")
        else:
            self._box.xoauth2(user, secret.value, None)
        # Many tell more of what they can to those whom they know.
        self._imap.capabilities = tuple(self._imap.capability()[1][0].decode().upper().split())

    def _authenticate(self, response: str) -> None:
        """XOAUTH2 in one step (RFC 4959). Some servers take no other, and the standard library does
        not know it."""
        initial = base64.b64encode(response.encode()).decode()
        tag = self._imap._command("AUTHENTICATE", "XOAUTH2", initial)
        while self._imap.tagged_commands[tag] is None:
            if self._imap._get_response() is None:  # what is wrong, in JSON; it waits for our nod
                self._imap.send(b"\r\n")
        answer = self._imap.tagged_commands.pop(tag)
        if answer is None or str(answer[0]) != "OK":
            raise imaplib.IMAP4.error("XOAUTH2 failed")
        self._imap.state = "AUTH"

    def _select(self) -> None:
        readonly = self._mailbox.done == "leave"
        try:
            self._box.folder.set(self._mailbox.folder, readonly=readonly)
        except MailboxFolderSelectError as error:
            raise Refused(f"{self._mailbox.name} has no folder {self._mailbox.folder}") from error

    def _fetch(self, which: str, what: str) -> list[bytes | tuple[bytes, bytes]]:
        return [part for part in self._uid("FETCH", which, what) if part]

    def _uid(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        kind, data = self._imap.uid(command, *arguments)
        if kind != "OK":
            raise imaplib.IMAP4.error(f"{command}: {kind}")
        return list(data)

    @contextmanager
    def _asking(self, declines: bool = False) -> Iterator[None]:
        """Whatever goes wrong between the server and us is one kind of error, unless its plain no
        is an answer, too."""
        try:
            yield
        except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
            if declines and not isinstance(error, OSError | imaplib.IMAP4.abort):
                raise Declined(f"{error}"[:300]) from error
            raise Broken(f"{self._mailbox.name}: {type(error).__name__} {error}"[:300]) from error


def _connect(mailbox: Mailbox) -> BaseMailBox:
    where = (mailbox.host, mailbox.at_port)
    if mailbox.security == "none":
        return MailBoxUnencrypted(*where, timeout=_TIMEOUT_SECONDS)
    trusting = ssl.create_default_context(cafile=mailbox.ca_file)
    kind = MailBox if mailbox.security == "tls" else MailBoxStartTls
    return kind(*where, timeout=_TIMEOUT_SECONDS, ssl_context=trusting)


def _listed(line: bytes) -> Listed | None:
    uid, size, flags = _UID.search(line), _SIZE.search(line), _FLAGS.search(line)
    if not uid or not size:
        return None  # an unasked-for change of flags
    when = imaplib.Internaldate2tuple(line)
    arrived_at = datetime.fromtimestamp(time.mktime(when) if when else time.time(), UTC)
    held = flags[1].lower().split() if flags else []
    return Listed(int(uid[1]), arrived_at, int(size[1]), not set(held) & set(_NOT_MAIL))
