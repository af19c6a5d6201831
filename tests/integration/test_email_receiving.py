"""Mail in: 250 means that MongoDB and Kafka have it, and nothing else does."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from adapters.email.accounts import Accounts
from adapters.email.reading.parse import digest
from adapters.email.settings import EmailSettings
from adapters.email.taking.checking import Checker
from adapters.email.taking.receive import Reception
from adapters.email.taking.smtp import Entrance, serve
from deploy.local.ports import spare
from libs.contents import Content, ContentStore, Rendition
from libs.events.codec import KafkaRecord
from libs.events.ids import partition_of
from libs.events.published.channels import InboundMessage, Sealed
from libs.events.topics import INBOUND
from libs.keyring import Keyring
from libs.settings import Settings
from libs.telemetry import Telemetry
from tests.support.lanes import Bench
from tests.support.mail import SUPPORT, Client, listening, mail, send, start_adapter
from tests.support.name_server import serving
from tests.support.own_servers import OwnServers, hanging, own_servers

pytestmark = pytest.mark.integration
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "mail"
SALES = "sales@helpdesk.example"
MOST_BYTES = 200_000


@dataclass
class Desk:
    """A receiving side that runs in the test's loop, and what it has published."""

    bench: Bench
    port: int

    async def records(self, count: int) -> list[KafkaRecord]:
        return await self.bench.records(INBOUND, count)

    async def messages(self, count: int) -> list[InboundMessage]:
        records = await self.records(count)
        assert len(records) == count
        return [InboundMessage.model_validate_json(record.value or b"") for record in records]

    async def content(self, id: str) -> bytes:
        store = ContentStore(self.bench.mongo, self.bench.keyring)
        content = (await store.get([id]))[id]
        assert isinstance(content, Content)
        return content.data

    async def clear(self, value: str | Sealed) -> str:
        assert isinstance(value, Sealed)
        await self.bench.keyring.load([value.key])
        clear = self.bench.keyring.unseal(value.key, value.sealed)
        assert isinstance(clear, bytes)
        return clear.decode()


@asynccontextmanager
async def receiving(bench: Bench, checker: Checker | None = None) -> AsyncIterator[int]:
    """The receiving side as the adapter wires it; the port it listens on."""
    keyring = Keyring(bench.mongo, bench.settings, role="adapter")
    async with bench.cluster.producing() as producer:
        reception = Reception(
            Accounts({SUPPORT: "support", SALES: "sales"}),
            keyring=keyring,
            contents=ContentStore(bench.mongo, keyring),
            cluster=bench.cluster,
            producer=producer,
            lanes=bench.ledger.lanes,
            checker=checker,
        )
        working = asyncio.create_task(reception.run())
        settings = EmailSettings(smtp_max_bytes=MOST_BYTES)
        entrance = Entrance.of(settings, reception, Telemetry())
        async with serve(entrance, "127.0.0.1", 0) as (port, _):
            yield port
        working.cancel()


@pytest.fixture
async def desk(ledger: Settings) -> AsyncIterator[Desk]:
    async with Bench.on(ledger) as bench, receiving(bench) as port:
        yield Desk(bench, port)


async def test_a_mail_is_published_with_its_words_its_bytes_and_its_files(desk: Desk) -> None:
    # given a mail in a thread, with a file
    message = mail("m1", References="<root@example.org>", Date="Sun, 22 Nov 2026 10:00:00 +0100")
    message.add_attachment(b"\x00png", maintype="image", subtype="png", filename="photo.png")
    data = message.as_bytes()
    # when it is sent
    code, _ = await send(desk.port, data)
    # then it is accepted, and in its conversation's partition
    assert code == 250
    [record] = await desk.records(1)
    found = InboundMessage.model_validate_json(record.value or b"")
    assert (record.key or b"").decode() == found.conversation_id
    assert record.partition == partition_of(found.conversation_id, desk.bench.ledger.lanes)
    assert (found.channel, found.account, found.id) == ("email", "support", "<m1@example.org>")
    assert found.thread == "<root@example.org>"
    assert found.sent_at is not None
    assert found.automatic == ""
    # and its sender is sealed, its words and bytes are contents
    assert b"ana@example.org" not in (record.value or b"")
    assert await desk.clear(found.sender.address) == "ana@example.org"
    assert await desk.clear(found.sender.name) == "Ana Weber"
    assert found.rendition is not None
    assert found.original is not None
    rendition = Rendition.decode(await desk.content(found.rendition.id))
    assert (rendition.subject, rendition.text.strip()) == ("About m1", "This is m1.")
    assert (rendition.attachments, rendition.message_id) == (("photo.png",), "<m1@example.org>")
    assert await desk.content(found.original.id) == data
    [file] = found.attachments
    assert (file.content.media_type, file.inline) == ("image/png", False)
    assert await desk.content(file.content.id) == b"\x00png"


