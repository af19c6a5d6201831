"""Mails of earlier times from files: each becomes history once, silently, whatever stops it."""

import asyncio
import mailbox
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from libs.events.published import conversations as c
from libs.events.published import tickets as t
from libs.settings import Settings
from tests.support.cli import Ran, run_cli
from tests.support.desk import Desk
from tests.support.mail import mail

pytestmark = pytest.mark.integration


@pytest.fixture
async def desk(ledger: Settings) -> AsyncIterator[Desk]:
    async with Desk.on(ledger) as desk, desk.intake():
        yield desk


def write_mbox(file: Path, *mails: bytes) -> None:
    box = mailbox.mbox(file)
    for raw in mails:
        box.add(raw)
    box.close()


def statuses(ran: Ran) -> list[object]:
    return [line["status"] for line in ran.lines]


async def test_history_becomes_silent_tickets_once(desk: Desk, tmp_path: Path) -> None:
    # given an old thread in an mbox, a mail in a Maildir, and what is no mail
    received = "from a by b; Mon, 02 Mar 2020 10:00:00 +0100"
    first = mail("m1", Received=received, text="From the start.").as_bytes()
    answer = mail("m2", References="<m1@example.org>", sender="Bo <bo@example.net>").as_bytes()
    write_mbox(tmp_path / "old.mbox", first, answer, first)
    mailbox.Maildir(tmp_path / "folder", create=True).add(mail("m3").as_bytes())
    (tmp_path / "empty.eml").touch()
    (tmp_path / "text.mbox").write_text("Dear all")
    given = [tmp_path / name for name in ("old.mbox", "folder", "empty.eml", "text.mbox")]
    command = ("mail", "import", *map(str, given), "--json")
    said = ["taken", "taken", "known", "taken", "refused", "refused"]
    # when it is only tried
    tried = await run_cli(desk.settings, *command, "--dry-run")
    # then each mail has its answer, and nothing has happened
    assert (statuses(tried), tried.code) == (said, 1)
    assert tried.lines[-1]["reason"] == "is no mbox: it does not begin with a From line"
    assert await desk.so_far(c.MessageReceived) == []
    # when it is done
    done = await run_cli(desk.settings, *command)
    assert statuses(done) == said
    # then each is history, at its own time
    arrived = [e.data.arrival for e in await desk.until(c.MessageReceived, 3)]
    assert {one.origin for one in arrived} == {"import"}
    assert datetime(2020, 3, 2, 9, tzinfo=UTC) in {one.message.received_at for one in arrived}
    opened = [e.data for e in await desk.until(t.TicketOpened, 3)]
    assert {one.origin for one in opened} == {"import"}
    # and done again nothing comes
    again = await run_cli(desk.settings, *command)
    assert statuses(again) == [status.replace("taken", "known") for status in said]
    live = (await run_cli(desk.settings, "mail", "import", str(tmp_path / "old.mbox"))).out
    assert live == "0 taken, 3 taken before, 0 left out\n"
    assert len(await desk.so_far(c.MessageReceived)) == 3


async def test_a_sender_of_hundreds_is_no_flood_and_a_stopped_import_goes_on(
    desk: Desk, tmp_path: Path
) -> None:
    # given many mails of one sender, and an import that is killed
    file = tmp_path / "many.mbox"
    write_mbox(file, *(mail(f"m{number}").as_bytes() for number in range(150)))
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deskledger", "mail", "import", str(file)),
        env={**os.environ, "DESKLEDGER_NAMESPACE": desk.settings.namespace},
    )
    async with asyncio.timeout(60):
        while not await desk.so_far(c.MessageReceived):
            pass
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    # when it is run again
    ran = await run_cli(desk.settings, "mail", "import", str(file))
    assert ran.code == 0, ran.err
    # then every mail has its ticket, and one
    opened = await desk.until(t.TicketOpened, 150, seconds=60)
    assert len({event.data.digest for event in opened}) == len(opened) == 150
    assert await desk.so_far(c.MessageSuspended) == []


async def test_accounts_that_are_not_there_are_refused(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail("m1").as_bytes())
    ran = await run_cli(desk.settings, "mail", "import", str(file), "--account", "sales")
    assert (ran.code, ran.err.strip()) == (1, "There is no account sales; there are support.")
    sales = {"DESKLEDGER_MAIL_ACCOUNTS": '{"sales@helpdesk.example": "sales"}'}
    ran = await run_cli(desk.settings, "mail", "import", str(file), "--account", "sales", **sales)
    assert ran.code == 0, ran.err
    [received] = await desk.until(c.MessageReceived)
    assert received.data.arrival.account == "sales"


async def test_mailboxes_say_which_messages_stayed(desk: Desk) -> None:
    assert "No mailbox was read yet" in (await run_cli(desk.settings, "mail", "mailboxes")).err
    at = datetime(2026, 3, 2, tzinfo=UTC)
    skipped = [{"validity": 1, "uid": 7, "reason": "larger than 9 bytes", "at": at}]
    collection = desk.mongo.database("email")["mailboxes"]
    await collection.insert_one({"_id": "support", "newest": at, "skipped": skipped})
    out = (await run_cli(desk.settings, "mail", "mailboxes")).out
    assert "2026-03-02T00:00:00+00:00" in out
    assert "UID 7: larger than 9 bytes" in out


async def test_a_file_of_mailboxes_with_mistakes_is_told_in_a_sentence(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "m.eml").write_bytes(mail("m1").as_bytes())
    (tmp_path / "boxes.toml").write_text('[[mailbox]]\nname = "x"\n')
    where = {"DESKLEDGER_MAILBOXES_FILE": str(tmp_path / "boxes.toml")}

    ran = await run_cli(desk.settings, "mail", "import", str(tmp_path / "m.eml"), **where)

    assert ran.code != 0
    assert "The file of mailboxes cannot be read: boxes.toml: mailbox.0.account" in ran.err
    assert "should not have happened" not in ran.err
