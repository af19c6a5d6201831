"""The commands that read and mend the log, in pipes, on real servers."""

import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from cloudevents.core.formats.json import JSONFormat

from libs.events.aggregate import Moment
from libs.events.envelope import Command
from libs.events.ids import derived_id, partition_of
from libs.events.kafka import utc_now
from libs.events.lane import Deciders
from libs.events.published.channels import InboundMessage, Sender
from libs.events.published.conversations import MessageRouted
from libs.events.published.setup import DEFAULT
from libs.events.published.tickets import MarkPending, OpenTicket
from libs.events.resources import Resources
from libs.events.topics import INBOUND, TOPICS
from libs.settings import Settings
from services.intake.wiring import deciders
from tests.support.cli import run_cli
from tests.support.lanes import Bench, command
from tests.support.messages import CUSTOMER, mail

pytestmark = pytest.mark.integration


@contextlib.asynccontextmanager
async def intake(ledger: Settings) -> AsyncIterator[tuple[Bench, Deciders]]:
    """An empty ledger on which intake's lanes serve."""
    async with Bench.on(ledger) as bench, Resources.open(ledger, "test") as resources:
        wired = await deciders(resources, lambda: DEFAULT)
        async with bench.running(wired, *range(bench.ledger.lanes)):
            yield bench, wired


def message(id: str, text: str = "Help!", automatic: str = "") -> InboundMessage:
    return InboundMessage(
        channel="chat",
        account="support",
        id=id,
        sender=Sender(address="maya", name="Maya Okafor"),
        received_at=utc_now(),
        subject="Printer",
        text=text,
        automatic=automatic,
    )


async def publish(bench: Bench, *messages: InboundMessage) -> None:
    for each in messages:
        partition = partition_of(each.conversation_id, bench.ledger.lanes)
        await bench.send_raw(
            INBOUND, partition, key=b"", value=each.model_dump_json(exclude_none=True).encode()
        )


async def test_topics_are_missing_until_they_are_made(ledger: Settings) -> None:
    # given servers without a ledger
    missing = await run_cli(ledger, "topics", "check")
    assert missing.code == 1
    assert "deskledger topics apply" in missing.out
    # when they are made, twice
    made, again = await run_cli(ledger, "topics", "apply"), await run_cli(ledger, "topics", "apply")
    # then the first did it, and all is well
    assert [made.out.count("made "), again.out.count("made ")] == [len(TOPICS), 0]
    checked = await run_cli(ledger, "topics", "check", "--json")
    assert (checked.code, checked.out) == (0, "")


async def test_what_needs_a_ledger_says_how_to_make_one(ledger: Settings) -> None:
    for arguments in (["log", "tail"], ["suspended", "list"]):
        ran = await run_cli(ledger, *arguments)
        assert ran.code == 1
        assert "run `deskledger topics apply` first" in ran.err


async def test_without_kafka_there_is_a_sentence_within_seconds(ledger: Settings) -> None:
    began = time.monotonic()

    ran = await run_cli(ledger, "log", "tail", DESKLEDGER_KAFKA="127.0.0.1:1")

    assert ran.code == 1
    assert ran.err.strip() == (
        "Kafka does not answer at 127.0.0.1:1: start the stack with `make up`"
    )
    assert time.monotonic() - began < 10


async def test_the_log_in_lines_whole_and_one_by_one(ledger: Settings, tmp_path: Path) -> None:
    # given three messages in the log
    async with intake(ledger) as (bench, _):
        await publish(bench, message("1"), message("2"), message("3", automatic="auto-replied"))
        await bench.events("conversations", 6)
    # when it is exported to a file
    file = tmp_path / "log.jsonl"
    exported = await run_cli(ledger, "log", "export", "--output", str(file))
    # then every line is an event that the official library reads, each aggregate's in its order
    assert (exported.code, exported.out) == (0, "")
    assert "6 events" in exported.err
    assert os.listdir(tmp_path) == [file.name]
    events = [JSONFormat().read(None, line) for line in file.read_text().splitlines()]
    by_aggregate: dict[str | None, list[object]] = {}
    for event in events:
        by_aggregate.setdefault(event.get_subject(), []).append(event.get_extension("sequence"))
    assert [list(sequences) for sequences in by_aggregate.values()] == [["1", "2"]] * 3
    # and a second export is the same, byte by byte, in a pipe
    assert (await run_cli(ledger, "log", "export")).out == file.read_text()
    # and filters narrow it
    suspended = await run_cli(ledger, "log", "export", "--type", "MessageSuspended")
    [line] = suspended.lines
    assert line["type"] == "deskledger.MessageSuspended.v2"
    one = await run_cli(ledger, "log", "tail", "--aggregate", str(line["subject"]), "--json")
    assert [each["sequence"] for each in one.lines] == ["1", "2"]
    newest = await run_cli(ledger, "log", "tail", "-n", "4")
    assert len(newest.out.splitlines()) == 4
    assert (await run_cli(ledger, "log", "export", "--topic", "tickets.events")).out == ""
    # and one can be looked at
    shown = await run_cli(ledger, "log", "show", str(line["position"]))
    assert json.loads(shown.out) == line
    nothing = await run_cli(ledger, "log", "show", "tickets.events/0/7")
    assert (nothing.code, nothing.err.strip()) == (
        1,
        "There is nothing of tickets.events/0/7 in the log.",
    )


