"""Of a mail that came back one knows whom it did not reach, why, and whether it ever will."""

import logging
from pathlib import Path

import pytest

from adapters.email.reading.bounces import Bounce
from adapters.email.reading.parse import parse

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "mail" / "mail-gem"
OURS = "<0198c1a2.mfzwizltoq@desk.example>"


def told(text: str, subject: str = "Mail", sender: str = "MAILER-DAEMON@mx.example") -> Bounce:
    raw = f"From: {sender}\r\nTo: support@desk.example\r\nSubject: {subject}\r\n\r\n{text}"
    [found] = parse(raw.encode(), "").bounces
    return found


def report(action: str, status: str, why: str = "smtp; 550 5.1.1 no such user") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Original-Recipient: rfc822; Ada@example.org\r\n"
        "Final-Recipient: rfc822; ada@mailbox.example\r\n"
        f"Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: {why}\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"From: Support <support@desk.example>\r\nMessage-ID: {OURS}\r\n--b--\r\n"
    ).encode()


def test_a_report_names_recipient_status_and_what_came_back() -> None:
    [found] = parse(report("failed", "5.1.1"), "").bounces
    assert (found.recipient, found.status, found.permanent) == ("Ada@example.org", "5.1.1", True)
    assert OURS in found.returned


@pytest.mark.parametrize(
    ("action", "status", "why", "permanent"),
    [
        ("failed", "5.1.1", "smtp; 550 no such user", True),
        ("failed", "5.0.0", "smtp; 550 5.1.10 recipient not found", True),
        ("failed", "5.1.2", "dns; no such domain", True),
        ("failed", "5.2.2", "smtp; 552 mailbox full", False),
        ("failed", "5.7.1", "smtp; 550 5.7.1 rejected as spam", False),
        ("failed", "5.0.0", "smtp; 554 message content rejected: spam", False),
        ("failed", "5.4.7", "smtp; 451 timeout", False),
        ("delayed", "4.4.1", "smtp; connection refused", False),
    ],
)
def test_only_what_is_wrong_with_the_mailbox_is_for_good(
    action: str, status: str, why: str, permanent: bool
) -> None:
    [found] = parse(report(action, status, why), "").bounces
    assert found.permanent is permanent


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_of_success_is_no_bounce(action: str) -> None:
    assert parse(report(action, "2.0.0"), "").bounces == ()


def test_people_who_send_a_report_on_have_not_bounced() -> None:
    sent_on = report("failed", "5.1.1").replace(b"multipart/report; ", b"multipart/mixed; ")
    raw = sent_on.replace(b"MAILER-DAEMON@mx.example", b"ada@example.org")
    assert parse(raw.replace(b"Auto-Submitted: auto-replied\r\n", b""), "ada@x.org").bounces == ()


