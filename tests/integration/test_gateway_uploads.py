"""Files are sent first, checked on the way, named by messages, and otherwise gone."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import httpx
import pytest

from deskledger_client import Client
from libs.events.kafka import utc_now
from libs.settings import Settings
from services.gateway.uploading.uploads import KEPT, MOST_UNUSED, Uploads
from tests.support.gateway import Gateway, deciding, gateway, registered_contact
from tests.support.mail import mailing, post_office

pytestmark = pytest.mark.integration

ADA, EVE = "p-01" + "a" * 24, "p-02" + "e" * 24
NEW = {"account": "support", "subject": "Printer", "text": "It does not print."}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
MEGABYTE = 1_000_000
LARGEST, LARGEST_MESSAGE = 30 * MEGABYTE, 40 * MEGABYTE


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway and the deciders behind it, with two contacts."""
    async with (
        gateway(
            module_ledger,
            gateway_max_upload_bytes=LARGEST,
            gateway_max_message_bytes=LARGEST_MESSAGE,
        ) as running,
        deciding(running.resources),
    ):
        async with running.client("agent") as anna, asyncio.timeout(30):
            for contact in (ADA, EVE):
                await registered_contact(running.resources, contact)
                while (await anna.get(f"/v1/contacts/{contact}")).status_code != 200:
                    await asyncio.sleep(0.05)
        yield running


