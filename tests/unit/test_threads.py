"""Which ticket a message belongs to, as the people who write expect it; and no stranger gets in."""

from datetime import timedelta

import pytest

from libs.events.published import contacts as p
from libs.events.published import conversations as c
from libs.events.published import tickets as t
from tests.support.mailroom import Mailroom, address_of
from tests.support.messages import content

PRINTER = "printer"
SOLVED_AND_CLOSED = (t.SolveTicket("workaround"), t.CloseTicket(2))


def asked(*copies: str) -> tuple[Mailroom, str]:
    """Ada has written to us, with copies; the ticket."""
    room = Mailroom()
    room.write(PRINTER, "ada", copies=copies)
    return room, room.ticket_of(PRINTER)


class TestTheCustomer:
    def test_answers_us_and_joins_the_ticket(self) -> None:
        room, ticket = asked()
        room.write("answer", "ada", thread=PRINTER, answers=ticket)

        assert room.became("answer") == [("CustomerMessageAdded", ticket)]

    def test_answers_their_own_message_and_joins_it_too(self) -> None:
        room, ticket = asked()
        room.write("by the way", "ada", thread=PRINTER)

        assert room.became("by the way") == [("CustomerMessageAdded", ticket)]

    def test_begins_a_new_thread_and_gets_a_new_ticket(self) -> None:
        room, ticket = asked()
        room.write("curtains", "ada")

        assert room.became("curtains")[-1][0] == "TicketOpened"
        assert room.ticket_of("curtains") != ticket

    def test_is_overtaken_by_their_own_second_message(self) -> None:
        room = Mailroom()
        room.write("second", "ada", thread=PRINTER)
        room.write(PRINTER, "ada")

        assert room.became(PRINTER) == [("CustomerMessageAdded", room.ticket_of("second"))]

    def test_answers_years_later_and_gets_a_follow_up(self) -> None:
        room, ticket = asked()
        for wish in SOLVED_AND_CLOSED:
            room.tell(ticket, wish)
        room.later(timedelta(days=3 * 365))
        room.write("again", "ada", thread=PRINTER, answers=ticket)

        [(requested, at), (opened, follow_up)] = room.became("again")
        assert (requested, at, opened) == ("FollowUpRequested", ticket, "TicketOpened")
        assert room.events(t.TicketOpened)[-1].follow_up_of == ticket != follow_up

    def test_writes_from_an_address_that_is_theirs_by_a_merge(self) -> None:
        room, ticket = asked()
        room.write("home", "ada at home")
        room.tell(room.contact("ada"), p.PrepareContactMerge(room.contact("ada at home")))
        room.write("from home", "ada at home", thread=PRINTER, answers=ticket)

        assert room.became("from home") == [("CustomerMessageAdded", ticket)]

    def test_answers_to_a_merged_ticket_and_is_heard_on_the_one_that_is_there(self) -> None:
        room, ticket = asked()
        room.write("same again", "ada")
        target = room.ticket_of("same again")
        room.tell(target, t.AbsorbTicket(ticket))
        room.write("answer", "ada", thread=PRINTER, answers=ticket)

        assert room.became("answer") == [
            ("MessagePassedOn", ticket),
            ("CustomerMessageAdded", target),
        ]

    def test_merged_herself_is_no_stranger_on_a_merged_ticket(self) -> None:
        room, ticket = asked()
        room.write("home", "ada at home")
        target = room.ticket_of("home")
        room.tell(target, t.AbsorbTicket(ticket))
        room.tell(room.contact("ada at home"), p.PrepareContactMerge(room.contact("ada")))
        room.write("answer", "ada", thread=PRINTER, answers=ticket)

        assert room.became("answer")[-1] == ("CustomerMessageAdded", target)

    def test_answers_to_a_ticket_of_which_messages_were_split(self) -> None:
        room, ticket = asked()
        room.write("more", "ada", thread=PRINTER, answers=ticket)
        [step] = [e.sequence for e in room.log if isinstance(e.data, t.CustomerMessageAdded)]
        split = "t-00" + "9" * 24
        room.tell(ticket, t.SplitTicket(split, (step,), content("curtains")))
        room.write("to the one", "ada", thread=PRINTER, answers=ticket)
        room.write("to the other", "ada", thread=PRINTER, answers=split)

        assert room.became("to the one") == [("CustomerMessageAdded", ticket)]
        assert room.became("to the other") == [("CustomerMessageAdded", split)]


