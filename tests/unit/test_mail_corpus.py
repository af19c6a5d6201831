"""Every mail of a corpus is read as somebody else's program reads the same bytes.

The other reader is fast-mail-parser, which is Rust and shares no code with ours. Where the two
differ, the RFC or the bytes decide, and the reason stands in APART.
"""

import hashlib
from pathlib import Path

import fast_mail_parser
import pytest

from adapters.email.reading import headers
from adapters.email.reading.parse import parse

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "mail" / "mail-gem"
MAILS = sorted(CORPUS.rglob("*.eml"))

# Mail and field → what we read, and why not what the other reader does.
APART: dict[tuple[str, str], tuple[object, str]] = {
    ("attachment_with_base64_encoded_name", "files"): (
        ["This is a test.pdf"],
        "an encoded word stands in an unquoted parameter; RFC 2047, 5 forbids it, senders do it",
    ),
    ("attachment_with_encoded_name", "files"): (
        ["01 Quien Te DijŠat. Pitbull.mp3"],
        "declared UTF-8, which it is not; windows-1252 is what such senders have",
    ),
    ("raw_email8", "files"): (["01 Quien Te DijŠat. Pitbull.mp3"], "as above"),
    ("bad_encoded_subject", "subject"): ("TEST", "a charset that is none, but the word is ASCII"),
    ("attachment_pdf_non_ascii", "text"): (
        "see if I can figure out what is going wrong here. Â",
        "the other reader leaves out a character that the bytes have (C3 82)",
    ),
    ("attachment_pdf_non_ascii_lf", "text"): (
        "see if I can figure out what is going wrong here. Â",
        "as above",
    ),
    ("content_transfer_encoding_7-bit", "text"): ("DISCOVERÆ CARD", "UTF-8, declared ISO-8859-1"),
    ("content_transfer_encoding_plain", "text"): ("ìIGTSî", "UTF-8, declared ISO-8859-1"),
    ("raw_email5", "text"): ("Bell Mobilité.", "UTF-8, declared ISO-8859-1"),
    ("raw_email6", "text"): ("Bell Mobilité.", "UTF-8, declared ISO-8859-1"),
    ("raw_email10", "text"): ("Bell Mobilité.", "UTF-8, declared UTF-7"),
    ("raw_email4", "text"): (
        "--mimepart_427e4cb4ca329_133ae40413c81ef-",
        "a boundary without its last character is text (RFC 2046, 5.1.1)",
    ),
    ("multi_address_bounce1", "name"): ("Mail Delivery System", "the name is a comment (RFC 822)"),
    ("multi_address_bounce2", "name"): ("Mail Delivery System", "the name is a comment (RFC 822)"),
    ("mix_caps_content_type", "from"): ("bb@bug.com", "no angle brackets: an address has no blank"),
    ("mix_caps_content_type", "name"): ("Big Bug", "as above"),
    ("raw_email_multiple_from", "from"): ("tim@powerupdev.com", "two addresses without a comma"),
    ("example10", "from"): ("pete@silly.test", "comments within an address (RFC 5322, A.5)"),
    ("example10", "name"): ("Pete", "a comment after the name is none of it"),
    ("example13", "subject"): ("Saying Hello", "blanks before the colon (RFC 5322, A.6.3)"),
    ("example13", "from"): ("jdoe@machine.example", "as above"),
    ("example13", "name"): ("John Doe", "as above"),
    ("example13", "text"): ('This is a message just to say hello. So, "Hello".', "as above"),
}


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_corpus_is_there() -> None:
    if not CORPUS.exists():
        pytest.skip("the corpus of mails is not there")
    assert len(MAILS) > 90
    names = {path.stem for path in MAILS}
    assert {name for name, _ in APART} <= names


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_is_read_as_others_read_it(path: Path) -> None:
    # given a mail, and what another reader makes of it
    raw = path.read_bytes()
    other = fast_mail_parser.parse_email(raw)
    sender = other.from_.address if other.from_ else ""
    name = (other.from_ and other.from_.display_name) or ""
    # when we read it
    mail = parse(raw)
    # then we agree, or can say why not
    found: dict[str, tuple[object, object]] = {
        "subject": (words(mail.subject), words(other.subject)),
        "from": (mail.sender, sender),
        "name": (mail.sender_name, "" if name == sender else words(name)),
        "files": (
            [file.name for file in mail.files],
            [
                file.filename or ours.name
                for file, ours in zip(other.attachments, mail.files, strict=True)
            ],
        ),
    }
    if other.text_plain:
        found["text"] = (words(mail.text), words(" ".join(other.text_plain)))
    for field, (ours, theirs) in found.items():
        expected, why = APART.get((path.stem, field), (theirs, ""))
        if field == "text" and why:
            assert str(expected) in str(ours), why
            assert ours != theirs, f"{field}: they agree now"
        else:
            assert ours == expected, why or field
            assert not why or ours != theirs, f"{field}: they agree now"
    # and of the files' types and bytes there are no two opinions
    assert [file.media_type for file in mail.files] == [
        file.mimetype.lower() for file in other.attachments
    ]
    assert [hashlib.sha256(file.data).digest() for file in mail.files] == [
        hashlib.sha256(file.content).digest() for file in other.attachments
    ]
    # and words there are wherever there was HTML, unless it is an attached message's
    attached = any(file.media_type == "message/rfc822" for file in mail.files)
    assert mail.text.strip() or attached or not any(words(html) for html in other.text_html)


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_whom_it_was_sent_to_is_read_as_others_read_it(path: Path) -> None:
    raw = path.read_bytes()
    ours = set(headers.addresses(headers.read(raw, 30), "to"))
    theirs = {person.address for person in fast_mail_parser.parse_email(raw).to}
    odd = {address for address in theirs if set(address) & set(" <>(),;:\"'") or "@" not in address}
    assert theirs - odd <= ours
