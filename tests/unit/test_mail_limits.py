"""What taking mail may cost: who is let in, how many bytes wait, who gets a turn."""

import asyncio
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.email.accounts import Accounts
from adapters.email.settings import EmailSettings
from adapters.email.taking.certificate import Certificate
from adapters.email.taking.data import NO_ROOM, TOO_LARGE, Incoming
from adapters.email.taking.limits import LARGE_BYTES, Budget, Gate, Limits, Turns
from adapters.email.taking.users import Users
from tests.support.certificates import write_certificate

STRANGER = "203.0.113.7"
LIMITS = EmailSettings(smtp_connections=5, smtp_connections_of_a_client=2, smtp_mails_a_minute=3)


def test_a_client_has_so_many_connections_and_our_own_have_all_that_are_left() -> None:
    gate = Gate(Limits.of(LIMITS))
    # given a stranger with as many connections as one may have
    assert [gate.enter(STRANGER), gate.enter(STRANGER)] == [None, None]
    # then there is no further one, until one is closed
    assert "from your address" in (gate.enter(STRANGER) or "")
    gate.leave(STRANGER)
    assert gate.enter(STRANGER) is None
    # and servers of ours have what is left of all
    assert [gate.enter("127.0.0.1") for _ in range(3)] == [None] * 3
    assert "Too many connections at the moment" in (gate.enter("::1") or "")


def test_addresses_of_one_customer_of_a_provider_are_one_client() -> None:
    gate = Gate(Limits.of(LIMITS))
    assert [gate.enter("2001:db8::1"), gate.enter("2001:db8::2%eth0")] == [None, None]
    assert gate.enter("2001:db8::3") is not None
    assert gate.enter("2001:db8:0:1::3") is None
    # and an IPv4 address written as IPv6 is the same
    assert [gate.enter(STRANGER), gate.enter(f"::ffff:{STRANGER}")] == [None, None]
    assert gate.enter(STRANGER) is not None


def test_mails_are_counted_by_the_minute() -> None:
    now = [100.0]
    gate = Gate(Limits.of(LIMITS), lambda: now[0])
    assert [gate.may_send(STRANGER) for _ in range(4)] == [True, True, True, False]
    assert all(gate.may_send("127.0.0.1") for _ in range(10))
    now[0] += 60
    assert gate.may_send(STRANGER)


async def test_large_mails_go_in_turn_and_small_ones_pass_them() -> None:
    turns = Turns(10 * LARGE_BYTES)
    order: list[str] = []
    leave = asyncio.Event()

    async def mail(name: str, size: int) -> None:
        async with turns.of(size, 10):
            order.append(name)
            await leave.wait()

    # given one that fills the room, one that is larger than any room, and one that would still fit
    large = [asyncio.create_task(mail("first", 9 * LARGE_BYTES))]
    await asyncio.sleep(0)
    large.append(asyncio.create_task(mail("huge", 99 * LARGE_BYTES)))
    large.append(asyncio.create_task(mail("last", LARGE_BYTES + 1)))
    small = asyncio.create_task(mail("small", LARGE_BYTES))
    await asyncio.sleep(0.01)
    # then only the small one passes, and none of the others starves
    assert order == ["first", "small"]
    leave.set()
    await asyncio.gather(*large, small)
    assert order == ["first", "small", "huge", "last"]


async def test_who_waits_too_long_for_a_turn_leaves_it_to_others() -> None:
    turns = Turns(2 * LARGE_BYTES)
    async with turns.of(2 * LARGE_BYTES, 1):
        # when two more wait in vain, one of them because it was cancelled
        with pytest.raises(TimeoutError):
            async with turns.of(2 * LARGE_BYTES, 0.01):
                pass
        waiting = asyncio.create_task(_hold(turns))
        await asyncio.sleep(0)
        waiting.cancel()
    # then the room is free once the first has left
    await asyncio.wait_for(_hold(turns), 1)


async def _hold(turns: Turns) -> None:
    async with turns.of(2 * LARGE_BYTES, 5):
        pass


async def read(wire: bytes, largest: int = 10**6, budget: int = 10**7) -> Incoming:
    """What comes after DATA, with all that it says."""
    reader = asyncio.StreamReader(limit=100)
    incoming = Incoming(largest, Budget(budget))
    reading = asyncio.create_task(incoming.read_from(reader))
    for start in range(0, len(wire), 37):
        await asyncio.sleep(0)
        reader.feed_data(wire[start : start + 37])
    await asyncio.wait_for(reading, 5)
    return incoming


