"""Without Kafka or MongoDB the gateway says so within two seconds, and heals by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from services.gateway.availability import PATIENCE_SECONDS
from tests.support.gateway import Gateway, deciding, gateway, registered_contact
from tests.support.own_servers import OwnServers, hanging, own_servers

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

ADA = "p-01" + "a" * 24
AT_ONCE_SECONDS = 2.5  # patience of 1.5 s, and a machine that has other things to do
HEALED_SECONDS = 40


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServers]:
    with own_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.fixture(scope="module")
async def desk(servers: OwnServers) -> AsyncIterator[Gateway]:
    async with (
        gateway(servers.settings, command_seconds=5, patience=PATIENCE_SECONDS) as running,
        deciding(running.resources),
        running.client("agent") as anna,
    ):
        await registered_contact(running.resources, ADA)
        async with asyncio.timeout(30):
            while (await anna.get(f"/v1/contacts/{ADA}")).status_code != 200:
                await asyncio.sleep(0.05)
        yield running


@pytest.fixture
async def ticket(desk: Gateway) -> str:
    async with desk.client("customer", ADA) as ada:
        new = {"account": "support", "subject": "Printer", "text": "It does not print."}
        done = await ada.post("/v1/tickets", json=new, headers={"Prefer": "wait=20"})
        assert done.status_code == 200, done.text
        path: str = done.headers["location"]
        return path


async def refused_soon(answering: "asyncio.Task[httpx.Response]") -> None:
    began = time.monotonic()
    answer = await answering
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert time.monotonic() - began < AT_ONCE_SECONDS


async def until_done(client: httpx.AsyncClient, path: str, text: str) -> None:
    """As a client does that was told to try again: a new request, until one is carried out."""
    async with asyncio.timeout(HEALED_SECONDS):
        while (await client.post(path, json={"text": text})).status_code != 200:
            await asyncio.sleep(0.3)


async def test_while_kafka_hangs_commands_are_refused_and_reads_go_on(
    servers: OwnServers, anna: httpx.AsyncClient, ticket: str
) -> None:
    with hanging(servers.kafka):
        for n in range(3):
            note = anna.post(f"{ticket}/notes", json={"text": f"lost {n}"})
            await refused_soon(asyncio.create_task(note))
        assert (await anna.get(ticket)).status_code == 200
        await asyncio.sleep(5)  # until none of these may be carried out any more
    await until_done(anna, f"{ticket}/notes", "after Kafka")
    said = (await anna.get(f"{ticket}/conversation")).json()["items"]
    assert {message["text"] for message in said} == {"It does not print.", "after Kafka"}


async def test_while_mongodb_hangs_everything_is_refused_and_then_heals(
    servers: OwnServers, anna: httpx.AsyncClient, ticket: str
) -> None:
    with hanging(servers.mongod):
        for _ in range(2):
            await refused_soon(asyncio.create_task(anna.get(ticket)))
            note = anna.post(f"{ticket}/notes", json={"text": "x"})
            await refused_soon(asyncio.create_task(note))
        assert (await anna.get("/health/live")).status_code == 200
    async with asyncio.timeout(HEALED_SECONDS):
        while (await anna.get(ticket)).status_code != 200:
            await asyncio.sleep(0.3)
    await until_done(anna, f"{ticket}/notes", "after MongoDB")


async def test_a_file_is_refused_at_once_and_a_slow_sender_is_not(
    servers: OwnServers, anna: httpx.AsyncClient
) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b"first, "
        await asyncio.sleep(2 * PATIENCE_SECONDS)
        yield b"then"

    done = await anna.post("/v1/uploads", params={"name": "a.txt"}, content=slowly())
    assert (done.status_code, done.json()["size"]) == (201, 11)
    with hanging(servers.mongod):
        sent = anna.post("/v1/uploads", params={"name": "b.txt"}, content=b"file")
        await refused_soon(asyncio.create_task(sent))
    async with asyncio.timeout(HEALED_SECONDS):
        while (await anna.get(f"/v1/uploads/{done.json()['id']}")).status_code != 200:
            await asyncio.sleep(0.3)


async def test_without_kafka_nobody_waits_for_events(desk: Gateway, servers: OwnServers) -> None:
    async with desk.client("agent") as anna:
        assert (await anna.get("/v1/events")).status_code == 200
        with hanging(servers.kafka):
            waiting = {"Prefer": "wait=20"}
            await refused_soon(asyncio.create_task(anna.get("/v1/events", headers=waiting)))
        async with asyncio.timeout(HEALED_SECONDS):
            while (await anna.get("/v1/events")).status_code != 200:
                await asyncio.sleep(0.2)
