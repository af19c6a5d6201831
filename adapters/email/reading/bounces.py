"""Mails that did not arrive, as servers report them: RFC 3464, and in free text. Pure, bounded."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from itertools import islice
from operator import itemgetter

import re2
from flufl.bounce import all_failures

from adapters.email.reading import headers
from adapters.email.reading.bodies import AttachedFile
from adapters.email.reading.headers import Part

# It logs what its detectors trip over, with a traceback; hostile mail would fill the log at will.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

_READ_BYTES, _READ_LENGTH = 65_536, 20_000
_MULTIPARTS = 5
_MOST_BLOCKS = 50
_MOST_IDS = 50
_MOST_RECIPIENTS = 10
# The kinds of automatic mail that a server may write which could not deliver one.
_KINDS = ("report", "null-return-path", "mailer")
_STATUSES = ("message/delivery-status", "message/global-delivery-status")


def _compiled(pattern: str) -> "re2._Regexp[str]":
    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(pattern, options)


_ADDRESS = _compiled(r"[^\s<>()\[\]\",;:@]+@[^\s<>()\[\]\",;:@]+")
_STATUS = _compiled(r"(?:^|[^\d.])([45]\.\d{1,3}\.\d{1,3})(?:$|[^\d.])")
_REPLY_CODE = _compiled(r"(?:^|[^\d.])(4[25]\d|55\d)[ -]")
_RETURNED = _compiled(
    r"(?m)^[ \t>]*(message-id|references|in-reply-to|return-path|reply-to|from)[ \t]*:"
    r"(.+)"
)
_ID = _compiled(r"<[^<>\s]+>|[^\s<>\",;:]+@[^\s<>\",;:]+")
_SAYS_UNDELIVERED = _compiled(
    r"undeliver|not (?:be )?delivered|delivery (?:has )?failed|delivery (?:failure|status)"
    r"|returned mail|mail delivery|could not be sent|wasn.t delivered|failure notice"
    r"|unzustellbar|nicht zugestellt|nicht übermittelt|zustellung.{0,30}fehlgeschlagen"
    r"|non remis|n.a pas pu être|échec de la (?:remise|livraison)|non distribué"
    r"|no se ha podido entregar|no se pudo entregar|no se entregó|correo devuelto"
    r"|non è stato possibile (?:recapitare|consegnare)|mancato recapito|non recapitabile"
    r"|não (?:foi|pôde|pode) (?:ser )?entregue|falha na entrega|não entregue"
    r"|niet (?:worden )?(?:be|af)(?:zorgd|geleverd)|onbestelbaar"
    r"|kunde inte levereras|olevererbart|kunne ikke leveres|kan ikke leveres|uleveret"
    r"|ei voitu toimittaa|nie (?:mogła|można|została|udało).{0,30}dostarcz|niedostarcz"
    r"|nedoručitel|nelze doručit|nepodařilo.{0,20}doručit|недоставлен"
    r"|не (?:удалось|может быть|было) доставлен|не удалось доставить|kézbesíthetetlen"
    r"|teslim edilemedi|iletilemedi|nu a putut fi livrat|退信|无法(?:送达|投递)|無法(?:傳遞|送達)"
    r"|配信(?:できません|不能|エラー)|届けられません|반송|전달되지 못"
)
# What is wrong with a mailbox for good, by RFC 3463; full mailboxes, sizes, policies and systems
# are not: nobody is to lose their mail because a filter did not like one letter.
_GONE = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"} | {
    *("5.2.1", "5.4.4", "5.4.310")
}
_VAGUE = {"5.0.0", "5.5.0", "5.3.0", "5.4.1"}
_NOT_THE_MAILBOX = _compiled(
    r"spam|polic|block|black ?list|reputation|dmarc|dkim|spf|content|virus|quota|full|too large"
    r"|size|exceed|rate|temporar|relay|authenticat"
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that did not arrive.

    recipient: the address that it did not reach; status: RFC 3463, ``5.0.0`` or ``4.0.0`` where
    the report names none; permanent: whatever is sent there will not arrive; returned: Message-IDs
    and addresses in the fields of the mail that came back.
    """

    recipient: str
    status: str
    permanent: bool
    returned: tuple[str, ...]