class TestColleagues:
    def test_one_who_got_a_copy_from_the_customer_answers_in_the_thread(self) -> None:
        room, ticket = asked("ben")
        room.write("me too", "ben", thread=PRINTER)

        assert room.became("me too") == [("ParticipantMessageAdded", ticket)]

    def test_and_takes_part_from_then_on(self) -> None:
        room, ticket = asked("ben")
        room.write("me too", "ben", thread=PRINTER)
        room.write("and", "ben", thread=PRINTER, answers=ticket)

        assert room.became("and") == [("ParticipantMessageAdded", ticket)]

    def test_one_who_got_a_copy_later(self) -> None:
        room, ticket = asked()
        room.write("with ben", "ada", thread=PRINTER, answers=ticket, copies=("ben",))
        room.write("me too", "ben", thread=PRINTER)

        assert room.became("me too") == [("ParticipantMessageAdded", ticket)]

    def test_one_who_got_a_copy_of_our_answer(self) -> None:
        room, ticket = asked()
        room.write("hello", "ben")
        copy = t.ReplyToCustomer(content("so"), cc_ids=(room.contact("ben"),))
        room.tell(ticket, copy)
        room.write("thanks", "ben", thread=PRINTER, answers=ticket)

        assert room.became("thanks") == [("ParticipantMessageAdded", ticket)]

    @pytest.mark.parametrize(
        ("first", "second"), [("ada", "ada+x"), ("ada+x", "ada"), ("ada+x", "ada+y")]
    )
    def test_a_plus_address_is_whoever_has_the_plain_one(self, first: str, second: str) -> None:
        room = Mailroom()
        room.write(PRINTER, first)
        room.write("more", second, thread=PRINTER)

        assert room.became("more") == [("ParticipantMessageAdded", room.ticket_of(PRINTER))]

    def test_one_whom_we_asked_beside_the_ticket_answers_there(self) -> None:
        room, ticket = asked()
        room.write("hello", "vendor")
        beside = t.OpenSideConversation("s1", content("how?"), contact_id=room.contact("vendor"))
        room.tell(ticket, beside)
        room.write("like this", "vendor", answers=ticket)

        assert room.became("like this") == [("SideMessageAdded", ticket)]
        [said] = room.events(t.SideMessageAdded)
        assert (said.side_id, said.message.visibility) == ("s1", "internal")

    def test_one_whom_nobody_has_sent_a_copy_is_a_stranger_whatever_their_domain(self) -> None:
        room = Mailroom()
        company = {"domain_id": address_of("example.org")}
        room.write(PRINTER, "ada", **company)
        ticket = room.ticket_of(PRINTER)
        room.write("me too", "ben", thread=PRINTER, **company)
        room.write("passed on", "ben", thread=PRINTER, answers=ticket, **company)

        assert room.became("me too")[0] == ("MessageTurnedAway", ticket)
        assert room.became("passed on") == [("ForeignMessageAdded", ticket)]

    def test_two_answer_the_same_message_and_both_are_there(self) -> None:
        room, ticket = asked("ben", "cy")
        room.write("yes", "ben", thread=PRINTER)
        room.write("no", "cy", thread=PRINTER)

        for answer in ("yes", "no"):
            assert room.became(answer) == [("ParticipantMessageAdded", ticket)]

    def test_whom_a_stranger_invites_is_a_stranger_too(self) -> None:
        room, ticket = asked()
        room.write("listen", "eve", thread=PRINTER, copies=("mallory",))
        room.write("yes", "mallory", thread=PRINTER)
        room.write("leaked", "eve", thread=PRINTER, answers=ticket, copies=("mallory",))
        room.write("hear", "mallory", thread=PRINTER, answers=ticket)

        assert room.became("yes")[0] == ("MessageTurnedAway", ticket)
        assert room.became("hear") == [("ForeignMessageAdded", ticket)]

    def test_nor_does_it_help_to_invite_before_the_customer_has_written(self) -> None:
        room = Mailroom()
        robot = {"automatic": "auto-replied"}
        room.write("away", "eve", thread=PRINTER, copies=("mallory",), **robot)
        room.write(PRINTER, "ada")
        room.write("yes", "mallory", thread=PRINTER)

        assert room.became("yes")[0] == ("MessageTurnedAway", room.ticket_of(PRINTER))


