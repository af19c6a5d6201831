"""What of a message is its words and what is a file that came along. Pure, bounded."""

from dataclasses import dataclass, field, replace
from html import escape
from typing import NamedTuple

from adapters.email.reading import (
    calendars,
    charsets,
    flowed,
    headers,
    html,
    protection,
    tnef,
    uuencoded,
)
from adapters.email.reading.headers import Part
from adapters.email.reading.protection import Protection
from libs.files import names, sniffing

MOST_FILES = 200
LONGEST_TEXT = 500_000
_MOST_SPARE = 3
_CUT = "\n[…]"
_PACKED = ("application/ms-tnef", "application/vnd.ms-tnef")
_LONGEST_HEADER = 100_000


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of a message.

    inline: it is shown inside the HTML, which names it by its content_id (without angle brackets);
    really: the type that it has where it says that it is something else.
    """

    name: str
    media_type: str
    data: bytes
    inline: bool
    content_id: str = ""
    really: str = ""


class Text(NamedTuple):
    """One text of a message, in the versions that it came in."""

    plain: str | None
    html: str | None


@dataclass(slots=True)
class Body:
    """What a message says, safe to show, and its files.

    protection: whether it is signed or encrypted; what is encrypted only its files hold.
    """

    text: str
    html: str | None
    files: list[AttachedFile]
    protection: Protection


def read(message: Part, sent_on: bool = False) -> Body:
    """Take a message apart; what is beyond 200 files only the original has. sent_on: it is a
    forward, so what it quotes is to be read."""
    collected = _Collected()
    if message.declared_type().startswith("multipart/") and not message.is_multipart():
        collected.texts.append(Text(_text_of(message), None))  # its boundaries are broken
    else:
        collected.add(message)
    text = collected.words()
    page = collected.safe_html(sent_on)
    shown = html.content_ids(page or "")
    return Body(
        text=text,
        html=page,
        files=[_placed(file, shown) for file in collected.files],
        protection=collected.protection or protection.of_text(text),
    )


@dataclass(slots=True)
class _Collected:
    """Texts and files in their order. spare: words for a message that has no others."""

    texts: list[Text] = field(default_factory=list)
    files: list[AttachedFile] = field(default_factory=list)
    spare: list[str] = field(default_factory=list)
    protection: Protection = ""

    def add(self, part: Part) -> None:
        self.protection = self.protection or protection.of_part(part)
        if part.is_multipart():
            inner = self._within(part)
            if part.declared_type() == "multipart/alternative":
                self.texts += _alternatives(inner.texts)
            else:
                self.texts += _told_once(inner.texts)
            self.protection = self.protection or inner.protection
        elif _is_text(part):
            self._add_text(part)
        elif part.declared_type() in _PACKED and (package := tnef.read(_data_of(part))):
            self._add_package(part, package)
        else:
            self._add_file(part)

    def words(self) -> str:
        """All of it as plain text: what was written as such first, else what the HTML says."""
        pieces = [
            plain if plain and plain.strip() else html.readable(marked_up or "")
            for plain, marked_up in self.texts
        ]
        if not any(piece.strip() for piece in pieces):
            pieces = [next(filter(str.strip, self.spare), "")]
        text = charsets.printable("\n\n".join(piece.strip("\n") for piece in pieces if piece))
        return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + _CUT

    def safe_html(self, sent_on: bool) -> str | None:
        """All of it as safe HTML, its quotes folded unless they are what is sent on; None when
        nothing was, or when it cannot be made safe."""
        if not any(marked_up for _, marked_up in self.texts):
            return None
        pieces = [
            marked_up or f"<p>{escape(plain or '').replace(chr(10), '<br>')}</p>"
            for plain, marked_up in self.texts
        ]
        return html.safe("\n".join(pieces), sent_on)

    def _within(self, part: Part) -> "_Collected":
        """What the parts of a multipart have in them."""
        inner = _Collected(files=self.files, spare=self.spare)
        for child in part.get_payload():
            assert isinstance(child, Part)
            inner.add(child)
        return inner

    def _add_text(self, part: Part) -> None:
        text = _text_of(part)
        if part.declared_type() == "text/html":
            page, embedded = html.without_embedded(text)
            self.texts.append(Text(None, page))
            for content_id, media_type, data in embedded[: MOST_FILES - len(self.files)]:
                self.files.append(_file("", media_type, data, content_id))
            return
        told = part.parameters("content-type")
        if told.get("format", "").lower() == "flowed":
            text = flowed.unflowed(text, delete_blank=told.get("delsp", "").lower() == "yes")
        text, packed = uuencoded.taken_out(text, MOST_FILES - len(self.files))
        self.texts.append(Text(text, None))
        self.files += [_file(name, "", data) for name, data in packed]

    def _add_package(self, part: Part, package: tnef.Package) -> None:
        """What Outlook packed, instead of the package; which stays where nothing is in it."""
        if len(self.spare) < _MOST_SPARE and (package.plain.strip() or package.html.strip()):
            self.spare.append(package.plain or html.readable(package.html))
        for file in package.files[: MOST_FILES - len(self.files)]:
            self.files.append(_file(file.name, file.media_type, file.data, file.content_id))
        if not package.files and not package.plain.strip() and not package.html.strip():
            self._add_file(part)

    def _add_file(self, part: Part) -> None:
        data, declared = _data_of(part), part.declared_type()
        if len(self.spare) < _MOST_SPARE and (said := _words_of(part, data)):
            self.spare.append(said)
        if len(self.files) < MOST_FILES:
            name = part.file_name() or part.place_name()
            if declared == "message/rfc822" and not name:
                name = _name_of_message(data)
            self.files.append(_file(name, declared, data, part.content_id()))


def _file(name: str, declared: str, data: bytes, content_id: str = "") -> AttachedFile:
    media_type = names.media_type(declared) if declared else names.type_of_name(name)
    name = names.file_name(name, media_type)
    return AttachedFile(
        name=name,
        media_type=media_type,
        data=data,
        inline=False,
        content_id=content_id,
        really=sniffing.really(name, media_type, data),
    )


def _placed(file: AttachedFile, shown: frozenset[str]) -> AttachedFile:
    """The file, inline if it is a picture that the HTML shows, whatever it was declared to be."""
    if not file.content_id or file.content_id not in shown:
        return file
    picture = sniffing.picture(file.data)
    return replace(file, inline=True, media_type=picture, really="") if picture else file


def _text_of(part: Part) -> str:
    data = _data_of(part)
    charset = part.charset()
    if not charset and part.declared_type() == "text/html":
        charset = html.declared_charset(data)
    return charsets.decode(data, charset)


def _data_of(part: Part) -> bytes:
    """The bytes of a leaf, its transfer encoding undone as far as it can be."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _name_of_message(data: bytes) -> str:
    """A message's subject as its name."""
    head = data[:_LONGEST_HEADER].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    subject = headers.text_of(headers.read(head, 0), "subject")
    return f"{subject.replace('/', '_').replace(chr(92), '_')}.eml" if subject else ""