@pytest.fixture
async def ada(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client("customer", ADA) as client:
        yield client


@pytest.fixture
async def eve(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client("customer", EVE) as client:
        yield client


async def opened(customer: httpx.AsyncClient) -> str:
    """The address of a new ticket of this customer's."""
    made = await customer.post("/v1/tickets", json=NEW)
    assert made.status_code == 200, made.text
    path: str = made.headers["location"]
    return path


async def sent(client: httpx.AsyncClient, data: bytes = PNG, name: str = "plan.png") -> str:
    """The id of a file that this client has sent."""
    answer = await client.post("/v1/uploads", params={"name": name}, content=data)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


async def last_files(client: httpx.AsyncClient, path: str) -> list[dict[str, object]]:
    """The files of a ticket's last message."""
    page = (await client.get(f"{path}/conversation")).json()
    files: list[dict[str, object]] = page["items"][-1]["attachments"]
    return files


async def sending(
    desk: Gateway, agent: str, size: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which this agent has announced a file, and sent nothing of it so far."""
    host, port = desk.url.removeprefix("http://").split(":")
    async with desk.client("agent", agent) as client:
        authorization = client.headers["authorization"]
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /v1/uploads HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\n"
    writer.write(f"{head}Content-Length: {size}\r\n\r\n".encode())
    return reader, writer


async def chunks_left(desk: Gateway) -> int:
    files = desk.resources.mongo.database("contents")["files.chunks"]
    return await files.count_documents({})


async def test_a_file_is_described_as_it_came(anna: httpx.AsyncClient) -> None:
    # when a file is sent whose name is a path, whose type is another, and whose digest is given
    digest = hashlib.sha256(PNG)
    answer = await anna.post(
        "/v1/uploads",
        params={"name": "../../etc/plan.pdf"},
        content=PNG,
        headers={
            "Content-Type": "application/pdf",
            "Content-Digest": f"sha-256=:{b64encode(digest.digest()).decode()}:, crc32c=:AAAAAA==:",
        },
    )
    # then it is called what it may be called, and known for what it is
    page = answer.json()
    assert (answer.status_code, page["name"], page["really"]) == (201, "plan.pdf", "image/png")
    assert (page["size"], page["sha256"]) == (len(PNG), digest.hexdigest())
    assert (await anna.get(answer.headers["location"])).json() == page


@pytest.mark.parametrize("kind", ["replies", "notes", "side-conversations"])
async def test_an_agent_s_message_has_the_files_that_it_names(
    anna: httpx.AsyncClient, ada: httpx.AsyncClient, desk: Gateway, kind: str
) -> None:
    # given a ticket, and two files of Anna's
    path = await opened(ada)
    first, second = await sent(anna), await sent(anna, b"a,b\n1,2\n", "sums.csv")
    partner = {"team_id": "it"} if kind == "side-conversations" else {}
    # when a message names them
    said = await anna.post(
        f"{path}/{kind}", json={"text": "See there.", "attachments": [first, second], **partner}
    )
    # then it shows them, they can be fetched, and they are the requester's
    assert said.status_code == 200, said.text
    files = await last_files(anna, path)
    assert [(file["id"], file["name"]) for file in files] == [
        (first, "plan.png"),
        (second, "sums.csv"),
    ]
    got = await anna.get(f"{path}/contents/{first}")
    assert (got.content, got.headers["content-type"]) == (PNG, "image/png")
    assert await desk.resources.contents.owners([first, second]) == {first: ADA, second: ADA}
    # and the customer has those that are for them
    expected = 200 if kind == "replies" else 404
    assert (await ada.get(f"{path}/contents/{first}")).status_code == expected


async def test_an_answer_is_mailed_with_its_files(
    anna: httpx.AsyncClient, ada: httpx.AsyncClient, module_ledger: Settings
) -> None:
    path = await opened(ada)
    async with post_office() as post, mailing(module_ledger, post):
        # when Anna answers with a file
        file = await sent(anna, b"a,b\n1,2\n", "Preise f\u00fcr Ada.csv")
        answer = {"text": "See there.", "attachments": [file]}
        said = await anna.post(f"{path}/replies", json=answer)
        assert said.status_code == 200, said.text
        [mail] = await post.wait(1, seconds=40)
    # then the customer's mail has it, byte for byte and by its name
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "Preise f\u00fcr Ada.csv"
    assert attached.get_content_type() == "text/csv"
    assert attached.get_payload(decode=True) == b"a,b\n1,2\n"


async def test_a_customer_sends_files_with_a_new_ticket_and_an_answer(
    anna: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    first = await sent(ada)
    made = await ada.post("/v1/tickets", json={**NEW, "attachments": [first]})
    assert made.status_code == 200, made.text
    path = made.headers["location"]
    assert [file["id"] for file in await last_files(anna, path)] == [first]
    second = await sent(ada, b"once more", "log.txt")
    said = await ada.post(f"{path}/replies", json={"text": "And this.", "attachments": [second]})
    assert said.status_code == 200, said.text
    assert [file["name"] for file in await last_files(ada, path)] == ["log.txt"]


async def test_the_client_sends_files_whose_bytes_are_checked(
    desk: Gateway, anna: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    number = (await anna.get(await opened(ada))).json()["number"]
    client = Client(http=anna)
    plan = await client.uploads.send(PNG, name="plan.png")
    await client.tickets.note(number, text="The plan.", attachments=[plan["id"]])
    assert plan["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert [file["id"] for file in await last_files(anna, f"/v1/tickets/{number}")] == [plan["id"]]


async def test_nobody_names_somebody_else_s_upload(
    anna: httpx.AsyncClient, ada: httpx.AsyncClient, eve: httpx.AsyncClient
) -> None:
    path, theirs = await opened(ada), await sent(eve)
    for client in (anna, ada):
        said = await client.post(f"{path}/replies", json={"text": "t", "attachments": [theirs]})
        assert (said.status_code, said.json()["errors"][0]["pointer"]) == (422, "/attachments/0")
        assert (await client.get(f"/v1/uploads/{theirs}")).status_code == 404
        assert (await client.delete(f"/v1/uploads/{theirs}")).status_code == 404
    assert (await eve.get(f"/v1/uploads/{theirs}")).status_code == 200


async def test_a_file_belongs_to_one_person_s_messages(
    anna: httpx.AsyncClient, ada: httpx.AsyncClient, eve: httpx.AsyncClient
) -> None:
    file = await sent(anna)
    hers, theirs = await opened(ada), await opened(eve)
    note = {"text": "t", "attachments": [file]}
    assert (await anna.post(f"{hers}/notes", json=note)).status_code == 200
    assert (await anna.post(f"{hers}/notes", json=note)).status_code == 200
    refused = await anna.post(f"{theirs}/notes", json=note)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    in_use = await anna.delete(f"/v1/uploads/{file}")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "upload_in_use")


async def test_the_files_of_a_refused_message_are_uploads_again(
    anna: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    # given a ticket that nothing can be written to any more
    path, file = await opened(ada), await sent(anna)
    solved = await anna.post(f"{path}/solution", json={"resolution_code": "workaround"})
    closed = await anna.post(f"{path}/closing")
    assert (solved.status_code, closed.status_code) == (200, 200)
    # when a message to it is refused
    said = await anna.post(f"{path}/notes", json={"text": "t", "attachments": [file]})
    assert said.status_code == 409, said.text
    # then the file may go elsewhere, or away
    other = await opened(ada)
    again = await anna.post(f"{other}/notes", json={"text": "t", "attachments": [file]})
    assert again.status_code == 200, again.text


async def test_a_request_that_comes_again_does_nothing_twice(
    anna: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "file-1"}
    first = await anna.post("/v1/uploads?name=a.txt", content=b"one", headers=key)
    again = await anna.post("/v1/uploads?name=a.txt", content=b"one", headers=key)
    other = await anna.post("/v1/uploads?name=a.txt", content=b"two", headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    # and so it is with the message
    path, note = await opened(ada), {"text": "t", "attachments": [first.json()["id"]]}
    said = [
        await anna.post(f"{path}/notes", json=note, headers={"Idempotency-Key": "note-1"})
        for _ in range(2)
    ]
    assert [one.status_code for one in said] == [200, 200]
    assert said[0].json()["sequence"] == said[1].json()["sequence"]
    # when another message comes under its key, with its file and one more
    more = await sent(anna)
    both = note | {"attachments": [*note["attachments"], more]}
    other = await anna.post(f"{path}/notes", json=both, headers={"Idempotency-Key": "note-1"})
    # then that is refused, the first one keeps its file, and the other is nobody's
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await anna.delete(f"/v1/uploads/{first.json()['id']}")).status_code == 409
    assert (await anna.delete(f"/v1/uploads/{more}")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Digest": f"sha-256=:{b64encode(bytes(32)).decode()}:"}, 422, "digest_mismatch"),
        ({"Repr-Digest": f"sha-512=:{b64encode(bytes(64)).decode()}:"}, 422, "digest_mismatch"),
        ({"Content-Digest": "md5 whatever"}, 400, "bad_header"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415, "unsupported_media_type"),
        ({"Content-Encoding": "gzip"}, 415, "unsupported_media_type"),
    ],
)
async def test_what_is_no_good_file_leaves_nothing(
    desk: Gateway, anna: httpx.AsyncClient, headers: dict[str, str], status: int, code: str
) -> None:
    before = await chunks_left(desk)
    large = bytes(MEGABYTE)
    answer = await anna.post("/v1/uploads", content=large, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await chunks_left(desk) == before


async def test_a_file_that_turns_out_too_large_leaves_nothing(
    desk: Gateway, anna: httpx.AsyncClient
) -> None:
    async def too_many() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // MEGABYTE):
            yield bytes(MEGABYTE)
        yield b"x"

    before = await chunks_left(desk)
    refused = await anna.post("/v1/uploads", content=too_many())
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert await chunks_left(desk) == before


async def test_a_file_that_is_announced_too_large_is_not_waited_for(desk: Gateway) -> None:
    reader, writer = await sending(desk, "anna", LARGEST + 1)
    async with asyncio.timeout(20):
        assert b"413" in await reader.readline()
    writer.close()


async def test_the_files_of_a_message_have_a_limit_together(
    anna: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    path = await opened(ada)
    files = [await sent(anna, bytes(21 * MEGABYTE), "a.bin") for _ in range(2)]
    refused = await anna.post(f"{path}/notes", json={"text": "t", "attachments": files})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/attachments/1")


async def test_a_cut_upload_leaves_nothing(desk: Gateway) -> None:
    # given a sender who stops in the middle of a file
    before = await chunks_left(desk)
    _, writer = await sending(desk, "anna", 20 * MEGABYTE)
    writer.write(bytes(5 * MEGABYTE))
    await writer.drain()
    async with asyncio.timeout(20):
        while await chunks_left(desk) == before:
            await asyncio.sleep(0.02)
        # when the connection breaks
        writer.transport.abort()
        # then nothing of it stays
        uploads = desk.resources.mongo.database("gateway")["uploads"]
        while await chunks_left(desk) > before or await uploads.find_one({"content": None}):
            await asyncio.sleep(0.05)


async def test_slow_senders_take_no_room_from_the_others(desk: Gateway) -> None:
    # given four slow uploads of one agent
    slow = [await sending(desk, "bob", 1_000) for _ in range(4)]
    async with desk.client("agent", "bob") as bob, desk.client("agent") as anna:
        # when they send one more, then that one waits its turn, and nobody else's does
        async with asyncio.timeout(20):
            while (one := await bob.post("/v1/uploads", content=b"x")).status_code == 201:
                await asyncio.sleep(0.05)
        assert (one.status_code, one.headers["retry-after"]) == (429, "2")
        assert (await anna.post("/v1/uploads", content=b"x")).status_code == 201
        for _, writer in slow:
            writer.transport.abort()
        async with asyncio.timeout(20):
            while (await bob.post("/v1/uploads", content=b"x")).status_code != 201:
                await asyncio.sleep(0.05)


async def test_what_no_message_names_is_gone_after_a_day(
    desk: Gateway, anna: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    # given an upload that a message names, one that none does, and one that is deleted
    path = await opened(ada)
    used, unused, deleted = [await sent(anna) for _ in range(3)]
    note = await anna.post(f"{path}/notes", json={"text": "t", "attachments": [used]})
    assert note.status_code == 200
    assert (await anna.delete(f"/v1/uploads/{deleted}")).status_code == 200
    # when a day has passed
    on = desk.resources
    uploads = Uploads(on.mongo.database("gateway"), on.contents, on.keyring, LARGEST_MESSAGE)
    later = utc_now() + KEPT + timedelta(minutes=10)
    while await uploads.sweep(later):
        pass
    # then only what a message names is there
    assert set(await on.contents.owners([used, unused, deleted])) == {used}
    assert (await anna.get(f"{path}/contents/{used}")).content == PNG
    assert (await anna.get(f"/v1/uploads/{unused}")).status_code == 404


async def test_a_sender_keeps_so_many_and_no_more(desk: Gateway) -> None:
    async with desk.client("agent", "carl") as carl:
        for _ in range(MOST_UNUSED):
            await sent(carl, b"x")
        refused = await carl.post("/v1/uploads", content=b"x")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_uploads")


async def test_a_large_file_costs_little_memory(desk: Gateway, anna: httpx.AsyncClient) -> None:
    """The gateway runs in this process: what it holds of the file would be seen here."""

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(25 * 16):
            yield bytes([number % 251]) * (MEGABYTE // 16)

    assert (await anna.post("/v1/uploads", content=pieces())).status_code == 201  # warm
    before = _memory("VmRSS")
    _forget_peak()
    answer = await anna.post("/v1/uploads", content=pieces())
    assert (answer.status_code, answer.json()["size"]) == (201, 25 * MEGABYTE)
    assert _memory("VmHWM") - before < 10 * MEGABYTE


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _memory(of: Literal["VmRSS", "VmHWM"]) -> int:
    """What this process holds, or has held at most, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(of)).split()[1])
