"""Header fields as the world writes them: the standard library's modern policy where it copes, a
plain reading where it does not. Every function answers any bytes, in bounded time."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.header import decode_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from email.policy import Policy as AnyPolicy
from email.utils import parsedate_to_datetime

from adapters.email.reading import charsets

# Beyond this length a value is read without the modern parser, which takes quadratic time.
_PARSED_LENGTH = 1_000
_READ_LENGTH = 200_000
_FOLD = re.compile(r"[\r\n\0]+")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,996}>")
_ADDRESS = re.compile(r"[^\s<>\"(),;:\[\]@]{1,320}@[^\s<>\"(),;:@]{1,255}")
_PLAIN_MAILBOX = re.compile(
    r"\s*(?:\"([^\"\\<>@]*)\"|([^\"\\<>@,;:()]*))\s*<([^\s<>\"(),;:@]+@[^\s<>\"(),;:@]+)>\s*"
)
_MODERN = EmailPolicy()


class TolerantPolicy(EmailPolicy):
    """The modern policy, except that no header value can make it fail or take its time."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """The value in characters; with the modern parser only where the plain one falls short."""
        text = _in_characters(value)
        if "=?" not in text and "(" not in text:
            return text
        read = _words(text)
        if len(text) <= _PARSED_LENGTH:
            # It raises a dozen kinds of errors for headers that are not to its taste.
            with suppress(Exception):
                read = str(super().header_fetch_parse(name, text))
        return read.replace("\0", "")


class Part(EmailMessage):
    """A message or one of its parts, to be read only. Only so many multiparts are opened, and
    nested messages are left as they are: attachments whose bytes are kept."""

    def __init__(self, policy: AnyPolicy, may_open: Callable[[], bool]) -> None:
        super().__init__(policy)
        self._may_open = may_open
        self._opened: bool | None = None
        self._by_name: dict[str, list[str]] | None = None
        self._read: dict[str, str] = {}
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
            found = self._read[name] = str(self.policy.header_fetch_parse(name, values[0]))
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

    def get_boundary(self, failobj: None = None) -> str | None:  # type: ignore[override]
        """What separates the parts, as the parser asks for it; None when it cannot be read."""
        with suppress(ValueError):  # a charset (RFC 2231) that is none
            return super().get_boundary()
        return failobj

    def charset(self) -> str:
        """The declared charset, "" when there is none."""
        with suppress(ValueError):
            return self.get_content_charset() or ""
        return ""

    def file_name(self) -> str:
        """The declared file name, "" when there is none."""
        with suppress(ValueError):
            return charsets.printable(str(self.get_filename() or ""))
        return ""

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

    policy = TolerantPolicy(message_factory=factory)
    message = BytesParser(policy=policy).parsebytes(raw)
    assert isinstance(message, Part)
    return message


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
    """Whatever looks like an address in the fields of this name."""
    return [found for value in texts_of(part, name) for found in _ADDRESS.findall(value)]


def mailbox(part: Part, name: str) -> tuple[str, str]:
    """Address and display name of the first mailbox in a field; "" for what is not there."""
    value = _in_characters(next(iter(part.fields(name)), ""))[:_PARSED_LENGTH]
    plain = _PLAIN_MAILBOX.fullmatch(value)
    if plain and "=?" not in value:
        quoted, bare, address = plain.groups()
        return address, (quoted or bare or "").strip()
    with suppress(Exception):  # see TolerantPolicy
        for parsed in _MODERN.header_fetch_parse(name, value).addresses:
            if "@" in parsed.addr_spec:
                return str(parsed.addr_spec), _one_line(str(parsed.display_name))
    found = _ADDRESS.search(value)
    if found is None:
        return "", ""
    return found[0], _one_line(_words(value[: found.start()])).strip("\"'< ")


def instant(part: Part, name: str) -> datetime | None:
    """The moment (aware, UTC) in a date field; None when there is none that can be read."""
    try:
        moment = parsedate_to_datetime(text_of(part, name)[:200])
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _in_characters(value: str) -> str:
    """An unfolded value; raw 8-bit bytes, which the parser keeps as surrogates, in characters."""
    line = value[:_READ_LENGTH]
    if not line.isprintable():
        line = _FOLD.sub("", line)
    if line.isascii():
        return line
    return charsets.decode(line.encode("utf-8", "surrogateescape"))


def _words(value: str) -> str:
    """Encoded words (RFC 2047) decoded one by one, the rest as it is."""
    try:
        pieces = decode_header(value)
    except Exception:  # bad base64, and what else decode_header trips over
        return value
    return "".join(
        text if isinstance(text, str) else charsets.decode(text, charset or "")
        for text, charset in pieces
    )


def _one_line(text: str) -> str:
    return " ".join(charsets.printable(text).split())