@pytest.mark.parametrize(
    "text",
    [
        # qmail
        "Hi. This is the qmail-send program at mx.example.\r\nI'm afraid I wasn't able to deliver "
        "your message to the following addresses.\r\nThis is a permanent error; I've given up.\r\n"
        "\r\n<ada@example.org>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n"
        "--- Below this line is a copy of the message.\r\n",
        # Exim
        "This message was created automatically by mail delivery software.\r\n\r\nA message that "
        "you sent could not be delivered to one or more of its\r\nrecipients. This is a permanent "
        "error. The following address(es) failed:\r\n\r\n  ada@example.org\r\n    550 5.1.1 no such"
        " user\r\n",
        # Postfix
        "This is the mail system at host mx.example.\r\n\r\nI'm sorry to have to inform you that "
        "your message could not\r\nbe delivered to one or more recipients.\r\n\r\n"
        "<ada@example.org>: host mx.example.org said: 550 5.1.1 unknown user\r\n",
        # Exchange
        "Delivery has failed to these recipients or groups:\r\n\r\nada@example.org\r\nThe email "
        "address you entered couldn't be found. 550 5.1.1 RESOLVER.ADR.RecipNotFound\r\n",
        # Gmail
        "** Address not found **\r\n\r\nYour message wasn't delivered to ada@example.org because "
        "the address couldn't be found.\r\n\r\nThe response was:\r\n550 5.1.1 no such account\r\n",
        "Ihre Nachricht konnte nicht zugestellt werden: ada@example.org (550 5.1.1)\r\n",
        "Votre message n'a pas pu être remis à ada@example.org : 550 5.1.1\r\n",
        "Su mensaje no se ha podido entregar a ada@example.org: 550 5.1.1\r\n",
        "Non è stato possibile recapitare il messaggio a ada@example.org: 550 5.1.1\r\n",
        "Sua mensagem não foi entregue para ada@example.org: 550 5.1.1\r\n",
        "Uw bericht kon niet worden bezorgd bij ada@example.org: 550 5.1.1\r\n",
        "Meddelandet kunde inte levereras till ada@example.org: 550 5.1.1\r\n",
        "Wiadomość nie mogła zostać dostarczona do ada@example.org: 550 5.1.1\r\n",
        "Сообщение не удалось доставить: ada@example.org 550 5.1.1\r\n",
        "邮件无法投递到 ada@example.org 550 5.1.1\r\n",
        "ada@example.org に配信できませんでした 550 5.1.1\r\n",
    ],
)
def test_free_text_is_understood(text: str) -> None:
    returned = f"\r\nReturn-Path: <support@desk.example>\r\nMessage-ID: {OURS}\r\n"
    found = told(text + returned, "Undelivered")
    assert (found.recipient, found.status, found.permanent) == ("ada@example.org", "5.1.1", True)
    assert OURS in found.returned


def test_an_answer_of_a_machine_is_no_bounce() -> None:
    raw = b"From: ada@example.org\r\nSubject: Automatic reply: X\r\n\r\nAsk bo@example.org."
    assert parse(raw, "").bounces == ()
    assert parse(b"From: MAILER-DAEMON@x\r\n\r\nWelcome, ada@example.org!", "").bounces == ()


@pytest.mark.parametrize(
    ("name", "recipient", "status"),
    [
        ("report_422.eml", "fraser@oooooooo.com.au", "4.2.2"),
        ("report_530.eml", "edwin@zzzzzzz.com", "5.3.0"),
        ("multipart_report_multiple_status.eml", "u@ci.com", "5.3.0"),
    ],
)
def test_real_reports_are_understood(name: str, recipient: str, status: str) -> None:
    if not CORPUS.exists():
        pytest.skip("no corpus here")
    [found] = parse((CORPUS / "multipart_report_emails" / name).read_bytes()).bounces
    assert (found.recipient, found.status) == (recipient, status)


@pytest.mark.parametrize("number", [1, 2])
def test_each_failure_of_a_real_report_counts(number: int) -> None:
    if not CORPUS.exists():
        pytest.skip("no corpus here")
    name = f"multi_address_bounce{number}.eml"
    found = parse((CORPUS / "multipart_report_emails" / name).read_bytes()).bounces
    assert len({one.recipient for one in found}) == len(found) > 1


def test_of_ten_thousand_failures_ten_count() -> None:
    block = "Final-Recipient: rfc822; u{}@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    many = "".join(block.format(number) for number in range(10_000)).encode()
    raw = report("failed", "5.1.1").replace(b"Original-Recipient", many + b"Original-Recipient")

    assert len(parse(raw, "").bounces) == 10


def test_the_returned_mails_own_id_comes_before_those_that_it_answered() -> None:
    older = b"In-Reply-To: <older@desk.example>\r\nReferences: <older@desk.example>\r\nMessage-ID:"
    raw = report("failed", "5.1.1").replace(b"Message-ID:", older)
    [found] = parse(raw, "").bounces

    assert found.returned[0] == OURS


def test_what_trips_a_detector_stands_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert parse(b"From: MAILER-DAEMON@mx.example\r\n\r\nada@example.org said hi").bounces == ()

    assert caplog.text == ""
