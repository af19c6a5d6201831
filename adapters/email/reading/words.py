"""Encoded words (RFC 2047) as the world writes them: what can be meant is read. Pure, linear."""

import binascii
import re
from dataclasses import dataclass

from adapters.email.reading import charsets

# A language after the charset (RFC 2231, 5); spaces and question marks inside, which are forbidden.
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?(.{0,1000}?)\?=(?!\w\w)")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


@dataclass(slots=True)
class _Run:
    """Neighbouring words of one charset; a character may begin in one and end in the next."""

    charset: str
    data: bytes = b""
    unfinished: str = ""  # base64 that ends within four characters

    def add(self, encoding: str, text: str) -> None:
        if encoding in "qQ":
            self._finish()
            plain = text.replace("_", " ").encode("utf-8", "replace")
            self.data += _HEX.sub(lambda found: bytes.fromhex(found[1].decode()), plain)
            return
        self.unfinished += _NOT_BASE64.sub("", text)
        if "=" in text or len(self.unfinished) % 4 == 0:
            self._finish()

    def text(self) -> str:
        self._finish()
        return charsets.decode(self.data, self.charset)

    def _finish(self) -> None:
        left, self.unfinished = self.unfinished, ""
        if len(left) % 4 == 1:  # six bits are no byte
            left = left[:-1]
        if left:
            self.data += binascii.a2b_base64(left + "=" * (-len(left) % 4))


def decoded(value: str) -> str:
    """An unfolded value with its encoded words in characters; what is none stays as it is."""
    if "=?" not in value:
        return value
    read: list[str] = []
    run: _Run | None = None
    end = 0
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        charset = found[1].lower()
        if run and (between.strip() or run.charset != charset):
            read.append(run.text())
            run = None
        # Blanks between two words are only there to part them.
        if end == 0 or between.strip():
            read.append(between)
        run = run or _Run(charset)
        run.add(found[2], found[3])
        end = found.end()
    if run:
        read.append(run.text())
    return "".join([*read, value[end:]])
