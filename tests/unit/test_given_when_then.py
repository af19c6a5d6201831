"""The helpers by which everything else is specified: what they accept, and how they fail."""

from datetime import timedelta

import msgspec
import pytest

from libs.events.envelope import Command, Recorded
from libs.events.process import ProcessManager, Reaction
from libs.events.testing import START, given, given_process, given_projection, recorded
from tests.support.counter import COUNTERS, LIMIT, Count, Counted, Explode
from tests.support.tally import HISTORY, TOTALS

HOUR = timedelta(hours=1)


class Tired(msgspec.Struct):
    """How often it has counted since it rested."""

    counts: int = 0


class Note(msgspec.Struct, frozen=True):
    """Effect: write something down."""

    text: str


def react(state: Tired, recorded: Recorded[object]) -> Reaction:
    state.counts += 1
    reaction = Reaction(effects=[Note(f"count {state.counts}")])
    if state.counts == 3:
        reaction.commands.append(rest(recorded.aggregate_id))
    return reaction.wake(recorded.recorded_at + HOUR)


def on_due(state: Tired, id: str, due: object) -> Reaction:
    state.counts = 0
    return Reaction([rest(id)])


def rest(id: str) -> Command[object]:
    return Command(
        data=Count(0), aggregate_id=id, actor="service:test", command_id=RESTING.command_id(id)
    )


RESTING = ProcessManager(
    service="intake",
    name="resting",
    sources=("tickets.events",),
    interests=(Counted,),
    state=Tired,
    key=lambda recorded: recorded.aggregate_id,
    react=react,
    on_due=on_due,
)
TWICE = (recorded(Counted(1, 1), 1), recorded(Counted(1, 2), 2, at=START + timedelta(minutes=5)))
DUE = START + timedelta(minutes=5) + HOUR


class TestAggregates:
    def test_a_command_becomes_events(self) -> None:
        given(COUNTERS, Counted(4, 1)).when(Count(2, times=2), number=9).then(
            Counted(2, 9), Counted(2, 9)
        )

    def test_a_command_that_changes_nothing_becomes_none(self) -> None:
        given(COUNTERS).when(Count(0)).then()

    def test_a_refusal_is_an_answer(self) -> None:
        refusal = given(COUNTERS, Counted(LIMIT, 1)).when(Count(1)).refused("over_limit")
        assert refusal.field == "/by"

    def test_other_events_are_shown_line_by_line(self) -> None:
        with pytest.raises(AssertionError) as failure:
            given(COUNTERS).when(Count(2), number=9).then(Counted(3, 9))
        lines = str(failure.value).splitlines()
        assert "-   by = 3" in lines
        assert "+   by = 2" in lines
        assert "    number = 9" in lines

    def test_a_refusal_instead_of_events_shows_its_sentence(self) -> None:
        with pytest.raises(AssertionError, match="take a smaller step"):
            given(COUNTERS).when(Count(LIMIT + 1)).then(Counted(1, 1))

    def test_events_instead_of_a_refusal_are_shown(self) -> None:
        with pytest.raises(AssertionError, match=r"not refused \(over_limit\).*\nCounted"):
            given(COUNTERS).when(Count(1)).refused("over_limit")

    def test_another_refusal_is_a_failure(self) -> None:
        with pytest.raises(AssertionError, match="other code"):
            given(COUNTERS).when(Count(LIMIT + 1)).refused("closed")

    def test_a_bug_in_decide_is_no_refusal(self) -> None:
        with pytest.raises(ZeroDivisionError):
            given(COUNTERS).when(Explode())


class TestProjections:
    def test_events_make_a_document(self) -> None:
        given_projection(TOTALS, Counted(4, 1)).when(Counted(2, 2)).then({"total": 6, "counts": 2})

    def test_an_event_that_comes_twice_counts_once(self) -> None:
        given_projection(TOTALS, *TWICE).when(*TWICE).then({"total": 2, "seen": [1, 2]})

    def test_all_documents_at_once(self) -> None:
        first, second = (recorded(Counted(1, n), n, id=f"x-{n}") for n in (1, 2))
        given_projection(HISTORY, first).when(second).then_all(
            {
                "x-1/000001": {"id": "x-1", "sequence": 1, "type": "Counted"},
                "x-2/000002": {"id": "x-2", "sequence": 2, "type": "Counted"},
            }
        )

    def test_another_document_is_shown(self) -> None:
        with pytest.raises(AssertionError, match="other document"):
            given_projection(TOTALS).when(Counted(2, 1)).then({"total": 3})

    def test_more_documents_than_one_are_named(self) -> None:
        two = [recorded(Counted(1, n), n, id=f"x-{n}") for n in (1, 2)]
        with pytest.raises(AssertionError, match=r"not one document, but \['x-1', 'x-2'\]"):
            given_projection(TOTALS).when(*two).then({"total": 1})


class TestProcesses:
    def test_an_event_leads_to_effects_and_a_deadline(self) -> None:
        given_process(RESTING, TWICE[0]).when(TWICE[1]).then(effects=[Note("count 2")], due=DUE)

    def test_a_command_may_be_expected_as_its_data_alone(self) -> None:
        third = recorded(Counted(1, 3), 3, at=START + timedelta(minutes=6))
        due = START + timedelta(minutes=6) + HOUR
        given_process(RESTING, *TWICE).when(third).then(
            Count(0), effects=[Note("count 3")], due=due
        )

    def test_a_deadline_fires_at_its_instant_and_not_before(self) -> None:
        waiting = given_process(RESTING, *TWICE)
        waiting.when_due(DUE - timedelta(microseconds=1)).then(due=DUE)
        waiting.when_due(DUE).then(rest(TWICE[0].aggregate_id))

    def test_a_deadline_fires_once(self) -> None:
        waiting = given_process(RESTING, *TWICE)
        waiting.when_due(DUE)
        waiting.when_due(DUE + HOUR).then()

    def test_a_deadline_that_passed_before_an_event_comes_first(self) -> None:
        late = recorded(Counted(1, 3), 3, at=DUE + HOUR)
        reacted = given_process(RESTING, *TWICE).when(late)
        reacted.then(Count(0), effects=[Note("count 1")], due=DUE + 2 * HOUR)

    def test_the_same_event_again_does_nothing(self) -> None:
        given_process(RESTING, *TWICE).when(TWICE[1]).then(due=DUE)

    def test_another_deadline_is_shown(self) -> None:
        with pytest.raises(AssertionError, match="other deadline"):
            given_process(RESTING).when(TWICE[0]).then(effects=[Note("count 1")])
