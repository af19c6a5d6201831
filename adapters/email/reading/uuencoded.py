"""Files within a text, as before MIME: uuencode is taken out, anything else stays text. Pure."""

import binascii
import re

_BEGIN = re.compile(r"begin [0-7]{3,4} +(\S.{0,300}?)\s*")
_LINE = re.compile(r"[ -`]{1,86}")


def taken_out(text: str, most: int) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without its uuencoded files, and those (name, bytes); at most so many."""
    if "begin " not in text:
        return text, []
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    began: tuple[int, str] | None = None  # where in kept, and the file's name
    data: list[bytes] = []
    for line in text.split("\n"):
        kept.append(line)
        if began is None:
            if len(files) < most and (found := _BEGIN.fullmatch(line)):
                began, data = (len(kept) - 1, found[1]), []
        elif line.rstrip() == "end" and data:
            place, name = began
            del kept[place:]
            files.append((name, b"".join(data)))
            began = None
        elif (piece := _bytes_of(line)) is None:
            began = None  # words, whatever came before them
        else:
            data.append(piece)
    return "\n".join(kept), files


def _bytes_of(line: str) -> bytes | None:
    """None for what is no line of a file; blanks at its end may have been lost on the way."""
    line = line.rstrip("\r")
    if not line:
        return b""
    if _LINE.fullmatch(line) is None:
        return None
    length = (((ord(line[0]) - 32) & 63) * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[:length].ljust(length))
    except binascii.Error:
        return None
