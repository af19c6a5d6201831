"""What is said on a ticket reaches whom it is meant for, once, and can be taken back."""

from datetime import timedelta

import msgspec
import pytest

from libs.events.ids import digest
from libs.events.published import tickets as t
from libs.events.published.messages import Attachment, WrittenWith
from libs.events.testing import given
from services.intake.tickets import TICKET
from services.intake.tickets.conversation import RULES
from tests.support.messages import CUSTOMER, STRANGER, content, mail
from tests.support.tickets import (
    ASSIGNED,
    CLOSED,
    COLLEAGUE,
    NOON,
    OPENED,
    SOLVED,
    TEN,
    internal,
    named,
    public,
)

ANSWER = t.ReplyToCustomer(content("answer"))
REPLIED = t.AgentReplied("anna", CUSTOMER, "support", public("answer"))
SCHEDULED = t.ReplyScheduled("anna", CUSTOMER, "support", public("answer"), NOON)
SENT = t.AgentReplied("anna", CUSTOMER, "support", public("answer", 12), scheduled_sequence=2)
NOTED = t.NoteAdded("anna", internal("hint"))
SIDE = t.SideConversationOpened("s1", "anna", internal("how?"), "billing")
OUTSIDE = t.SideConversationOpened(
    "s1",
    "anna",
    msgspec.structs.replace(internal("how?"), channel="email", direction="out"),
    contact_id=STRANGER,
    account="support",
)
THEIRS = mail("so", role="third_party")
HIDDEN = mail("so", role="third_party", visibility="internal")
SAID = t.SideMessageAdded("s1", HIDDEN, "", STRANGER, digest("so"))
CONSULTED = t.ConsultationAsked("c1", internal("why?"), "anna", "ben")


def from_outside(name: str, author: str = CUSTOMER) -> t.AddCustomerMessage:
    return t.AddCustomerMessage(author, mail(name), digest(name), "support")