class TestStrangers:
    def test_one_who_copies_the_thread_gets_a_ticket_of_their_own(self) -> None:
        room, ticket = asked()
        room.write("let me in", "eve", thread=PRINTER)

        [turned, opened] = room.became("let me in")
        assert turned == ("MessageTurnedAway", ticket)
        assert opened[0] == "TicketOpened"
        assert opened[1] != ticket
        assert room.events(t.TicketOpened)[-1].follow_up_of == ""

    def test_whose_next_messages_of_the_thread_join_it(self) -> None:
        room, ticket = asked()
        room.write("let me in", "eve", thread=PRINTER)
        room.write("please", "eve", thread=PRINTER)

        assert room.became("please") == [
            ("MessageTurnedAway", ticket),
            ("CustomerMessageAdded", room.ticket_of("let me in")),
        ]

    def test_does_not_wake_the_ticket(self) -> None:
        room, ticket = asked()
        room.tell(ticket, t.SolveTicket("workaround"))
        room.write("let me in", "eve", thread=PRINTER)

        assert room.events(t.TicketReopened) == []

    def test_with_our_signed_reference_is_a_flagged_comment_that_wakes_the_ticket(self) -> None:
        room, ticket = asked()
        room.tell(ticket, t.SolveTicket("workaround"))
        room.write("found this", "eve", thread=PRINTER, answers=ticket)

        assert room.became("found this") == [("ForeignMessageAdded", ticket)]
        [added] = room.events(t.ForeignMessageAdded)
        assert added.message.visibility == "internal"
        assert [event.cause for event in room.events(t.TicketReopened)] == ["foreign_message"]

    def test_copying_the_thread_of_a_closed_ticket_opens_no_follow_up_of_it(self) -> None:
        room, ticket = asked()
        for wish in SOLVED_AND_CLOSED:
            room.tell(ticket, wish)
        room.write("let me in", "eve", thread=PRINTER)

        assert [kind for kind, _ in room.became("let me in")] == [
            "MessageTurnedAway",
            "TicketOpened",
        ]
        assert room.events(t.TicketOpened)[-1].follow_up_of == ""

    def test_of_a_merged_one_neither(self) -> None:
        room, ticket = asked()
        room.write("same again", "ada")
        target = room.ticket_of("same again")
        room.tell(target, t.AbsorbTicket(ticket))
        room.write("let me in", "eve", thread=PRINTER)

        assert room.became("let me in")[:2] == [
            ("MessagePassedOn", ticket),
            ("MessageTurnedAway", target),
        ]
        assert room.ticket_of("let me in") not in (ticket, target)

    def test_after_an_erasure_the_same_address_is_a_stranger(self) -> None:
        room, ticket = asked()
        room.tell(room.contact("ada"), p.EraseContact("asked_for_it"))
        room.tell(address_of("ada"), p.ReleaseAddress(room.contact("ada")))
        room.write("me again", "ada", thread=PRINTER)

        assert room.became("me again")[0] == ("MessageTurnedAway", ticket)
        assert room.ticket_of("me again") != ticket


class TestBrands:
    def test_one_message_to_two_accounts_is_a_ticket_of_each(self) -> None:
        room = Mailroom()
        room.write(PRINTER, "ada", account="support")
        room.write(PRINTER, "ada", account="sales")

        assert room.ticket_of(PRINTER, "support") != room.ticket_of(PRINTER, "sales")

    def test_and_its_thread_goes_on_at_each_by_itself(self) -> None:
        room = Mailroom()
        for account in ("support", "sales"):
            room.write(PRINTER, "ada", account=account)
        room.write("more", "ada", thread=PRINTER, account="sales")

        assert room.became("more", "sales") == [
            ("CustomerMessageAdded", room.ticket_of(PRINTER, "sales"))
        ]


