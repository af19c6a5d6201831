"""Complaints and unsubscribes are told from what people ask, and from other reports."""

import pytest

from adapters.email.reading.parse import parse

OURS = "<0198c1a2.mfzwizltoq@desk.example>"
SIGNED = "support+" + "a" * 40 + "@desk.example"


def complaint(kind: str = "abuse", named: str = "", to: str = "Ada <ada@example.org>") -> bytes:
    return (
        "From: feedback@isp.example\r\nTo: abuse@desk.example\r\nSubject: FW: Your request\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report for a mail from "
        "ada@example.org that could not be delivered.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
        f"Feedback-Type: {kind}\r\nUser-Agent: Isp/1\r\nVersion: 1\r\n{named}\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\n"
        f"From: Support <{SIGNED}>\r\nTo: {to}\r\nMessage-ID: {OURS}\r\n\r\nHello\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("raw", "kind", "recipient"),
    [
        (complaint(), "abuse", "ada@example.org"),
        (complaint("Fraud (phishing)"), "fraud", "ada@example.org"),
        (complaint("?!"), "other", "ada@example.org"),
        (complaint(named="Original-Rcpt-To: <bo@example.org>\r\n"), "abuse", "bo@example.org"),
        (complaint(named="Original-Rcpt-To: redacted@isp.example\r\n"), "abuse", ""),
        (complaint(to="undisclosed-recipients:;"), "abuse", ""),
    ],
)
def test_a_complaint_says_what_of_and_who_if_it_may(raw: bytes, kind: str, recipient: str) -> None:
    mail = parse(raw, "feedback@isp.example")

    assert mail.complaint is not None
    assert (mail.complaint.kind, mail.complaint.recipient) == (kind, recipient)
    assert (mail.automatic, mail.bounces) == ("complaint", ())
    assert mail.complaint.returned[0] == OURS


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_other_feedback_is_a_report_and_no_more(kind: str) -> None:
    mail = parse(complaint(kind), "feedback@isp.example")

    assert (mail.complaint, mail.automatic) == (None, "report")


@pytest.mark.parametrize(
    ("subject", "to", "text", "automatic"),
    [
        ("unsubscribe", SIGNED, "", "unsubscribe"),
        ("Unsubscribe ", f"Desk <{SIGNED}>", "This was sent by Mail.\r\n", "unsubscribe"),
        ("unsubscribe", "support@desk.example", "Please take me off your list.", ""),
        ("Re: unsubscribe", SIGNED, "How do I do that?", ""),
        ("unsubscribe", SIGNED, "And another thing: my printer burns. " * 30, ""),
    ],
)
def test_a_mail_program_that_unsubscribes_is_no_person_who_asks(
    subject: str, to: str, text: str, automatic: str
) -> None:
    raw = f"From: ada@example.org\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n{text}".encode()

    assert parse(raw, "ada@example.org").automatic == automatic
