"""Who guesses is slowed, also who guesses a hundred times at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from libs.mongo import connect
from libs.settings import Settings
from libs.slowing import FREE, Slowing, host_of

pytestmark = pytest.mark.integration


@pytest.fixture
async def slowing(ledger: Settings) -> AsyncIterator[Slowing]:
    mongo = connect(ledger)
    try:
        yield Slowing(mongo.database("test"), bytes(32))
    finally:
        await mongo.close()


async def test_of_many_at_once_the_free_ones_are_admitted_and_one_more(slowing: Slowing) -> None:
    waits = await asyncio.gather(*(slowing.admit("ada", f"192.0.2.{n}") for n in range(60)))

    assert sum(wait == 0 for wait in waits) == FREE["account"] + 1
    assert max(waits) < 4  # nobody waits longer for what others try meanwhile


async def test_who_was_right_begins_anew_and_their_host_does_not(slowing: Slowing) -> None:
    for n in range(FREE["address"] + 1):
        assert await slowing.admit(f"account-{n}", "192.0.2.7") == 0
    await slowing.succeeded("account-0", "192.0.2.7")

    assert await slowing.admit("account-0", "192.0.2.8") == 0
    assert await slowing.admit("account-0", "192.0.2.7") > 0


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_who_has_an_ipv6_address_has_those_beside_it(address: str, host: str) -> None:
    assert host_of(address) == host
