"""Replies become mails that hold their thread, and that no field can break out of."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import fast_mail_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.email.reading.parse import parse
from adapters.email.sending.compose import Enclosure, Letter, Undeliverable, answering, compose

LETTER = Letter(
    message_id="<event.ref@helpdesk.example>",
    written_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    sender="support@helpdesk.example",
    reply_to="support+ref@helpdesk.example",
    address="ana@example.org",
    name="Ana Weber",
    subject="Re: Printer",
    text="Dear Ana,\n\nit is <off>.\nBye",
    html=None,
    thread=("<root@example.org>", "<last@example.org>"),
)


def read(letter: Letter) -> EmailMessage:
    message = message_from_bytes(compose(letter).data, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_a_reply_says_who_to_whom_and_where_in_the_thread() -> None:
    message = read(LETTER)
    assert {name: str(message[name]) for name in set(message) if name[0] != "C"} == {
        "From": "support@helpdesk.example",
        "To": "Ana Weber <ana@example.org>",
        "Reply-To": "support+ref@helpdesk.example",
        "Subject": "Re: Printer",
        "Date": "Mon, 02 Mar 2026 09:30:00 +0000",
        "Message-ID": "<event.ref@helpdesk.example>",
        "In-Reply-To": "<last@example.org>",
        "References": "<root@example.org> <last@example.org>",
        "MIME-Version": "1.0",
    }


def test_its_words_come_as_text_and_as_html() -> None:
    message = read(LETTER)
    assert part(message, "plain").replace("\r\n", "\n") == "Dear Ana,\n\nit is <off>.\nBye\n"
    assert part(message, "html").replace("\r\n", "\n") == (
        "<p>Dear Ana,</p>\n<p>it is &lt;off&gt;.<br>Bye</p>\n"
    )
    assert part(read(replace(LETTER, html="<p>Hi</p>")), "html").strip() == "<p>Hi</p>"


def test_bounces_come_to_the_signed_address() -> None:
    assert compose(LETTER).sender == "support+ref@helpdesk.example"


def test_files_go_along() -> None:
    letter = replace(LETTER, enclosures=[Enclosure("Plan für Ana.png", "image/png", b"\x00png")])
    [attached] = read(letter).iter_attachments()
    assert isinstance(attached, EmailMessage)
    assert attached.get_filename() == "Plan für Ana.png"
    assert attached.get_content() == b"\x00png"


def test_pictures_that_the_html_shows_stand_beside_it() -> None:
    # given words that show a picture, and files that they do not show
    html = '<p>Look: <img src="cid:plan%2B1@desk.example"> and <a href="cid:notes">this</a></p>'
    picture = Enclosure("Plan.png", "image/png", b"\x89PNG plan", "plan+1@desk.example")
    others = [
        Enclosure("other.png", "image/png", b"\x89PNG other", "other@desk.example"),
        Enclosure("notes.pdf", "application/pdf", b"%PDF", "notes"),
        Enclosure("odd.png", "image/png", b"\x89PNG odd", "plan>\r\nBcc: all@example.org"),
    ]
    data = compose(replace(LETTER, html=html, enclosures=[picture, *others])).data
    # then the picture comes with the HTML, and the others as files
    message = message_from_bytes(data, policy=SMTP)
    assert isinstance(message, EmailMessage)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        *("multipart/mixed", "multipart/alternative", "text/plain"),
        *("multipart/related", "text/html", "image/png"),
        *("image/png", "application/pdf", "image/png"),
    ]
    # and whoever reads it finds the bytes by the id that the HTML names: our reader and another one
    [shown, *rest] = parse(data).files
    assert (shown.content_id, shown.name, shown.data) == (
        "plan+1@desk.example",
        "Plan.png",
        b"\x89PNG plan",
    )
    assert [one.name for one in rest] == ["other.png", "notes.pdf", "odd.png"]
    theirs = fast_mail_parser.parse_email(data)
    assert [one.strip() for one in theirs.text_html] == [html]
    assert {one.filename: one.content for one in theirs.attachments} == {
        one.name: one.data for one in (picture, *others)
    }
    assert b"\nBcc" not in data


def test_a_long_message_id_stays_in_one_piece() -> None:
    # given ids longer than a line of a header may be
    ids = [f"<{'x' * 200}{n}@example.org>" for n in range(20)]
    # when they are written
    data = compose(replace(LETTER, thread=ids)).data
    # then a mail program finds each of them as it was
    assert all(id.encode() in data for id in ids)


def test_an_endless_id_is_left_out() -> None:
    message = read(replace(LETTER, thread=["<root@example.org>", f"<{'x' * 900}@example.org>"]))
    assert message["References"] == "<root@example.org>"


def test_an_international_address_needs_a_server_that_takes_it() -> None:
    mail = compose(replace(LETTER, address="jörg@exämple.org"))
    assert mail.utf8
    assert mail.recipient == "jörg@xn--exmple-cua.org"
    assert not compose(replace(LETTER, address="joerg@exämple.org")).utf8


@pytest.mark.parametrize(
    "address", ["", "nobody", "a b@example.org", "a@@b", "a\n@b", "a@" + "x" * 80]
)
def test_what_is_no_address_is_undeliverable(address: str) -> None:
    with pytest.raises(Undeliverable):
        compose(replace(LETTER, address=address))


@settings(deadline=None)
@given(st.text(), st.text(), st.text())
def test_no_field_can_add_a_header(subject: str, name: str, text: str) -> None:
    hostile = "\r\nBcc: all@example.org\r\n\r\n"
    letter = replace(
        LETTER,
        subject=subject + hostile,
        name=name + hostile,
        text=text + hostile,
        enclosures=[Enclosure(name + hostile, "text/plain", b"x")],
    )
    data = compose(letter).data
    message = message_from_bytes(data, policy=SMTP)
    assert message["Bcc"] is None
    assert str(message["Message-ID"]) == LETTER.message_id
    head = data.partition(b"\r\n\r\n")[0]
    assert b"\nBcc" not in head
    assert data.isascii()


def test_an_answer_says_so_once() -> None:
    assert answering("Printer") == "Re: Printer"
    assert answering("RE: Printer") == "RE: Printer"


def test_what_no_person_wrote_says_so_and_can_be_declined() -> None:
    url = f"https://help.example/t/{'x' * 64}/no-more-questions"
    message = read(replace(LETTER, automatic="auto-generated", unsubscribe=url))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    by_mail = f"<mailto:{LETTER.reply_to}?subject=unsubscribe>"
    assert message["List-Unsubscribe"] == f"<{url}>, {by_mail}"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@settings(deadline=None)
@given(st.text())
def test_a_brands_name_adds_no_header(name: str) -> None:
    message = read(replace(LETTER, sender_name=name + "\r\nBcc: all@example.org"))
    assert message["Bcc"] is None
    assert message["From"].addresses[0].addr_spec == "support@helpdesk.example"
