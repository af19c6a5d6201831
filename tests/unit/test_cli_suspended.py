"""Which messages are suspended, read from the log."""

from datetime import UTC, datetime, timedelta

import msgspec

from deskledger.suspended import Fold
from libs.events.envelope import Position, Recorded
from libs.events.ids import digest
from libs.events.published.conversations import (
    MessageReceived,
    MessageRejected,
    MessageRouted,
    MessageSuspended,
)
from tests.support.messages import ADDRESS, arrival

CONVERSATION = "c-00" + "1" * 24
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def folded(*events: msgspec.Struct) -> list[str]:
    """The digests that are suspended after these events."""
    fold = Fold()
    for number, data in enumerate(events):
        fold.add(
            Recorded(
                data=data,
                event_id=str(number),
                type=type(data).__name__,
                version=1,
                aggregate_id=CONVERSATION,
                sequence=number + 1,
                occurred_at=START,
                recorded_at=START + timedelta(minutes=number),
                actor="adapter:email",
                correlation_id="",
                causation_id="",
                input="",
                aggregate_prev="",
                partition_prev="",
                position=Position("conversations.events", 0, number),
            )
        )
    return [held.digest for held in fold.suspended()]


def received(name: str) -> MessageReceived:
    return MessageReceived(arrival(name))


def suspended(name: str) -> MessageSuspended:
    return MessageSuspended(digest(name), ADDRESS, "automatic", "a robot")


def routed(name: str, released_by: str = "") -> MessageRouted:
    return MessageRouted(digest(name), ADDRESS, "t-1", opens=True, released_by=released_by)


def test_a_routed_message_is_not_suspended() -> None:
    assert folded(received("a"), routed("a")) == []


def test_suspended_messages_the_newest_first() -> None:
    assert folded(
        received("a"), suspended("a"), received("b"), routed("b"), received("c"), suspended("c")
    ) == [digest("c"), digest("a")]


def test_a_released_message_is_suspended_no_more() -> None:
    assert folded(received("a"), suspended("a"), routed("a", released_by="agent:anna")) == []


def test_a_rejected_message_is_suspended_no_more() -> None:
    rejected = MessageRejected(digest("a"), ADDRESS)

    assert folded(received("a"), suspended("a"), rejected) == []


def test_a_message_that_was_held_back_after_all_is_suspended() -> None:
    one = arrival("a")
    who = (one.account, one.address, one.name, one.message)
    held = MessageSuspended(digest("a"), ADDRESS, "flood", "too many", *who)

    assert folded(received("a"), routed("a"), held) == [digest("a")]


def test_a_message_whose_fate_is_not_in_the_log_yet_is_not_listed() -> None:
    assert folded(received("a")) == []
