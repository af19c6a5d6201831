"""What a file really is, when it says that it is something else. Pure, bounded."""

import mimetypes
import re

import puremagic

_READ_BYTES = 4_096
_LEAST_CONFIDENCE = 0.3  # three bytes that begin a file so
_PROGRAM = "application/x-msdownload"
# What Windows runs on a double click.
_PROGRAMS = re.compile(
    "exe|scr|com|pif|bat|cmd|msi|msp|cpl|dll|hta|jar|jse?|vb[se]|ws[fh]|ps1|lnk|reg|scf|url|iso|img"
)
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_TABLE = mimetypes.MimeTypes()


def really(name: str, media_type: str, data: bytes) -> str:
    """The type (``type/subtype``) of a file that is not what its name and type say; else "".

    What cannot be told is not doubted.
    """
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if _PROGRAMS.fullmatch(extension) and _is_disguised(name, media_type):
        return _PROGRAM
    if data[:2] == b"MZ" and b"\0" in data[:64]:
        return "" if _PROGRAMS.fullmatch(extension) else _PROGRAM
    types, extensions = _likely(data)
    if not types or media_type in types or extension in extensions:
        return ""
    return "" if _TABLE.guess_type(name)[0] in types else types[0]


def picture(data: bytes) -> str:
    """The type of a raster image, which no script can stand in; "" for anything else."""
    return next((found for found in _likely(data)[0] if found in _PICTURES), "")


def _is_disguised(name: str, media_type: str) -> bool:
    """A program that says it is a document: by its type, or by an extension before the last."""
    before = name.split(".")[-2].strip().lower() if name.count(".") > 1 else ""
    looks_like = _TABLE.guess_type(f"x.{before}")[0]
    return bool(looks_like) or media_type.partition("/")[0] in ("image", "text", "audio", "video")


def _likely(data: bytes) -> tuple[list[str], set[str]]:
    """Types and extensions of what begins like this, the likeliest first."""
    if not data:
        return [], set()
    try:
        found = puremagic.magic_string(data[:_READ_BYTES])
    except puremagic.PureError:
        return [], set()
    sure = [one for one in found if one.confidence >= _LEAST_CONFIDENCE]
    extensions = {one.extension.lstrip(".").lower() for one in sure}
    return list(dict.fromkeys(one.mime_type for one in sure if one.mime_type)), extensions
