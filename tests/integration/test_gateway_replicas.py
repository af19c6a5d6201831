"""Read models fed by one process, asked for in others: what was written is never missing."""

import asyncio

import pytest

from libs.settings import Settings
from tests.support.gateway import deciding, gateway, registered_contact

pytestmark = pytest.mark.integration

ADA = "p-01" + "a" * 24
WRITES = 100
TICKETS = 5


async def test_a_write_through_one_replica_is_never_missing_in_another(ledger: Settings) -> None:
    async with (
        gateway(ledger, parts="projections") as feeding,
        gateway(ledger, parts="api") as first,
        gateway(ledger, parts="api") as second,
        deciding(feeding.resources),
        first.client("agent") as writer,
        second.client("agent") as reader,
        first.client("customer", ADA) as ada,
    ):
        await registered_contact(feeding.resources, ADA)
        async with asyncio.timeout(30):
            while (await writer.get(f"/v1/contacts/{ADA}")).status_code != 200:
                await asyncio.sleep(0.05)
        new = {"account": "support", "subject": "s", "text": "t"}
        opened = [await ada.post("/v1/tickets", json=new) for _ in range(TICKETS)]

        async def write_and_read(ticket: str) -> None:
            tag = (await reader.get(ticket)).headers.get("etag", "")
            for n in range(WRITES // TICKETS):
                done = await writer.post(f"{ticket}/assignment", json={"agent_id": f"agent-{n}"})
                assert done.status_code == 200, done.text
                seen = await reader.get(
                    ticket,
                    headers={
                        "If-None-Match": tag,
                        "Deskledger-Position": done.headers["deskledger-position"],
                    },
                )
                assert seen.status_code == 200, "the reader saw what was there before"
                assert seen.json()["agent_id"] == f"agent-{n}"
                tag = seen.headers["etag"]

        await asyncio.gather(*(write_and_read(done.headers["location"]) for done in opened))
