"""The decider loop on a real broker: exactly once, whatever comes in and whoever dies."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from libs.events.codec import chain_hash
from libs.events.dead_letters import RELEASE, Body, read
from libs.events.deciding import Broken
from libs.events.kafka import utc_now
from libs.events.lane import Fenced
from libs.events.lanes import Lanes
from libs.events.resources import Resources
from libs.keyring import ERASED, Erased
from libs.settings import Settings
from tests.support.counter import COUNTERS, Bugs, Count, Counted, Explode, ExplodeLater
from tests.support.lanes import Bench, command, deciders_of, in_lane

pytestmark = pytest.mark.integration
DECIDERS = deciders_of(COUNTERS)


@pytest.fixture
async def bench(ledger: Settings) -> AsyncIterator[Bench]:
    async with Bench.on(ledger) as bench:
        yield bench


@pytest.fixture(autouse=True)
def bugs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bugs, "mended", False)


def counter(bench: Bench, lane: int = 0) -> str:
    return in_lane("x", lane, bench.ledger.lanes)


async def test_events_are_numbered_chained_and_name_their_cause(bench: Bench) -> None:
    # given a running lane
    one, other = counter(bench), counter(bench)
    async with bench.running(DECIDERS):
        # when commands for two aggregates come in
        sent = [
            command(one, Count(by=2, times=2), correlation_id="story"),
            command(other, Count(by=5)),
            command(one, Count(by=3)),
        ]
        await bench.sender.send(sent)
        records = await bench.records("tickets.events", 4)
    # then each aggregate's sequence has no gap, and each event names what it follows
    events = await bench.events("tickets", 4)
    assert [e.sequence for e in events if e.aggregate_id == one] == [1, 2, 3]
    assert [e.sequence for e in events if e.aggregate_id == other] == [1]
    hashes = [chain_hash(r.key or b"", r.headers, r.value or b"") for r in records]
    assert [e.partition_prev for e in events] == ["", *hashes[:-1]]
    heads = {one: "", other: ""}
    for event, hashed in zip(events, hashes, strict=True):
        assert event.aggregate_prev == heads[event.aggregate_id]
        heads[event.aggregate_id] = hashed
    assert {e.causation_id for e in events} == {c.command_id for c in sent}
    assert events[0].correlation_id == "story"
    assert events[0].input == "tickets.commands/0/0"
    # and recorded_at never goes back
    instants = [e.recorded_at for e in events]
    assert instants == sorted(instants)


async def test_numbers_are_unique_over_all_lanes(bench: Bench) -> None:
    # given as many lanes as the ledger has
    lanes = range(bench.ledger.lanes)
    async with bench.running(DECIDERS, *lanes):
        # when every lane hands out numbers
        for _ in range(3):
            await bench.sender.send([command(counter(bench, n), Count()) for n in lanes])
        events = await bench.events("tickets", 3 * len(lanes))
    # then none is given twice, and they stay short
    numbers = [e.data.number for e in events if isinstance(e.data, Counted)]
    assert sorted(numbers) == list(range(1, 3 * len(lanes) + 1))


async def test_a_repeated_command_gets_its_first_answer(bench: Bench) -> None:
    # given a command that was accepted and one that was refused
    one = counter(bench)
    accepted = command(one, Count(), reply_to="me")
    refused = command(one, Count(by=2_000_000), reply_to="me")
    async with bench.running(DECIDERS):
        await bench.sender.send([accepted, refused])
        [refusal] = await bench.replies("tickets", 1)
        await bench.sender.send([command(one, Count())])
        # when both are sent again, later
        await bench.sender.send([accepted, refused])
        answers = await bench.replies("tickets", 3)
    # then nothing happens twice and the answers are those of the first time
    assert [e.sequence for e in await bench.events("tickets", 2)] == [1, 2]
    assert (refusal.refusal, refusal.field) == ("over_limit", "/by")
    assert answers[0] == answers[2] == refusal
    assert (answers[1].command_id, answers[1].sequence) == (accepted.command_id, 1)


async def test_the_last_event_of_a_command_is_its_answer(bench: Bench) -> None:
    # given a command that makes three events, and nobody who waits for the next one
    one = counter(bench)
    async with bench.running(DECIDERS):
        await bench.sender.send([command(one, Count(times=3), reply_to="me")])
        await bench.sender.send([command(one, Count())])
        records = await bench.records("tickets.events", 4)
    # then the last of the three says to whom it answers, and there is no reply beside it
    answers = [dict(record.headers).get("ce_replyto") for record in records]
    assert answers == [None, None, b"me", None]
    assert await bench.replies("tickets", 0) == []


async def test_the_answers_survive_the_lane(bench: Bench) -> None:
    # given a lane that accepted, refused and ignored commands and was killed before it had time
    # to write its states
    one = counter(bench)
    sent = [
        command(one, data, reply_to="me") for data in (Count(), Count(by=2_000_000), Count(by=0))
    ]
    async with bench.running(DECIDERS):
        await bench.sender.send(sent)
        first = await bench.replies("tickets", 2)
    # when the next owner gets the same commands
    async with bench.running(DECIDERS):
        await bench.sender.send(sent)
        [accepted, *again] = (await bench.replies("tickets", 5))[2:]
    # then it answers the same
    assert again == first
    assert (accepted.command_id, accepted.sequence) == (sent[0].command_id, 1)
    await bench.events("tickets", 1)


async def test_a_command_may_say_what_it_saw_and_until_when_it_holds(bench: Bench) -> None:
    one = counter(bench)
    async with bench.running(DECIDERS):
        # given an aggregate at sequence 1
        await bench.sender.send([command(one, Count())])
        # when one command expects 1, another expects 1 too, and a third has expired
        yesterday = utc_now() - timedelta(days=1)
        await bench.sender.send(
            [
                command(one, Count(), expected_sequence=1, reply_to="me"),
                command(one, Count(), expected_sequence=1, reply_to="me"),
                command(one, Count(), not_after=yesterday, reply_to="me"),
            ]
        )
        replies = await bench.replies("tickets", 2)
        await bench.events("tickets", 2)
    # then only the first is carried out
    assert [r.refusal for r in replies] == ["changed_meanwhile", "too_late"]
    assert [r.sequence for r in replies] == [2, 2]


async def test_what_is_no_command_becomes_a_dead_letter(bench: Bench) -> None:
    # given records that nobody can decide on, and a good command behind them
    one, elsewhere = counter(bench), counter(bench, 1)
    good = ("ce_type", b"deskledger.Count.v1"), ("ce_id", b"1"), ("ce_actor", b"agent:ann")
    async with bench.running(DECIDERS):
        await bench.send_raw("tickets.commands", 0, key=b"\xff\xfe", value=b"\x00")
        await bench.send_raw("tickets.commands", 0, key=one.encode(), value=b"{", headers=good)
        newer = [("ce_type", b"deskledger.Count.v7"), *good[1:]]
        await bench.send_raw("tickets.commands", 0, key=one.encode(), headers=newer)
        await bench.send_raw("tickets.commands", 0, key=elsewhere.encode(), headers=good)
        await bench.sender.send([command(one, Count())])
        # then the good one is carried out
        await bench.events("tickets", 1)
    # and each bad one is kept with its reason
    letters = [letter async for letter in read(bench.cluster, "intake", [0])]
    assert [letter.source.offset for letter in letters] == [0, 1, 2, 3]
    reasons = " | ".join(letter.sentence for letter in letters)
    for part in ("header ce_type", "not a command of its type", "newer than", "partition 1"):
        assert part in reasons
    body = await letters[1].body(bench.keyring)
    assert not isinstance(body, Erased)
    assert (body.key, body.value, body.headers) == (one.encode(), b"{", list(good))


async def test_a_dead_letter_goes_with_whom_it_is_about(bench: Bench) -> None:
    # given two records that nobody can decide on, each about somebody
    one, other = counter(bench), counter(bench)
    broken = [("ce_type", b"deskledger.Count.v1"), ("ce_id", b"1"), ("ce_actor", b"agent:ann")]
    passing = await bench.keyring.transit_key(utc_now())
    value = b'{"name": {"key": "%b"}, ' % passing.encode()
    async with bench.running(DECIDERS):
        for key in (one, other):
            await bench.send_raw(
                "tickets.commands", 0, key=key.encode(), value=value, headers=broken
            )
        await bench.drained(DECIDERS)
    # when one of them is erased
    await bench.keyring.destroy_about([one])
    # then their letter says nothing any more, and the other's does
    letters = [letter async for letter in read(bench.cluster, "intake", [0])]
    bodies = [await letter.body(bench.keyring) for letter in letters]
    assert bodies[0] is ERASED
    assert isinstance(bodies[1], Body)
    assert bodies[1].value == value


@pytest.mark.parametrize("bug", [Explode(), ExplodeLater()])
async def test_a_bug_quarantines_its_aggregate_and_nobody_else(
    bench: Bench, bug: Explode | ExplodeLater
) -> None:
    # given a command on which our own code fails, and others behind it
    sick, well = counter(bench), counter(bench)
    async with bench.running(DECIDERS):
        await bench.sender.send(
            [
                command(sick, Count(by=1)),
                command(sick, bug),
                command(sick, Count(by=20)),
                command(well, Count(by=300)),
            ]
        )
        # then the others go on
        events = await bench.events("tickets", 2)
        assert {e.aggregate_id for e in events} == {sick, well}
        await bench.drained(DECIDERS)
    letters = [letter async for letter in read(bench.cluster, "intake", [0])]
    assert [(x.kind, x.aggregate_id) for x in letters] == [("parked", sick), ("parked", sick)]
    assert "ZeroDivisionError" in letters[0].sentence
    # when the next owner is asked to try again, the bug still there
    release = [("ce_type", RELEASE)]
    async with bench.running(DECIDERS):
        await bench.send_raw("tickets.commands", 0, key=sick.encode(), headers=release)
        await bench.drained(DECIDERS)
        await bench.events("tickets", 2)
        # and again after it was mended
        Bugs.mended = True
        await bench.send_raw("tickets.commands", 0, key=sick.encode(), headers=release)
        # then everything parked is carried out in order
        events = await bench.events("tickets", 4)
    mine = [(e.sequence, e.type) for e in events if e.aggregate_id == sick]
    assert mine == [(1, "Counted"), (2, "Exploded"), (3, "Counted")]


async def test_a_second_owner_fences_the_first(bench: Bench) -> None:
    # given a lane at work
    one = counter(bench)
    first = asyncio.create_task(bench.lane(DECIDERS).run())
    await bench.sender.send([command(one, Count())])
    await bench.events("tickets", 1)
    # when somebody else takes the lane over
    second = asyncio.create_task(bench.lane(DECIDERS).run())
    try:
        await bench.sender.send([command(one, Count())])
        await bench.events("tickets", 2)
        await bench.sender.send([command(one, Count())])
        # then one of them gives up at its next transaction, and nothing is doubled. (It is the
        # first, unless its broker answers it with some other error: then it starts over, and wins.)
        done, _ = await asyncio.wait(
            [first, second], timeout=15, return_when=asyncio.FIRST_COMPLETED
        )
        assert [type(task.exception()) for task in done] == [Fenced]
        assert [e.sequence for e in await bench.events("tickets", 3)] == [1, 2, 3]
    finally:
        for task in (first, second):
            task.cancel()
        await asyncio.gather(first, second, return_exceptions=True)


async def test_a_foreign_ledger_stops_the_lane_with_a_sentence(bench: Bench) -> None:
    # given states that belong to another log
    lanes = bench.mongo.database("intake")["lanes"]
    await lanes.insert_one({"_id": "intake-0", "ledger_id": "another", "events": {}})
    # when the lane starts, then it refuses to mix them
    with pytest.raises(Broken, match="belong to ledger another"):
        await asyncio.wait_for(bench.lane(DECIDERS).run(), 15)


async def test_a_lost_tail_stops_the_lane_with_a_sentence(bench: Bench) -> None:
    # given states that know more than the log holds
    lanes = bench.mongo.database("intake")["lanes"]
    await lanes.insert_one(
        {"_id": "intake-0", "ledger_id": bench.ledger.id, "events": {"tickets.events": 7}}
    )
    # when the lane starts, then it says so
    with pytest.raises(Broken, match="lost its tail"):
        await asyncio.wait_for(bench.lane(DECIDERS).run(), 15)


async def test_a_stopped_lane_goes_on_when_what_was_missing_is_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given lanes, one of which has stopped since its states know more than the log holds
    monkeypatch.setattr("libs.events.lanes.LOOK_AGAIN_SECONDS", 0.5)
    states = bench.mongo.database("intake")["lanes"]
    await states.insert_one(
        {"_id": "intake-0", "ledger_id": bench.ledger.id, "events": {"tickets.events": 7}}
    )
    async with Resources.open(bench.settings, "intake") as resources:
        lanes = Lanes(DECIDERS, resources)
        running = asyncio.create_task(lanes.run())
        async with asyncio.timeout(15):
            while "0" not in str(lanes.details()["broken"]):
                await asyncio.sleep(0.05)
        # when somebody has mended that
        await states.delete_one({"_id": "intake-0"})
        await bench.sender.send([command(counter(bench), Count())])
        # then it goes on by itself
        await bench.events("tickets", 1)
        assert lanes.details()["broken"] == {}
        running.cancel()
        await asyncio.wait([running])


async def test_states_can_be_thrown_away(bench: Bench) -> None:
    # given a lane whose whole database is lost
    one = counter(bench)
    async with bench.running(DECIDERS):
        await bench.sender.send([command(one, Count(times=50)) for _ in range(20)])
        await bench.drained(DECIDERS)
    for name in ("states", "lanes"):
        await bench.mongo.database("intake")[name].drop()
    # when the next owner starts, then it goes on where the log ends
    async with bench.running(DECIDERS):
        await bench.sender.send([command(one, Count())])
        events = await bench.events("tickets", 1001)
    assert [e.sequence for e in events] == list(range(1, 1002))


async def test_the_log_gives_the_same_states_again(bench: Bench) -> None:
    # given an aggregate to which everything happened that leaves a record: events, a refusal,
    # a quarantine with parked commands, and its end
    one = counter(bench)
    release = [("ce_type", RELEASE)]
    states = bench.mongo.database("intake")["states"]
    async with bench.running(DECIDERS):
        data = (Count(times=2), Count(by=2_000_000), Explode(), Count(by=20), Count(by=2_000_000))
        await bench.sender.send([command(one, item) for item in data])
        await bench.drained(DECIDERS)
        Bugs.mended = True
        await bench.send_raw("tickets.commands", 0, key=one.encode(), headers=release)
        await bench.drained(DECIDERS)
        await bench.settled("intake")
    written = await states.find_one({"_id": one}, ("sequence", "head", "changes", "quarantined"))
    # when they are made anew from the log
    for name in ("states", "lanes"):
        await bench.mongo.database("intake")[name].drop()
    async with bench.running(DECIDERS):
        await bench.settled("intake")
    # then they are the same, down to how much of the log each has seen
    again = await states.find_one({"_id": one}, ("sequence", "head", "changes", "quarantined"))
    assert again == written
    assert written is not None
    # 2 + 1 + 1 events, 2 refusals, 3 parked, 1 released
    assert (written["sequence"], written["changes"]) == (4, 10)
