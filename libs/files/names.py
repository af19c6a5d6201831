"""Names and types of attached files, made harmless: no paths, no controls, no disguise. Pure."""

import mimetypes
import re
import unicodedata

LONGEST = 150
_RESERVED = re.compile(r"[<>:\"|?*]")
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+_-]{0,63}/[a-z0-9][a-z0-9.+_-]{0,98}")
# Names that Windows gives to devices, whatever their extension.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_EXTENSION = 16
# Python's own table: the machine's would give a file another name elsewhere.
_TABLE = mimetypes.MimeTypes()
_TABLE.add_type("text/calendar", ".ics")


def file_name(declared: str, media_type: str) -> str:
    """A name to show and to save under; never empty, at most 150 characters."""
    name = unicodedata.normalize("NFC", declared.replace("\\", "/").rpartition("/")[2])
    # Cc and Cf: control characters, and those that turn the reading direction ("gpj.exe").
    visible = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in name[:1_000])
    name = _RESERVED.sub("_", " ".join(visible.split())).strip(". ")
    if not name:
        name = "attachment" + (_TABLE.guess_extension(media_type, strict=False) or "")
    if _DEVICE.fullmatch(name):
        name = "_" + name
    return _shortened(name)


def media_type(declared: str) -> str:
    """The declared type if it has a type's shape, else ``application/octet-stream``."""
    lowered = declared.strip().lower()
    return lowered if _TYPE.fullmatch(lowered) else "application/octet-stream"


def type_of_name(name: str) -> str:
    """The type that files of this name have."""
    return _TABLE.guess_type(name)[0] or "application/octet-stream"


def _shortened(name: str) -> str:
    """Cut in the middle: what opens a file is its extension, so nobody may push that out."""
    if len(name) <= LONGEST:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _LONGEST_EXTENSION:
        return name[:LONGEST].strip(". ")
    return stem[: LONGEST - len(extension) - 1].rstrip(". ") + dot + extension
