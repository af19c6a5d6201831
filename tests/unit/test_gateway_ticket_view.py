"""The ticket as people see it: one fold over its events."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.events.catalogue import CATALOGUE
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.instants import parse, text
from services.gateway.tickets import history
from services.gateway.tickets.view import FACETS, TABLE, TicketView, ticket_at
from services.gateway.tickets.view.fold import FOLDS
from services.gateway.tickets.view.table import facets_of
from tests.support.gateway_story import (
    CHILD,
    COLLEAGUE,
    CUSTOMER,
    FOLLOW_UP,
    PROBLEM,
    at,
    busy_story,
    message,
    opened,
    recorded,
    rendition,
    story,
)

# What stands in the history alone: its steps change nothing that a page shows.
NOT_ON_THE_PAGE = {
    t.MailSent,
    t.MailBounced,
    t.SpamComplaintReceived,
    t.MessageNeedsNoReply,
    t.NoteEdited,
    t.LinkDeclined,
    t.SolutionSpread,
    t.ReplyDelayed,
    t.AgentsSkipped,
    t.AbsorptionPrepared,
    t.AbsorptionCancelled,
    t.MergeDeclined,
    t.MessagePassedOn,
    t.MacroApplied,
    t.MessageTurnedAway,
    t.AgentMailTaken,
    t.AgentMailPassedOn,
}


def ticket_after(steps: int) -> TicketView:
    view: TicketView | None = None
    for happened in story()[:steps]:
        view = ticket_at(view, happened)
    assert view is not None
    return view


def after(*happened: msgspec.Struct) -> TicketView:
    """A ticket that was opened, and then this."""
    view: TicketView | None = None
    for sequence, event in enumerate([opened(), *happened], start=1):
        view = ticket_at(view, recorded(event, sequence, "agent:anna"))
    assert view is not None
    return view


def busy() -> TicketView:
    view: TicketView | None = None
    for happened in busy_story():
        view = ticket_at(view, happened)
    assert view is not None
    return view


def test_a_new_ticket_shows_its_first_message() -> None:
    view = ticket_after(1)
    assert (view["number"], view["status"], view["subject"]) == (7, "new", "first")
    assert view["customer_messages"] == 1
    assert view["created_at"] == "2026-03-01T09:01:00.123456Z"


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        (1, "new"),
        (2, "open"),
        (7, "pending"),
        (9, "open"),
        (12, "solved"),
        (15, "open"),
        (16, "solved"),
        (17, "closed"),
        (18, "closed"),
    ],
)
def test_its_status_follows_its_life(steps: int, status: str) -> None:
    assert ticket_after(steps)["status"] == status


def test_it_counts_messages_by_who_wrote_them() -> None:
    view = ticket_after(10)
    assert (view["customer_messages"], view["foreign_messages"]) == (2, 1)
    assert (view["replies"], view["notes"]) == (1, 1)
    assert view["last_message"]["role"] == "third_party"


def test_a_reply_that_nobody_delivers_any_more_stands_out_until_it_arrives() -> None:
    assert ticket_after(4)["undelivered"] == []
    assert ticket_after(5)["undelivered"] == [3]
    assert ticket_after(13)["undelivered"] == []


def test_a_reopening_takes_the_solution_back() -> None:
    solved, reopened = ticket_after(12), ticket_after(15)
    assert (solved["resolution_code"], solved["cause"], solved["solved_by"]) == (
        "workaround",
        "cable",
        "bob",
    )
    assert (reopened["resolution_code"], reopened["cause"], reopened["solved_at"]) == ("", "", None)
    assert (reopened["reopenings"], reopened["rating"]) == (1, None)


def test_waking_from_pending_is_no_reopening() -> None:
    assert ticket_after(9)["reopenings"] == 0
    assert ticket_after(9)["waiting"] is None


def test_a_closed_ticket_names_its_follow_ups() -> None:
    view = ticket_after(18)
    assert view["follow_ups"] == [FOLLOW_UP]
    assert view["closed_at"] == text(story()[16].occurred_at)


def test_a_rating_stands_until_the_ticket_is_reopened() -> None:
    assert ticket_after(14)["rating"] == 5
    assert ticket_after(15)["rating"] is None


SOLVED = t.TicketSolved("workaround", "anna", "open", label="in_call")
REOPENED = t.TicketReopened("customer_reply", "solved", "anna", "workaround")
THANKS = t.CustomerMessageAdded("p-1", message("thanks"), "d2")


def test_a_label_goes_with_its_status() -> None:
    labelled = [t.TicketAssigned("anna"), t.StatusLabelled("open", "in_progress")]
    assert after(*labelled)["label"] == "in_progress"
    assert after(*labelled, t.TicketMarkedPending("open", label="wait_user"))["label"] == (
        "wait_user"
    )
    assert after(*labelled, SOLVED)["label"] == "in_call"
    assert after(*labelled, SOLVED, REOPENED)["label"] == ""


def test_it_says_for_whom_it_waits_why_and_until_when() -> None:
    assert busy()["waiting"] == {
        "party": "vendor",
        "reason": "part_ordered",
        "reference": "PO-5",
        "until": text(at(999)),
        "since": text(at(45)),
    }
    assert after(t.TicketMarkedPending("new"))["waiting"]["party"] == "customer"  # type: ignore[index]
    assert after(t.TicketMarkedPending("new"), t.TicketWoken("agent", "pending"))["waiting"] is None


def test_a_message_that_wanted_nothing_leaves_the_ticket_as_it_stood() -> None:
    solved = after(t.TicketAssigned("anna"), SOLVED, t.TicketRated(4, "anna"))
    undone = after(
        *(t.TicketAssigned("anna"), SOLVED, t.TicketRated(4, "anna")),
        *(THANKS, REOPENED, t.ReopeningUndone(6, "solved")),
    )
    changed = {field for field in solved if undone[field] != solved[field]}  # type: ignore[literal-required]
    assert changed == {"sequence", "updated_at", "customer_messages", "last_message"}


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        ([SOLVED, t.TicketClosed(at(1))], "solved"),
        ([t.TicketCancelled("new")], "cancelled"),
        ([t.TicketMarkedSpam("new")], "spam"),
        ([t.TicketMerged(PROBLEM, "p-1", "new", 3)], "merged"),
    ],
)
def test_how_it_ended_is_more_than_closed(ending: list[msgspec.Struct], outcome: str) -> None:
    view = after(*ending)
    assert (view["status"], view["outcome"], view["closed_at"]) == (
        "closed",
        outcome,
        text(at(len(ending) + 1)),
    )


@pytest.mark.parametrize(
    "undoing",
    [
        [t.TicketMarkedSpam("pending"), t.TicketMarkedNotSpam("pending")],
        [t.TicketMerged(PROBLEM, "p-1", "pending", 3), t.TicketUnmerged(PROBLEM, "pending")],
    ],
)
def test_an_end_that_was_none_leaves_the_ticket_waiting(undoing: list[msgspec.Struct]) -> None:
    view = after(t.TicketMarkedPending("new", "asked", "wait_user"), *undoing)
    assert view["label"] == "wait_user"
    assert (view["status"], view["outcome"], view["closed_at"]) == ("pending", "", None)
    assert view["merged_into"] == ""
    assert view["waiting"] is not None


def test_snoozing_hides_it_until_it_is_solved_or_back() -> None:
    snoozed = t.TicketSnoozed(at(99))
    assert after(snoozed)["snoozed_until"] == text(at(99))
    for over in (t.SnoozeEnded("agent"), SOLVED, t.TicketCancelled("new")):
        assert after(snoozed, over)["snoozed_until"] is None


def test_what_it_matters_is_about_and_belongs_to() -> None:
    view = busy()
    assert (view["impact"], view["urgency"], view["priority"]) == ("high", "medium", 2)
    assert (view["priority_source"], view["type"]) == ("matrix", "incident")
    assert view["affected_item"] == {"service": "mail", "product": "", "asset": "SRV-7"}
    assert (view["category"], view["tags"]) == ("network.wifi", ["outage", "floor_3"])
    assert (view["submitter_id"], view["collaborators"]) == (COLLEAGUE, [COLLEAGUE])
    assert (view["followers"], view["tier"], view["plan"], view["vip"]) == (
        ["bob"],
        2,
        "gold",
        True,
    )
    assert (view["agent_id"], view["team_id"], view["queue"]) == ("anna", "network", "")
    assert list(view["offers"]) == ["o-2"]


def test_a_major_incident_owes_its_next_word() -> None:
    declared = t.MajorIncidentDeclared(600)
    assert after(declared)["major"] == {
        "update_every_seconds": 600,
        "update_due": text(at(12)),
        "missed": 0,
    }
    missed = after(declared, t.MajorUpdateMissed(2, 600))["major"]
    assert missed is not None
    assert (missed["missed"], missed["update_due"]) == (1, text(at(13)))
    assert after(declared, t.MajorIncidentEnded())["major"] is None


def test_a_personal_field_stays_sealed() -> None:
    fields = busy()["fields"]
    assert fields["room"] == {"value": "3.14", "sealed": None}
    assert fields["iban"]["value"] is None
    assert fields["iban"]["sealed"] is not None
    assert fields["iban"]["sealed"]["sealed"] == "SEALED"
    emptied = ticket_at(
        busy(), recorded(t.FieldsChanged((t.FieldChange("iban"),)), 47, "agent:anna")
    )
    assert list(emptied["fields"]) == ["room"]


def test_reminders_and_promises_stand_while_they_are_open() -> None:
    view = busy()
    assert view["reminders"]["r-1"]["words"] == "call_back"
    assert view["promises"]["p-1"]["due"] == text(at(120))
    reminder, promise = t.ReminderSet("r", at(9), "anna"), t.PromiseMade("p", "anna", at(9))
    assert after(reminder, t.ReminderFired("r", "anna", at(9)))["reminders"] == {}
    assert after(reminder, t.ReminderCancelled("r"))["reminders"] == {}
    broken = t.PromiseBroken("p", "anna", at(9))
    assert after(promise, broken)["promises"]["p"]["broken"]
    assert after(promise, broken, t.PromiseKept("p", "anna", at(9), True))["promises"] == {}
    assert after(promise, t.PromiseWithdrawn("p"))["promises"] == {}


def test_a_new_requester_is_no_collaborator_any_more() -> None:
    view = after(
        t.CollaboratorAdded(COLLEAGUE),
        t.AffectedUserSet(COLLEAGUE),
        t.RequesterChanged(COLLEAGUE, "p-1", plan="silver", vip=True),
    )
    assert (view["requester_id"], view["collaborators"]) == (COLLEAGUE, [])
    assert (view["affected_id"], view["plan"], view["vip"]) == ("", "silver", True)


def test_a_ticket_that_followed_its_requester_keeps_what_was_known_of_them() -> None:
    gold = t.RequesterChanged(COLLEAGUE, "p-1", organisation_id="o-1", plan="gold")
    view = after(gold, t.TicketFollowedContact("p-1", COLLEAGUE))
    known = (view["requester_id"], view["organisation_id"], view["plan"])
    assert known == ("p-1", "o-1", "gold")


def test_work_is_counted_as_it_was_corrected() -> None:
    view = busy()
    assert view["at_work"] == {}
    logged = [(one["agent_id"], one["seconds"]) for one in view["logged"].values()]
    assert logged == [("anna", 1_200), ("bob", 900)]
    assert view["talk"] == {
        "count": 1,
        "talk_seconds": 300,
        "hold_seconds": 20,
        "wrap_up_seconds": 60,
    }
    assert after(t.WorkStarted("bob", "call"))["at_work"]["bob"]["since"] == text(at(2))


def test_children_are_done_one_by_one() -> None:
    assert [link["settled"] for link in busy()["links"].values()] == [False, False]
    child = t.TicketLinked(CHILD, "child")
    settled = after(child, t.ChildSettled(CHILD, True))
    assert settled["links"][f"child {CHILD}"]["settled"]
    assert after(child, t.TicketUnlinked(CHILD, "child"))["links"] == {}


def test_merged_in_and_split_off_tickets_are_named() -> None:
    absorbed, split = (
        t.TicketAbsorbed(CHILD, "p-1"),
        t.TicketSplit(PROBLEM, (2,), rendition("r"), "p-1", "support", "email"),
    )
    assert (after(absorbed, split)["absorbed"], after(split)["splits"]) == ([CHILD], [PROBLEM])
    assert after(absorbed, t.TicketSurrendered(CHILD))["absorbed"] == []
    assert after(split, t.SplitUndone(PROBLEM, (2,)))["splits"] == []


def test_a_clock_tells_what_became_of_its_promise() -> None:
    [clock] = busy()["clocks"].values()
    assert (clock["metric"], clock["state"], clock["due_at"]) == (
        "first_reply",
        "running",
        text(at(60)),
    )
    assert (clock["warned_percent"], clock["breached"]) == (75, True)
    assert (clock["explained"], clock["excluded"]) == ("supplier_down", True)
    terms = t.SlaTerms("resolution", "gold", 2, "office", 1, 3_600, at(60))
    later = t.SlaTerms("resolution", "gold", 2, "office", 1, 7_200, at(120))
    retargeted = [t.SlaClockStarted("c", terms, 1), t.SlaClockRetargeted("c", later, "x", at(60))]
    met = after(*retargeted, t.SlaClockMet("c", 1, 50))["clocks"]["c"]
    assert (met["due_at"], met["state"], met["took_seconds"]) == (text(at(120)), "met", 50)
    assert after(*retargeted, t.SlaClockCancelled("c", "x"))["clocks"]["c"]["state"] == "cancelled"


def test_suggestions_are_shown_in_numbers() -> None:
    assert busy()["suggestions"] == {"shown": 2, "used": 1, "rejected": 1}


def test_the_survey_is_about_the_present_solution() -> None:
    asked = [SOLVED, t.SatisfactionAsked("after_solve", 1, "csat5", 1)]
    assert _survey(*asked) == "asked"
    assert _survey(*asked, t.SurveyDelivered(3)) == "delivered"
    assert _survey(*asked, t.TicketRated(4, "anna", asked_sequence=3)) == "answered"
    assert _survey(*asked, t.SurveyExpired(3)) == "expired"
    assert _survey(SOLVED, t.SurveySkipped("after_solve", "asked_lately")) == "skipped"
    assert _survey(*asked, REOPENED, SOLVED) is None


def _survey(*happened: msgspec.Struct) -> str | None:
    survey = after(*happened)["survey"]
    return survey["state"] if survey is not None else None


def test_what_is_said_aside_is_open_until_it_is_over() -> None:
    view = busy()
    assert (view["sides"]["s-1"]["open"], view["sides"]["s-1"]["messages"]) == (True, 2)
    assert view["consultations"]["a-1"]["agent_id"] == "bob"
    assert list(view["scheduled"]) == ["25"]
    assert view["last_message"]["role"] == "third_party"
    over = [
        t.SideConversationClosed("s-1"),
        t.ConsultationWithdrawn("a-1"),
        t.AgentReplied("anna", "p-1", "support", message("later"), scheduled_sequence=25),
    ]
    for sequence, event in enumerate(over, start=47):
        view = ticket_at(view, recorded(event, sequence, "agent:anna"))
    assert (view["sides"]["s-1"]["open"], view["consultations"], view["scheduled"]) == (
        False,
        {},
        {},
    )


def test_a_redacted_first_message_takes_its_subject_along() -> None:
    assert after(t.MessageRedacted(1, ("first",), "card", rendition("left")))["subject"] == "left"
    assert after(t.MessageRedacted(1, ("first",), "card"))["subject"] == ""
    assert after(THANKS, t.MessageRedacted(2, ("thanks",), "card"))["subject"] == "first"


def test_a_list_finds_a_ticket_by_what_it_has_in_common_with_others() -> None:
    document = None
    for happened in busy_story():
        document = TABLE.fold(document, happened)
    assert document is not None
    single = {
        "agent:anna",
        "team:network",
        f"requester:{CUSTOMER}",
        "channel:email",
        "snoozed:no",
        "follower:bob",
        "mentioned:bob",
        "field.room:3.14",
        "tier:2",
        "label:wait_vendor",
        "priority:2",
        "type:incident",
        "category:network",
        "category:network.wifi",
        "tag:outage",
        "tag:floor_3",
    }
    of_anna = {f"agent:anna&{other}" for other in single - {"agent:anna"}}
    of_network = {f"team:network&{other}" for other in single - {"agent:anna", "team:network"}}
    assert set(document[FACETS]) == {"", *single, *of_anna, *of_network}
    document["status"] = "closed"
    assert set(facets_of(cast(TicketView, document))) == {"", *single}


@pytest.mark.parametrize("events", [story(), busy_story()])
def test_facets_are_those_of_the_ticket_after_every_step(
    events: Sequence[Recorded[object]],
) -> None:
    document = None
    for happened in events:
        document = TABLE.fold(document, happened)
        assert document[FACETS] == facets_of(cast(TicketView, document))


def test_a_copy_that_nobody_got_shows_and_a_lost_acknowledgement_does_not() -> None:
    lost = [t.MailFailed(kind, 1, "p-other", 1, "550") for kind in ("copy", "copy")]
    assert after(*lost)["undelivered"] == [1]
    assert after(t.MailFailed("acknowledgement", 1, "p-me", 1, "550"))["undelivered"] == []


def test_every_event_type_is_folded_or_known_to_change_nothing() -> None:
    types = {
        entry.cls
        for entry in CATALOGUE.entries("event")
        if entry.cls.__module__.startswith(t.__name__)
    }
    assert {*FOLDS, t.TicketOpened} == types - NOT_ON_THE_PAGE
    assert not NOT_ON_THE_PAGE & FOLDS.keys()


@pytest.mark.parametrize("life", [story(), busy_story()], ids=["common", "busy"])
def test_the_fold_leaves_what_it_was_given_alone(life: Sequence[Recorded[object]]) -> None:
    """The projector may fold the same document again after a conflict."""
    view = ticket_at(None, life[0])
    for happened in life[1:]:
        kept = msgspec.json.encode(view)
        after = ticket_at(view, happened)
        assert msgspec.json.encode(view) == kept, happened.type
        view = after


def test_a_log_that_does_not_begin_with_an_opening_is_an_error() -> None:
    with pytest.raises(ValueError, match="begins with TicketAssigned"):
        ticket_at(None, story()[1])


def test_events_come_back_from_the_history_as_they_were() -> None:
    for happened in [*story(), *busy_story()]:
        document = history.TABLE.fold(None, happened)
        again = history.recorded_from(document)
        assert again.data == happened.data
        assert (again.recorded_at, again.position) == (happened.recorded_at, happened.position)
        assert history.TABLE.key(happened) == f"{happened.aggregate_id}/{happened.sequence:08}"


@pytest.mark.parametrize("life", [story(), busy_story()], ids=["common", "busy"])
def test_a_ticket_folded_from_its_history_is_the_ticket(life: Sequence[Recorded[object]]) -> None:
    documents = [history.TABLE.fold(None, happened) for happened in life]
    folded: TicketView | None = reduce(
        lambda view, document: ticket_at(view, history.recorded_from(document)), documents, None
    )
    live: TicketView | None = reduce(ticket_at, life, None)
    assert folded == live


def test_an_event_of_a_newer_program_comes_back_as_plain_data() -> None:
    document = history.TABLE.fold(None, story()[1]) | {"type": "TicketTeleported", "version": 1}
    assert history.recorded_from(document).data == document["data"]


INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.timezones())  # noqa: DTZ001


@given(st.lists(INSTANTS, min_size=2))
def test_instants_sort_as_text_as_they_do_in_time(instants: list[datetime]) -> None:
    in_utc = [instant.astimezone(UTC) for instant in instants]
    assert [text(at) for at in sorted(in_utc)] == sorted(text(at) for at in instants)
    assert [parse(text(at)) for at in instants] == in_utc
    assert {len(text(at)) for at in instants} == {len("2026-03-01T09:30:00.000000Z")}
