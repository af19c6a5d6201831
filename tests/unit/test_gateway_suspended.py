"""The list of what waits for a person, folded; and what the desk thinks of senders."""

from datetime import timedelta

from libs.events.ids import digest
from libs.events.personal import Personal
from libs.events.published import conversations as c
from libs.events.published import senders as s
from libs.events.testing import START, given_projection, recorded
from services.gateway.suspended.view import MESSAGES, SENDERS
from tests.support.messages import ADDRESS, mail

CONVERSATION = "c-00" + "1" * 24
SENDER = s.sender_id(ADDRESS)
WHO = Personal[str]("s-own", sealed="d2hv")
AWAY = c.MessageSuspended(
    digest("away"), ADDRESS, "automatic", "A robot.", "support", WHO, WHO, mail("away")
)
SUSPENDED = recorded(AWAY, 2, id=CONVERSATION)


def test_a_suspended_message_is_shown_with_all_that_is_known_of_it() -> None:
    given_projection(MESSAGES, SUSPENDED).then(
        {
            "state": "suspended",
            "conversation_id": CONVERSATION,
            "reason": "automatic",
            "sentence": "A robot.",
            "sender_id": SENDER,
            "address": {"key": "s-own", "sealed": "d2hv"},
            "account": "support",
            "channel": "email",
            "rendition": "away",
        }
    )


def test_released_it_says_by_whom_and_where_it_went() -> None:
    routed = c.MessageRouted(digest("away"), ADDRESS, "t-1", True, released_by="agent:anna")

    given_projection(MESSAGES, SUSPENDED, recorded(routed, 3, id=CONVERSATION)).then(
        {"state": "released", "ticket_id": "t-1", "decided_by": "agent:anna", "sequence": 3}
    )


def test_rejected_it_says_by_whom() -> None:
    rejected = recorded(c.MessageRejected(digest("away"), ADDRESS), 3, id=CONVERSATION)

    given_projection(MESSAGES, SUSPENDED, rejected).then(
        {"state": "rejected", "decided_by": "agent:anna"}
    )


def test_what_was_never_suspended_has_no_document() -> None:
    routed = c.MessageRouted(digest("question"), ADDRESS, "t-1", True)

    given_projection(MESSAGES, recorded(routed, 2, id=CONVERSATION)).then_all({})


def test_a_sender_is_what_was_last_said_of_them() -> None:
    until = START + timedelta(minutes=10)
    steps = (
        s.SenderBlocked("abuse"),
        s.SenderTrusted("automatic"),
        s.SenderTrusted("flood"),
        s.SenderDistrusted("automatic"),
        s.SenderHeldBack(until, 214),
    )
    told = [recorded(step, n, id=SENDER) for n, step in enumerate(steps, 1)]

    given_projection(SENDERS, *told).then(
        {"blocked_for": "abuse", "trusted": ["flood"], "sequence": 5}
    )
    unblocked = recorded(s.SenderUnblocked(), 6, id=SENDER)
    given_projection(SENDERS, *told, unblocked).then({"blocked_for": "", "sequence": 6})
