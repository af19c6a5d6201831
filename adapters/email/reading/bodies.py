"""What of a message is its words and what is a file that came along. Pure, bounded."""

from dataclasses import dataclass, field
from html import escape

from adapters.email.reading import charsets, html, names
from adapters.email.reading.headers import Part

MOST_FILES = 200
LONGEST_TEXT = 500_000
_CUT = "\n[…]"


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of a message. inline: it is shown inside the HTML, by its Content-ID."""

    name: str
    media_type: str
    data: bytes
    inline: bool


@dataclass(slots=True)
class Body:
    """Texts and files in their order; a text is its plain version, its HTML version, or both."""

    texts: list[tuple[str | None, str | None]] = field(default_factory=list)
    files: list[AttachedFile] = field(default_factory=list)

    def words(self) -> str:
        """All of it as plain text: what was written as such first, else what the HTML says."""
        pieces = [
            plain if plain and plain.strip() else html.readable(marked_up or "")
            for plain, marked_up in self.texts
        ]
        text = charsets.printable("\n\n".join(piece.strip("\n") for piece in pieces if piece))
        return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + _CUT

    def safe_html(self) -> str | None:
        """All of it as safe HTML; None when nothing was, or when it cannot be made safe."""
        if not any(marked_up for _, marked_up in self.texts):
            return None
        pieces = [
            marked_up or f"<p>{escape(plain or '').replace(chr(10), '<br>')}</p>"
            for plain, marked_up in self.texts
        ]
        return html.safe("\n".join(pieces))


def read(message: Part) -> Body:
    """Take a message apart; what is beyond 200 files only the original has."""
    body = Body()
    if message.declared_type().startswith("multipart/") and not message.is_multipart():
        body.texts.append((_text_of(message), None))  # its boundaries are broken
    else:
        _collect(message, body)
    return body


def _collect(part: Part, body: Body) -> None:
    if part.is_multipart():
        inner = body
        if part.get_content_subtype() == "alternative":
            inner = Body(files=body.files)
        for child in part.get_payload():
            assert isinstance(child, Part)
            _collect(child, inner)
        if inner is not body and inner.texts:
            body.texts.append(_alternatives(inner.texts))
    elif _is_text(part):
        text = _text_of(part)
        body.texts.append((None, text) if part.declared_type() == "text/html" else (text, None))
    elif len(body.files) < MOST_FILES:
        media_type = names.media_type(part.declared_type())
        body.files.append(
            AttachedFile(
                names.file_name(part.file_name() or part.place_name(), media_type),
                media_type,
                _data_of(part),
                part.get_content_disposition() == "inline"
                or (part.get_content_disposition() is None and "content-id" in part),
            )
        )


def _text_of(part: Part) -> str:
    return charsets.decode(_data_of(part), part.charset())


def _data_of(part: Part) -> bytes:
    """The bytes of a leaf, its transfer encoding undone as far as it can be."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _alternatives(
    texts: list[tuple[str | None, str | None]],
) -> tuple[str | None, str | None]:
    """Versions of one text, side by side."""
    plain = "\n\n".join(plain for plain, _ in texts if plain) or None
    marked_up = "\n".join(marked_up for _, marked_up in texts if marked_up) or None
    return plain, marked_up


def _is_text(part: Part) -> bool:
    if part.declared_type() not in ("text/plain", "text/html"):
        return False
    return part.get_content_disposition() != "attachment" and not part.file_name()
