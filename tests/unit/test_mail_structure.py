"""Whatever a mail is built of, its words are words, its files are files, and nothing is lost."""

import binascii
import struct
from email.message import EmailMessage
from email.policy import SMTP

import pytest
import tnefparse
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.reading import flowed, tnef, uuencoded
from adapters.email.reading.parse import Mail, parse
from libs.files import sniffing

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
PDF = b"%PDF-1.7\n" + b"\0" * 60


def mail(*parts: str, kind: str = "mixed", head: str = "") -> Mail:
    """A multipart; each part begins with its header."""
    body = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return parse(
        f"{head}Content-Type: multipart/{kind}; boundary=b\r\n\r\n{body}--b--\r\n".encode()
    )


def part(media_type: str, text: str, *fields: str) -> str:
    return "\r\n".join([f"Content-Type: {media_type}", *fields, "", text])


# Texts


def test_texts_with_files_between_them_stay_in_their_order() -> None:
    # given a mail as Apple's program writes it
    found = mail(
        part("text/plain", "Before"),
        part("image/png; name=a.png", "png", "Content-Disposition: inline"),
        part("text/plain", "After"),
    )
    assert found.text == "Before\n\nAfter"
    assert [(file.name, file.inline) for file in found.files] == [("a.png", False)]


def test_two_versions_of_one_text_are_one_text_wherever_they_stand() -> None:
    same = mail(part("text/plain", "It is on fire!"), part("text/html", "<p>It is <b>on fire</b>!"))
    two = mail(part("text/plain", "It is on fire!"), part("text/html", "<p>Sent by a list</p>"))

    assert same.text == "It is on fire!"
    assert same.html is not None
    assert "<b>on fire</b>" in same.html
    assert two.text == "It is on fire!\n\nSent by a list"


def test_lines_that_were_broken_on_the_way_are_one_paragraph() -> None:
    text = "A paragraph \r\ngoes on.\r\n>> quoted \r\n>> words\r\n>From here\r\n-- \r\nAna"
    found = parse(f"Content-Type: text/plain; format=flowed\r\n\r\n{text}".encode())
    assert found.text == "A paragraph goes on.\n>> quoted words\n> From here\n-- \nAna"


@pytest.mark.parametrize(
    ("text", "delete_blank", "expected"),
    [
        ("a \nb", False, "a b"),
        ("日本 \n語", True, "日本語"),
        (">a \nb", False, "> a \nb"),
        (">>a \n>>b", False, ">> a b"),
        (" >no quote", False, ">no quote"),
        ("a \n-- \nb", False, "a \n-- \nb"),
        ("", False, ""),
    ],
)
def test_flowed_text_follows_its_rfc(text: str, delete_blank: bool, expected: str) -> None:
    assert flowed.unflowed(text, delete_blank=delete_blank) == expected


def test_an_invitation_alone_can_be_read() -> None:
    invitation = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260302T090000Z\r\n"
        "DTSTART:20260302T100000Z\r\nSUMMARY:Printer\\, second\r\n  floor\r\nLOCATION:Köln\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    alone = mail(part("text/calendar; method=REQUEST; charset=utf-8", invitation))
    beside = mail(part("text/plain", "Come!"), part("text/calendar", invitation))

    assert alone.text == "Printer, second floor\n2026-03-02 10:00 UTC\nKöln"
    assert beside.text == "Come!"
    assert [file.name for file in alone.files] == ["attachment.ics"]


@pytest.mark.parametrize(
    "text", ["", "BEGIN:VCALENDAR", "BEGIN:VEVENT\r\nDTSTART:x\r\n", "a" * 200_000]
)
def test_a_calendar_that_is_none_is_a_file_all_the_same(text: str) -> None:
    found = mail(part("text/calendar", text))
    assert found.text == ""
    assert len(found.files) == 1


def test_words_of_a_kind_unknown_are_read_when_there_are_no_others() -> None:
    assert mail(part("text/x-odd", "Hello")).text == "Hello"
    assert mail(part("text/x-odd; name=a", "Hello")).text == ""
    assert mail(part("text/x-odd", "odd"), part("text/plain", "plain")).text == "plain"


def test_html_says_which_charset_it_is_in() -> None:
    page = "<meta http-equiv=x content='text/html; charset=koi8-r'><p>Привет, принтер".encode(
        "koi8-r"
    )
    assert parse(b"Content-Type: text/html\r\n\r\n" + page).text.strip() == "Привет, принтер"


# Files


def uu(name: str, data: bytes) -> str:
    lines = [binascii.b2a_uu(data[i : i + 45]).decode() for i in range(0, len(data), 45)]
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


