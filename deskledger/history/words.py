"""What was said as its readers get it: text, safe HTML, the names of its files. Pure."""

from collections.abc import Sequence

from adapters.email.reading.html import readable, safe
from deskledger.history.model import File, Said
from libs.contents import Rendition
from libs.files import names

LONGEST_TEXT = 500_000
_LONGEST_SUBJECT = 10_000
_CUT = "\n[…]"


def rendition(subject: str, said: Said | None, files: Sequence[File]) -> Rendition:
    """The words of a message. said: None for a subject alone; files: those that are stored."""
    if said is None:
        return Rendition(subject[:_LONGEST_SUBJECT])
    text = said.text if said.text.strip() or not said.html else readable(said.html)
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - len(_CUT)] + _CUT
    return Rendition(
        subject[:_LONGEST_SUBJECT],
        text,
        safe(said.html) if said.html else None,
        attachments=tuple(names.file_name(file.name, media_type(file)) for file in files),
    )


def is_cut(said: Said) -> bool:
    """Whether it is longer than a message can be."""
    return len(said.text) > LONGEST_TEXT


def media_type(file: File) -> str:
    """Its type, by its own word or else by its name."""
    return names.media_type(file.media_type or names.type_of_name(file.name))
