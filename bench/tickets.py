"""Tickets to measure on: messages published as a channel adapter of somebody else's would."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx

from libs.events.ids import partition_of
from libs.events.kafka import Cluster
from libs.events.published.channels import InboundMessage, Sender
from libs.events.topics import INBOUND
from libs.mongo import connect
from libs.settings import Settings
from libs.tokens import local_issuer

PATIENCE_SECONDS = 300.0


def agent_token(settings: Settings) -> str:
    """A token for an agent, good for the run."""
    return local_issuer(settings).issue("bench", ["agent"], timedelta(hours=3), "Bench")


async def open_tickets(settings: Settings, count: int) -> Sequence[str]:
    """Publish so many messages and wait until the gateway lists that many tickets; their ids.

    Raises TimeoutError.
    """
    await publish(settings, count)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(found := await listed(settings, count)) < count:
            await asyncio.sleep(0.2)
    return found


async def publish(settings: Settings, count: int) -> None:
    """So many chat messages, each from somebody else, in clear and without contents."""
    cluster = Cluster(settings)
    lanes = (await cluster.ledger()).lanes
    async with cluster.producing(linger_ms=5) as producer:
        for number in range(count):
            message = InboundMessage(
                channel="chat",
                account="support",
                id=f"bench-{number}",
                sender=Sender(address=f"customer-{number}", name="Customer"),
                received_at=datetime.now(UTC),
                subject="It does not work",
                text=f"Please help, it is urgent ({number}).",
            )
            await producer.send(
                cluster.topic(INBOUND),
                key=message.conversation_id.encode(),
                value=message.model_dump_json(exclude_defaults=True).encode(),
                partition=partition_of(message.conversation_id, lanes),
            )


async def all_open(settings: Settings, count: int) -> None:
    """Wait until intake has given out so many numbers in all. Raises TimeoutError.

    Asks the states that it writes behind: that costs the machine next to nothing.
    """
    mongo = connect(settings)
    lanes = mongo.database("intake")["lanes"]
    async with asyncio.timeout(PATIENCE_SECONDS):
        issued = 0
        while issued < count:
            await asyncio.sleep(0.25)
            issued = sum([lane["issued"].get("tickets", 0) async for lane in lanes.find({})])
    await mongo.close()


async def listed(settings: Settings, count: int) -> list[str]:
    """The ids of the gateway's newest tickets, so many of them if there are."""
    found: list[str] = []
    headers = {"Authorization": f"Bearer {agent_token(settings)}"}
    base = f"http://127.0.0.1:{settings.http_port}"
    async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
        cursor: str | None = ""
        while cursor is not None and len(found) < count:
            asked = {"limit": "200", "sort": "created"} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/v1/tickets", params=asked)).raise_for_status().json()
            found += [item["id"] for item in page["items"]]
            cursor = page["next"]
    return found
