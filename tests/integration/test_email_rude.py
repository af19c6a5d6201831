"""Clients that are rude, slow, greedy or dishonest: each gets a sentence, and nobody else waits."""

import asyncio
import base64
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.email.accounts import Accounts
from adapters.email.settings import EmailSettings
from adapters.email.taking.receive import Reception
from adapters.email.taking.smtp import Entrance, serve
from libs.contents import Content, ContentStore
from libs.events.published.channels import InboundMessage
from libs.events.topics import INBOUND
from libs.keyring import Keyring
from libs.settings import Settings
from libs.telemetry import Telemetry
from tests.support.certificates import write_certificate
from tests.support.lanes import Bench
from tests.support.mail import SUPPORT, Client, mail, send

pytestmark = pytest.mark.integration
SALES = "sales@helpdesk.example"
STRANGERS = {"smtp_own_networks": ""}


@dataclass
class Door:
    """The servers' ports, and what came through them."""

    bench: Bench
    smtp: int
    lmtp: int

    async def originals(self, count: int) -> list[bytes]:
        records = await self.bench.records(INBOUND, count)
        messages = [InboundMessage.model_validate_json(record.value or b"") for record in records]
        found = await ContentStore(self.bench.mongo, self.bench.keyring).get(
            [message.original.id for message in messages if message.original]
        )
        return [content.data for content in found.values() if isinstance(content, Content)]


Open = Callable[..., AbstractAsyncContextManager[Door]]


@pytest.fixture
async def opened(ledger: Settings) -> AsyncIterator[Open]:
    """Opens the door under settings of one's own."""
    async with Bench.on(ledger) as bench, bench.cluster.producing() as producer:
        keyring = Keyring(bench.mongo, bench.settings, role="adapter")
        reception = Reception(
            Accounts({SUPPORT: "support", SALES: "sales"}),
            keyring=keyring,
            contents=ContentStore(bench.mongo, keyring),
            cluster=bench.cluster,
            producer=producer,
            lanes=bench.ledger.lanes,
        )
        working = asyncio.create_task(reception.run())

        @asynccontextmanager
        async def door(**given: object) -> AsyncIterator[Door]:
            settings = EmailSettings.model_validate(given)
            entrance = Entrance.of(settings, reception, Telemetry())
            async with serve(entrance, "127.0.0.1", 0, 0) as (smtp, lmtp):
                yield Door(bench, smtp, lmtp)

        yield door
        working.cancel()


