"""What comes in is handled once, never refused, and its fate is on record."""

from libs.events.ids import derived_id, digest
from libs.events.published import conversations as c
from libs.events.testing import given
from services.intake.conversations import CONVERSATION
from services.intake.digests import REMEMBERED, remember
from tests.support.messages import ADDRESS, arrival

TICKET_ID = "t-00" + "1" * 24
ANSWERED = "An automatic message (auto-replied) that answers none of ours."


def routed(name: str, released_by: str = "") -> c.MessageRouted:
    opened = derived_id("t", digest(name))
    return c.MessageRouted(digest(name), ADDRESS, opened, opens=True, released_by=released_by)


def suspended(name: str) -> c.MessageSuspended:
    return c.MessageSuspended(digest(name), ADDRESS, "automatic", ANSWERED)


class TestReceiving:
    def test_a_message_goes_to_a_ticket_of_its_own(self) -> None:
        (
            given(CONVERSATION)
            .when(c.ReceiveMessage(arrival("question")))
            .then(c.MessageReceived(arrival("question")), routed("question"))
        )

    def test_whose_id_every_replica_finds_alike(self) -> None:
        assert routed("question").ticket_id == routed("question").ticket_id
        assert routed("question").ticket_id != routed("another").ticket_id

    def test_with_our_signed_reference_it_goes_to_that_ticket(self) -> None:
        answer = arrival("answer", ticket_id=TICKET_ID)
        (
            given(CONVERSATION, c.MessageReceived(arrival("question")), routed("question"))
            .when(c.ReceiveMessage(answer))
            .then(
                c.MessageReceived(answer),
                c.MessageRouted(answer.digest, ADDRESS, TICKET_ID, opens=False),
            )
        )

    def test_without_it_the_same_thread_opens_another_ticket(self) -> None:
        (
            given(CONVERSATION, c.MessageReceived(arrival("question")), routed("question"))
            .when(c.ReceiveMessage(arrival("by the way")))
            .then(c.MessageReceived(arrival("by the way")), routed("by the way"))
        )

    def test_delivered_again_it_is_nothing_new(self) -> None:
        (
            given(CONVERSATION, c.MessageReceived(arrival("question")), routed("question"))
            .when(c.ReceiveMessage(arrival("question")))
            .then()
        )


class TestAutomaticMessages:
    def test_one_that_answers_nothing_of_ours_is_suspended(self) -> None:
        away = arrival("away", automatic="auto-replied")
        (
            given(CONVERSATION)
            .when(c.ReceiveMessage(away))
            .then(c.MessageReceived(away), suspended("away"))
        )

    def test_one_that_answers_us_joins_its_ticket(self) -> None:
        away = arrival("away", automatic="auto-replied", ticket_id=TICKET_ID)
        (
            given(CONVERSATION)
            .when(c.ReceiveMessage(away))
            .then(
                c.MessageReceived(away),
                c.MessageRouted(away.digest, ADDRESS, TICKET_ID, opens=False),
            )
        )

    def test_suspended_once_it_is_suspended_once(self) -> None:
        away = arrival("away", automatic="auto-replied")
        (
            given(CONVERSATION, c.MessageReceived(away), suspended("away"))
            .when(c.ReceiveMessage(away))
            .then()
        )


class TestReleasing:
    def test_a_suspended_message_becomes_a_ticket_and_says_who_let_it(self) -> None:
        (
            given(CONVERSATION, suspended("away"))
            .when(c.ReleaseMessage(digest("away")))
            .then(routed("away", released_by="agent:anna"))
        )

    def test_once(self) -> None:
        (
            given(CONVERSATION, suspended("away"), routed("away", released_by="agent:anna"))
            .when(c.ReleaseMessage(digest("away")))
            .then()
        )

    def test_what_was_never_suspended_needs_no_release(self) -> None:
        given(CONVERSATION, routed("question")).when(c.ReleaseMessage(digest("question"))).then()

    def test_a_message_that_is_not_there_is_refused(self) -> None:
        given(CONVERSATION).when(c.ReleaseMessage(digest("?"))).refused("no_such_message")


def test_the_memory_of_digests_is_bounded_and_forgets_the_oldest() -> None:
    memory: dict[str, int] = {}
    for number in range(REMEMBERED + 2):
        remember(memory, digest(str(number)), number)

    assert len(memory) == REMEMBERED
    assert next(iter(memory.values())) == 2
