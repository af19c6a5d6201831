"""A message's structure by the standard library, its header fields read plainly. Every function
answers any bytes, in bounded time."""

import codecs
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from email.policy import Policy as AnyPolicy
from email.utils import parsedate_to_datetime
from itertools import islice

from adapters.email.reading import charsets, mailboxes, parameters, words

_MOST_LINES = 1_000_000
_LINE_END = re.compile(rb"\r\n?|\n")
_HEADER_LENGTH = 1_000_000
_READ_LENGTH = 200_000
_ADDRESSES_LENGTH = 50_000
_MAILBOX_LENGTH = 2_000
# Of these the standard library asks the first token, and takes what stands there literally.
_TOKENS = ("content-type", "content-disposition", "content-transfer-encoding")
_BEFORE_PARAMETERS = re.compile(r"[\s;,]")
# Lines that end a header for the standard library and for no mail program: a blank before the
# colon (RFC 5322, 4.5.8), and rubbish with fields of mail below it.
_ODD_LINE = re.compile(
    rb"^(?:([!-9;-~]+)[ \t]+(?=:)|(?![!-9;-~]+:|[ \t\r\n]|>?From ).*\n?(?:[ \t].*\n?)*)",
    re.MULTILINE,
)
_FIELD_OF_MAIL = re.compile(
    rb"^(?:from|to|cc|subject|date|message-id|received|mime-version|content-[a-z-]+)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_BLANK_LINE = re.compile(rb"\n(?=\r?\n)")
_CONTENT_ID_LENGTH = 200
_FOLD = re.compile(r"[\r\n\0]+")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,996}>")


class PlainPolicy(EmailPolicy):
    """The modern policy without its parsers: they raise a dozen kinds of errors for values that
    are not to their taste, and take quadratic time."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """The value in characters, its encoded words read."""
        return words.decoded(in_characters(value)).replace("\0", "")


class Part(EmailMessage):
    """A message or one of its parts, to be read only. Only so many multiparts are opened, and
    nested messages are left as they are: attachments whose bytes are kept."""

    def __init__(self, policy: AnyPolicy, may_open: Callable[[], bool]) -> None:
        super().__init__(policy)
        self._may_open = may_open
        self._opened: bool | None = None
        self._by_name: dict[str, list[str]] | None = None
        self._read: dict[str, str] = {}
        self._parameters: dict[str, dict[str, str]] = {}
        self._type = ""

    def fields(self, name: str) -> Sequence[str]:
        """The raw values of this name (in lower case), in their order."""
        if self._by_name is None:  # the standard library would walk through all fields every time
            self._by_name = {}
            for field, value in self.raw_items():
                self._by_name.setdefault(field.lower(), []).append(str(value))
        return self._by_name.get(name, ())

    def get(self, name: str, failobj: object = None) -> object:
        """The first value of this name, read by the policy."""
        found = self._read.get(name := name.lower())
        if found is None:
            values = self.fields(name)
            if not values:
                return failobj
            found = str(self.policy.header_fetch_parse(name, values[0]))
            if name in _TOKENS:
                found = next(iter(_BEFORE_PARAMETERS.split(found.strip(), 1)))
            self._read[name] = found
        return found

    def get_content_maintype(self) -> str:
        """The first half of the type, by which the parser decides whether to look inside."""
        found = super().get_content_maintype()
        if found == "message":
            return "application"
        if found != "multipart":
            return found
        if self._opened is None:
            self._opened = self._may_open()
        return found if self._opened else "application"

    def get_content_type(self) -> str:
        """The type as the parser is to see it: it must not take delivery reports apart either."""
        declared = self.declared_type()
        return "message/opaque" if declared == "message/delivery-status" else declared

    def parameters(self, name: str) -> dict[str, str]:
        """The parameters of a field, their names in lower case."""
        found = self._parameters.get(name)
        if found is None:
            value = in_characters(next(iter(self.fields(name)), ""))
            found = self._parameters[name] = parameters.parameters(value)
        return found

    def get_boundary(self, failobj: None = None) -> str | None:  # type: ignore[override]
        """What separates the parts, as the parser asks for it."""
        return self.parameters("content-type").get("boundary", "").rstrip() or failobj

    def charset(self) -> str:
        """The declared charset, "" when there is none."""
        return next(iter(self.parameters("content-type").get("charset", "").split()), "").lower()

    def file_name(self) -> str:
        """The declared file name, "" when there is none."""
        name = (
            self.parameters("content-disposition").get("filename")
            or self.parameters("content-type").get("name")
            or ""
        )
        return charsets.printable(name)

    def content_id(self) -> str:
        """By which HTML shows the part (RFC 2392), without angle brackets; "" when there is none.

        At most 200 characters, none of them a blank.
        """
        found = charsets.printable(str(self.get("content-id", ""))).strip().strip("<>")
        return "" if len(found) > _CONTENT_ID_LENGTH or len(found.split()) != 1 else found

    def place_name(self) -> str:
        """The file's name where it was taken from (Content-Location, RFC 2557), else ""."""
        location = charsets.printable(str(self.get("content-location", "")))
        name = location.partition("?")[0].rpartition("/")[2].strip()
        return name if "." in name.strip(".") else ""

    def declared_type(self) -> str:
        """The type that the part declares, ``type/subtype``, in lower case."""
        if not self._type:
            self._type = super().get_content_type()
        return self._type


