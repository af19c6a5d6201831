"""Bytes that people wrote, as text: declared charsets are tried, never trusted. Never raises."""

import codecs
import re
from collections.abc import Iterator

from resiliparse.parse.encoding import detect_encoding

# Declared → what senders mean by it: the WHATWG encoding standard's supersets.
_MEANT = {
    "us-ascii": "windows-1252",
    "ascii": "windows-1252",
    "iso-8859-1": "windows-1252",
    "latin1": "windows-1252",
    "iso-8859-9": "windows-1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
}
# Codecs of Python that are no charsets of mail; some take quadratic time.
_NOT_OF_MAIL = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}
# Of these few sequences of bytes are valid by chance: what mostly fits them is in them.
_SELF_CHECKING = {"utf-8", "gb18030", "cp949", "cp932", "euc_jp", "big5", "big5hkscs"}
_SINGLE_BYTE = {"windows-1252", "windows-1254"}
_OF_ASCII = {"", "us-ascii", "ascii", "utf-8", "iso-8859-1", "windows-1252"}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+")
_DETECTION_BYTES = 100_000
_ASCII = bytes(range(128))
# Below so many characters beyond ASCII detection guesses wildly. Who says that a text is Western is
# believed unless most of it is not: no Western language has a third of them.
_SOME, _MANY, _WESTERN_SHARE = 8, 20, 0.3
_ESCAPE = re.compile(rb"\x1b[$(][@-J]")


def decode(data: bytes, declared: str = "") -> str:
    """The text of these bytes, line ends as ``\\n``, without control characters."""
    return printable(_decode(data, declared.strip("\"' \t").lower()))


def printable(text: str) -> str:
    """The text without control characters and lone surrogates, line ends as ``\\n``."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub("", text)


def _decode(data: bytes, declared: str) -> str:
    if data.isascii() and declared in _OF_ASCII:
        if _ESCAPE.search(data) and (text := _strictly(data, "iso2022_jp_ext")) is not None:
            return text
        return data.decode("ascii")
    for charset in _candidates(data, declared):
        text = _strictly(data, charset)
        if text is None and charset in (_MEANT.get(declared, declared), "utf-8"):
            text = _mostly(data, charset)
        if text is not None:
            return text
    return data.decode("windows-1252", "replace")


def _candidates(data: bytes, declared: str) -> Iterator[str]:
    """What these bytes may be in, likeliest first."""
    meant = _MEANT.get(declared, declared)
    # Any bytes are valid in a single-byte charset, hardly any by chance in UTF-8.
    if meant and meant not in _SINGLE_BYTE:
        yield meant
    if meant != "utf-8":
        yield "utf-8"
    sample = data[:_DETECTION_BYTES]
    foreign = len(sample.translate(None, _ASCII))
    if meant in _SINGLE_BYTE:
        enough = foreign >= _MANY and foreign >= _WESTERN_SHARE * len(sample)
    else:
        enough = foreign >= _SOME
    if enough and (found := detect_encoding(sample)):
        yield found
    yield meant if meant in _SINGLE_BYTE else "windows-1252"


def _mostly(data: bytes, charset: str) -> str | None:
    """The text with U+FFFD for what was cut or damaged, if most of its characters are there."""
    if data.isascii() or _name_of(charset) not in _SELF_CHECKING:
        return None
    text = data.decode(charset, "replace")
    damaged = text.count("\ufffd")
    intact = sum(not character.isascii() for character in text) - damaged
    return text if intact > 3 * damaged or (damaged == 1 and intact) else None


def _strictly(data: bytes, charset: str) -> str | None:
    if _name_of(charset) in _NOT_OF_MAIL:
        return None
    try:
        return data.decode(charset)
    except (LookupError, ValueError):  # a codec of no text (zlib), or not in it
        return None


def _name_of(charset: str) -> str:
    """The codec's name, "undefined" for what is no charset of text."""
    try:
        return codecs.lookup(charset).name
    except (LookupError, ValueError):
        return "undefined"
