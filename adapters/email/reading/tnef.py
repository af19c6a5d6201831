"""What Outlook packs into ``winmail.dat`` (TNEF): its files and its words. Pure, bounded.

By Microsoft's specifications MS-OXTNEF and MS-OXCDATA. The library there is, tnefparse, is told by
four bytes of a stranger's file how often to loop, and cuts trailing NULs off files; so this reads.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.email.reading import charsets

MOST_FILES = 200
_SIGNATURE = 0x223E9F78
_DEEPEST = 3
_MOST_ATTRIBUTES = 5_000
_MOST_PROPERTIES = 2_000
# Attributes (MS-OXTNEF, 2.1.3.2)
_TITLE, _DATA, _BODY, _RENDERED = 0x8010, 0x800F, 0x800C, 0x9002
_MESSAGE_PROPERTIES, _FILE_PROPERTIES, _CODE_PAGE = 0x9003, 0x9005, 0x9007
# Properties (MS-OXPROPS)
_PLAIN, _HTML = 0x1000, 0x1013
_OBJECT, _SHORT_NAME, _LONG_NAME, _MEDIA_TYPE, _CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
# Types of properties (MS-OXCDATA, 2.11.1): bytes that a value takes, and those of any length
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8}
_SIZES |= {0x40: 8, 0x48: 16, 0x01: 4}
_TEXT_8, _TEXT_16, _BINARY, _EMBEDDED = 0x1E, 0x1F, 0x102, 0x0D
_ANY_LENGTH = {_TEXT_8, _TEXT_16, _BINARY, _EMBEDDED}
_MANY, _NAMED = 0x1000, 0x8000


@dataclass(slots=True)
class PackedFile:
    """A file as it was packed; what was not said is ""."""

    name: str = ""
    media_type: str = ""
    content_id: str = ""
    data: bytes = b""


@dataclass(slots=True)
class Package:
    """Words and files of a message; its files include those of messages attached to it."""

    plain: str = ""
    html: str = ""
    files: list[PackedFile] = field(default_factory=list)


def read(data: bytes, depth: int = 0) -> Package | None:
    """Unpack; None for what is no TNEF. What is damaged is read as far as it goes."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    package = Package()
    charset = "windows-1252"
    file: PackedFile | None = None
    for name, start, end in _attributes(data):
        if name == _CODE_PAGE and end - start >= 4:
            charset = f"cp{struct.unpack_from('<I', data, start)[0]}"
        elif name == _BODY:
            package.plain = package.plain or _text(data[start:end], charset)
        elif name == _MESSAGE_PROPERTIES:
            _read_words(package, data[start:end], charset)
        elif name == _RENDERED:
            if len(package.files) >= MOST_FILES:
                break
            file = PackedFile()
            package.files.append(file)
        elif file and name == _TITLE:
            file.name = file.name or _text(data[start:end], charset)
        elif file and name == _DATA:
            file.data = data[start:end]
        elif file and name == _FILE_PROPERTIES:
            _read_file(package, file, data[start:end], charset, depth)
    package.files = [file for file in package.files if file.data][:MOST_FILES]
    return package


def _attributes(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Id, start and end of the attributes, as far as they are whole."""
    place = 6
    for _ in range(_MOST_ATTRIBUTES):
        if place + 11 > len(data):
            return
        _, name, _, length = struct.unpack_from("<BHHI", data, place)
        start = place + 9
        if start + length > len(data):
            return
        yield name, start, start + length
        place = start + length + 2  # a checksum


def _read_words(package: Package, data: bytes, charset: str) -> None:
    for name, kind, value in _properties(data):
        if name == _PLAIN:
            package.plain = _string(value, kind, charset)
        elif name == _HTML:
            package.html = charsets.decode(value, "utf-16-le" if kind == _TEXT_16 else "")


def _read_file(package: Package, file: PackedFile, data: bytes, charset: str, depth: int) -> None:
    for name, kind, value in _properties(data):
        if name == _LONG_NAME or (name == _SHORT_NAME and not file.name):
            file.name = _string(value, kind, charset)
        elif name == _MEDIA_TYPE:
            file.media_type = _string(value, kind, charset)
        elif name == _CONTENT_ID:
            file.content_id = _string(value, kind, charset)
        elif name == _OBJECT:
            inner = value[16:] if kind == _EMBEDDED else value  # what interface it is of
            nested = read(inner, depth + 1) if depth < _DEEPEST else None
            if nested:
                package.files += nested.files
            else:
                file.data = file.data or inner


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Id, type and value of the properties (the first of several), as far as they are whole."""
    place = 4
    try:
        for _ in range(min(struct.unpack_from("<I", data)[0], _MOST_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", data, place)
            place += 4
            if name >= _NAMED:
                place = _after_name(data, place)
            base = kind & ~_MANY
            count = 1
            if kind & _MANY or base in _ANY_LENGTH:
                count = struct.unpack_from("<I", data, place)[0]
                place += 4
            for number in range(min(count, _MOST_PROPERTIES)):
                if base in _ANY_LENGTH:
                    size = struct.unpack_from("<I", data, place)[0]
                    place += 4
                else:
                    size = _SIZES[base]
                if place + size > len(data):
                    return
                if number == 0:
                    yield name, base, data[place : place + size]
                place += size + -size % 4
    except (struct.error, KeyError):  # cut off, or a type that is none
        return


def _after_name(data: bytes, place: int) -> int:
    """Where the value of a property begins that has a name of its own."""
    kind = struct.unpack_from("<I", data, place + 16)[0]
    place += 20
    if kind == 0:
        return place + 4
    length = int(struct.unpack_from("<I", data, place)[0])
    return place + 4 + length + -length % 4


def _string(value: bytes, kind: int, charset: str) -> str:
    if kind == _TEXT_16:
        return value.decode("utf-16-le", "replace").rstrip("\0")
    return _text(value, charset)


def _text(value: bytes, charset: str) -> str:
    return charsets.decode(value.rstrip(b"\0"), charset)