def read(raw: bytes, multiparts: int) -> Part:
    """The structure of a message; at most so many multiparts are opened."""
    left = iter(range(multiparts))

    def factory(policy: AnyPolicy) -> Part:
        return Part(policy, lambda: next(left, None) is not None)

    policy = PlainPolicy(message_factory=factory)
    message = BytesParser(policy=policy).parsebytes(_mended(raw))
    assert isinstance(message, Part)
    return message


def _mended(raw: bytes) -> bytes:
    """The message with a header that the parser reads to its end."""
    raw = _shortened(raw.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n"))
    found = _BLANK_LINE.search(raw)
    end = found.end() if found else len(raw)
    if end > _HEADER_LENGTH:  # nobody reads so much, and it takes twenty times its size
        kept = raw.rfind(b"\n", 0, _HEADER_LENGTH) + 1
        raw, end = raw[:kept] + raw[end:], kept
    if _ODD_LINE.search(raw, 0, end) is None:
        return raw
    head = raw[:end]
    fields = [field.start() for field in _FIELD_OF_MAIL.finditer(head)]
    last = fields[-1] if fields else -1

    def mended(line: re.Match[bytes]) -> bytes:
        return line[1] or (b"" if line.start() < last else line[0])

    return _ODD_LINE.sub(mended, head) + raw[end:]


def _shortened(raw: bytes) -> bytes:
    """The message up to its millionth line: an empty one costs the parser eighty times its size."""
    if max(raw.count(b"\n"), raw.count(b"\r")) <= _MOST_LINES:
        return raw
    beyond = next(islice(_LINE_END.finditer(raw), _MOST_LINES, None), None)
    return raw[: beyond.start()] if beyond else raw


def text_of(part: Part, name: str) -> str:
    """The first field of this name as one line of text; "" when there is none."""
    return _one_line(str(part.get(name))) if part.fields(name) else ""


def texts_of(part: Part, name: str) -> list[str]:
    """All fields of this name (names are given in lower case, here and below)."""
    return [str(part.policy.header_fetch_parse(name, value)) for value in part.fields(name)]


def message_ids(part: Part, name: str) -> list[str]:
    """The Message-IDs in a field, with their angle brackets, in order."""
    return [found for value in texts_of(part, name) for found in _MESSAGE_ID.findall(value)]


def addresses(part: Part, name: str) -> list[str]:
    """The addresses in the fields of this name."""
    values = (in_characters(value)[:_ADDRESSES_LENGTH] for value in part.fields(name))
    return [address for value in values for address, _ in mailboxes.read(value)]


def mailbox(part: Part, name: str) -> tuple[str, str]:
    """Address and display name of the first mailbox in a field; "" for what is not there."""
    value = in_characters(next(iter(part.fields(name)), ""))
    return mailboxes.first(value[:_MAILBOX_LENGTH])


def instant(part: Part, name: str) -> datetime | None:
    """The moment (aware, UTC) in a date field; None when there is none that can be read."""
    try:
        moment = parsedate_to_datetime(text_of(part, name)[:200])
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def in_characters(value: str) -> str:
    """An unfolded value; raw 8-bit bytes, which the parser keeps as surrogates, in characters."""
    line = value[:_READ_LENGTH]
    if not line.isprintable():
        line = _FOLD.sub("", line)
    if line.isascii() and "\x1b" not in line:
        return line
    return charsets.decode(line.encode("utf-8", "surrogateescape"))


def _one_line(text: str) -> str:
    return " ".join(charsets.printable(text).split())
