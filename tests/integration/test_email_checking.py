"""Senders are checked against a real name server: what it says counts, its silence does not."""

import base64
import time
from collections.abc import Iterator
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.email.settings import EmailSettings
from adapters.email.taking.checking import Checker, Client
from tests.support.name_server import Zone, serving

pytestmark = pytest.mark.integration

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
)
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
ALLOWED, OTHER = Client("192.0.2.7", "mx.shop.example"), Client("203.0.113.9", "evil.example")
MAIL = b"From: Ada <ada@shop.example>\r\nTo: support@desk.example\r\nSubject: Hi\r\n\r\nHi.\r\n"


def published() -> dict[str, str]:

    key = base64.b64encode(PUBLIC).decode()
    return {
        "_dmarc.shop.example": "v=DMARC1; p=reject",
        "_dmarc.strict.example": "v=DMARC1; p=reject; adkim=s; aspf=s",
        "shop.example": "v=spf1 ip4:192.0.2.0/24 -all",
        "far.example": "v=spf1 include:silent.example -all",
        "_dmarc.far.example": "v=DMARC1; p=reject",
        "s1._domainkey.shop.example": f"v=DKIM1; k=rsa; p={key}",
        "s1._domainkey.evil.example": f"v=DKIM1; k=rsa; p={key}",
        "s1._domainkey.mail.strict.example": f"v=DKIM1; k=rsa; p={key}",
        "s1._domainkey.lists.example": f"v=DKIM1; k=rsa; p={key}",
    }


@pytest.fixture(scope="module")
def dns() -> Iterator[tuple[str, Zone]]:
    with serving(published(), silent=("silent.example",)) as served:
        yield served


def checker(dns: tuple[str, Zone], **more: Any) -> Checker:
    settings = EmailSettings(
        name_servers=dns[0], authentication_seconds=1.0, check_authentication=True, **more
    )
    return Checker.of(settings)


def signed(raw: bytes = MAIL, domain: str = "shop.example", **how: Any) -> bytes:
    fields = [b"from", b"subject", b"to"]
    by = {"include_headers": fields, **how}
    return bytes(dkim.sign(raw, b"s1", domain.encode(), PEM, **by)) + raw


def by(author: str) -> bytes:
    return MAIL.replace(b"shop.example", author.encode())


@pytest.mark.parametrize(
    ("raw", "return_path", "client", "expected"),
    [
        (signed(), "", OTHER, "passed"),
        (signed(), "ada@elsewhere.example", None, "passed"),
        (MAIL, "ada@shop.example", ALLOWED, "passed"),
        (MAIL, "bounces@mail.shop.example", ALLOWED, "failed"),  # that name has no SPF record
        (MAIL, "", Client("192.0.2.7", "shop.example"), "passed"),  # RFC 7208, 2.4
        (MAIL, "ada@shop.example", OTHER, "failed"),
        (MAIL, "eve@evil.example", OTHER, "failed"),
        (signed().replace(b"Hi.", b"Pay."), "", OTHER, "failed"),
        (signed(domain="evil.example"), "", OTHER, "failed"),
        (signed(length=True) + b"Pay.\r\n", "", OTHER, "failed"),
        # not known to have come from where it was written
        (MAIL, "ada@shop.example", None, "unknown"),
        (MAIL, "ada@shop.example", Client("127.0.0.1", "localhost"), "unknown"),
        (by("nobody.example"), "x@nobody.example", OTHER, "unknown"),
        (signed(by("mail.shop.example")), "", OTHER, "passed"),  # relaxed: one organisation
        (signed(by("strict.example"), "mail.strict.example"), "", OTHER, "failed"),
        (MAIL.replace(b"To:", b"From: eve@evil.example\r\nTo:"), "", ALLOWED, "unknown"),
        (b"DKIM-Signature: v=1; d=shop.example\r\n" + MAIL, "", OTHER, "failed"),
    ],
)
async def test_the_authors_domain_decides(
    dns: tuple[str, Zone], raw: bytes, return_path: str, client: Client | None, expected: str
) -> None:
    assert await checker(dns).verdict(raw, return_path, client) == expected


async def test_silence_is_no_failure_and_no_long_wait(dns: tuple[str, Zone]) -> None:
    begun = time.monotonic()

    spf = await checker(dns).verdict(by("far.example"), "x@far.example", OTHER)
    all_of_it = await checker(dns).verdict(by("silent.example"), "x@silent.example", OTHER)

    assert (spf, all_of_it) == ("unknown", "unknown")
    assert time.monotonic() - begun < 4


async def test_whoever_signs_in_other_names_costs_no_question(dns: tuple[str, Zone]) -> None:
    dns[1].asked.clear()
    raw = MAIL
    for number in range(50):
        raw = signed(raw, f"d{number}.evil.example")

    assert await checker(dns).verdict(raw, "", OTHER) == "failed"
    assert not any("evil" in name for name in dns[1].asked)


async def test_a_trusted_list_vouches_for_what_it_changed(dns: tuple[str, Zone]) -> None:
    result = b"Authentication-Results: mx.lists.example; dmarc=pass header.from=shop.example\r\n"
    changed = result + MAIL.replace(b"Hi.", b"Hi.\r\n-- \r\nThe list")
    seal = dkim.arc_sign(
        changed, b"s1", b"lists.example", PEM, b"mx.lists.example", include_headers=[b"from", b"to"]
    )
    sealed = b"".join(seal) + changed
    trusting = checker(dns, trusted_forwarders="lists.example")

    assert await trusting.verdict(sealed, "list@lists.example", OTHER) == "passed"
    assert await checker(dns).verdict(sealed, "list@lists.example", OTHER) == "failed"
    forged = sealed.replace(b"Hi.", b"Pay.")
    assert await trusting.verdict(forged, "list@lists.example", OTHER) == "failed"
