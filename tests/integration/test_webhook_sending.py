"""Where a webhook's requests go and what they put up with: real receivers, a real name server."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress

import pytest
from starlette.responses import Response, StreamingResponse

from adapters.webhooks.sending import Answer, Sender
from adapters.webhooks.settings import WebhookSettings
from tests.support.hooks import Heard, Receiver
from tests.support.name_server import serving

pytestmark = pytest.mark.integration


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    told = Receiver()
    async with told.serving():
        yield told


async def post(url: str, **settings: object) -> Answer:
    told = WebhookSettings.model_validate(settings)
    async with Sender(told) as sender:
        return await sender.post(url, {"content-type": "application/json"}, b"{}")


async def posted(receiver: Receiver, **settings: object) -> Answer:
    return await post(receiver.url, webhook_networks="127.0.0.0/8", **settings)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_our_own_addresses_are_refused_however_they_are_spelt(
    receiver: Receiver, scheme: str, host: str
) -> None:
    answer = await post(f"{scheme}://{host}:{receiver.port}/hooks")

    assert answer.status == 0
    assert "setting" in answer.error
    assert not receiver.heard


@pytest.mark.parametrize("answers", [[["10.0.0.1"]], [["93.184.216.34", "127.0.0.1"]]])
async def test_a_name_is_refused_by_any_address_that_it_has(
    receiver: Receiver, answers: Sequence[Sequence[str]]
) -> None:
    with serving({}, addresses={"hooks.example": answers}) as (server, zone):
        url = f"https://hooks.example:{receiver.port}/"
        answer = await post(url, webhook_name_servers=server)

    assert "not public" in answer.error
    assert "hooks.example" in zone.asked
    assert not receiver.heard


async def test_a_name_that_leads_elsewhere_a_moment_later_leads_nobody_there(
    receiver: Receiver,
) -> None:
    first: Mapping[str, Sequence[Sequence[str]]] = {
        "hooks.example": [["192.0.2.1"], ["127.0.0.1"]]  # then it is rebound
    }
    allowed = {"webhook_networks": "192.0.2.0/24", "webhook_seconds": 3.0}
    with serving({}, addresses=first) as (server, zone):
        url = f"http://hooks.example:{receiver.port}/"
        told: Mapping[str, object] = allowed | {"webhook_name_servers": server}
        checked = await post(url, **told)
        asked = zone.asked.count("hooks.example")
        rebound = await post(url, **told)

    assert "cannot be reached" in checked.error or "did not answer" in checked.error
    assert asked <= 2  # A and AAAA, once each: nobody asked again between check and connection
    assert "setting" in rebound.error
    assert not receiver.heard


async def test_redirects_are_not_followed(receiver: Receiver) -> None:
    async def elsewhere(_: Heard) -> Response:
        return Response(status_code=307, headers={"location": receiver.url + "/other"})

    receiver.behave = elsewhere
    answer = await posted(receiver)

    assert answer.status == 307
    assert "redirects" in answer.error
    assert len(receiver.heard) == 1


async def test_a_slow_answer_is_not_waited_for(receiver: Receiver) -> None:
    told = asyncio.Event()

    async def slow(_: Heard) -> Response:
        await told.wait()
        return Response()

    receiver.behave = slow
    async with asyncio.timeout(15):
        answer = await posted(receiver, webhook_seconds=1.0)
    told.set()

    assert "within 1 seconds" in answer.error


async def test_of_a_huge_answer_the_status_is_read_and_no_more(receiver: Receiver) -> None:
    sent = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 500_000_000:
            sent += 65_536
            yield bytes(65_536)
            await asyncio.sleep(0)

    async def huge(_: Heard) -> Response:
        return StreamingResponse(flood())

    receiver.behave = huge
    answer = await posted(receiver)

    assert answer == Answer(200)
    assert sent < 50_000_000


@pytest.mark.parametrize(("given", "seconds"), [("7", 7), ("999999999999", 86_400), ("soon", 0)])
async def test_a_receiver_says_when_to_come_again(
    receiver: Receiver, given: str, seconds: int
) -> None:
    async def busy(_: Heard) -> Response:
        return Response(status_code=503, headers={"retry-after": given})

    receiver.behave = busy

    assert await posted(receiver) == Answer(503, "It answered 503.", seconds)


async def test_nobody_there_is_a_sentence() -> None:
    receiver = Receiver()

    assert "cannot be reached" in (await posted(receiver)).error


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntook",
        b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",
    ],
)
async def test_a_connection_is_used_again(answer: bytes) -> None:
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(len(b"{}"))
                writer.write(answer)

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    settings = WebhookSettings.model_validate({"webhook_networks": "127.0.0.0/8"})
    async with server, Sender(settings) as sender:
        for _ in range(3):
            await sender.post(url, {}, b"{}")

    assert connections == 1


async def test_a_body_that_never_ends_takes_nothing_from_a_success(receiver: Receiver) -> None:
    told = asyncio.Event()

    async def drip() -> AsyncIterator[bytes]:
        while not told.is_set():
            yield b"."
            await asyncio.sleep(0.2)

    async def slow(_: Heard) -> Response:
        return StreamingResponse(drip())

    receiver.behave = slow
    answer = await posted(receiver)
    told.set()

    assert answer == Answer(200)