# What has happened, the command, and what comes of it.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    (
        [],
        from_outside("more"),
        [t.CustomerMessageAdded(CUSTOMER, mail("more"), digest("more"))],
    ),
    (  # history wakes nobody
        [SOLVED],
        msgspec.structs.replace(from_outside("more"), origin="import"),
        [t.CustomerMessageAdded(CUSTOMER, mail("more"), digest("more"))],
    ),
    (
        [SOLVED, CLOSED],
        msgspec.structs.replace(from_outside("more"), origin="import"),
        [t.CustomerMessageAdded(CUSTOMER, mail("more"), digest("more"))],
    ),
    (  # somebody else wrote it in the customer's name
        [],
        msgspec.structs.replace(from_outside("so"), doubted=True),
        [t.ForeignMessageAdded(CUSTOMER, HIDDEN, digest("so"))],
    ),
    (
        [t.CollaboratorAdded(COLLEAGUE)],
        from_outside("more", COLLEAGUE),
        [t.ParticipantMessageAdded(COLLEAGUE, mail("more", role="third_party"), digest("more"))],
    ),
    (
        [],
        t.AddAgentMessage("anna", mail("so"), digest("so"), "support"),
        [
            t.AgentMailTaken("anna", digest("so"), CUSTOMER, ("so",)),
            t.AgentReplied(
                "anna",
                CUSTOMER,
                "support",
                msgspec.structs.replace(mail("so", role="agent"), direction="out"),
            ),
        ],
    ),
    (
        [],
        t.AddAgentMessage("anna", mail("hm"), digest("hm"), "support", as_note=True),
        [
            t.AgentMailTaken("anna", digest("hm"), CUSTOMER, ("hm",), as_note=True),
            t.NoteAdded("anna", mail("hm", role="agent", visibility="internal")),
        ],
    ),
    (
        [],
        t.AddAgentMessage("anna", mail("away", automatic="vacation"), digest("away"), "support"),
        [
            t.AgentMailTaken("anna", digest("away"), CUSTOMER, ("away",), as_note=True),
            t.NoteAdded(
                "anna", mail("away", automatic="vacation", role="agent", visibility="internal")
            ),
        ],
    ),
    ([], t.ReportHeldBack(7, TEN), [t.MessagesHeldBack(7, TEN)]),
    ([], ANSWER, [REPLIED]),
    (
        [],
        t.ReplyToCustomer(content("answer"), cc_ids=(COLLEAGUE,)),
        [t.AgentReplied("anna", CUSTOMER, "support", public("answer"), (COLLEAGUE,))],
    ),
    ([], t.ReplyToCustomer(content("answer"), send_at=NOON), [SCHEDULED]),
    ([SCHEDULED], t.WithdrawReply(2), [t.ReplyWithdrawn(2)]),
    (
        [SCHEDULED],
        t.RedactMessage(2, ("answer",), "typo"),
        [t.ReplyWithdrawn(2), t.MessageRedacted(2, ("answer",), "typo")],
    ),
    (
        [SCHEDULED, t.ReplyWithdrawn(2)],
        t.RedactMessage(2, ("answer",), "typo"),
        [t.MessageRedacted(2, ("answer",), "typo")],
    ),
    ([], t.AddNote(content("hint")), [NOTED]),
    (
        [],
        t.AddNote(content("hint"), mentions=("ben",)),
        [t.NoteAdded("anna", internal("hint"), ("ben",))],
    ),
    ([NOTED], t.EditNote(2, content("better"), 6), [t.NoteEdited(2, content("better"), 6)]),
    (
        [REPLIED],
        t.RedactMessage(2, ("answer",), "card_number", content("left")),
        [t.MessageRedacted(2, ("answer",), "card_number", content("left"))],
    ),
    ([], t.OpenSideConversation("s1", content("how?"), "billing"), [SIDE]),
    ([], t.OpenSideConversation("s1", content("how?"), contact_id=STRANGER), [OUTSIDE]),
    ([OUTSIDE], t.AddSideMessage("s1", THEIRS, STRANGER, digest("so")), [SAID]),
    (
        [SIDE],
        t.AddSideMessage("s1", internal("so")),
        [t.SideMessageAdded("s1", internal("so"), "anna")],
    ),
    ([SIDE], t.CloseSideConversation("s1"), [t.SideConversationClosed("s1")]),
    ([], t.AskConsultation("c1", content("why?"), "ben"), [CONSULTED]),
    (
        [CONSULTED],
        t.AnswerConsultation("c1", content("so")),
        [t.ConsultationAnswered("c1", internal("so"), "anna")],
    ),
    ([CONSULTED], t.WithdrawConsultation("c1"), [t.ConsultationWithdrawn("c1")]),
]
# Nothing more is done: it is so already, or what was to happen at an instant is over.
NOTHING_TO_DO: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([], t.SendScheduledReply(1)),
    ([SCHEDULED, t.ReplyWithdrawn(2)], t.SendScheduledReply(2)),
    ([SCHEDULED, SENT], t.SendScheduledReply(2)),
    ([SIDE], t.OpenSideConversation("s1", content("again"), "network")),
    ([OUTSIDE, SAID], t.AddSideMessage("s1", THEIRS, STRANGER, digest("so"))),
    ([SIDE, t.SideConversationClosed("s1")], t.CloseSideConversation("s1")),
    ([CONSULTED], t.AskConsultation("c1", content("again"), "cora")),
]
REFUSED: list[tuple[list[msgspec.Struct], msgspec.Struct, str, str]] = [
    ([], t.ReplyToCustomer(content("answer"), send_at=TEN), "instant_over", "/send_at"),
    ([], t.WithdrawReply(1), "reply_not_waiting", "/scheduled_sequence"),
    ([SCHEDULED, SENT], t.WithdrawReply(2), "reply_not_waiting", "/scheduled_sequence"),
    ([], t.EditNote(9, content("better")), "no_such_message", "/note_sequence"),
    ([REPLIED], t.EditNote(2, content("better")), "not_a_note", "/note_sequence"),
    ([t.NoteAdded("ben", internal("hint"))], t.EditNote(2, content("mine")), "not_your_note", ""),
    ([], t.RedactMessage(2, ("answer",), "typo"), "no_such_message", "/message_sequence"),
    (
        [SCHEDULED, SENT],
        t.RedactMessage(2, ("answer",), "typo"),
        "no_such_message",
        "/message_sequence",
    ),
    ([REPLIED], t.RedactMessage(2, (), "typo"), "nothing_to_redact", "/removed"),
    ([REPLIED], t.RedactMessage(2, ("question",), "typo"), "not_in_this_message", "/removed"),
    (
        [REPLIED],
        t.RedactMessage(2, ("answer",), "typo", content("answer")),
        "goes_and_stays",
        "/rendition",
    ),
    ([], t.OpenSideConversation("s1", content("how?")), "one_partner", "/team_id"),
    (
        [],
        t.OpenSideConversation("s1", content("how?"), "billing", STRANGER),
        "one_partner",
        "/team_id",
    ),
    (
        [],
        t.OpenSideConversation("s1", content("how?"), contact_id=CUSTOMER),
        "that_is_the_customer",
        "/contact_id",
    ),
    ([], t.AddSideMessage("s1", THEIRS, STRANGER), "no_such_side", "/side_id"),
    ([OUTSIDE], t.AddSideMessage("s1", THEIRS, CUSTOMER), "not_their_talk", "/contact_id"),
    ([SIDE], t.AddSideMessage("s1", THEIRS, STRANGER), "not_their_talk", "/contact_id"),
    ([], t.CloseSideConversation("s1"), "no_such_side", "/side_id"),
    ([], t.AskConsultation("c1", content("why?")), "nobody_to_ask", "/agent_id"),
    ([], t.AnswerConsultation("c1", content("so")), "not_asked", "/consultation_id"),
    (
        [CONSULTED, t.ConsultationAnswered("c1", internal("so"), "ben")],
        t.AnswerConsultation("c1", content("so")),
        "not_asked",
        "/consultation_id",
    ),
    (
        [CONSULTED, t.ConsultationWithdrawn("c1")],
        t.WithdrawConsultation("c1"),
        "not_asked",
        "/consultation_id",
    ),
]
ON_A_CLOSED_TICKET_NO_MORE: list[msgspec.Struct] = [
    ANSWER,
    t.AddNote(content("hint")),
    t.EditNote(1, content("better")),
    t.OpenSideConversation("s1", content("how?"), "billing"),
    t.AskConsultation("c1", content("why?"), "ben"),
]
ON_A_CLOSED_TICKET_STILL: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([SCHEDULED], t.WithdrawReply(2)),
    ([REPLIED], t.RedactMessage(2, ("answer",), "card_number")),
    ([OUTSIDE], t.AddSideMessage("s1", THEIRS, STRANGER, digest("so"))),
    ([SIDE], t.CloseSideConversation("s1")),
    ([CONSULTED], t.AnswerConsultation("c1", content("so"))),
    ([CONSULTED], t.WithdrawConsultation("c1")),
]
NEVER_OPENED: list[msgspec.Struct] = [
    *ON_A_CLOSED_TICKET_NO_MORE,
    *(wanted for _, wanted in ON_A_CLOSED_TICKET_STILL),
]