async def test_only_our_own_addresses_travel_as_references(desk: Desk) -> None:
    # given a mail to our signed address and to somebody else
    message = mail("m1", Cc="Bo <bo@example.net>", In_Reply_To="<e.ref@helpdesk.example>")
    # when it comes
    plus = "support+abc@helpdesk.example"
    assert (await send(desk.port, message.as_bytes(), to=[plus]))[0] == 250
    # then what may carry our reference is there in clear, and the other address is sealed
    [found] = await desk.messages(1)
    assert found.references == (plus, SUPPORT, "<e.ref@helpdesk.example>")
    [copied] = found.copied
    assert await desk.clear(copied) == "bo@example.net"


async def test_strangers_addresses_are_refused_before_any_data(desk: Desk) -> None:
    code, answer = await send(desk.port, mail("m1").as_bytes(), to=["someone@example.org"])
    assert (code, answer) == (550, b"5.1.1 No such address here")


async def test_there_is_one_record_for_each_account(desk: Desk) -> None:
    # given a mail to two accounts, one of them twice
    to = [SUPPORT, "support+x@helpdesk.example", SALES.upper()]
    # when it comes
    assert (await send(desk.port, mail("m1").as_bytes(), to=to))[0] == 250
    # then each account has it once, as a message of its own
    found = await desk.messages(2)
    assert sorted(message.account for message in found) == ["sales", "support"]
    assert len({message.digest for message in found}) == 2
    assert len({m.rendition.id for m in found if m.rendition}) == 2


async def test_a_mail_that_is_too_large_is_refused(desk: Desk) -> None:
    too_large = mail("m1").as_bytes() + b"x" * 70 * 4_000
    declared = await send(desk.port, too_large, options=[f"SIZE={len(too_large)}"])
    assert declared[0] == 552
    undeclared = await send(desk.port, mail("m1").as_bytes() + (b"x" * 70 + b"\r\n") * 4_000)
    assert undeclared[0] == 552


async def test_mail_in_all_scripts_is_taken(desk: Desk) -> None:
    # given a mail with 8-bit headers, from an address that is not ASCII
    data = "From: Jörg <jörg@exämple.org>\r\nSubject: Grüße\r\n\r\nSchöne Grüße\r\n".encode()
    # when it comes from a client that asks whether it may
    code, _ = await send(
        desk.port, data, sender="jorg@example.org", options=["BODY=8BITMIME", "SMTPUTF8"]
    )
    # then it is read in its own words
    assert code == 250
    [found] = await desk.messages(1)
    assert await desk.clear(found.sender.address) == "jörg@exämple.org"
    assert found.rendition is not None
    assert Rendition.decode(await desk.content(found.rendition.id)).subject == "Grüße"


async def test_bounces_are_marked_as_automatic(desk: Desk) -> None:
    assert (await send(desk.port, mail("m1").as_bytes(), sender=""))[0] == 250
    [found] = await desk.messages(1)
    assert found.automatic == "null-return-path"


async def test_a_repeated_delivery_is_the_same_message(desk: Desk) -> None:
    # given a mail that was delivered
    assert (await send(desk.port, mail("m1").as_bytes()))[0] == 250
    # when another station delivers it again
    assert (await send(desk.port, b"Received: by b\r\n" + mail("m1").as_bytes()))[0] == 250
    # then both records name one message and one set of contents
    first, second = await desk.messages(2)
    assert (first.digest, first.rendition, first.original) == (
        second.digest,
        second.rendition,
        second.original,
    )


async def test_every_mail_of_the_corpus_is_accepted_byte_for_byte(desk: Desk) -> None:
    files = [path for path in sorted(CORPUS.rglob("*.eml")) if path.is_file()]
    if not files:
        pytest.skip("the corpus of mails is not there")
    # given real mails, as SMTP carries them
    all_of_them = [b"\r\n".join(path.read_bytes().splitlines()) + b"\r\n" for path in files]
    raws = {digest("support", raw): raw for raw in all_of_them}.values()
    # when they come, a few at a time
    gate = asyncio.Semaphore(8)

    async def one(raw: bytes) -> int:
        async with gate:
            return (await send(desk.port, raw))[0]

    assert set(await asyncio.gather(*map(one, raws))) == {250}
    # then each is there as it came
    originals = [m.original.id for m in await desk.messages(len(raws)) if m.original]
    assert {await desk.content(id) for id in originals} == set(raws)


# The adapter as a process


