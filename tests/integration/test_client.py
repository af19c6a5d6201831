"""The Python client over a real gateway: asks again, never twice, and reads what it wrote."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from deskledger_client import (
    BlockingClient,
    ChangedMeanwhile,
    Client,
    NotFound,
    NotYet,
    Problem,
    Refused,
    Unavailable,
    etag_of,
)
from libs.settings import Settings
from tests.support.gateway import Gateway, desk_of

pytestmark = pytest.mark.integration

ADA = "p-01" + "a" * 24


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway and the deciders behind it, with one contact and three tickets of theirs."""
    async with desk_of(module_ledger, ADA) as running:
        async with running.client("customer", ADA) as http:
            ada = Client(http=http)
            for n in range(3):
                await ada.tickets.open(account="support", subject=f"Printer {n}", text="Broken.")
        yield running


@pytest.fixture
async def ticket(desk: Gateway) -> str:
    """A ticket of Ada's."""
    async with desk.client("customer", ADA) as http:
        opened = await Client(http=http).tickets.open(
            account="support", subject="Scanner", text="Broken."
        )
    return opened["id"]


@pytest.fixture
async def http(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client("agent") as client:
        yield client


async def test_pages_follow_one_another(http: httpx.AsyncClient) -> None:
    anna = Client(http=http)
    subjects = [one["subject"] async for one in anna.tickets.list_all(limit=1, sort="created")]
    assert subjects == ["Printer 2", "Printer 1", "Printer 0"]
    [first] = (await anna.tickets.list(limit=1))["items"]
    assert first["status"] == "new"


async def test_what_was_written_is_read(http: httpx.AsyncClient, ticket: str) -> None:
    # given a page, and a command on the condition that it has not changed
    anna = Client(http=http)
    page = await anna.tickets.read(ticket)
    done = await anna.given(if_match=etag_of(page)).tickets.assign(ticket, agent_id="anna")
    # then the next page shows it, and the condition does not hold any more
    after = await anna.tickets.read(ticket)
    assert (after["agent_id"], after["sequence"]) == ("anna", done["sequence"])
    with pytest.raises(ChangedMeanwhile):
        await anna.given(if_match=etag_of(page)).tickets.assign(ticket, agent_id="bob")


async def test_a_no_says_why(http: httpx.AsyncClient, ticket: str) -> None:
    anna = Client(http=http)
    with pytest.raises(NotFound) as missing:
        await anna.tickets.read(4711)
    assert (missing.value.status, missing.value.code) == (404, "not_found")
    with pytest.raises(Refused) as wrong:
        await anna.tickets.snooze(ticket, until="2020-01-01T00:00:00Z")
    assert wrong.value.status == 422
    assert wrong.value.request_id
    with pytest.raises(NotYet) as later:
        await anna.given(wait=0).tickets.note(ticket, text="Later.")
    async with asyncio.timeout(20):
        while (await anna.commands.read(later.value.command_id))["state"] != "carried_out":
            await asyncio.sleep(0.05)
    with pytest.raises(Problem) as nobody:
        async with httpx.AsyncClient(base_url=http.base_url) as stranger:
            await Client(http=stranger).tickets.list()
    assert nobody.value.status == 401


async def test_what_is_asked_again_is_done_once(desk: Gateway, ticket: str) -> None:
    # given a way to the gateway that loses every second answer
    lost = [False]

    class Losing(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            answer = await super().handle_async_request(request)
            lost[0] = not lost[0]
            if lost[0]:
                await answer.aread()
                raise httpx.ReadError("lost", request=request)
            return answer

    async with (
        desk.client("agent") as known,
        httpx.AsyncClient(
            base_url=desk.url, headers=known.headers, timeout=40, transport=Losing()
        ) as http,
    ):
        anna = Client(http=http)
        # when notes are left
        for n in range(3):
            await anna.tickets.note(ticket, text=f"Note {n}")
        said = [one["text"] async for one in anna.tickets.read_conversation_all(ticket)]
    # then each is there once
    assert said == ["Broken.", "Note 0", "Note 1", "Note 2"]


async def test_too_much_is_waited_for_and_then_told() -> None:
    # given a server that has no time
    asked: list[float] = []

    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.read(65_536)).endswith(b"\r\n\r\n"):
            asked.append(asyncio.get_running_loop().time())
            body = (
                b'{"type":"","title":"","status":503,"code":"overloaded","detail":"Later.",'
                b'"request_id":"r"}'
            )
            writer.write(b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    server = await asyncio.start_server(busy, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Client(f"http://127.0.0.1:{port}", "t") as anna:
        with pytest.raises(Unavailable) as told:
            await anna.tickets.list()
    server.close()
    assert (told.value.code, len(asked)) == ("overloaded", 4)


async def test_the_blocking_client_does_the_same(desk: Gateway, ticket: str) -> None:
    async with desk.client("agent") as known:
        headers = dict(known.headers)

    def work() -> list[str]:
        with httpx.Client(base_url=desk.url, headers=headers, timeout=40) as http:
            anna = BlockingClient(http=http)
            anna.tickets.note(ticket, text="From a script.")
            with pytest.raises(NotFound):
                anna.tickets.read(4711)
            return [one["text"] for one in anna.tickets.read_conversation_all(ticket)]

    assert await asyncio.to_thread(work) == ["Broken.", "From a script."]