@pytest.mark.parametrize(("before", "wanted", "facts"), FACTS, ids=named)
def test_what_is_said_is_in_the_history(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then(*facts)


@pytest.mark.parametrize(("before", "wanted"), NOTHING_TO_DO, ids=named)
def test_what_is_so_already_or_comes_too_late_changes_nothing(
    before: list[msgspec.Struct], wanted: msgspec.Struct
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted", "code", "field"), REFUSED, ids=named)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(
    before: list[msgspec.Struct], wanted: msgspec.Struct, code: str, field: str
) -> None:
    assert given(TICKET, OPENED, *before).when(wanted).refused(code).field == field


@pytest.mark.parametrize("wanted", ON_A_CLOSED_TICKET_NO_MORE, ids=named)
def test_on_a_closed_ticket_nothing_new_is_begun(wanted: msgspec.Struct) -> None:
    given(TICKET, OPENED, SOLVED, CLOSED).when(wanted).refused("ticket_closed")


@pytest.mark.parametrize(("before", "wanted"), ON_A_CLOSED_TICKET_STILL, ids=named)
def test_on_a_closed_ticket_what_was_begun_is_ended(
    before: list[msgspec.Struct], wanted: msgspec.Struct
) -> None:
    assert given(TICKET, OPENED, *before, SOLVED, CLOSED).when(wanted).events


@pytest.mark.parametrize("wanted", NEVER_OPENED, ids=named)
def test_without_a_ticket_nothing_is_said(wanted: msgspec.Struct) -> None:
    given(TICKET).when(wanted).refused("no_such_ticket")


def test_every_rule_of_the_room_is_tested() -> None:
    tested = {type(wanted) for _, wanted, _ in FACTS} | {t.SendScheduledReply}

    assert tested == set(RULES)


class TestWhoIsHeard:
    @pytest.mark.parametrize("part", ["submitter_id", "affected_id"])
    def test_who_sent_it_in_and_who_has_the_trouble_take_part(self, part: str) -> None:
        theirs = mail("more", role="third_party")
        (
            given(TICKET, msgspec.structs.replace(OPENED, **{part: COLLEAGUE}), SOLVED)
            .when(from_outside("more", COLLEAGUE))
            .then(
                t.ParticipantMessageAdded(COLLEAGUE, theirs, digest("more")),
                t.TicketReopened("participant_reply", "solved", "anna", "workaround"),
            )
        )

    def test_who_takes_part_no_more_is_a_stranger(self) -> None:
        gone = [t.CollaboratorAdded(COLLEAGUE), t.CollaboratorRemoved(COLLEAGUE)]
        hidden = mail("more", role="third_party", visibility="internal")
        (
            given(TICKET, OPENED, *gone)
            .when(from_outside("more", COLLEAGUE))
            .then(t.ForeignMessageAdded(COLLEAGUE, hidden, digest("more")))
        )

    def test_when_it_is_anothers_request_they_are_the_customer(self) -> None:
        changed = t.RequesterChanged(COLLEAGUE, CUSTOMER)
        ticket = given(TICKET, OPENED, changed)
        ticket.when(from_outside("more", COLLEAGUE)).then(
            t.CustomerMessageAdded(COLLEAGUE, mail("more"), digest("more"))
        )
        [message] = ticket.when(from_outside("more", CUSTOMER)).events
        assert isinstance(message, t.ForeignMessageAdded)

    def test_a_stranger_wakes_a_ticket_without_a_public_word(self) -> None:
        events = given(TICKET, OPENED, SOLVED).when(from_outside("psst", STRANGER)).events

        message, woken = events
        assert isinstance(message, t.ForeignMessageAdded)
        assert message.message.visibility == "internal"
        assert woken == t.TicketReopened("foreign_message", "solved", "anna", "workaround")

    def test_a_message_ends_a_snooze_and_the_waiting(self) -> None:
        before = [t.TicketPutOnHold("open", "vendor"), t.TicketSnoozed(NOON)]
        (
            given(TICKET, OPENED, ASSIGNED, *before)
            .when(from_outside("more"))
            .then(
                t.CustomerMessageAdded(CUSTOMER, mail("more"), digest("more")),
                t.SnoozeEnded("customer_reply"),
                t.TicketWoken("customer_reply", "on_hold"),
            )
        )


class TestAnAnswerThatWaits:
    def test_goes_out_at_its_instant_with_that_instant(self) -> None:
        (
            given(TICKET, OPENED, SCHEDULED)
            .when(t.SendScheduledReply(2), at=NOON, actor="service:intake")
            .then(SENT)
        )

    def test_goes_to_whose_request_it_is_by_then(self) -> None:
        [sent] = (
            given(TICKET, OPENED, SCHEDULED, t.RequesterChanged(COLLEAGUE, CUSTOMER))
            .when(t.SendScheduledReply(2), at=NOON)
            .events
        )
        assert isinstance(sent, t.AgentReplied)
        assert sent.to_id == COLLEAGUE

    def test_is_taken_back_if_the_ticket_was_closed_before(self) -> None:
        (
            given(TICKET, OPENED, SCHEDULED, SOLVED, CLOSED)
            .when(t.SendScheduledReply(2), at=NOON)
            .then(t.ReplyWithdrawn(2))
        )

    def test_is_no_news_of_a_major_incident_before_it_is_sent(self) -> None:
        major = [t.TicketClassified("incident"), t.MajorIncidentDeclared(1800)]
        ticket = given(TICKET, OPENED, SCHEDULED, *major)
        ticket.when(t.ReplyToCustomer(content("answer"), send_at=NOON)).then(SCHEDULED)
        ticket.when(t.SendScheduledReply(2), at=NOON).then(SENT, t.MajorUpdateGiven(1800))


class TestNotes:
    def test_keep_what_helped_to_write_them(self) -> None:
        macro = WrittenWith("macro", "escalate", 4)
        file = content("log.txt")
        [noted] = (
            given(TICKET, OPENED)
            .when(t.AddNote(content("hint"), 4, (file,), written_with=(macro,)))
            .events
        )
        assert isinstance(noted, t.NoteAdded)
        assert noted.message.attachments == (Attachment(file),)
        assert noted.message.written_with == (macro,)

    def test_can_be_edited_more_than_once(self) -> None:
        (
            given(TICKET, OPENED, NOTED, t.NoteEdited(2, content("better")))
            .when(t.EditNote(2, content("best")))
            .then(t.NoteEdited(2, content("best")))
        )


class TestRedaction:
    FILE = Attachment(content("scan.pdf"))
    SENT_IN = t.CustomerMessageAdded(
        CUSTOMER,
        msgspec.structs.replace(mail("card"), original=content("card.eml"), attachments=(FILE,)),
        digest("card"),
    )

    @pytest.mark.parametrize(
        "removed", [("card",), ("card.eml",), ("scan.pdf",), ("card", "scan.pdf")]
    )
    def test_takes_words_originals_and_files(self, removed: tuple[str, ...]) -> None:
        (
            given(TICKET, OPENED, self.SENT_IN)
            .when(t.RedactMessage(2, removed, "card_number"))
            .then(t.MessageRedacted(2, removed, "card_number"))
        )

    def test_never_takes_another_messages_content_along(self) -> None:
        (
            given(TICKET, OPENED, self.SENT_IN)
            .when(t.RedactMessage(2, ("card", "question"), "card_number"))
            .refused("not_in_this_message")
        )

    def test_what_is_gone_cannot_go_again(self) -> None:
        (
            given(TICKET, OPENED, self.SENT_IN, t.MessageRedacted(2, ("card",), "card_number"))
            .when(t.RedactMessage(2, ("card",), "card_number"))
            .refused("not_in_this_message")
        )

    def test_what_was_left_can_go_later(self) -> None:
        once = t.MessageRedacted(2, ("card",), "card_number", content("card, crossed out"))
        (
            given(TICKET, OPENED, self.SENT_IN, once)
            .when(t.RedactMessage(2, ("card, crossed out",), "name"))
            .then(t.MessageRedacted(2, ("card, crossed out",), "name"))
        )

    @pytest.mark.parametrize("words", ["hint", "better"])
    def test_of_a_note_takes_earlier_words_and_present_ones(self, words: str) -> None:
        (
            given(TICKET, OPENED, NOTED, t.NoteEdited(2, content("better")))
            .when(t.RedactMessage(2, (words,), "gossip"))
            .then(t.MessageRedacted(2, (words,), "gossip"))
        )


class TestSideConversations:
    def test_a_closed_one_goes_on_with_the_next_message(self) -> None:
        closed = t.SideConversationClosed("s1")
        ticket = given(TICKET, OPENED, OUTSIDE, closed, SAID)

        ticket.when(t.CloseSideConversation("s1")).then(closed)

    def test_what_the_others_write_there_stays_there(self) -> None:
        ticket = given(TICKET, OPENED, ASSIGNED, t.TicketMarkedPending("open"), OUTSIDE)
        [said] = ticket.when(t.AddSideMessage("s1", THEIRS, STRANGER, digest("so"))).events

        assert isinstance(said, t.SideMessageAdded)
        assert said.message.visibility == "internal"


def test_a_consultation_leaves_the_ticket_where_it_is() -> None:
    state = given(TICKET, OPENED, ASSIGNED, CONSULTED).state

    assert (state.agent_id, state.team_id) == ("anna", "network")


def test_what_a_program_says_is_said_by_no_agent() -> None:
    ticket = given(TICKET, OPENED)
    for wanted in (
        t.AddNote(content("hint")),
        t.OpenSideConversation("s1", content("how?"), "billing"),
        t.AskConsultation("c1", content("why?"), "ben"),
    ):
        [said] = ticket.when(wanted, actor="service:macros").events
        assert isinstance(said, t.NoteAdded | t.SideConversationOpened | t.ConsultationAsked)
        assert said.message.role == "system"


def test_words_of_the_future_wait_for_it() -> None:
    soon = TEN + timedelta(microseconds=1)
    [scheduled] = (
        given(TICKET, OPENED).when(t.ReplyToCustomer(content("answer"), send_at=soon)).events
    )
    assert isinstance(scheduled, t.ReplyScheduled)
    assert scheduled.send_at == soon
