"""Mailboxes that others host: every message is taken once, whatever happens in between."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from adapters.email.accounts import Accounts
from adapters.email.taking import poll
from adapters.email.taking.imap import Connection, Secret
from adapters.email.taking.mailboxes import Mailbox
from adapters.email.taking.poll import Poller
from adapters.email.taking.positions import COLLECTION
from adapters.email.taking.receive import Reception
from adapters.email.taking.secrets import Secrets
from deploy.local.ports import spare
from libs.contents import ContentStore
from libs.events.published.channels import InboundMessage
from libs.events.topics import INBOUND
from libs.keyring import Keyring
from libs.settings import Settings
from libs.telemetry import Progress, Telemetry
from tests.support.certificates import write_certificate, write_pkcs12
from tests.support.greenmail import PASSWORD, USER, GreenMail
from tests.support.lanes import Bench
from tests.support.mail import SUPPORT, listening, mail, send, start_adapter

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("greenmail")]
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture
def server(certificate: Path) -> Iterator[GreenMail]:
    server = GreenMail(write_pkcs12(certificate))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


@pytest.fixture
async def bench(ledger: Settings) -> AsyncIterator[Bench]:
    async with Bench.on(ledger) as bench:
        yield bench


Follow = Callable[..., AbstractAsyncContextManager[Poller]]


@pytest.fixture
async def follow(bench: Bench, server: GreenMail, password: Path) -> AsyncIterator[Follow]:
    """Follows the server's mailbox, with settings of one's own, as the adapter does."""
    keyring = Keyring(bench.mongo, bench.settings, role="adapter")
    async with bench.cluster.producing() as producer:
        reception = Reception(
            Accounts({SUPPORT: "support"}),
            keyring=keyring,
            contents=ContentStore(bench.mongo, keyring),
            cluster=bench.cluster,
            producer=producer,
            lanes=bench.ledger.lanes,
        )
        working = asyncio.create_task(reception.run())

        @asynccontextmanager
        async def following(**given: object) -> AsyncIterator[Poller]:
            mailbox = Mailbox.model_validate(
                {
                    "name": "support",
                    "account": "support",
                    "address": SUPPORT,
                    "user": USER,
                    "host": "127.0.0.1",
                    "port": server.port,
                    "security": "none",
                    "take_existing": True,
                    "poll_seconds": 1,
                    **({} if "oauth" in given else {"password_file": password}),
                    **given,
                }
            )
            collection = bench.mongo.database("email")[COLLECTION]
            poller = Poller(
                mailbox,
                reception=reception,
                collection=collection,
                secrets=Secrets(mailbox, collection, keyring),
                progress=Progress(),
                telemetry=Telemetry(),
                largest_bytes=MOST_BYTES,
            )
            task = asyncio.create_task(poller.run())
            try:
                yield poller
                if task.done():
                    task.result()
            finally:
                task.cancel()
                await asyncio.wait([task])

        yield following
        working.cancel()


async def taken(bench: Bench, count: int) -> list[InboundMessage]:
    """What was published, once that is so many records."""
    found = await bench.records(INBOUND, count)
    return [InboundMessage.model_validate_json(record.value or b"") for record in found]


async def eventually(what: Callable[[], object], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(what):
            await asyncio.sleep(0.05)


def say(file: Path, text: str) -> None:
    file.write_text(text)


def names(messages: list[InboundMessage]) -> list[str]:
    return [message.id.strip("<>").partition("@")[0] for message in messages]


async def test_what_lies_there_and_what_comes_is_taken_with_its_arrival(
    bench: Bench, server: GreenMail, follow: Follow
) -> None:
    # given a mailbox with a mail of yesterday, a draft and a deleted one
    yesterday = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    bounce = b"Return-Path: <>\r\n" + mail("m1").as_bytes()
    server.put(bounce, at=yesterday)
    server.put(mail("draft").as_bytes(), flags="(\\Draft)")
    server.put(mail("gone").as_bytes(), flags="(\\Deleted)")
    async with follow(poll_seconds=60):
        # when it is followed, and another one comes
        [first] = await taken(bench, 1)
        server.put(mail("m2").as_bytes())
        # then both are taken, the second as soon as the server says so
        messages = await taken(bench, 2)
        assert sorted(names(messages)) == ["m1", "m2"]
        assert (first.account, first.received_at) == ("support", yesterday)
        assert first.automatic == "null-return-path"
        assert SUPPORT in first.references
        # and marked
        await eventually(lambda: sum(b"Seen" in each for each in server.flags()) == 2)


async def test_news_that_a_server_tells_with_another_answer_is_not_waited_for(
    server: GreenMail, password: Path
) -> None:
    # given a connection that has asked how things stand
    mailbox = Mailbox.model_validate(
        {
            "name": "support",
            "account": "support",
            "address": SUPPORT,
            "user": USER,
            "host": "127.0.0.1",
            "port": server.port,
            "security": "none",
            "password_file": password,
        }
    )
    connection = Connection.open(mailbox, Secret(PASSWORD))
    assert connection.standing().next_uid == 1
    # when a mail comes, and the server says so while it answers a question
    server.put(mail("m1").as_bytes())
    assert [one.uid for one in connection.listed(1, 1)] == [1]
    # then what it has said already is not waited for again
    async with asyncio.timeout(10):
        await asyncio.to_thread(connection.wait, 60)
    connection.cut()
    connection.drop()


async def test_without_leave_nothing_that_was_there_before_is_taken(
    bench: Bench, server: GreenMail, follow: Follow
) -> None:
    server.put(mail("old").as_bytes())
    async with follow(take_existing=False, done="leave"):
        position = bench.mongo.database("email")[COLLECTION]
        async with asyncio.timeout(10):
            while await position.find_one({}) is None:
                await asyncio.sleep(0.05)
        server.put(mail("new").as_bytes())
        assert names(await taken(bench, 1)) == ["new"]
    assert not any(b"Seen" in each for each in server.flags())


@pytest.mark.parametrize("done", ["move", "delete"])
async def test_what_is_taken_leaves_the_folder(
    bench: Bench, server: GreenMail, follow: Follow, done: str
) -> None:
    server.put(*(mail(f"m{n}").as_bytes() for n in range(3)))
    async with follow(done=done, done_folder="Taken by us"):
        assert len(await taken(bench, 3)) == 3
        await eventually(lambda: server.flags() == [])
        assert len(server.flags("Taken by us")) == (3 if done == "move" else 0)


async def test_a_crash_between_taking_and_marking_makes_no_second_message(
    bench: Bench, server: GreenMail, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(*(mail(f"m{n}").as_bytes() for n in range(3)))
    # given a follower that stops between what the ledger has and what the mailbox shows

    async def stop(*given: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(Poller, "_finish", stop)
        async with follow():
            first = await taken(bench, 3)
    assert not any(b"Seen" in each for each in server.flags())
    # when the next one begins
    async with follow():
        records = await taken(bench, 6)
        await eventually(lambda: sum(b"Seen" in each for each in server.flags()) == 3)
    # then each mail came twice, under one digest
    assert len(records) == 6
    assert {message.digest for message in records} == {message.digest for message in first}


async def test_a_restored_mailbox_brings_what_is_new_and_repeats_nothing_old(
    bench: Bench, server: GreenMail, follow: Follow
) -> None:
    now = datetime.now(UTC)
    ancient, recent = mail("ancient").as_bytes(), mail("recent").as_bytes()
    async with follow():
        server.put(ancient, at=now - timedelta(days=9))
        server.put(recent, at=now - timedelta(hours=1))
        before = await taken(bench, 2)
        # when the mailbox is restored: the same mails under other UIDs, and one more
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        server.put(ancient, at=now - timedelta(days=9))
        server.put(recent, at=now - timedelta(hours=1))
        server.put(mail("new").as_bytes())
        messages = await taken(bench, 4)
    # then the new one is taken, and what may have come meanwhile is one message to intake
    assert sorted(names(messages)) == ["ancient", "new", "recent", "recent"]
    assert len({message.digest for message in messages}) == 3
    assert {message.digest for message in before} < {message.digest for message in messages}


async def test_a_message_that_cannot_be_taken_stays_and_stops_nobody(
    bench: Bench,
    server: GreenMail,
    follow: Follow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given one that is too large, and one that we fall over
    take = Reception.take

    async def fall(self: Reception, raw: bytes, *given: object) -> None:
        if b"About poison" in raw:
            raise RecursionError
        await take(self, raw, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Reception, "take", fall)
    monkeypatch.setattr(poll, "_FIRST_PAUSE_SECONDS", 0.05)
    server.put(mail("large").as_bytes() + b"x" * MOST_BYTES, mail("poison").as_bytes())
    server.put(mail("good").as_bytes())
    async with follow() as poller:
        # then what comes behind them is taken
        assert names(await taken(bench, 1)) == ["good"]
        await eventually(lambda: poller.passed_over == 2)
        await eventually(lambda: sum(b"Seen" in each for each in server.flags()) == 1)
    # and why they stay is noted
    noted = await bench.mongo.database("email")[COLLECTION].find_one({"_id": "support"})
    assert noted is not None
    assert [(each["uid"], each["reason"]) for each in noted["skipped"]] == [
        (1, f"larger than {MOST_BYTES} bytes"),
        (2, "RecursionError"),
    ]


async def test_many_messages_come_in_batches(
    bench: Bench, server: GreenMail, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "LISTED_AT_ONCE", 15)
    monkeypatch.setattr(poll, "TAKEN_AT_ONCE", 6)
    server.put(*(mail(f"m{n}").as_bytes() for n in range(40)))
    async with follow():
        messages = await taken(bench, 40)
        await eventually(lambda: sum(b"Seen" in each for each in server.flags()) == 40)
    assert len({message.digest for message in messages}) == 40


async def test_a_wrong_password_is_said_and_tried_seldom(
    bench: Bench, server: GreenMail, follow: Follow, password: Path
) -> None:
    server.put(mail("m1").as_bytes())
    say(password, "wrong")
    async with follow() as poller:
        await eventually(lambda: poller.trouble != "")
        said = poller.trouble
        await asyncio.sleep(3)
        attempts = poller.attempts
    assert said == f"127.0.0.1:{server.port} does not accept the password of support"
    assert attempts == 1
    # when it is corrected
    say(password, PASSWORD)
    async with follow() as poller:
        await taken(bench, 1)
        await eventually(lambda: poller.trouble == "")


async def test_a_server_that_is_away_is_waited_for(
    bench: Bench, server: GreenMail, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "_LONGEST_PAUSE_SECONDS", 1.0)
    # GreenMail listens before it knows its users.
    monkeypatch.setattr(poll, "_REFUSED_PAUSE_SECONDS", 1.0)
    server.kill()
    async with follow() as poller:
        await eventually(lambda: "cannot be reached" in poller.trouble)
        await asyncio.to_thread(server.start)
        server.put(mail("m1").as_bytes())
        assert names(await taken(bench, 1)) == ["m1"]
        await eventually(lambda: poller.trouble == "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"folder": "Nowhere"}, "support has no folder Nowhere"),
        ({"security": "tls"}, "shows a certificate that is not trusted"),
    ],
)
async def test_what_its_owner_has_to_correct_is_said(
    server: GreenMail, follow: Follow, given: dict[str, object], said: str
) -> None:
    port = {"port": server.tls_port} if "security" in given else {}
    async with follow(**port, **given) as poller:
        await eventually(lambda: said in poller.trouble)


async def test_over_tls_with_the_authoritys_file(
    bench: Bench, server: GreenMail, follow: Follow, certificate: Path
) -> None:
    server.put(mail("m1").as_bytes())
    async with follow(port=server.tls_port, security="tls", ca_file=certificate):
        assert names(await taken(bench, 1)) == ["m1"]


class Issuer:
    """A token endpoint (RFC 6749): knows a client and the newest refresh token, which each use
    replaces."""

    def __init__(self) -> None:
        self.port = spare()
        self.refresh = "refresh-0"
        self.asked: list[str] = []

    async def token(self, request: Request) -> JSONResponse:
        form = dict(parse_qsl((await request.body()).decode()))
        self.asked.append(str(form.get("refresh_token")))
        known = (form.get("client_id"), form.get("client_secret")) == ("desk", "client-secret")
        if not known or form.get("refresh_token") != self.refresh:
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.refresh = f"refresh-{len(self.asked)}"
        answer = {"access_token": PASSWORD, "refresh_token": self.refresh, "expires_in": 3600}
        return JSONResponse(answer)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    routes = [Route("/token", issuer.token, methods=["POST"])]
    config = uvicorn.Config(Starlette(routes=routes), port=issuer.port, log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield issuer
    server.should_exit = True
    await serving


async def test_an_access_token_is_had_and_its_replaced_refresh_token_kept(
    bench: Bench, server: GreenMail, follow: Follow, issuer: Issuer, tmp_path: Path
) -> None:
    for name, text in (("client", "client-secret"), ("refresh", "refresh-0")):
        say(tmp_path / name, text)
    oauth = {
        "token_endpoint": f"http://127.0.0.1:{issuer.port}/token",
        "client_id": "desk",
        "client_secret_file": tmp_path / "client",
        "refresh_token_file": tmp_path / "refresh",
    }
    server.put(mail("m1").as_bytes())
    async with follow(oauth=oauth):
        assert names(await taken(bench, 1)) == ["m1"]
    # when the process is another one: the file has the old token, and only the newest is good
    async with follow(oauth=oauth):
        server.put(mail("m2").as_bytes())
        async with asyncio.timeout(15):
            while set(names(await taken(bench, 2))) != {"m1", "m2"}:
                await asyncio.sleep(0.1)
    assert issuer.asked == ["refresh-0", "refresh-1"]
    stored = await bench.mongo.database("email")[COLLECTION].find_one({"_id": "support"})
    assert b"refresh-" not in json.dumps(stored, default=str).encode()
    # and when the consent is gone somebody has to agree again
    issuer.refresh = "revoked"
    async with follow(oauth=oauth) as poller:
        await eventually(lambda: poller.trouble != "")
    assert "answered 400 invalid_grant: agree anew" in poller.trouble


def configured(folder: Path, server: GreenMail, password: Path) -> Path:
    """A file that tells the adapter of the server's mailbox."""
    file = folder / "mailboxes.toml"
    say(
        file,
        f"""[[mailbox]]
name = "support"
account = "support"
address = "{SUPPORT}"
host = "127.0.0.1"
port = {server.port}
security = "none"
user = "{USER}"
password_file = "{password}"
take_existing = true
done = "move"
""",
    )
    return file


