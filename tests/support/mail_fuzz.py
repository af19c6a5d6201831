"""Mails that nobody would write: real ones cut, spliced and stuffed, each made from its number.

``mutated(seed, number, mails)`` is the same bytes on every machine, so a number in a report is a
message that can be looked at.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from adapters.email.reading.parse import digest, parse
from tests.support.nasty_mails import NASTY

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "mail"
LARGEST = 3_000_000
_TOKENS: Sequence[bytes] = [
    b"\r\n", b"\n", b"\r", b"\0", b"\x1b$B", b"\xff", b"\xe2\x80\xae", b"--b", b"--b--", b"From ",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    b'Content-Type: multipart/alternative; boundary="b', b"Content-Type: multipart/signed\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Type: message/delivery-status\r\n\r\n",
    b"Content-Type: text/html; charset=utf-7\r\n\r\n", b"Content-Type: text/calendar\r\n\r\n",
    b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n",
    b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\x01\x00",
    b"Content-Type: text/plain; charset=", b"iso-2022-jp", b"gb2312", b"utf-16", b"punycode",
    b"zlib",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n", b"Content-Disposition: attachment; filename=",
    b"filename*0*=utf-8''%", b"filename*1=", b"Content-ID: <a>\r\n", b"Subject: =?utf-8?b?",
    b"=?utf-8?q?=C3?=", b"From: =?gb2312?q?", b'To: "', b"<a@b>,", b"(((", b"References: <",
    b"begin 644 x\n#86)C\n`\nend\n", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:",
    b"-----BEGIN PGP MESSAGE-----", b"<style>@media (", b"{color:red}", b'<p style="color:rgb(',
    b'<img src="data:image/png;base64,', b'<img src="cid:a">', b"<a href=http://a.b>a.c</a>",
    b"<table><b><p>", b"<svg><style>", b"<!--", b"-->", b"&#0;", b"</", b"On a wrote:\n> ",
]  # fmt: skip


def mails() -> list[bytes]:
    """The corpora's mails where they are, and those of our own."""
    found = (path for path in sorted(CORPUS.rglob("*")) if path.is_file())
    return [*(path.read_bytes() for path in found), *(one.raw("http://canary") for one in NASTY)]


def mutated(seed: int, number: int, mails: Sequence[bytes]) -> bytes:
    """A mail changed in one to eight ways; one in fifty is stuffed to 100 kB or more."""
    dice = random.Random(f"{seed}:{number}")
    raw = dice.choice(mails)
    for _ in range(dice.randint(1, 8)):
        raw = _changed(raw, dice, mails)
    if dice.random() < 0.02:
        raw = _stuffed(raw, dice)
    return raw[:LARGEST]


def read(raw: bytes) -> None:
    """Read it as the adapter does. Raises whatever escapes, and for what could not be stored."""
    mail = parse(raw, "ana@example.org")
    digest("support", raw)
    texts = [mail.subject, mail.sender, mail.sender_name, mail.message_id, mail.thread, mail.text]
    for text in [*texts, mail.html or "", *mail.references, *mail.copied]:
        text.encode()
    assert len(mail.text) < 600_000
    assert len(mail.files) <= 200
    assert sum(len(file.data) for file in mail.files) <= 2 * len(raw) + 1_000
    for file in mail.files:
        assert 0 < len(file.name.encode()) <= 1_000
        assert not set(file.name) & set("/\\\0\r\n")


def _changed(raw: bytes, dice: random.Random, mails: Sequence[bytes]) -> bytes:
    start, end = sorted(dice.randint(0, len(raw)) for _ in range(2))
    if dice.random() < 0.7:
        end = min(end, start + dice.randint(0, 40))
    match dice.randrange(7):
        case 0:
            return raw[:start] + raw[end:]
        case 1 | 2:
            return raw[:start] + dice.choice(_TOKENS) + raw[end:]
        case 3:
            return raw[:start] + dice.randbytes(dice.randint(1, 12)) + raw[end:]
        case 4:
            other = dice.choice(mails)
            return raw[:start] + other[dice.randint(0, len(other)) :]
        case 5:
            return raw[:end] + raw[start:end] * dice.randint(1, 5) + raw[end:]
        case _:
            lines = raw.split(b"\n")
            one, two = (dice.randrange(len(lines)) for _ in range(2))
            lines[one], lines[two] = lines[two], lines[one]
            return b"\n".join(lines)


def _stuffed(raw: bytes, dice: random.Random) -> bytes:
    """Something of it, or of what is nasty, over and over."""
    place = dice.randint(0, len(raw))
    piece = dice.choice([dice.choice(_TOKENS), raw[place : place + dice.randint(1, 80)], b"a"])
    size = dice.choice([100_000, 300_000, 1_000_000])
    return raw[:place] + (piece or b"a") * (size // max(1, len(piece))) + raw[place:]