class TestSuspended:
    def test_released_into_a_thread_it_joins_its_senders_ticket(self) -> None:
        room, ticket = asked()
        room.write("robot", "ada", thread=PRINTER, automatic="auto-generated")
        assert [kind for kind, _ in room.became("robot")] == ["MessageSuspended"]
        conversation = room.became("robot")[0][1]
        [held] = room.events(c.MessageSuspended)

        room.tell(conversation, c.ReleaseMessage(held.digest))

        assert room.became("robot")[-1] == ("CustomerMessageAdded", ticket)

    @pytest.mark.parametrize("blocked", [True, False])
    def test_the_reference_of_a_blocked_message_counts_when_it_is_released(
        self, blocked: bool
    ) -> None:
        room, ticket = asked()
        standing = c.Standing(blocked_for="abuse" if blocked else "")
        room.write("sorry", "ada", answers=ticket, standing=standing)
        if blocked:
            [(kind, conversation)] = room.became("sorry")
            assert kind == "MessageSuspended"
            [held] = room.events(c.MessageSuspended)
            room.tell(conversation, c.ReleaseMessage(held.digest))

        assert room.became("sorry")[-1] == ("CustomerMessageAdded", ticket)


class TestAgents:
    def test_an_agents_answer_by_mail_goes_to_the_customer(self) -> None:
        room, ticket = asked()
        room.write("so", "anna", thread=PRINTER, answers=ticket, agent_id="anna")

        assert room.became("so") == [("AgentMailTaken", ticket)]
        [replied] = room.events(t.AgentReplied)
        assert (replied.agent_id, replied.to_id) == ("anna", room.contact("ada"))
        assert (replied.message.role, replied.message.direction) == ("agent", "out")
        assert room.adopted("so") == room.contact("ada")

    def test_or_becomes_a_note_where_it_says_so(self) -> None:
        room, ticket = asked()
        room.write("hm", "anna", answers=ticket, agent_id="anna", as_note=True)

        [noted] = room.events(t.NoteAdded)
        assert (noted.agent_id, noted.message.visibility) == ("anna", "internal")
        assert room.events(t.AgentReplied) == []

    def test_too_late_for_an_answer_it_is_a_note(self) -> None:
        room, ticket = asked()
        for wish in SOLVED_AND_CLOSED:
            room.tell(ticket, wish)
        room.write("so", "anna", answers=ticket, agent_id="anna")

        assert [taken.as_note for taken in room.events(t.AgentMailTaken)] == [True]
        assert len(room.events(t.NoteAdded)) == 1

    def test_to_a_merged_ticket_it_answers_on_the_one_that_is_there(self) -> None:
        room, ticket = asked()
        room.write("same again", "ada")
        target = room.ticket_of("same again")
        room.tell(target, t.AbsorbTicket(ticket))
        room.write("so", "anna", answers=ticket, agent_id="anna")

        assert room.became("so") == [("AgentMailPassedOn", ticket), ("AgentMailTaken", target)]

    def test_sent_again_it_is_said_once(self) -> None:
        room, ticket = asked()
        room.write("so", "anna", answers=ticket, agent_id="anna")
        room.write("so", "anna", thread="elsewhere", answers=ticket, agent_id="anna")

        assert len(room.events(t.AgentReplied)) == 1

    def test_whoever_only_writes_an_agents_address_is_a_stranger(self) -> None:
        room, ticket = asked()
        room.write("so", "anna", thread=PRINTER, answers=ticket)

        assert room.became("so") == [("ForeignMessageAdded", ticket)]
        assert room.events(t.AgentReplied) == []

    def test_without_our_reference_an_agent_is_somebody_who_writes(self) -> None:
        room = Mailroom()
        room.write("my own printer", "anna", agent_id="anna")

        assert room.became("my own printer")[-1][0] == "TicketOpened"

    def test_what_an_agent_sends_on_is_a_ticket_of_whoever_wrote_it(self) -> None:
        room, ticket = asked()
        room.write("fwd", "ada", thread=PRINTER, agent_id="anna", forwarded=True)

        [(kind, opened)] = room.became("fwd")
        assert kind == "TicketOpened"
        assert opened != ticket
        [event] = [e for e in room.log if e.aggregate_id == opened]
        assert event.actor == "agent:anna"
        assert room.events(t.TicketOpened)[-1].requester_id == room.contact("ada")
