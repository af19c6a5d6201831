"""Only what a server of ours has found out about a sender counts."""

import pytest

from adapters.email.reading.authentication import Found, found
from adapters.email.reading.headers import read
from adapters.email.reading.parse import parse

SERVER = "mx.desk.example"
PASS = f"{SERVER}; spf=pass smtp.mailfrom=desk.example; dmarc=pass header.from=desk.example"


def mail(*results: str, sender: str = "Anna <anna@desk.example>") -> bytes:
    fields = [f"Authentication-Results: {result}\r\n" for result in results]
    return ("".join(fields) + f"From: {sender}\r\nSubject: Hi\r\n\r\nHi").encode()


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([PASS], "passed"),
        ([PASS.replace("; ", ";\r\n\t")], "passed"),
        ([f"{SERVER} 1; dmarc=pass (p=reject) header.from=DESK.example"], "passed"),
        ([f"{SERVER}; dmarc=fail header.from=desk.example"], "failed"),
        ([f"{SERVER}; dmarc=none header.from=desk.example"], "unknown"),
        ([f"{SERVER}; spf=pass"], "unknown"),
        ([f"{SERVER}; dmarc=pass header.from=evil.example"], "unknown"),
        ([f"{SERVER}; dmarc=pass"], "unknown"),
        (["mx.evil.example; dmarc=pass header.from=desk.example"], "unknown"),
        ([f"{SERVER}.evil.example; dmarc=pass header.from=desk.example"], "unknown"),
        # what stands below the topmost was there when the mail came
        ([f"{SERVER}; dmarc=fail header.from=desk.example", PASS], "failed"),
        (["mx.other.example; none", PASS], "unknown"),
        (["", PASS], "unknown"),
        ([], "unknown"),
    ],
)
def test_the_topmost_result_counts_if_our_server_wrote_it(
    results: list[str], expected: Found
) -> None:
    assert found(read(mail(*results), 5), SERVER) == expected


def test_nobody_is_trusted_unless_a_server_is_named() -> None:
    assert found(read(mail("; dmarc=pass header.from=desk.example"), 5), "") == "unknown"


def test_a_mail_says_what_was_found_and_what_its_first_line_asks_for() -> None:
    vouched = parse(mail(PASS) + b"\r\n", None, SERVER)
    note = parse(mail(PASS).replace(b"\r\n\r\nHi", b"\r\n\r\n\r\n #Note \r\nHm."), None, SERVER)
    within = parse(mail(PASS).replace(b"\r\n\r\nHi", b"\r\n\r\nSee #note\r\n#note"), None, SERVER)

    assert (vouched.authentication, vouched.as_note) == ("passed", False)
    assert note.as_note
    assert not within.as_note


def test_two_senders_are_none() -> None:
    two = mail(PASS).replace(b"Subject:", b"From: eve@example.org\r\nSubject:")

    assert found(read(two, 5), SERVER) == "unknown"
