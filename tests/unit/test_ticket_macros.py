"""A macro on a ticket is one unit: what its commands do one by one, or nothing."""

import msgspec
import pytest
from hypothesis import given as draw
from hypothesis import settings
from hypothesis import strategies as st

from libs.events.aggregate import Moment
from libs.events.deciding import Decided, Held, handle
from libs.events.envelope import Command
from libs.events.published import tickets as t
from libs.events.published.messages import WrittenWith
from libs.events.testing import SOME_ID, START, given
from services.intake.tickets import TICKET
from tests.support.messages import content
from tests.support.ticket_commands import DESK, Past, as_step, command
from tests.support.tickets import ASSIGNED, CLOSED, OPENED, SOLVED, internal, public

WITH = WrittenWith("macro", "m-1", 3)
SAY, NOTE = t.ReplyToCustomer(content("words")), t.AddNote(content("hint"), 4)
TAG, SOLVE = t.ChangeTags(("done",)), t.SolveTicket("workaround")
APPLIED = t.MacroApplied("m-1", 3)
TAGGED = t.TagsChanged(("done",))
# Values of personal fields are no macro's.
KINDS = [kind for kind in t.MACRO_STEPS.values() if kind is not t.SetFields]


def macro(*commands: msgspec.Struct, preview: bool = False) -> t.ApplyMacro:
    return t.ApplyMacro("m-1", 3, tuple(map(as_step, commands)), preview)


def test_all_of_it_happens_in_order_and_each_message_says_what_wrote_it() -> None:
    replied = msgspec.structs.replace(public("words"), written_with=(WITH,))
    noted = msgspec.structs.replace(internal("hint", 4), written_with=(WITH,))
    (
        given(TICKET, OPENED, ASSIGNED)
        .when(macro(SAY, NOTE, TAG, SOLVE))
        .then(
            APPLIED,
            t.AgentReplied("anna", OPENED.requester_id, "support", replied),
            t.NoteAdded("anna", noted),
            TAGGED,
            t.TicketSolved("workaround", "anna", "open"),
        )
    )


def test_each_part_finds_what_the_parts_before_it_did() -> None:
    (
        given(TICKET, OPENED, ASSIGNED, SOLVED)
        .when(macro(t.ReopenTicket(), t.MarkPending("needs_serial_number"), TAG, TAG))
        .then(
            APPLIED,
            t.TicketReopened("agent", "solved", "anna", "workaround"),
            t.TicketMarkedPending("open", "needs_serial_number"),
            TAGGED,
        )
    )


def test_if_a_part_is_refused_all_of_it_is_and_the_answer_points_to_the_part() -> None:
    ticket = given(TICKET, OPENED, ASSIGNED)
    before = msgspec.msgpack.encode(ticket.state)
    refusal = ticket.when(macro(SAY, TAG, t.SolveTicket("magic"))).refused(
        "unknown_resolution_code"
    )

    assert refusal.field == "/commands/2/resolution_code"
    assert msgspec.msgpack.encode(ticket.state) == before


@pytest.mark.parametrize(
    ("step", "code", "where"),
    [
        (t.Step("CloseTicket"), "unknown_step", "/commands/1/command"),
        (t.Step("ApplyMacro", {"macro_id": "m"}), "unknown_step", "/commands/1/command"),
        (t.Step("SolveTicket", {}), "wrong_step", "/commands/1/data"),
        (t.Step("SolveTicket", {"resolution_code": "a"}, 7), "wrong_step", "/commands/1/data"),
        (t.Step("ReplyToCustomer", {"text": "never stored"}), "wrong_step", "/commands/1/data"),
    ],
)
def test_what_is_no_step_is_refused(step: t.Step, code: str, where: str) -> None:
    wanted = t.ApplyMacro("m-1", 3, (as_step(TAG), step))

    assert given(TICKET, OPENED).when(wanted).refused(code).field == where


def test_a_preview_is_decided_alike_and_adds_nothing() -> None:
    ticket = given(TICKET, OPENED, ASSIGNED)

    ticket.when(macro(SAY, SOLVE, preview=True)).then()
    ticket.when(macro(t.SolveTicket("magic"), preview=True)).refused("unknown_resolution_code")


def test_that_changes_nothing_was_applied_all_the_same() -> None:
    given(TICKET, OPENED, TAGGED).when(macro(TAG)).then(APPLIED)


def test_a_ticket_that_is_not_there_or_has_ended_takes_none() -> None:
    given(TICKET).when(macro(TAG)).refused("no_such_ticket")
    given(TICKET, OPENED, SOLVED, CLOSED).when(macro(TAG)).refused("ticket_closed")


@settings(max_examples=300, deadline=None)
@draw(st.data())
def test_a_macro_is_what_its_commands_are_one_by_one_or_nothing(data: st.DataObject) -> None:
    held, alone = opened(), opened()
    kinds = data.draw(st.lists(st.sampled_from(KINDS), max_size=5))
    parts = [said(data.draw(command(kind, Past()))) for kind in kinds]
    one_by_one: list[object] = []
    refused = ""
    for place, part in enumerate(parts):
        done = send(alone, part)
        one_by_one += [event.data for event in done.events]
        if done.outcome.refusal:
            refused = f"{done.outcome.refusal} at /commands/{place}{done.outcome.field}"
            break
    whole = send(held, macro(*parts))

    if refused:
        assert whole.events == []
        assert held.state == opened().state
        assert f"{whole.outcome.refusal} at {whole.outcome.field}" == refused
    else:
        assert [event.data for event in whole.events] == [APPLIED, *one_by_one]


def opened() -> Held:
    held = Held(SOME_ID, TICKET.state())
    send(held, t.OpenTicket(OPENED.requester_id, "support", OPENED.message, OPENED.digest))
    return held


def send(held: Held, data: msgspec.Struct) -> Decided:
    wanted: Command[object] = Command(data=data, aggregate_id=SOME_ID, actor="agent:anna")
    return handle(TICKET, held, wanted, Moment(START, 1, DESK))


def said(part: msgspec.Struct) -> msgspec.Struct:
    """The same as a macro would say it."""
    if isinstance(part, t.ReplyToCustomer | t.AddNote):
        return msgspec.structs.replace(part, written_with=(WITH,))
    return part
