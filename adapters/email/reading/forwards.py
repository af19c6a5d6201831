"""Who wrote what a mail sends on: from the message attached, or the header block quoted. Pure.

For the forwards of common programs; whoever is not found is not guessed.
"""

import re
from collections.abc import Iterable

from adapters.email.reading import headers, quoting
from adapters.email.reading.bodies import AttachedFile

_SUBJECT = re.compile(
    r"\s*(?:fwd?|fw|wg|tr|rv|enc|i|doorst|vs|vb|pd|vl|fs|továbbítás|tovabbitas|[iİ]lt|πρθ|yml"
    r"|пересл|转发|轉寄|転送|전달)\s*[:：]",
    re.IGNORECASE,
)
_ATOM = r"[^\s<>\[\]()\";,:]"
_MAILBOX = re.compile(rf"(.*?)[<\[(]?(?:mailto:)?({_ATOM}{{1,64}}@{_ATOM}{{1,255}})")
_READ_LINES, _VALUE_LENGTH = 400, 400
_MULTIPARTS = 5


def is_forward(subject: str) -> bool:
    """Whether a subject says that the mail sends something on."""
    return _SUBJECT.match(subject) is not None


def original_sender(
    subject: str, text: str, files: Iterable[AttachedFile]
) -> tuple[str, str] | None:
    """Address and name of who wrote first; None where the mail is no forward, or does not say."""
    if not is_forward(subject):
        return None
    for file in files:
        if file.media_type == "message/rfc822":
            address, name = headers.mailbox(headers.read(file.data, _MULTIPARTS), "from")
            if address:
                return address, name
    return _quoted(text)


def _quoted(text: str) -> tuple[str, str] | None:
    """From the first header block that says who wrote."""
    lines = text.split("\n", _READ_LINES)[:_READ_LINES]
    for place in range(len(lines)):
        mark = quoting.mark_at(lines, place, place)
        for line in lines[mark.start : mark.end] if mark else ():
            what, value = quoting.field_of(line)
            if what == "from" and (found := _MAILBOX.search(value[:_VALUE_LENGTH])):
                name = found[1].strip(" \t\"'*<[(")
                return found[2].rstrip(".>"), "" if "@" in name else name
    return None
