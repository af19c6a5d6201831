"""Only what a server of ours has found out about a sender counts."""

import pytest

from adapters.email.reading.authentication import Found, Vouching, found
from adapters.email.reading.headers import read
from adapters.email.reading.parse import parse

SERVER = "mx.desk.example"
OURS = Vouching.of(SERVER)
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
        # one field a method
        ([f"{SERVER}; spf=fail smtp.mailfrom=x.example", PASS], "passed"),
        ([PASS, f"{SERVER}; dmarc=fail header.from=desk.example"], "passed"),
        # a server that knows no DMARC
        ([f"{SERVER}; dkim=pass header.d=mail.desk.example"], "passed"),
        ([f"{SERVER}; dkim=pass header.i=@desk.example"], "passed"),
        ([f"{SERVER}; dkim=pass header.d=evil.example"], "unknown"),
        ([f"{SERVER}; dkim=fail header.d=desk.example"], "unknown"),
        ([f"{SERVER}; spf=pass smtp.mailfrom=bounces@desk.example"], "passed"),
        ([f"{SERVER}; spf=pass smtp.mailfrom=example"], "unknown"),
        (
            [f"{SERVER}; dkim=pass header.d=desk.example; dmarc=fail header.from=desk.example"],
            "failed",
        ),
        # what a sender has a say in stands in comments and quotes
        (
            [f"{SERVER}; spf=fail (helo x; dmarc=pass header.from=desk.example) smtp.helo=x"],
            "unknown",
        ),
        ([f'{SERVER}; spf=fail reason="; dmarc=pass header.from=desk.example"'], "unknown"),
        (
            [
                f"{SERVER}; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=desk.example;"
                "dmarc=pass action=none header.from=desk.example;compauth=pass reason=100"
            ],
            "passed",
        ),
        ([f"{SERVER}; dmarc=pass ((((" + "(" * 5_000], "unknown"),
        ([], "unknown"),
    ],
)
def test_the_topmost_result_counts_if_our_server_wrote_it(
    results: list[str], expected: Found
) -> None:
    assert found(read(mail(*results), 5), OURS) == expected


def test_nobody_is_trusted_unless_a_server_is_named() -> None:
    assert (
        found(read(mail("; dmarc=pass header.from=desk.example"), 5), Vouching.of("")) == "unknown"
    )


def test_a_mail_says_what_was_found_and_what_its_first_line_asks_for() -> None:
    vouched = parse(mail(PASS) + b"\r\n", None, OURS)
    note = parse(mail(PASS).replace(b"\r\n\r\nHi", b"\r\n\r\n\r\n #Note \r\nHm."), None, OURS)
    within = parse(mail(PASS).replace(b"\r\n\r\nHi", b"\r\n\r\nSee #note\r\n#note"), None, OURS)

    assert (vouched.authentication, vouched.as_note) == ("passed", False)
    assert note.as_note
    assert not within.as_note


def test_two_senders_are_none() -> None:
    two = mail(PASS).replace(b"Subject:", b"From: eve@example.org\r\nSubject:")

    assert found(read(two, 5), OURS) == "unknown"


def test_what_stands_below_a_station_came_with_the_mail() -> None:
    own = f"Authentication-Results: {SERVER}; spf=none\r\n"
    forged = mail(PASS).decode()

    raw = f"{own}Received: from evil.example by {SERVER}\r\n{forged}".encode()

    assert found(read(raw, 5), OURS) == "unknown"


def test_any_of_our_servers_counts() -> None:
    two = Vouching.of(f"mx2.desk.example, {SERVER.upper()}")

    assert found(read(mail(PASS), 5), two) == "passed"


LIST = "lists.example"
CHAIN = (
    "ARC-Seal: i=1; a=rsa-sha256; cv=none; d={sealer}; s=s; b=x\r\n"
    "ARC-Authentication-Results: i=1; mx.lists.example; dmarc={result} header.from=desk.example\r\n"
)


@pytest.mark.parametrize(
    ("arc", "sealer", "result", "forwarders", "expected"),
    [
        ("pass", LIST, "pass", LIST, "passed"),
        ("pass", LIST, "fail", LIST, "failed"),
        ("pass", "evil.example", "pass", LIST, "failed"),
        ("fail", LIST, "pass", LIST, "failed"),
        ("pass", LIST, "pass", "", "failed"),
    ],
)
def test_a_forwarder_counts_that_is_trusted_and_whose_seal_holds(
    arc: str, sealer: str, result: str, forwarders: str, expected: Found
) -> None:
    own = f"{SERVER}; arc={arc}; dmarc=fail header.from=desk.example"
    sealed = (
        mail(own).decode().replace("From:", CHAIN.format(sealer=sealer, result=result) + "From:")
    )

    assert found(read(sealed.encode(), 5), Vouching.of(SERVER, forwarders)) == expected


def test_a_chain_is_followed_as_far_as_its_sealers_are_trusted() -> None:
    second = (
        "ARC-Seal: i=2; cv=pass; d={sealer}; b=x\r\n"
        "ARC-Authentication-Results: i=2; mx.x; arc=pass; dmarc=fail header.from=desk.example\r\n"
    )
    own = mail(f"{SERVER}; arc=pass; dmarc=fail header.from=desk.example").decode()

    def verdict(sealer: str) -> Found:
        chain = second.format(sealer=sealer) + CHAIN.format(sealer=LIST, result="pass")
        raw = own.replace("From:", chain + "From:").encode()
        return found(read(raw, 5), Vouching.of(SERVER, f"{LIST}, hub.example"))

    assert (verdict("hub.example"), verdict("evil.example")) == ("passed", "failed")