def test_a_uuencoded_file_is_a_file() -> None:
    found = parse(("Subject: x\n\nBefore\n" + uu("dir/a b.pdf", PDF) + "After").encode())
    assert found.text == "Before\nAfter"
    assert [(file.name, file.media_type, file.data) for file in found.files] == [
        ("a b.pdf", "application/pdf", PDF)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 a.txt\nthis is not a file of that kind, it is a sentence\nend",
        "begin 644 a.txt\n#86)C\n",
        "begin the day\nend",
        "=ybegin line=128 size=3 name=a.bin\nabc\n=yend size=3",
    ],
)
def test_what_only_looks_like_a_file_stays_text(text: str) -> None:
    assert uuencoded.taken_out(text, 10) == (text, [])


@given(st.binary(max_size=300))
def test_uuencode_keeps_every_byte(data: bytes) -> None:
    kept, files = uuencoded.taken_out(f"a\n{uu('x', data)}b", 10)
    assert (kept, files) == ("a\nb", [("x", data)])


def test_an_attached_message_is_a_file_named_by_its_subject() -> None:
    inner = part("message/rfc822", "Subject: =?utf-8?q?=C3=84rger/Fire?=\r\n\r\ninside")
    [file] = mail(part("text/plain", "See"), inner).files
    assert (file.name, file.media_type) == ("Ärger_Fire.eml", "message/rfc822")
    assert file.data.endswith(b"inside")


@pytest.mark.parametrize(
    "fields",
    [
        ["Content-ID: <logo@x>"],
        ["Content-ID: <logo@x>", "Content-Disposition: inline"],
        ["Content-ID: <logo@x>", "Content-Disposition: attachment; filename=logo.png"],
    ],
)
@pytest.mark.parametrize("media_type", ["image/png", "application/octet-stream", "image/x-png"])
def test_a_picture_is_inline_when_the_html_shows_it(media_type: str, fields: list[str]) -> None:
    # given a picture that is declared in one way or the other
    written = EmailMessage(SMTP)
    written.set_content('<p>Hi <img src="cid:logo@x">', subtype="html")
    encoded = binascii.b2a_base64(PNG).decode()
    html = written.as_string()
    shown = mail(html, part(media_type, encoded, "Content-Transfer-Encoding: base64", *fields))
    beside = mail(
        part("text/plain", "Hi"),
        part(media_type, encoded, "Content-Transfer-Encoding: base64", *fields),
    )
    # then it is shown within the HTML, and else beside the text
    [file] = shown.files
    assert (file.inline, file.media_type, file.content_id, file.data) == (
        True,
        "image/png",
        "logo@x",
        PNG,
    )
    assert not beside.files[0].inline


def test_what_is_no_picture_is_never_inline() -> None:
    html = part("text/html", '<img src="cid:a">')
    svg = part("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>", "Content-ID: <a>")
    assert not mail(html, svg).files[0].inline


@pytest.mark.parametrize(
    ("name", "media_type", "data", "really"),
    [
        ("a.png", "image/png", PNG, ""),
        ("a.jpg", "image/jpeg", PNG, "image/png"),
        ("a.png", "application/octet-stream", PNG, ""),
        ("a.docx", "application/octet-stream", b"PK\x03\x04" + b"\0" * 50, ""),
        ("bill.pdf", "application/pdf", b"MZ\x90\0" + b"\0" * 100, "application/x-msdownload"),
        ("setup.exe", "application/octet-stream", b"MZ\x90\0" + b"\0" * 100, ""),
        ("bill.pdf.exe", "application/octet-stream", b"anything", "application/x-msdownload"),
        ("photo.scr", "image/jpeg", b"anything", "application/x-msdownload"),
        ("photo.jpg", "image/jpeg", b"<html><script>1</script>", "text/html"),
        ("notes.txt", "text/plain", b"just words", ""),
        ("empty", "application/pdf", b"", ""),
    ],
)
def test_a_file_that_is_not_what_it_says_is_marked(
    name: str, media_type: str, data: bytes, really: str
) -> None:
    assert sniffing.really(name, media_type, data) == really


@given(st.text(max_size=40), st.binary(max_size=200))
def test_any_file_gets_an_answer(name: str, data: bytes) -> None:
    sniffing.really(name, "application/octet-stream", data)


# Signed and encrypted


@pytest.mark.parametrize(
    ("head", "body", "protection"),
    [
        ("multipart/signed; boundary=b", "--b\n\nHi\n--b\n\nsig\n--b--", "signed"),
        ("multipart/encrypted; boundary=b", "--b\n\nHi\n--b--", "encrypted"),
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "x", "encrypted"),
        ("application/x-pkcs7-mime; smime-type=signed-data", "x", "signed"),
        ("text/plain", "Hi\n-----BEGIN PGP MESSAGE-----\nabc", "encrypted"),
        ("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHi", "signed"),
        (
            "multipart/mixed; boundary=b",
            "--b\nContent-Type: multipart/signed\n\nx\n--b--",
            "signed",
        ),
        ("text/plain", "I wrote -----BEGIN PGP MESSAGE----- here", ""),
    ],
)
def test_a_mail_says_whether_it_was_signed_or_encrypted(
    head: str, body: str, protection: str
) -> None:
    assert parse(f"Content-Type: {head}\n\n{body}".encode()).protection == protection