@pytest.mark.parametrize("ending", [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n\0.\r\n"])
async def test_two_mails_in_one_are_none(opened: Open, ending: bytes) -> None:
    async with opened() as door:
        # given a mail that other servers might take for two
        client = await Client.connect(door.smtp)
        assert (await client.begin(SUPPORT)).startswith(b"354")
        second = b"MAIL FROM:<ceo@example.org>\r\nRCPT TO:<%b>\r\nDATA\r\n" % SUPPORT.encode()
        client.write(mail("m1").as_bytes() + ending + second + b"Pay!\r\n.\r\n")
        # then it is refused as one, and the conversation goes on
        assert (await client.answer()).startswith(b"550 5.6.0")
        assert (await client.say(b"NOOP")).startswith(b"250")
        client.close()
        # and an honest mail is the only one that came
        assert (await send(door.smtp, mail("m2").as_bytes()))[0] == 250
        [original] = await door.originals(1)
        assert b"About m2" in original


async def test_commands_may_come_together_but_data_waits_to_be_asked_for(opened: Open) -> None:
    async with opened() as door:
        client = await Client.connect(door.smtp)
        await client.answer()
        assert b"250-PIPELINING" in await client.say(b"EHLO x")
        begin = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<%b>\r\n" % SUPPORT.encode()
        # given a group of commands, as RFC 2920 wants it
        client.write(begin + b"DATA\r\n")
        said = [await client.answer() for _ in range(3)]
        assert [answer[:3] for answer in said] == [b"250", b"250", b"354"]
        client.write(mail("m1").as_bytes() + b".\r\n" + b"NOOP\r\n")
        assert [(await client.answer())[:3] for _ in range(2)] == [b"250", b"250"]
        # when the data does not wait for its answer
        client.write(begin + b"DATA\r\nSubject: hello\r\n\r\nhello\r\n.\r\nNOOP\r\n")
        said = [await client.answer() for _ in range(4)]
        # then it is no data, and no commands either
        assert [answer[:3] for answer in said] == [b"250", b"250", b"421", b""]


async def test_who_says_a_byte_a_second_does_not_stay(opened: Open) -> None:
    async with opened(smtp_idle_seconds=0.5, smtp_data_seconds=0.7) as door:

        async def drip(client: Client) -> bytes:
            """A byte now and then, never a line."""
            answer = asyncio.create_task(client.answer())
            while not answer.done():
                client.write(b"x")
                await asyncio.sleep(0.1)
            return answer.result()

        commanding = await Client.connect(door.smtp)
        await commanding.answer()
        mailing = await Client.connect(door.smtp)
        assert (await mailing.begin(SUPPORT)).startswith(b"354")
        silent = await Client.connect(door.smtp)
        await silent.answer()
        said = await asyncio.gather(drip(commanding), drip(mailing), silent.answer())
        assert [answer[:9] for answer in said] == [b"421 4.4.2"] * 3


async def test_who_does_not_listen_is_left(opened: Open) -> None:
    async with opened(smtp_idle_seconds=0.5, smtp_connections=1) as door:
        # given a client that asks and asks and never reads
        client = await Client.connect(door.smtp)
        try:
            async with asyncio.timeout(5):
                while True:
                    client.write(b"HELP\r\n" * 10_000)
                    await client.flush()
        except (ConnectionError, TimeoutError):
            pass
        # then its place is free for others
        assert (await send(door.smtp, mail("m1").as_bytes()))[0] == 250


async def test_commands_that_lead_to_no_mail_come_to_an_end(opened: Open) -> None:
    async with opened(smtp_errors=3) as door:
        # given a client that tries addresses, and one that passes the time
        guessing = await Client.connect(door.smtp)
        await guessing.answer()
        await guessing.say(b"EHLO x", b"MAIL FROM:<a@example.org>")
        names = [b"RCPT TO:<n%d@helpdesk.example>" % n for n in range(4)]
        said = [await guessing.say(name) for name in names]
        assert [answer[:3] for answer in said] == [b"550", b"550", b"550", b"421"]
        assert await guessing.answer() == b""
        idling = await Client.connect(door.smtp)
        await idling.answer()
        for _ in range(1_000):
            if (await idling.say(b"NOOP")).startswith(b"421"):
                break
        else:
            pytest.fail("a thousand times nothing was no reason to hang up")


async def test_a_client_has_a_share_of_connections_mails_and_recipients(opened: Open) -> None:
    given = {"smtp_connections_of_a_client": 2, "smtp_mails_a_minute": 2, "smtp_recipients": 1}
    async with opened(**STRANGERS, **given) as door:
        # given a client with all its connections
        clients = [await Client.connect(door.smtp) for _ in range(2)]
        for client in clients:
            assert (await client.answer()).startswith(b"220")
        third = await Client.connect(door.smtp)
        assert (await third.answer()).startswith(b"421 4.7.0 Too many connections from your")
        assert await third.answer() == b""
        # when one is closed there is room for another
        clients.pop().close()
        await asyncio.sleep(0.1)
        clients.append(await Client.connect(door.smtp))
        assert (await clients[-1].answer()).startswith(b"220")
        # and beyond its mails and recipients it is told to come again
        to = [b"RCPT TO:<%b>" % address.encode() for address in (SUPPORT, SALES)]
        await clients[0].say(b"EHLO x", b"MAIL FROM:<a@example.org>", to[0])
        assert (await clients[0].say(to[1])).startswith(b"452 4.5.3")
        await clients[0].say(b"RSET")
        assert (await clients[0].say(b"MAIL FROM:<a@example.org>")).startswith(b"250")
        await clients[0].say(b"RSET")
        assert (await clients[0].say(b"MAIL FROM:<a@example.org>")).startswith(b"451 4.7.1")


async def test_without_room_a_mail_has_to_come_again(opened: Open) -> None:
    async with opened(smtp_spool_bytes=1_000_000) as door:
        # given a large mail that does not come to its end
        slow = await Client.connect(door.smtp)
        assert (await slow.begin(SUPPORT)).startswith(b"354")
        slow.write((b"x" * 70 + b"\r\n") * 13_000)
        await slow.flush()
        await asyncio.sleep(0.3)
        # when another one comes
        large = mail("m1").as_bytes() + (b"y" * 70 + b"\r\n") * 4_000
        assert (await send(door.smtp, large))[0] == 452
        # then small ones still come, and the large one once there is room
        assert (await send(door.smtp, mail("m2").as_bytes()))[0] == 250
        slow.close()
        await asyncio.sleep(0.1)
        assert (await send(door.smtp, large))[0] == 250


async def test_lines_may_be_as_long_as_a_mail(opened: Open) -> None:
    async with opened() as door:
        raw = mail("m1").as_bytes() + b"z" * 3_000_000 + b"\r\n"
        assert (await send(door.smtp, raw))[0] == 250
        assert await door.originals(1) == [raw]


async def test_lmtp_answers_for_each_recipient(opened: Open) -> None:
    async with opened() as door:
        client = await Client.connect(door.lmtp)
        await client.answer()
        assert (await client.say(b"EHLO x")).startswith(b"500")
        await client.say(b"LHLO x", b"MAIL FROM:<ana@example.org>")
        to = [b"RCPT TO:<%b>" % address.encode() for address in (SUPPORT, "no@one.example", SALES)]
        assert [(await client.say(each))[:3] for each in to] == [b"250", b"550", b"250"]
        assert (await client.say(b"DATA")).startswith(b"354")
        client.write(mail("m1").as_bytes() + b".\r\nNOOP\r\n")
        assert [(await client.answer())[:5] for _ in range(3)] == [b"250 2", b"250 2", b"250 O"]
        assert len(await door.originals(2)) == 2
        client.close()


async def test_passwords_and_mails_come_after_starttls_only(opened: Open, tmp_path: Path) -> None:
    certificate = write_certificate(tmp_path / "server.pem")
    users = tmp_path / "users"
    users.write_text("shop:secret\n")
    given = {
        "smtp_tls_certificate_file": certificate,
        "smtp_users_file": users,
        "smtp_tls_required": True,
        "smtp_auth_required": True,
    }
    trusting = ssl.create_default_context(cafile=certificate)

    def conversation(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            # given a client that has said hello
            client.ehlo()
            assert client.has_extn("starttls")
            assert not client.has_extn("auth")
            assert client.mail("shop@example.org")[0] == 530
            assert client.docmd("AUTH", "PLAIN " + _plain("shop", "secret"))[0] == 530
            # when it speaks in secret
            client.starttls(context=trusting)
            client.ehlo()
            assert client.has_extn("auth")
            assert client.mail("shop@example.org")[0] == 530
            # then its password counts
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("shop", "wrong")
            client.login("shop", "secret")
            client.sendmail("shop@example.org", SUPPORT, mail("m1").as_bytes())

    async with opened(**given) as door:
        await asyncio.to_thread(conversation, door.smtp)
        assert len(await door.originals(1)) == 1


async def test_what_is_said_before_starttls_counts_for_nothing_after_it(
    opened: Open, tmp_path: Path
) -> None:
    certificate = write_certificate(tmp_path / "server.pem")
    async with opened(smtp_tls_certificate_file=certificate) as door:
        # given a command that somebody on the way has put behind STARTTLS (CVE-2011-0411)
        reader, writer = await asyncio.open_connection("127.0.0.1", door.smtp)
        await reader.readline()
        writer.write(b"STARTTLS\r\nHELO thief\r\n")
        assert (await reader.readline()).startswith(b"220")
        await writer.start_tls(ssl.create_default_context(cafile=certificate))
        # then nobody answers it
        writer.write(b"NOOP\r\n")
        assert (await reader.readline()).startswith(b"250")
        writer.write(b"MAIL FROM:<a@example.org>\r\n")
        assert (await reader.readline()).startswith(b"503")
        writer.close()


async def test_behind_a_balancer_its_clients_count(opened: Open) -> None:
    given = {"smtp_proxy_protocol": True, "smtp_connections_of_a_client": 1}
    async with opened(**given) as door:
        first, second, other, rude = [await Client.connect(door.smtp) for _ in range(4)]
        line = b"PROXY TCP4 203.0.113.%d 192.0.2.1 50000 25\r\n"
        first.write(line % 7)
        assert (await first.answer()).startswith(b"220")
        second.write(line % 7)
        assert (await second.answer()).startswith(b"421")
        other.write(line % 8)
        assert (await other.answer()).startswith(b"220")
        rude.write(b"EHLO x\r\n")
        assert await rude.answer() == b""
        for client in (first, second, other, rude):
            client.close()


def _plain(name: str, password: str) -> str:
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()
