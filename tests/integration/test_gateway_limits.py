"""Nobody hurts the others: shares, room for agents' writes, and an end to whoever is too slow."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp

from libs import serving
from libs.serving import listening
from libs.telemetry import Telemetry
from services.gateway.http import envelope, problems
from services.gateway.http.admission import Admission
from services.gateway.http.envelope import Envelope
from services.gateway.http.limits import Limits

pytestmark = pytest.mark.integration


class House:
    """A real server in which every answer waits until the doors are opened."""

    def __init__(self) -> None:
        self.doors = asyncio.Event()
        self.waiting = 0
        self.app = FastAPI()
        problems.install(self.app)
        self.app.add_api_route("/v1/tickets", self.wait, methods=["GET", "POST"])
        self.app.add_api_route("/v1/stream", self.stream, methods=["GET"])

    async def wait(self, request: Request) -> Response:
        await request.body()
        self.waiting += 1
        await self.doors.wait()
        return Response("done")

    async def stream(self) -> Response:
        async def events() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 1_000_000
                await asyncio.sleep(0)

        return StreamingResponse(events(), media_type="text/event-stream")

    @contextlib.asynccontextmanager
    async def open(self, a_minute: int = 0, most: int = 8) -> AsyncIterator[httpx.AsyncClient]:
        app: ASGIApp = Limits(self.app, Admission(most), a_minute)
        async with listening(Envelope(app, Telemetry(), 1_000_000), "127.0.0.1", 0) as self.port:
            url = f"http://127.0.0.1:{self.port}"
            async with httpx.AsyncClient(base_url=url, timeout=30) as client:
                yield client


@pytest.fixture
async def house() -> House:
    return House()


async def test_whoever_asks_too_often_is_told_when_to_go_on(house: House) -> None:
    house.doors.set()
    async with house.open(a_minute=5) as client:
        # given a caller who has used their share, a list of 200 counting as four
        mine = {"Authorization": "Bearer mine"}
        first = await client.get("/v1/tickets?limit=200", headers=mine)
        assert first.headers["ratelimit-policy"] == '"address";q=50;w=60, "caller";q=5;w=60'
        assert first.headers["ratelimit"].startswith('"caller";r=1;t=')
        assert (await client.get("/v1/tickets", headers=mine)).status_code == 200
        # when they ask once more
        refused = await client.get("/v1/tickets", headers=mine)
        # then they are told how long to wait, and the others are not kept
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert 0 < int(refused.headers["retry-after"]) <= 61
        theirs = await client.get("/v1/tickets", headers={"Authorization": "Bearer theirs"})
        assert theirs.status_code == 200
        # and new tokens are no new shares for one address
        for n in range(60):
            last = await client.get("/v1/tickets", headers={"Authorization": f"Bearer {n}"})
        assert (last.status_code, "address" in last.json()["detail"]) == (429, True)


async def test_with_too_much_to_do_lists_are_turned_away_and_replies_taken(house: House) -> None:
    async with house.open(most=8) as client, asyncio.TaskGroup() as group:
        # given half of all that can be worked on at a time
        under_way = [group.create_task(client.post("/v1/tickets")) for _ in range(4)]
        async with asyncio.timeout(10):
            while house.waiting < 4:
                await asyncio.sleep(0.01)
        # then a list is turned away at once, and what an agent sends is not
        refused = await client.get("/v1/tickets")
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert refused.headers["retry-after"] == "1"
        under_way.append(group.create_task(client.post("/v1/tickets")))
        async with asyncio.timeout(10):
            while house.waiting < 5:
                await asyncio.sleep(0.01)
        house.doors.set()
        assert {(await one).status_code for one in under_way} == {200}
        # and when it is done there is room again
        assert (await client.get("/v1/tickets")).status_code == 200


async def test_one_long_task_turns_nobody_away_and_a_lag_that_stays_does(house: House) -> None:
    house.doors.set()
    async with house.open() as client:
        # given a loop that was busy for long, once
        await client.get("/v1/tickets")
        time.sleep(0.8)  # noqa: ASYNC251
        await asyncio.sleep(0.01)
        assert (await client.get("/v1/tickets")).status_code == 200
        # when it is so again and again
        for _ in range(4):
            under_way = asyncio.create_task(client.get("/v1/tickets"))
            await asyncio.sleep(0.05)
            time.sleep(0.8)  # noqa: ASYNC251
            await asyncio.sleep(0.01)
            last = await under_way
        # then lists have to wait, and what agents send does not
        assert (last.status_code, last.json()["code"]) == (503, "overloaded")
        assert (await client.post("/v1/tickets")).status_code == 200


async def test_a_body_that_trickles_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelope, "BODY_SECONDS", 0.3)
    async with house.open():
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"POST /v1/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"\r\n")
        assert b" 408 " in answer
        writer.close()


@pytest.mark.parametrize("said", [b"", b"GET /v1/tickets HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_head_that_does_not_end_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.3)
    async with house.open():
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(said)
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()


async def test_a_head_without_end_is_cut_off(house: House) -> None:
    async with house.open():
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(9_000)))
        async with asyncio.timeout(10):
            assert b" 431 " in await reader.readuntil(b"\r\n")
        writer.close()


async def test_a_head_and_a_long_body_in_one_piece_are_no_long_head(house: House) -> None:
    house.doors.set()
    async with house.open() as client:
        answer = await client.post("/v1/tickets", content=b"x" * 900_000)
        again = await client.post("/v1/tickets", content=b"x" * 900_000)
    assert [answer.status_code, again.status_code] == [200, 200]


async def test_who_does_not_read_is_not_written_to_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "SEND_SECONDS", 0.3)
    async with house.open(most=4) as client:
        # given one who asks for a stream and does not read it
        _, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(1)
        # then their connection ends, and nobody else waits
        house.doors.set()
        assert (await client.get("/v1/tickets")).status_code == 200
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionError):
                while True:
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.05)