async def test_a_mailbox_in_trouble_is_told_and_keeps_nobody_else_from_working(
    bench: Bench, server: GreenMail, password: Path, tmp_path: Path
) -> None:
    say(password, "wrong")
    port, health = spare(), spare()
    adapter = start_adapter(
        bench.settings,
        smtp_port=port,
        health_port=health,
        mailboxes_file=configured(tmp_path, server, password),
    )
    try:
        # given an adapter with a wrong password
        await listening(port)
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
            url = f"http://127.0.0.1:{health}/health/ready"
            while not (answer := (await client.get(url)).json())["details"]:
                await asyncio.sleep(0.1)
        # then it says so, is ready, and takes mail
        said = f"127.0.0.1:{server.port} does not accept the password of support"
        assert answer["details"] == {"mailbox-support": said}
        assert answer["components"]["mailbox-support"]["ready"]
        assert (await send(port, mail("m1").as_bytes()))[0] == 250
    finally:
        adapter.kill()
        adapter.wait()


async def test_the_adapter_killed_and_killed_takes_every_message(
    bench: Bench, server: GreenMail, password: Path, tmp_path: Path
) -> None:
    file = configured(tmp_path, server, password)
    port = spare()
    server.put(*(mail(f"m{n}").as_bytes() for n in range(80)))
    adapter = start_adapter(bench.settings, smtp_port=port, mailboxes_file=file)
    try:
        for kill in range(3):
            # given an adapter that is killed after its first messages
            await listening(port)
            await bench.records(INBOUND, 10 * (kill + 1))
            adapter.kill()
            adapter.wait()
            adapter = start_adapter(bench.settings, smtp_port=port, mailboxes_file=file)
        await eventually(lambda: server.flags() == [], 60)
        # then every message is there, and moved once
        messages = await taken(bench, 80)
        assert set(names(messages)) == {f"m{n}" for n in range(80)}
        assert len({message.digest for message in messages}) == 80
        assert len(server.flags("Deskledger")) == 80
    finally:
        adapter.kill()
        adapter.wait()
