"""Ten mails whose HTML means harm, or at least trouble (tests/support/nasty)."""

import base64
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import pack
from typing import Literal

Harm = Literal["script", "network"]


@dataclass(frozen=True)
class Nasty:
    """html: the page, in which CANARY is the address of a server that nobody should ask, and FIRE
    a script that nobody should run."""

    name: str
    html: str

    @property
    def harm(self) -> Sequence[Harm]:
        """Which of the two happen where nothing stops them."""
        found: dict[Harm, str] = {"script": "FIRE", "network": "CANARY"}
        return [harm for harm, mark in found.items() if mark in self.html]

    def raw(self, canary: str) -> bytes:
        """As a mail, with a picture of its own."""
        page = base64.encodebytes(self.page(canary).encode()).decode()
        return (
            "From: Mallory <mallory@example.org>\r\nTo: support@helpdesk.example\r\n"
            f"Subject: {self.name}\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n"
            "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            f"{page}\r\n--b\r\nContent-Type: image/png; name=logo.png\r\n"
            "Content-ID: <logo@shop>\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n"
            f"{base64.encodebytes(PICTURE).decode()}\r\n--b--\r\n"
        ).encode()

    def page(self, canary: str) -> str:
        return self.html.replace("FIRE", _FIRE).replace("CANARY", canary)


def _picture(width: int, height: int, colour: Callable[[int, int], tuple[int, int, int]]) -> bytes:
    """A PNG (RFC 2083)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        b"\0" + b"".join(bytes(colour(x, y)) for x in range(width)) for y in range(height)
    )
    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


PICTURE = _picture(160, 48, lambda x, y: (30 + x, 90 + 2 * y, 200))
# What a script does that runs: it says so, and asks for more.
_FIRE = "document.title='fired';fetch('CANARY/script')"
_PAGES = sorted((Path(__file__).parent / "nasty").glob("*.html"))
NASTY = tuple(Nasty(path.stem, path.read_text()) for path in _PAGES)
