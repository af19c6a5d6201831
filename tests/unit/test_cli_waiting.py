"""What waits for a person: dead letters, quarantined aggregates, suspended messages."""

from datetime import UTC, datetime, timedelta

from deskledger.dead_letters import waiting
from libs.events.dead_letters import Kind, Letter
from libs.events.envelope import Position

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
TICKET, OTHER = "t-3f" + "0" * 24, "t-3f" + "1" * 24


class Topic:
    """A dead-letter partition that is being written."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def add(self, kind: Kind, id: str = TICKET, why: str = "a bug") -> None:
        number = len(self.letters)
        self.letters.append(
            Letter(
                position=Position("intake.dead-letters", 1, number),
                kind=kind,
                sentence=why,
                source=Position("tickets.commands", 1, 100 + number),
                aggregate_id=id,
                at=START + timedelta(minutes=number),
                key="letter-1",
                sealed=b"",
            )
        )


def test_newest_first() -> None:
    topic = Topic()
    topic.add("dead", why="not JSON")
    topic.add("parked")
    topic.add("dead", why="no text")

    listed = waiting("intake", topic.letters)

    assert [entry.sentence for entry in listed] == ["no text", "a bug", "not JSON"]
    assert listed[2].id == "intake.dead-letters/1/0"
    assert listed[2].source == "tickets.commands/1/100"


def test_a_quarantined_aggregate_is_one_entry_with_all_its_commands() -> None:
    topic = Topic()
    topic.add("parked", why="the first error")
    topic.add("parked", OTHER)
    topic.add("parked")

    [_, listed] = waiting("intake", topic.letters)

    assert (listed.kind, listed.id, listed.commands) == ("quarantine", TICKET, 2)
    assert listed.sentence == "the first error"
    assert listed.at == START


def test_what_was_released_waits_no_more() -> None:
    topic = Topic()
    topic.add("parked")
    topic.add("parked", OTHER)
    topic.add("released")

    assert [entry.id for entry in waiting("intake", topic.letters)] == [OTHER]


def test_what_fails_again_after_its_release_waits_again() -> None:
    topic = Topic()
    topic.add("parked", why="the first bug")
    topic.add("released")
    topic.add("parked", why="the second bug")

    [listed] = waiting("intake", topic.letters)

    assert (listed.sentence, listed.commands) == ("the second bug", 1)
