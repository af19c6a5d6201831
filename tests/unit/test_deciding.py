"""The promises that hold for every aggregate, whatever its own rules are."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.events.aggregate import Moment
from libs.events.deciding import REMEMBERED, Broken, Decided, Held, handle, refold
from libs.events.envelope import Command
from tests.support.counter import COUNTERS, LIMIT, Bugs, Count, Counter, Explode
from tests.support.lanes import command

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ID = "x-00" + "0" * 24


def held() -> Held:
    return Held(id=ID, state=Counter())


def do(aggregate: Held, data: Command[object], at: datetime = NOW) -> Decided:
    return handle(COUNTERS, aggregate, data, Moment(at, 7))


def test_events_of_one_command_share_its_cause_and_follow_each_other() -> None:
    counter = held()
    asked = command(ID, Count(by=2, times=3), correlation_id="story")
    events = do(counter, asked).events
    assert [e.sequence for e in events] == [1, 2, 3]
    assert {e.causation_id for e in events} == {asked.command_id}
    assert {e.correlation_id for e in events} == {"story"}
    assert (counter.sequence, counter.state) == (3, Counter(total=6))


def test_what_happened_elsewhere_keeps_its_own_instant() -> None:
    # given a command that tells of something that happened yesterday
    yesterday = NOW - timedelta(days=1)
    [event] = do(held(), command(ID, Count(), occurred_at=yesterday)).events
    # then it occurred yesterday and was recorded now
    assert (event.occurred_at, event.recorded_at) == (yesterday, NOW)


def test_a_refusal_changes_nothing_and_is_remembered() -> None:
    counter = held()
    asked = command(ID, Count(by=LIMIT + 1))
    first = do(counter, asked)
    assert (first.events, first.outcome.refusal) == ([], "over_limit")
    assert (counter.sequence, counter.state) == (0, Counter())
    # also when it would be accepted now
    counter.state = Counter(total=-LIMIT)
    again = do(counter, asked)
    assert again.repeated
    assert again.outcome == first.outcome


def test_a_repeat_within_seven_days_gets_the_first_answer_and_not_after_them() -> None:
    counter = held()
    asked = command(ID, Count())
    do(counter, asked)
    assert do(counter, asked, NOW + REMEMBERED - timedelta(seconds=1)).repeated
    # when another command comes after seven days, the memory of the first is dropped
    later = NOW + REMEMBERED + timedelta(seconds=1)
    do(counter, command(ID, Count()), later)
    assert list(counter.processed) != [asked.command_id]
    assert not do(counter, asked, later).repeated


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"expected_sequence": 0}, ""),
        ({"expected_sequence": 3}, "changed_meanwhile"),
        ({"not_after": NOW}, ""),
        ({"not_after": NOW - timedelta(microseconds=1)}, "too_late"),
    ],
)
def test_conditions_of_a_command(more: dict[str, object], code: str) -> None:
    assert do(held(), command(ID, Count(), **more)).outcome.refusal == code


def test_a_bug_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bugs, "mended", False)
    with pytest.raises(ZeroDivisionError):
        do(held(), command(ID, Explode()))


def test_folding_the_log_again_gives_the_same_state_and_memory() -> None:
    # given what a decider did
    live, replayed = held(), held()
    events = [e for _ in range(3) for e in do(live, command(ID, Count(times=2))).events]
    # when another folds its events, some of them twice
    for event in [*events[:4], *events]:
        refold(COUNTERS, replayed, event)
    # then both are the same
    assert (replayed.state, replayed.sequence) == (live.state, live.sequence)
    assert replayed.processed == live.processed


def test_a_gap_in_the_log_is_never_folded_over() -> None:
    events = do(held(), command(ID, Count(times=3))).events
    with pytest.raises(Broken, match="goes on with event 2"):
        refold(COUNTERS, held(), events[1])
