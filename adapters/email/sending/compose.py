"""A reply as the mail that its addressee gets. Pure; no field can add a header."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from html import escape, unescape
from typing import Literal
from urllib.parse import unquote

from adapters.email.reading import charsets

_LONGEST_ID = 250
_LONGEST_SUBJECT = 250
_ADDRESS = re.compile(r"[^\s<>\"(),;:\[\]\\@]{1,64}@[^\s<>\"(),;:\[\]\\@]{1,255}")
_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$%&*+/=?^_{|}~.@-]{1,200}")
_NAMED = re.compile(r"\bcid:([^\s\"'<>)]{1,600})", re.IGNORECASE)
_IN_ONE_PIECE = ("references", "in-reply-to", "list-unsubscribe")


class _Policy(EmailPolicy):
    """The standard library would put long Message-IDs and links into encoded words, which ends a
    thread."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """A field as it goes over the wire."""
        if name.lower() in _IN_ONE_PIECE:
            return f"{name}: {f'{self.linesep} '.join(str(value).split())}{self.linesep}".encode()
        return super().fold_binary(name, value)


_TO_ASCII = _Policy(linesep="\r\n", cte_type="7bit")
_TO_UTF8 = _Policy(linesep="\r\n", cte_type="7bit", utf8=True)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes along. content_id: by which the HTML names it, "" where it does not."""

    name: str
    media_type: str
    data: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said, to whom, and where in the thread.

    sender, reply_to: addresses of ours; thread: Message-IDs from the root to the message that this
    answers; html: safe, or None when the text is all there is; sender_name: "" for the address
    alone; automatic: where no person wrote it (RFC 3834: ``auto-replied``, ``auto-generated``);
    unsubscribe: where its addressee can say, by one click, that they want no more of its kind; an
    empty mail to reply_to with that subject says the same.
    """

    message_id: str
    written_at: datetime
    sender: str
    reply_to: str
    address: str
    name: str
    subject: str
    text: str
    html: str | None
    thread: Sequence[str] = ()
    enclosures: Sequence[Enclosure] = ()
    sender_name: str = ""
    automatic: Literal["", "auto-replied", "auto-generated"] = ""
    unsubscribe: str = ""


class Undeliverable(Exception):
    """This can never be sent; the message says why without naming the address."""


@dataclass(frozen=True, slots=True)
class Mail:
    """Bytes for a mail server. utf8: it must know SMTPUTF8 (RFC 6531) to take them."""

    sender: str
    recipient: str
    data: bytes
    utf8: bool


def compose(letter: Letter) -> Mail:
    """The mail, the same for the same letter but for its MIME boundaries.

    Raises Undeliverable for an address that cannot stand in a mail.
    """
    to = _addressee(letter)
    utf8 = not to.addr_spec.isascii()
    message = EmailMessage(_TO_UTF8 if utf8 else _TO_ASCII)
    message["From"] = _sender(letter)
    message["To"] = to
    message["Reply-To"] = letter.reply_to
    message["Subject"] = _line(letter.subject)[:_LONGEST_SUBJECT]
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = letter.message_id
    thread = [known for known in letter.thread if len(known) <= _LONGEST_ID and known.isascii()]
    if thread:
        message["In-Reply-To"] = thread[-1]
        message["References"] = " ".join(thread)
    if letter.automatic:
        message["Auto-Submitted"] = letter.automatic
        # What Exchange and its kin understand (MS-OXCMAIL, 2.2.3.2.14).
        message["X-Auto-Response-Suppress"] = "All"
    if letter.unsubscribe:
        by_mail = f"mailto:{letter.reply_to}?subject=unsubscribe"
        message["List-Unsubscribe"] = f"<{_line(letter.unsubscribe)}>, <{_line(by_mail)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    message.set_content(charsets.printable(letter.text))
    message.add_alternative(letter.html or _as_html(letter.text), subtype="html")
    shown = [one for one in letter.enclosures if _is_shown(one, letter.html or "")]
    *_, html = message.iter_parts()
    for enclosure in letter.enclosures:
        maintype, _, subtype = enclosure.media_type.partition("/")
        name = _line(enclosure.name)
        if enclosure in shown:
            # RFC 2387: what the HTML is shown with stands beside it, not among the files.
            html.add_related(
                enclosure.data,
                maintype=maintype,
                subtype=subtype,
                filename=name,
                disposition="inline",
                cid=f"<{enclosure.content_id}>",
            )
        else:
            message.add_attachment(
                enclosure.data, maintype=maintype, subtype=subtype, filename=name
            )
    return Mail(letter.reply_to, to.addr_spec, message.as_bytes(), utf8)


def answering(subject: str) -> str:
    """The subject of an answer."""
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _is_shown(enclosure: Enclosure, html: str) -> bool:
    """Whether the HTML shows it: a picture, named by its id (RFC 2392)."""
    id = enclosure.content_id
    if not enclosure.media_type.startswith("image/") or _CONTENT_ID.fullmatch(id) is None:
        return False
    return any(unquote(unescape(named)) == id for named in _NAMED.findall(html))


def _sender(letter: Letter) -> Address:
    local, _, domain = letter.sender.rpartition("@")
    return Address(_line(letter.sender_name), local, domain)


def _addressee(letter: Letter) -> Address:
    nowhere = Undeliverable("the address is not one that mail can be sent to")
    if _ADDRESS.fullmatch(letter.address) is None:
        raise nowhere
    local, _, domain = letter.address.rpartition("@")
    try:
        return Address(_line(letter.name), local, domain.encode("idna").decode())
    except ValueError:
        raise nowhere from None


def _line(text: str) -> str:
    return " ".join(charsets.printable(text).split())


def _as_html(text: str) -> str:
    paragraphs = charsets.printable(text).strip().split("\n\n")
    return "".join(f"<p>{escape(piece).replace(chr(10), '<br>')}</p>\n" for piece in paragraphs)
