"""Who wrote what a mail sends on: from the message attached, or the header block quoted. Pure.

For the forwards of common programs; whoever is not found is not guessed.
"""

import re
from collections.abc import Iterable

from adapters.email.reading import headers
from adapters.email.reading.bodies import AttachedFile

_SUBJECT = re.compile(r"\s*(?:fwd?|wg|tr|rv|enc|i|doorst|vs|vb|pd)\s*:", re.IGNORECASE)
# Gmail, Thunderbird, Outlook, Apple Mail; the words of other languages between the same dashes.
_MARK = re.compile(
    r"^[>\s]*(?:-{3,}.{3,60}-{3,}|begin forwarded message:|_{20,})\s*$", re.IGNORECASE
)
_FROM = re.compile(
    r"^[>\s*]*(?:from|von|de|da|van|från|fra|od|від|от|kimden|lähettäjä)\s*:[\s*]*(.{3,400})$",
    re.IGNORECASE,
)
_ATOM = r"[^\s<>\[\]()\";,:]"
_MAILBOX = re.compile(rf"(.*?)[<\[(]?(?:mailto:)?({_ATOM}{{1,64}}@{_ATOM}{{1,255}})")
_READ_LINES, _LINE_LENGTH, _BLOCK_LINES = 400, 500, 8
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
    lines = [line[:_LINE_LENGTH] for line in text.splitlines()[:_READ_LINES]]
    for place, line in enumerate(lines):
        if _MARK.match(line) is None:
            continue
        for below in lines[place + 1 : place + 1 + _BLOCK_LINES]:
            if (sender := _FROM.match(below)) and (found := _MAILBOX.search(sender[1])):
                name = found[1].strip(" \t\"'*<[(")
                return found[2].rstrip(".>"), "" if "@" in name else name
    return None