async def test_a_log_that_somebody_wrote_into_is_not_whole(ledger: Settings) -> None:
    # given a log that is whole
    async with intake(ledger) as (bench, wired):
        await publish(bench, message("1", automatic="auto-replied"))
        await bench.events("conversations", 2)
        await bench.drained(wired)
    whole = await run_cli(ledger, "verify")
    assert (whole.code, " is whole: 2 events" in whole.out) == (0, True), whole
    # when somebody repeats one of its events
    async with Bench.on(ledger) as bench:
        [first, *_] = await bench.records("conversations.events", 2)
        await bench.send_raw(
            "conversations.events",
            first.partition,
            key=first.key or b"",
            value=first.value or b"",
            headers=first.headers,
        )
    # then the proof fails, and says where
    torn = await run_cli(ledger, "verify", "--json")
    assert torn.code == 1
    [report] = torn.lines
    findings = report["findings"]
    assert isinstance(findings, list)
    position = f"conversations.events/{first.partition}/"
    assert {f["kind"] for f in findings} >= {"broken_chain", "duplicate"}
    assert all(f["where"].startswith(position) for f in findings)


async def test_a_malformed_message_waits_as_a_dead_letter(ledger: Settings) -> None:
    async with intake(ledger) as (bench, wired):
        # given a record that is no message
        await bench.send_raw(INBOUND, 1, key=b"me", value=b'{"channel": "chat"}')
        await bench.drained(wired)
        # then it is listed, and shown as it came
        [letter] = (await run_cli(ledger, "dead-letters", "list", "--json")).lines
        assert (letter["kind"], letter["source"]) == ("dead letter", "channels.inbound/1/0")
        shown = json.loads((await run_cli(ledger, "dead-letters", "show", str(letter["id"]))).out)
        assert (shown["key"], shown["value"]) == ("me", '{"channel": "chat"}')
        # when it is retried, although nothing was mended
        again = await run_cli(ledger, "dead-letters", "retry", str(letter["id"]))
        # then it fails again, which is said, and stands first in the list
        assert again.code == 1
        assert again.err.startswith("It failed again: ")
        listed = (await run_cli(ledger, "dead-letters", "list", "--json")).lines
        assert [each["source"] for each in listed] == [
            "channels.inbound/1/1",
            "channels.inbound/1/0",
        ]
        # and it can be destroyed
        assert (await run_cli(ledger, "dead-letters", "discard", str(letter["id"]))).code == 0
        shown = json.loads((await run_cli(ledger, "dead-letters", "show", str(letter["id"]))).out)
        assert shown["value"] == "(erased)"
    nothing = await run_cli(ledger, "dead-letters", "retry", "intake.dead-letters/0/99")
    assert (nothing.code, "does not wait" in nothing.err) == (1, True)


async def test_a_quarantined_ticket_goes_on_after_its_bug_is_mended(ledger: Settings) -> None:
    mended = False

    def buggy(
        state: msgspec.Struct, command: Command[object], moment: Moment
    ) -> Sequence[msgspec.Struct]:
        if not mended:
            raise ZeroDivisionError("a bug in decide")
        return ticket.decide(state, command, moment)

    async with Bench.on(ledger) as bench, Resources.open(ledger, "test") as resources:
        wired = await deciders(resources, lambda: DEFAULT)
        ticket = wired.aggregates["t"]
        broken = replace(wired, aggregates={**wired.aggregates, "t": replace(ticket, decide=buggy)})
        async with bench.running(broken, *range(bench.ledger.lanes)):
            # given a ticket whose deciding fails, with two commands
            id = derived_id("t", "quarantine")
            opening = OpenTicket(CUSTOMER, "support", mail("words"), "d" * 64)
            await bench.sender.send([command(id, opening), command(id, MarkPending())])
            await bench.drained(broken, seconds=30)
            # then the ticket is one entry, with both
            [entry] = (await run_cli(ledger, "dead-letters", "list", "--json")).lines
            assert (entry["id"], entry["kind"], entry["commands"]) == (id, "quarantine", 2)
            assert "a bug in decide" in str(entry["sentence"])
            # when it is retried too early
            early = await run_cli(ledger, "dead-letters", "retry", id)
            # then it says so and goes on waiting
            assert early.code == 1
            assert "It failed again: " in early.err
            assert "a bug in decide" in early.err
            # when it is retried after somebody mended the bug
            mended = True
            retried = await run_cli(ledger, "dead-letters", "retry", id)
            # then both were decided, in order, and nothing waits
            assert (retried.code, retried.out.strip()) == (0, "It was decided.")
            assert [e.type for e in await bench.events("tickets", 2)] == [
                "TicketOpened",
                "TicketMarkedPending",
            ]
    assert (await run_cli(ledger, "dead-letters", "list", "--json")).out == ""


async def test_a_suspended_message_is_seen_and_released(ledger: Settings) -> None:
    async with intake(ledger) as (bench, _):
        # given a message that became no ticket, beside one that did
        await publish(bench, message("1", "I am away.", automatic="auto-replied"), message("2"))
        await bench.events("conversations", 4)
        # then it is listed with its sender, and can be read
        [held] = (await run_cli(ledger, "suspended", "list", "--json")).lines
        assert (held["sender"], held["subject"]) == ("maya", "Printer")
        shown = await run_cli(ledger, "suspended", "show", str(held["id"])[:6])
        assert "I am away." in shown.out
        # when it is released
        released = await run_cli(ledger, "suspended", "release", str(held["id"])[:12])
        # then it goes to a ticket of its own, by whoever did it, and waits no more
        events = [recorded.data for recorded in await bench.events("conversations", 5)]
        [routed] = [e for e in events if isinstance(e, MessageRouted) and e.released_by]
        assert routed.digest == held["id"]
        assert released.out.strip() == f"Released: it goes to ticket {routed.ticket_id}."
        assert (await run_cli(ledger, "suspended", "list", "--json")).out == ""
        twice = await run_cli(ledger, "suspended", "release", str(held["id"]))
        assert (twice.code, "is no suspended message" in twice.err) == (1, True)
