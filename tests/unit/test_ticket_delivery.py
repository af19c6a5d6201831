"""What became of an answer: the first final outcome counts, and each attempt is told once."""

import msgspec
import pytest

from libs.events.ids import digest
from libs.events.published import tickets as t
from libs.events.testing import given
from services.intake.tickets import TICKET
from tests.support.messages import CUSTOMER, mail
from tests.support.tickets import OPENED


class TestDelivery:
    REPLIED = t.AgentReplied("anna", CUSTOMER, "support", mail("answer"))

    def test_a_reply_was_delivered(self) -> None:
        (
            given(TICKET, OPENED, self.REPLIED)
            .when(t.RecordDelivery(2, 1))
            .then(t.ReplyDelivered(2, 1))
        )

    def test_a_reply_is_late(self) -> None:
        (
            given(TICKET, OPENED, self.REPLIED)
            .when(t.RecordDelivery(2, 1, "450 later", final=False))
            .then(t.ReplyDelayed(2, 1, "450 later"))
        )

    def test_an_attempt_is_told_once(self) -> None:
        delayed = t.ReplyDelayed(2, 1, "450 later")
        (
            given(TICKET, OPENED, self.REPLIED, delayed)
            .when(t.RecordDelivery(2, 1, "450 later", final=False))
            .then()
        )
        (
            given(TICKET, OPENED, self.REPLIED, delayed)
            .when(t.RecordDelivery(2, 2, "450 later", final=False))
            .then(t.ReplyDelayed(2, 2, "450 later"))
        )

    def test_a_reply_failed_for_good(self) -> None:
        (
            given(TICKET, OPENED, self.REPLIED)
            .when(t.RecordDelivery(2, 9, "550 no such user"))
            .then(t.ReplyFailed(2, 9, "550 no such user"))
        )

    @pytest.mark.parametrize("outcome", [t.ReplyDelivered(2, 1), t.ReplyFailed(2, 1, "550")])
    def test_the_first_final_outcome_counts(self, outcome: msgspec.Struct) -> None:
        (
            given(TICKET, OPENED, self.REPLIED, outcome)
            .when(t.RecordDelivery(2, 2, "550 no such user"))
            .then()
        )

    def test_only_replies_are_delivered(self) -> None:
        (given(TICKET, OPENED, self.REPLIED).when(t.RecordDelivery(1, 1)).refused("no_such_reply"))

    def test_a_reply_of_a_ticket_that_never_was(self) -> None:
        given(TICKET).when(t.RecordDelivery(2, 1)).refused("no_such_ticket")


class TestBounces:
    TOLD = (CUSTOMER, mail("bounce"), digest("bounce"))
    REPORT = msgspec.structs.replace(mail("bounce"), role="system", visibility="internal")
    BACK = (CUSTOMER, REPORT, digest("bounce"))
    WAITS = (t.TicketAssigned("anna"), t.TicketMarkedPending("open"))

    def test_one_for_good_wakes_a_ticket_that_waits_for_an_answer(self) -> None:
        (
            given(TICKET, OPENED, *self.WAITS)
            .when(t.RecordBouncedMail(*self.TOLD, "5.1.1", True))
            .then(
                t.MailBounced(*self.BACK, "5.1.1", True), t.TicketWoken("mail_bounced", "pending")
            )
        )

    def test_one_that_may_pass_wakes_nobody(self) -> None:
        (
            given(TICKET, OPENED, *self.WAITS)
            .when(t.RecordBouncedMail(*self.TOLD, "4.2.2", False))
            .then(t.MailBounced(*self.BACK, "4.2.2", False))
        )

    def test_it_is_told_once(self) -> None:
        (
            given(TICKET, OPENED, t.MailBounced(*self.BACK, "5.1.1", True))
            .when(t.RecordBouncedMail(*self.TOLD, "5.1.1", True))
            .then()
        )

    def test_it_says_which_message_it_was(self) -> None:
        answer = msgspec.structs.replace(mail("answer"), direction="out")
        replied = t.AgentReplied("anna", CUSTOMER, "support", answer)
        given_it = given(TICKET, OPENED, replied)
        (
            given_it.when(t.RecordBouncedMail(*self.TOLD, "4.2.2", False, "event-2")).then(
                t.MailBounced(*self.BACK, "4.2.2", False, 2)
            )
        )
        (
            given_it.when(t.RecordBouncedMail(*self.TOLD, "4.2.2", False, "elsewhere")).then(
                t.MailBounced(*self.BACK, "4.2.2", False)
            )
        )


class TestComplaints:
    TOLD = (mail("report"), digest("report"), "abuse")
    REPORT = msgspec.structs.replace(mail("report"), role="system", visibility="internal")
    RECEIVED = (REPORT, digest("report"), "abuse")

    def test_one_wakes_nobody_and_is_told_once(self) -> None:
        told = t.RecordSpamComplaint("p-other", *self.TOLD)
        received = t.SpamComplaintReceived("p-other", *self.RECEIVED)

        given(TICKET, OPENED, *TestBounces.WAITS).when(told).then(received)
        given(TICKET, OPENED, received).when(told).then()

    def test_without_a_name_it_is_the_requesters(self) -> None:
        (
            given(TICKET, OPENED)
            .when(t.RecordSpamComplaint("", *self.TOLD))
            .then(t.SpamComplaintReceived(CUSTOMER, *self.RECEIVED))
        )


class TestOtherMails:
    def test_a_copy_was_sent_and_says_nothing_of_the_reply(self) -> None:
        (
            given(TICKET, OPENED, TestDelivery.REPLIED)
            .when(t.RecordMail("copy", 2, "p-other", 1))
            .then(t.MailSent("copy", 2, "p-other", 1))
        )
        (
            given(TICKET, OPENED, TestDelivery.REPLIED, t.MailFailed("copy", 2, "p-other", 1, "no"))
            .when(t.RecordDelivery(2, 1))
            .then(t.ReplyDelivered(2, 1))
        )

    def test_a_copy_failed_for_good(self) -> None:
        (
            given(TICKET, OPENED, TestDelivery.REPLIED)
            .when(t.RecordMail("copy", 2, "p-other", 3, "550 no such user"))
            .then(t.MailFailed("copy", 2, "p-other", 3, "550 no such user"))
        )

    def test_a_mail_about_nothing_or_to_nobody(self) -> None:
        for wanted in (t.RecordMail("side", 0, "p-other", 1), t.RecordMail("side", 1, "", 1)):
            given(TICKET, OPENED).when(wanted).refused("no_such_mail")