async def test_killed_before_it_could_answer_the_mail_comes_again(ledger: Settings) -> None:
    async with Bench.on(ledger) as bench:
        port = spare()
        adapter = start_adapter(ledger, smtp_port=port)
        try:
            # given a client that has sent its mail and has not read the answer
            await listening(port)
            client = await Client.connect(port)
            await client.begin(SUPPORT)
            client.write(mail("m1").as_bytes() + b".\r\n")
            await bench.records(INBOUND, 1)
            # when the adapter is killed, and the client tries again
            adapter.kill()
            adapter.wait()
            client.close()
            adapter = start_adapter(ledger, smtp_port=port)
            await listening(port)
            assert (await send(port, mail("m1").as_bytes()))[0] == 250
            # then both records are one message to everybody behind
            desk = Desk(bench, port)
            first, second = await desk.messages(2)
            assert (first.digest, first.rendition) == (second.digest, second.rendition)
            assert first.conversation_id == second.conversation_id
        finally:
            adapter.kill()
            adapter.wait()


async def test_nothing_that_was_accepted_is_lost_in_kills(ledger: Settings) -> None:
    async with Bench.on(ledger) as bench:
        port = spare()
        adapter = start_adapter(ledger, smtp_port=port)
        names = iter([f"m{n}" for n in range(120)])
        accepted: set[str] = set()

        async def client() -> None:
            for name in names:
                while name not in accepted:
                    with suppress(OSError, EOFError, Exception):
                        if (await send(port, mail(name).as_bytes()))[0] == 250:
                            accepted.add(name)
                    await asyncio.sleep(0.01)

        try:
            # given clients that send their mails until each is accepted
            await listening(port)
            clients = asyncio.gather(*(client() for _ in range(6)))
            # when the adapter is killed again and again
            for _ in range(3):
                await asyncio.sleep(0.4)
                adapter.kill()
                adapter.wait()
                adapter = start_adapter(ledger, smtp_port=port)
                await listening(port)
            await clients
            # then every mail is there, whole
            desk = Desk(bench, port)
            records = await desk.records(len(accepted))
            found = [InboundMessage.model_validate_json(r.value or b"") for r in records]
            assert {message.id for message in found} == {f"<{n}@example.org>" for n in accepted}
            assert len({message.digest for message in found}) == len(accepted)
            for message in found:
                assert message.original is not None
                assert await desk.content(message.original.id)
        finally:
            adapter.kill()
            adapter.wait()


# Without Kafka, without MongoDB


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServers]:
    with own_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.mark.parametrize("stopped", ["kafka", "mongod"])
async def test_without_a_server_mail_is_put_off_until_it_is_back(
    servers: OwnServers, stopped: str
) -> None:
    settings = servers.settings.model_copy(update={"namespace": f"{stopped}-"})
    server: psutil.Process = getattr(servers, stopped)
    async with Bench.on(settings) as bench, receiving(bench) as port:
        # given a desk that takes mail
        assert (await send(port, mail("m1").as_bytes()))[0] == 250
        # when a server hangs
        with hanging(server):
            started = time.monotonic()
            answers = await asyncio.gather(
                *(send(port, mail(name).as_bytes()) for name in ("m2", "m3"))
            )
            took = time.monotonic() - started
        # then the senders are told soon to come again
        assert [code for code, _ in answers] == [451, 451]
        assert took < 8
        # and once it is back the same desk takes their mails
        async with asyncio.timeout(30):
            while (await send(port, mail("m2").as_bytes()))[0] != 250:
                await asyncio.sleep(0.2)
        assert (await send(port, mail("m3").as_bytes()))[0] == 250
        records = await bench.records(INBOUND, 3)
        ids = {InboundMessage.model_validate_json(r.value or b"").id for r in records}
        assert ids == {f"<{name}@example.org>" for name in ("m1", "m2", "m3")}


async def test_who_hands_a_mail_in_is_checked_by_the_dns(ledger: Settings) -> None:
    # given a domain that lets this machine send, and one that does not
    zone = {
        "_dmarc.shop.example": "v=DMARC1; p=reject",
        "shop.example": "v=spf1 ip4:127.0.0.1 -all",
        "_dmarc.bank.example": "v=DMARC1; p=reject",
        "bank.example": "v=spf1 -all",
    }
    with serving(zone) as (server, _):
        resolved = EmailSettings(name_servers=server, smtp_own_networks="192.0.2.0/24")
        async with Bench.on(ledger) as bench, receiving(bench, Checker.of(resolved)) as port:
            # when both write
            for domain in ("shop.example", "bank.example"):
                message = mail(domain)
                message.replace_header("From", f"ada@{domain}")
                await send(port, message.as_bytes(), sender=f"ada@{domain}")

            # then one is who they say
            found = {one.id: one.authentication for one in await Desk(bench, port).messages(2)}
            assert list(found.values()) == ["passed", "failed"]