# Outlook's packages


def attribute(level: int, name: int, kind: int, data: bytes) -> bytes:
    return (
        struct.pack("<BHHI", level, name, kind, len(data))
        + data
        + struct.pack("<H", sum(data) % 65536)
    )


def properties(*values: tuple[int, int, bytes]) -> bytes:
    packed = struct.pack("<I", len(values))
    for kind, name, value in values:
        packed += (
            struct.pack("<HHII", kind, name, 1, len(value)) + value + b"\0" * (-len(value) % 4)
        )
    return packed


def file_of(name: str, data: bytes, *more: tuple[int, int, bytes]) -> bytes:
    long_name = (0x1F, 0x3707, (name + "\0").encode("utf-16-le"))
    return (
        attribute(2, 0x9002, 6, b"\1\0" + b"\0" * 12)
        + attribute(2, 0x8010, 1, b"SHORT~1.PDF\0")
        + attribute(2, 0x800F, 6, data)
        + attribute(2, 0x9005, 6, properties(long_name, *more))
    )


def packed(*attributes: bytes) -> bytes:
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x9007, 6, struct.pack("<Q", 1252))
        + b"".join(attributes)
    )


def winmail(data: bytes, *parts: str) -> Mail:
    encoded = binascii.b2a_base64(data).decode()
    return mail(
        *parts,
        part(
            'application/ms-tnef; name="winmail.dat"', encoded, "Content-Transfer-Encoding: base64"
        ),
    )


def test_winmail_dat_is_unpacked_as_others_unpack_it() -> None:
    # given a package with a file whose end is zeros, and one whose type and Content-ID are told
    data = packed(
        file_of("Rechnung März.pdf", PDF),
        file_of("logo.png", PNG, (0x1E, 0x370E, b"image/png\0"), (0x1E, 0x3712, b"logo@x\0")),
    )
    # when it comes with a mail
    found = winmail(
        data, part("text/plain", "See there"), part("text/html", '<img src="cid:logo@x">')
    )
    # then the mail has the files instead
    assert [(f.name, f.media_type, f.inline, f.data) for f in found.files] == [
        ("Rechnung März.pdf", "application/pdf", False, PDF),
        ("logo.png", "image/png", True, PNG),
    ]
    # and another program finds the same
    other = tnefparse.TNEF(data)
    assert [(f.long_filename(), f.data) for f in other.attachments] == [
        (f.name, f.data) for f in found.files
    ]


def test_the_words_of_a_package_are_read_when_there_are_no_others() -> None:
    body = attribute(1, 0x9003, 6, properties((0x1E, 0x1000, "Grüße".encode("cp1252"))))
    html = attribute(1, 0x9003, 6, properties((0x102, 0x1013, b"<p>From HTML</p>")))

    assert winmail(packed(body)).text == "Grüße"
    assert winmail(packed(html)).text.strip() == "From HTML"
    assert winmail(packed(body), part("text/plain", "Hello")).text == "Hello"
    assert not winmail(packed(body)).files


def test_a_message_within_a_package_gives_its_files() -> None:
    inner = b"\0" * 16 + packed(file_of("inner.pdf", PDF))
    outer = packed(
        attribute(2, 0x9002, 6, b"\0" * 14)
        + attribute(2, 0x9005, 6, properties((0x0D, 0x3701, inner)))
    )
    assert [file.name for file in winmail(outer).files] == ["inner.pdf"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no package",
        packed(),
        packed(struct.pack("<BHHI", 2, 0x800F, 6, 2**32 - 1) + b"short"),
        packed(attribute(1, 0x9003, 6, struct.pack("<I", 2**32 - 1))),
        packed(attribute(1, 0x9003, 6, struct.pack("<IHHI", 1, 0x1002, 0x1000, 2**32 - 1))),
        packed(attribute(1, 0x9003, 6, struct.pack("<IHH", 1, 0x77, 0x1000))),
    ],
    ids=range(7),
)
def test_a_package_that_cannot_be_unpacked_stays_as_it_is(data: bytes) -> None:
    [file] = winmail(data).files
    assert (file.name, file.data) == ("winmail.dat", data)


def test_packages_within_packages_come_to_an_end() -> None:
    data = packed(file_of("deepest.pdf", PDF))
    for _ in range(30):
        props = properties((0x0D, 0x3701, b"\0" * 16 + data))
        data = packed(attribute(2, 0x9002, 6, b"\0" * 14) + attribute(2, 0x9005, 6, props))
    package = tnef.read(data)
    assert package is not None
    assert len(package.files) == 1  # the innermost that was not opened


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_package_gets_an_answer(noise: bytes, place: int) -> None:
    data = packed(file_of("a.pdf", PDF))
    tnef.read(data[:place] + noise + data[place:])
