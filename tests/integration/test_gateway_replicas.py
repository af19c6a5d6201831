"""Read models fed by one process, asked for in others: what was written is never missing.

REPLICA_WRITES=10000 tries it longer; REPLICA_SEED=<n> tries the same again.
"""

import asyncio
import os
import random

import httpx
import pytest

from libs.settings import Settings
from tests.support.gateway import deciding, gateway, registered_contact

pytestmark = [pytest.mark.integration, pytest.mark.timeout(3_600)]

ADA = "p-01" + "a" * 24
WRITES = int(os.environ.get("REPLICA_WRITES", "100"))
SEED = int(os.environ.get("REPLICA_SEED") or random.SystemRandom().randrange(10**6))
TICKETS = 10


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

        dice = random.Random(SEED)
        print(f"REPLICA_SEED={SEED}")

        async def write_and_read(ticket: str) -> None:
            tags = {replica: await seen_by(replica, ticket) for replica in (writer, reader)}
            for n in range(WRITES // TICKETS):
                through, other = dice.sample((writer, reader), 2)
                command, body, field, value = dice.choice(
                    [
                        ("assignment", {"agent_id": f"agent-{n}"}, "agent_id", f"agent-{n}"),
                        ("due-date", {"due": due(n)}, "due", due(n)),
                        ("estimate", {"seconds": n + 1}, "estimate_seconds", n + 1),
                        ("affected-item", {"asset": f"pc-{n}"}, "affected_item", f"pc-{n}"),
                    ]
                )
                done = await through.post(f"{ticket}/{command}", json=body)
                assert done.status_code == 200, done.text
                seen = await other.get(
                    ticket,
                    headers={
                        "If-None-Match": tags[other],
                        "Deskledger-Position": done.headers["deskledger-position"],
                    },
                )
                assert seen.status_code == 200, "the reader saw what was there before"
                shown = seen.json()[field]
                assert value in (shown, shown["asset"] if isinstance(shown, dict) else shown)
                assert seen.json()["sequence"] >= done.json()["sequence"]
                tags[other] = seen.headers["etag"]

        await asyncio.gather(*(write_and_read(done.headers["location"]) for done in opened))


async def seen_by(replica: httpx.AsyncClient, ticket: str) -> str:
    tag: str = (await replica.get(ticket)).headers.get("etag", "")
    return tag


def due(n: int) -> str:
    """An instant of its own, as pages show it."""
    return f"2999-01-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.000000Z"