@given(st.lists(st.text(".a\r\n\0", max_size=9), max_size=9))
async def test_what_is_sent_is_what_is_kept(lines: list[str]) -> None:
    # given lines as a client writes them: dots at their starts doubled, whatever they hold
    mail = b"".join(line.encode() + b"\r\n" for line in lines)
    wire = (b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
    # when they are read in pieces
    kept = (await read(wire)).content()
    # then every byte is there, unless somebody could find another end in it
    assert kept == mail or (kept is None and any("." in line for line in lines))


@pytest.mark.parametrize("before", [b"\r\n", b"\n", b"\r", b"\r\n\0"])
@pytest.mark.parametrize("after", [b"\r\n", b"\n", b"\r", b"\0\r\n"])
async def test_a_dot_between_bare_ends_of_lines_is_no_end_and_no_mail(
    before: bytes, after: bytes
) -> None:
    if (before, after) == (b"\r\n", b"\r\n"):
        return  # the end itself
    smuggled = b"hello" + before + b"." + after + b"MAIL FROM:<admin@example.org>\r\n"
    incoming = await read(smuggled + b".\r\n")
    assert incoming.content() is None


async def test_dots_in_sentences_and_bare_ends_of_lines_elsewhere_are_taken() -> None:
    for mail in (b"one\ntwo.\nthree\r\n", b"a\r.b\r\n", b"\n..\n\r\n", b"wait...\r\n", b""):
        assert (await read(mail + b".\r\n")).content() == mail


async def test_what_is_too_large_is_read_but_not_kept() -> None:
    incoming = await read(b"x" * 2_000 + b"\r\n.\r\n", largest=1_000)
    assert (incoming.refusal, incoming.size) == (TOO_LARGE.format(1_000), 2_004)


async def test_mails_that_come_in_share_a_budget_and_give_it_back() -> None:
    budget = Budget(1_500)
    for _ in range(3):
        with Incoming.opened(10_000, budget) as first, Incoming.opened(10_000, budget) as second:
            for incoming in (first, second):
                reader = asyncio.StreamReader(limit=100)
                reader.feed_data(b"x" * 1_000 + b"\r\n.\r\n")
                await incoming.read_from(reader)
            assert (first.refusal, second.refusal) == ("", NO_ROOM)
    assert budget.take(1_500)


def test_every_address_of_ours_has_an_account() -> None:
    settings = EmailSettings.model_validate(
        {"mail_accounts": {"Sales@Helpdesk.example": "sales", "@shop.example": "shop"}}
    )
    accounts = Accounts.of(settings)
    for address, account in (
        ("support+x@helpdesk.example", "support"),
        ("SALES@helpdesk.example", "sales"),
        ("whoever@shop.example", "shop"),
        ("postmaster@helpdesk.example", "support"),
        ("Postmaster", "support"),
        ("whoever@helpdesk.example", None),
        ("postmaster@example.org", None),
        ("helpdesk.example", None),
        ("", None),
    ):
        assert accounts.account_of(address) == account, address


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"mail_accounts": {"sales": "sales"}}, "mail_accounts"),
        ({"mail_accounts": {"sales@example.org": "No such name"}}, "mail_accounts"),
        ({"smtp_own_networks": "10.0.0.0/33"}, "smtp_own_networks"),
        ({"smtp_tls_required": True}, "needs smtp_tls_certificate_file"),
        ({"smtp_users_file": "users"}, "needs smtp_tls_certificate_file"),
        ({"smtp_auth_required": True}, "needs smtp_users_file"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        EmailSettings.model_validate(given)


def test_a_renewed_certificate_is_read_and_a_broken_one_is_not(tmp_path: Path) -> None:
    file = write_certificate(tmp_path / "server.pem")
    certificate = Certificate(file, file)
    first = certificate.context()
    assert certificate.context() is first
    # when it is renewed
    write_certificate(file)
    second = certificate.context()
    assert second is not first
    # and when somebody breaks or removes it, the last good one goes on
    file.write_text("nothing")
    assert certificate.context() is second
    file.unlink()
    assert certificate.context() is second
    with pytest.raises(OSError, match=r"server\.pem"):
        Certificate(file, file)
    file.write_text("nothing")
    with pytest.raises(ssl.SSLError):
        Certificate(file, file)


def test_own_systems_are_known_by_their_passwords(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("# systems\nshop:se:cret\n\n")
    users = Users.read(file)
    assert users.know(b"shop", b"se:cret")
    assert not users.know(b"shop", b"")
    assert not users.know(b"nobody", b"")
    file.write_text("shop\n")
    with pytest.raises(ValueError, match="line 1: write name:password"):
        Users.read(file)
