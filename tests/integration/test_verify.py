"""Verify finds what was done to a log, and finds nothing in one that was left alone."""

from collections.abc import AsyncIterator

import pytest
from aiokafka.structs import OffsetAndMetadata

from libs.events.codec import KafkaRecord
from libs.events.verify import Report, verify
from libs.settings import Settings
from tests.support.counter import COUNTERS, Count
from tests.support.lanes import Bench, command, deciders_of, in_lane

pytestmark = pytest.mark.integration
DECIDERS = deciders_of(COUNTERS)


@pytest.fixture
async def bench(ledger: Settings) -> AsyncIterator[Bench]:
    """A ledger with 30 events of three counters, one refusal, one repeat, one dead letter."""
    async with Bench.on(ledger) as bench:
        ids = [in_lane("x", n % bench.ledger.lanes, bench.ledger.lanes) for n in range(3)]
        sent = [command(id, Count(times=2)) for id in ids for _ in range(5)]
        async with bench.running(DECIDERS, *range(bench.ledger.lanes)):
            await bench.sender.send([*sent, sent[0], command(ids[0], Count(by=2_000_000))])
            await bench.sender.send([command(ids[1], Count(by=0))])
            await bench.send_raw("tickets.commands", 1, key=b"?")
            await bench.drained(DECIDERS)
            await bench.settled("intake")
        yield bench


async def proof(bench: Bench) -> Report:
    return await verify(bench.settings, ["tests.support.counter"])


async def again(bench: Bench, record: KafkaRecord, **headers: bytes) -> None:
    """Append a record of the log once more, with other headers."""
    changed = [(name, headers.get(name, text)) for name, text in record.headers]
    await bench.send_raw(
        "tickets.events",
        record.partition,
        key=record.key or b"",
        value=record.value or b"",
        headers=changed,
    )


async def test_a_log_that_was_left_alone_is_whole(bench: Bench) -> None:
    report = await proof(bench)
    assert report.findings == []
    assert (report.events, report.aggregates, report.inputs) == (30, 3, 19)


async def test_an_event_that_stands_twice_is_named(bench: Bench) -> None:
    # given a log in which somebody appended an event once more
    records = await bench.records("tickets.events", 30)
    await again(bench, records[3])
    # then it is found, and where
    kinds = {finding.kind for finding in (await proof(bench)).findings}
    assert kinds == {"duplicate", "broken_chain"}


async def test_a_gap_is_named(bench: Bench) -> None:
    records = await bench.records("tickets.events", 30)
    last = max(records, key=lambda r: (r.partition == 0, r.offset))
    await again(bench, last, ce_sequence=b"99")
    findings = (await proof(bench)).findings
    assert {f.kind for f in findings} == {"gap", "broken_chain"}
    assert all(f.where.startswith("tickets.events/0/") for f in findings)


async def test_an_event_of_an_unknown_type_is_named(bench: Bench) -> None:
    records = await bench.records("tickets.events", 30)
    await again(bench, records[0], ce_type=b"deskledger.Counted.v9")
    [finding] = (await proof(bench)).findings
    assert finding.kind == "unreadable"
    assert "newer than the version 1" in finding.sentence


async def test_a_lost_tail_is_named(bench: Bench) -> None:
    # given a decider that had written more than the log holds now
    states = bench.mongo.database("intake")["states"]
    state = await states.find_one({})
    assert state is not None
    await states.update_one({"_id": state["_id"]}, {"$inc": {"sequence": 1}})
    [finding] = (await proof(bench)).findings
    assert (finding.kind, finding.where) == ("lost_tail", state["_id"])


async def test_a_history_that_differs_from_its_state_is_named(bench: Bench) -> None:
    states = bench.mongo.database("intake")["states"]
    state = await states.find_one({})
    assert state is not None
    await states.update_one({"_id": state["_id"]}, {"$set": {"head": "0" * 64}})
    [finding] = (await proof(bench)).findings
    assert (finding.kind, finding.where) == ("state_differs", state["_id"])


async def test_an_input_without_an_outcome_is_named(bench: Bench) -> None:
    # given a command that was passed over
    one = in_lane("x", 0, bench.ledger.lanes)
    await bench.sender.send([command(one, Count())])
    tp = bench.cluster.partition("tickets.commands", 0)
    async with bench.cluster.consumer(group="intake") as consumer:
        consumer.assign([tp])
        end = (await consumer.end_offsets([tp]))[tp]
        await consumer.commit({tp: OffsetAndMetadata(end, "")})
    # then as long as the lane has stored nothing newer, nothing can be said of it
    found = await proof(bench)
    assert (found.unsettled, found.findings) == (1, [])
    # and when it has, that is a fault
    lanes = bench.mongo.database("intake")["lanes"]
    await lanes.update_one({"_id": "intake-0"}, {"$set": {"inputs": {"tickets.commands": end}}})
    [finding] = (await proof(bench)).findings
    assert (finding.kind, finding.where) == ("no_outcome", f"tickets.commands/0/{end - 1}")


async def test_a_large_log_is_checked_in_processes_with_the_same_result(bench: Bench) -> None:
    # given a log with something wrong in it
    records = await bench.records("tickets.events", 30)
    await again(bench, records[3])
    # when it is checked in one process, and in one a lane
    steps: list[tuple[int, int]] = []
    here = await proof(bench)
    apart = await verify(
        bench.settings,
        ["tests.support.counter"],
        lambda done, total: steps.append((done, total)),
        small=0,
    )
    # then both find the same, and the last step is the whole
    assert apart == here
    assert not apart.whole
    assert steps[-1][0] == steps[-1][1] > 0