def _alternatives(texts: list[Text]) -> list[Text]:
    """Versions of one text, side by side."""
    plain = "\n\n".join(text.plain for text in texts if text.plain) or None
    marked_up = "\n".join(text.html for text in texts if text.html) or None
    return [Text(plain, marked_up)] if texts else []


def _told_once(texts: list[Text]) -> list[Text]:
    """Neighbours that say the same as text and as HTML are versions, wherever they stand."""
    told: list[Text] = []
    for text in texts:
        before = told[-1] if told else Text(None, None)
        if (
            (before.plain and not before.html)
            and (text.html and not text.plain)
            and html.says(text.html, before.plain)
        ):
            told[-1] = Text(before.plain, text.html)
        else:
            told.append(text)
    return told


def _is_text(part: Part) -> bool:
    if part.declared_type() not in ("text/plain", "text/html"):
        return False
    return part.get_content_disposition() != "attachment" and not part.file_name()


def _words_of(part: Part, data: bytes) -> str:
    """What a file says that is an invitation, a report, or words of a kind that is not known here
    (RFC 2046, 4.1.4); "" for any other."""
    declared = part.declared_type()
    if declared == "text/calendar":
        return calendars.readable(charsets.decode(data, part.charset()))
    if not declared.startswith("text/") and declared != "message/delivery-status":
        return ""
    if part.get_content_disposition() == "attachment" or part.file_name():
        return ""
    return charsets.decode(data, part.charset())
