"""What comes in is handled once, never refused, and its fate is on record."""

import msgspec

from libs.events.ids import derived_id, digest
from libs.events.published import conversations as c
from libs.events.testing import given
from services.intake.conversations import CONVERSATION
from services.intake.conversations.decide import suspension_key, suspicious
from services.intake.digests import REMEMBERED, remember
from tests.support.messages import ADDRESS, arrival

TICKET_ID = "t-00" + "1" * 24
ANSWERED = "An automatic message (auto-replied) that answers none of ours."


def routed(name: str, released_by: str = "") -> c.MessageRouted:
    opened = derived_id("t", digest(name))
    return c.MessageRouted(digest(name), ADDRESS, opened, opens=True, released_by=released_by)


def suspended(name: str) -> c.MessageSuspended:
    held = arrival(name, automatic="auto-replied")
    key = suspension_key(held.digest)
    sender = (held.address.under(key), held.name.under(key))
    return c.MessageSuspended(
        held.digest, ADDRESS, "automatic", ANSWERED, "support", *sender, held.message
    )


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

    def test_without_it_its_thread_says_where_and_the_ticket_whether(self) -> None:
        (
            given(CONVERSATION, c.MessageReceived(arrival("question")), routed("question"))
            .when(c.ReceiveMessage(arrival("by the way")))
            .then(
                c.MessageReceived(arrival("by the way")),
                c.MessageRouted(
                    digest("by the way"),
                    ADDRESS,
                    routed("question").ticket_id,
                    opens=False,
                    own_id=routed("by the way").ticket_id,
                    hosts=True,
                ),
            )
        )

    def test_delivered_again_it_is_nothing_new(self) -> None:
        (
            given(CONVERSATION, c.MessageReceived(arrival("question")), routed("question"))
            .when(c.ReceiveMessage(arrival("question")))
            .then()
        )


class TestForgedSenders:
    def test_who_writes_in_somebody_s_name_joins_nothing_by_it(self) -> None:
        first = arrival("first")
        forged = msgspec.structs.replace(arrival("forged"), authentication="failed")
        (
            given(CONVERSATION, c.MessageReceived(first), routed("first"))
            .when(c.ReceiveMessage(forged))
            .then(c.MessageReceived(forged), routed("forged"))
        )


class TestAutomaticMessages:
    def test_one_that_answers_nothing_of_ours_is_suspended(self) -> None:
        away = arrival("away", automatic="auto-replied")
        (
            given(CONVERSATION)
            .when(c.ReceiveMessage(away))
            .then(c.MessageReceived(away), suspended("away"))
        )

    def test_an_alert_wants_somebody_to_look(self) -> None:
        down = arrival("down", automatic="alert")
        (
            given(CONVERSATION)
            .when(c.ReceiveMessage(down))
            .then(c.MessageReceived(down), routed("down"))
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

    def test_its_sender_can_be_trusted_for_that_reason_and_for_no_other(self) -> None:
        away = given(CONVERSATION, suspended("away"))
        trusting = msgspec.structs.replace(routed("away", "agent:anna"), trust="automatic")

        away.when(c.ReleaseMessage(digest("away"), "automatic")).then(trusting)
        away.when(c.ReleaseMessage(digest("away"), "flood")).refused("not_the_reason")
        away.when(c.ReleaseMessage(digest("away"), "blocked")).refused("unblock_instead")

    def test_rejected_it_is_gone(self) -> None:
        away = given(CONVERSATION, suspended("away"))
        gone = c.MessageRejected(digest("away"), ADDRESS)

        away.when(c.RejectMessage(digest("away"))).then(gone)
        rejected = given(CONVERSATION, suspended("away"), gone)
        rejected.when(c.ReleaseMessage(digest("away"))).then()
        rejected.when(c.RejectMessage(digest("away"))).then()
        rejected.when(c.ReceiveMessage(arrival("away"))).then()

    def test_a_message_that_is_not_there_is_refused(self) -> None:
        given(CONVERSATION).when(c.ReleaseMessage(digest("?"))).refused("no_such_message")


class TestHoldingBack:
    def test_a_routed_message_can_be_suspended_after_all(self) -> None:
        question = arrival("question")
        hold = c.SuspendMessage(question, "flood", "Too many.")
        key = suspension_key(question.digest)
        [held] = (
            given(CONVERSATION, c.MessageReceived(question), routed("question")).when(hold).events
        )

        assert isinstance(held, c.MessageSuspended)
        assert (held.reason, held.sentence, held.account) == ("flood", "Too many.", "support")
        assert held.address is not None
        assert held.address.key == key

    def test_once_and_not_what_a_person_has_released(self) -> None:
        hold = c.SuspendMessage(arrival("away"), "flood", "Too many.")

        given(CONVERSATION, suspended("away")).when(hold).then()

    def test_the_ticket_that_it_was_to_open_begins_no_thread(self) -> None:
        held = (c.MessageReceived(arrival("question")), routed("question"), suspended("question"))
        (
            given(CONVERSATION, *held)
            .when(c.ReceiveMessage(arrival("by the way")))
            .then(c.MessageReceived(arrival("by the way")), routed("by the way"))
        )


class TestSuspicion:
    def test_a_blocked_sender_is_heard_when_a_person_lets_them(self) -> None:
        blocked = arrival("question", standing=c.Standing(blocked_for="abuse"))
        suspicion = suspicious(blocked)

        assert suspicion == ("blocked", "Nothing is taken from this sender (abuse).")

    def test_a_domain_that_floods_is_held_back_its_answers_are_not(self) -> None:
        flooding = c.Standing(flooding=True)

        assert suspicious(arrival("question", standing=flooding)) is not None
        assert suspicious(arrival("answer", ticket_id=TICKET_ID, standing=flooding)) is None

    def test_trust_is_for_what_it_was_given_for(self) -> None:
        trusted = c.Standing(flooding=True, trusted=("automatic",))
        robot = arrival("robot", automatic="auto-generated", standing=trusted)

        assert suspicious(robot) == ("flood", "Too many messages came from this mail domain.")
        both = msgspec.structs.replace(trusted, trusted=("automatic", "flood"))
        assert suspicious(msgspec.structs.replace(robot, standing=both)) is None

    def test_an_agent_is_never_held_back(self) -> None:
        blocked = c.Standing(blocked_for="abuse")

        assert suspicious(arrival("answer", standing=blocked, agent_id="anna")) is None


def test_the_memory_of_digests_is_bounded_and_forgets_the_oldest() -> None:
    memory: dict[str, int] = {}
    for number in range(REMEMBERED + 2):
        remember(memory, digest(str(number)), number)

    assert len(memory) == REMEMBERED
    assert next(iter(memory.values())) == 2
