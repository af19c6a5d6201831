"""Complaints of recipients that their mail providers pass on: RFC 5965. Pure, bounded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import HeaderParser

from adapters.email.reading import mailboxes
from adapters.email.reading.bodies import AttachedFile

COMPLAINT = "complaint"
_READ_BYTES = 65_536
_FEEDBACK = "message/feedback-report"
_KIND = re.compile(r"[a-z][a-z-]{0,40}")
# That a mail was no spam after all, and how a provider found it authenticated (RFC 6591).
_NO_COMPLAINTS = ("not-spam", "auth-failure")
_TO = re.compile(r"(?mi)^to[ \t]*:((?:.|\n[ \t])*)")
_ADDRESS = re.compile(r"[^\s<>@\"]{1,64}@[^\s<>@\"]{1,255}")
_REDACTED = re.compile(r"^(?:redacted|x+|\*+|undisclosed.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Complaint:
    """kind: the feedback type, say ``abuse``; recipient: who complained, "" where that is left
    out; returned: ids and addresses in the fields of the mail that they complain of."""

    kind: str
    recipient: str
    returned: tuple[str, ...] = ()


def read(files: Sequence[AttachedFile], returned: Sequence[str]) -> Complaint | None:
    """The complaint in a report's files; None for a report of something else."""
    report = next((file for file in files if file.media_type == _FEEDBACK), None)
    if report is None:
        return None
    said = report.data[:_READ_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
    fields = HeaderParser().parsestr(said.strip("\n"))
    kind = str(fields.get("Feedback-Type", "")).partition("(")[0].strip().lower()
    if kind in _NO_COMPLAINTS:
        return None
    named = str(fields.get("Original-Rcpt-To", "")) or _addressee(files)
    return Complaint(kind if _KIND.fullmatch(kind) else "other", _address(named), tuple(returned))


def _addressee(files: Sequence[AttachedFile]) -> str:
    """To in the fields of the mail that came back: each of ours goes to one person."""
    for file in files:
        if file.media_type in ("message/rfc822", "text/rfc822-headers"):
            head = file.data[:_READ_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
            if found := _TO.search(head.partition("\n\n")[0]):
                return mailboxes.first(found[1].replace("\n", " "))[0]
    return ""


def _address(text: str) -> str:
    found = _ADDRESS.search(text)
    return "" if found is None or _REDACTED.match(found[0].partition("@")[0]) else found[0]