def read(
    raw: bytes, message: Part, text: str, files: Sequence[AttachedFile], automatic: str
) -> tuple[Bounce, ...]:
    """What a mail says of one of ours, once for each whom it did not reach; nothing for one that is
    no bounce.

    automatic: why it counts as written by a machine. A report of success is no bounce.
    """
    if automatic not in _KINDS:
        return ()
    found = _reported(files)
    if not found and not any(file.media_type in _STATUSES for file in files):
        told = _told(raw, message, text)
        found = [told] if told else []
    back = returned(text, files)
    return tuple(
        Bounce(recipient, status, _is_permanent(status, why), back)
        for recipient, status, why in found
    )


def _reported(files: Sequence[AttachedFile]) -> list[tuple[str, str, str]]:
    """Recipient, status and diagnosis of the failures that a delivery status names."""
    failures: dict[str, tuple[str, str, str]] = {}
    for file in files:
        if file.media_type not in _STATUSES:
            continue
        said = file.data[:_READ_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
        for block in said.split("\n\n")[:_MOST_BLOCKS]:
            if found := _failure(HeaderParser().parsestr(block.strip("\n"))):
                failures.setdefault(found[0].lower(), found)
    return list(failures.values())[:_MOST_RECIPIENTS]


def _failure(fields: Message) -> tuple[str, str, str] | None:
    if str(fields.get("Action", "")).partition("(")[0].strip().lower() not in ("failed", "delayed"):
        return None
    # Ours is who we wrote to; a server further on may know the mailbox by another name.
    for name in ("Original-Recipient", "Final-Recipient"):
        if address := _ADDRESS.search(str(fields.get(name, ""))):
            why = str(fields.get("Diagnostic-Code", ""))
            status = _STATUS.search(f" {fields.get('Status', '')} ")
            return address[0], _precise(status[1] if status else "", why), why
    return None


def _precise(status: str, why: str) -> str:
    """The status; the diagnosis' own where that says more."""
    said = _STATUS.search(f" {why} ")
    if said and (not status or (status.endswith(".0.0") and status[0] == said[1][0])):
        return str(said[1])
    if status:
        return status
    code = _REPLY_CODE.search(f" {why} ")
    return f"{code[1][0]}.0.0" if code else "5.0.0"


def _told(raw: bytes, message: Part, text: str) -> tuple[str, str, str] | None:
    """Recipient, status and diagnosis of a report in free text."""
    said = text[:_READ_LENGTH]
    short = headers.read(raw[:_READ_BYTES], _MULTIPARTS)
    delayed: frozenset[bytes] = frozenset()
    failed: frozenset[bytes] = frozenset()
    with suppress(Exception):  # its detectors trip over what is not as they expect
        delayed, failed = all_failures(short)
    # They also take ids of the mail that came back for addresses.
    ids = {one.strip("<>") for one in returned(said, ())}
    addresses = [one.decode("utf-8", "replace") for one in sorted(failed or delayed)]
    recipient = next((one for one in addresses if _ADDRESS.fullmatch(one) and one not in ids), "")
    if not recipient:
        subject = headers.text_of(message, "subject")
        if _SAYS_UNDELIVERED.search(f"{subject}\n{said}") is None:
            return None
        recipient = _first_named(message, said)
    if not recipient:
        return None
    status = _STATUS.search(said)
    default = "4.0.0" if delayed and not failed else _precise("", said[:2_000])
    return recipient, status[1] if status else default, said[:2_000]


def _first_named(message: Part, said: str) -> str:
    """The first address in a report that is neither its sender's nor its addressee's."""
    known = (found for name in ("from", "to") for found in headers.addresses(message, name))
    others = {address.lower() for address in known}
    named = (match[0].strip(".'*`") for match in _ADDRESS.finditer(said))
    return next((one for one in named if one.lower() not in others), "")


def _is_permanent(status: str, why: str) -> bool:
    if status in _GONE:
        return True
    return status in _VAGUE and _NOT_THE_MAILBOX.search(why) is None


def returned(text: str, files: Sequence[AttachedFile]) -> tuple[str, ...]:
    """Ids and addresses in the header fields of the mail that came back, its own id first."""
    parts = [file.data[:_READ_BYTES].decode("utf-8", "replace") for file in files[:_MULTIPARTS]]
    found = (
        (field[1].lower() != "message-id", id[0])
        for part in (*parts, text[:_READ_BYTES])
        for field in _RETURNED.finditer(part.replace("\r\n", "\n"))
        for id in _ID.finditer(field[2])
    )
    ordered = sorted(islice(found, _MOST_IDS), key=itemgetter(0))
    return tuple(dict.fromkeys(id for _, id in ordered))
