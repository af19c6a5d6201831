"""What a ticket has been through elsewhere its plan makes of it here, without a refusal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskledger.history.links import told_on
from deskledger.history.model import Became, Entry, Link, NotTaken, Rated, Said, Ticket, Value
from deskledger.history.plan import Planned, Step, Who, Words, code, planned, stranger
from deskledger.history.words import Stored, spoken
from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.published import tickets as t
from libs.events.published.setup import DEFAULT, SolveRule
from libs.events.testing import recorded
from services.intake.tickets import TICKET, TicketState
from tests.support.messages import CUSTOMER, STRANGER, content

THEN = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HERE = {"c1": CUSTOMER, "c2": STRANGER}
AGENTS = {"a1": "ada", "a2": "zendesk-602"}
WHO = Who(
    contact=lambda id: HERE.get(id, ""),
    agent=lambda id: AGENTS.get(id, ""),
    team={"Second Line": "second"},
    account="support",
    source="zendesk",
    now=NOW,
)
# A desk that demands a field before anything is solved: what was solved elsewhere had none.
SETUP = msgspec.structs.replace(DEFAULT, solve_rules=(SolveRule("category", exempt=()),))
VALUES: Mapping[str, Sequence[Value]] = {
    "status": ("new", "open", "pending", "on_hold", "solved", "closed"),
    "priority": (1, 2, 3, 4),
    "type": ("question", "incident", "problem", "task"),
    "agent": ("a1", "a2", "gone", ""),
    "team": ("Second Line", "Ünknown Téam", "81"),
    "tags": ((), ("x",), ("x", "Y z"), ("###",)),
}
AUTHORS = st.sampled_from(["c1", "c2", "a1", "a2", "gone", ""])


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    entries: list[Entry] = []
    for place in range(draw(st.integers(1, 12))):
        at = THEN + timedelta(hours=draw(st.integers(0, 20)))
        author = draw(AUTHORS)
        kind = draw(st.sampled_from(["said", "said", "became", "became", "rated"]))
        if kind == "rated":
            comment = draw(st.sampled_from(["", "", "Well done."]))
            entries.append(Rated(f"r{place}", at, author, draw(st.sampled_from([1, 5])), comment))
        elif kind == "said":
            public = draw(st.booleans())
            by_agent = draw(st.sampled_from([None, None, True, False]))
            entries.append(Said(f"m{place}", at, author, "so", public=public, by_agent=by_agent))
        else:
            field = draw(st.sampled_from(sorted(VALUES)))
            value = draw(st.sampled_from([*VALUES[field]]))
            became = msgspec.convert(_change(place, at, author, field, value), Became)
            if field == "status" and draw(st.booleans()):
                until = at + timedelta(hours=draw(st.integers(-1, 5)))
                became = msgspec.structs.replace(became, until=until)
            entries.append(became)
    entries.sort(key=lambda entry: entry.at)
    if not any(isinstance(entry, Said) for entry in entries):
        entries.append(Said("last", THEN + timedelta(days=1), "c1", "so"))
    stands = [
        msgspec.convert(
            _change(99, THEN + timedelta(hours=draw(st.integers(0, 99))), "", field, value), Became
        )
        for field in draw(st.sets(st.sampled_from(sorted(VALUES))))
        for value in [draw(st.sampled_from([*VALUES[field]]))]
    ]
    copied = ("c2", "nobody") if draw(st.booleans()) else ()
    return Ticket("35", "A subject", "c1", THEN, tuple(entries), tuple(stands), copied=copied)


def _change(place: int, at: datetime, author: str, field: str, value: Value) -> dict[str, object]:
    return {"id": str(place), "at": at, "author": author, "field": field, "value": value}


def carried_out(plan: Planned, ticket: Ticket, state: TicketState) -> list[str]:
    """What the ticket's own rules make of the steps; the codes of refusals."""
    refusals = []
    for number, step in enumerate(plan.steps):
        try:
            decided = TICKET.decide(state, _command(step, ticket), Moment(NOW, 1, SETUP))
        except Refusal as refusal:
            refusals.append(refusal.code)
            continue
        for place, event in enumerate(decided):
            state = TICKET.evolve(
                state, recorded(event, number * 10 + place + 1, occurred_at=step.at)
            )
    return refusals


def _command(step: Step, ticket: Ticket) -> Command[object]:
    data = step.data
    if isinstance(data, Words):
        words = Stored(content(step.key), 2)
        data = spoken(data, words, step.at, ticket, "support", digest(step.key))
    return Command(
        data=data, aggregate_id="t-1", actor=step.actor, occurred_at=step.at, origin="import"
    )


@given(tickets())
def test_a_plan_is_carried_out_and_its_end_is_the_tickets(ticket: Ticket) -> None:
    plan = planned(ticket, WHO, {})
    assert isinstance(plan, Planned)
    state = TICKET.state()
    closed = any(isinstance(step.data, t.CloseTicket) for step in plan.steps)
    assert [step.at for step in plan.steps] == sorted(step.at for step in plan.steps)
    refusals = carried_out(plan, ticket, state)
    # What comes after its closing cannot be, and is told; everything else is carried out.
    assert set(refusals) <= ({"ticket_closed"} if closed else set())
    ends = {one.field: one.value for one in ticket.stands}
    if closed:
        assert state.status == "closed"
        return
    last = {
        entry.field: entry.value for entry in ticket.entries if isinstance(entry, Became)
    } | ends
    agents = {**AGENTS, "gone": stranger("zendesk", "gone"), "": ""}
    assert state.agent_id == agents[str(last.get("agent", ""))]
    team = str(last.get("team", ""))
    assert state.team_id == (WHO.team.get(team) or code(team))
    wanted = ends.get("status")
    assert wanted in (None, "new", "open") or state.status == wanted
    if "priority" in ends:
        assert state.priority == ends["priority"]
    if "tags" in ends:
        tags = ends["tags"]
        assert isinstance(tags, tuple)
        assert set(state.tags) == {code(tag) for tag in tags} - {""}
    said = [entry for entry in ticket.entries if isinstance(entry, Said)]
    openings = [step for step in plan.steps if step.key == "open"]
    assert len(openings) == 1
    assert len(said) <= len(state.messages) <= len(said) + 1


@given(tickets())
def test_twice_is_once(ticket: Ticket) -> None:
    plan = planned(ticket, WHO, {})
    assert isinstance(plan, Planned)
    state = TICKET.state()
    carried_out(plan, ticket, state)
    messages = dict(state.messages)
    again = planned(ticket, WHO, plan.stands)
    assert isinstance(again, Planned)
    assert {step.key for step in again.steps} <= {step.key for step in plan.steps}
    # when who has forgotten everything does it all over again
    carried_out(plan, ticket, state)
    assert state.messages == messages


def test_the_steps_are_in_the_order_of_their_instants() -> None:
    late = Became("1", THEN + timedelta(days=2), "", "agent", "a1")
    ticket = Ticket(
        "1",
        "A subject",
        "c1",
        THEN,
        (Said("m", THEN, "c1", "so"), Said("n", THEN + timedelta(days=1), "a1", "so")),
        (msgspec.structs.replace(late, at=THEN + timedelta(hours=1)),),
    )
    plan = planned(ticket, WHO, {})
    assert isinstance(plan, Planned)
    assert [step.key.partition(":")[0] for step in plan.steps] == [
        "open",
        "reference",
        "agent",
        "said",
    ]


def test_without_a_requester_there_is_no_ticket() -> None:
    ticket = Ticket("1", "", "nobody", THEN, (Said("m", THEN, "a1", "so"),))
    assert isinstance(planned(ticket, WHO, {}), NotTaken)


def test_what_changed_since_an_earlier_export_is_all_there_is_to_do() -> None:
    asked = Said("m", THEN, "c1", "so")
    first = Ticket("1", "", "c1", THEN, (asked,), (_status("solved", 1),))
    plan = planned(first, WHO, {})
    assert isinstance(plan, Planned)
    later = msgspec.structs.replace(first, stands=(_status("open", 2),))
    again = planned(later, WHO, plan.stands)
    assert isinstance(again, Planned)
    new = [step.data for step in again.steps if step.key not in {one.key for one in plan.steps}]
    assert new == [t.ReopenTicket("imported")]


def test_a_field_that_changes_back_and_is_emptied_follows() -> None:
    asked = Said("m", THEN, "c1", "so")
    stands: Mapping[str, Value] = {}
    done: set[str] = set()
    changes = []
    # given exports of four days
    for day, room in enumerate(("A", "B", "A", None)):
        at = THEN + timedelta(days=day)
        ticket = Ticket("1", "", "c1", THEN, (asked,), fields={"Room": room}, fields_at=at)
        # when each is imported, the last one twice
        for _ in range(2):
            plan = planned(ticket, WHO, stands)
            assert isinstance(plan, Planned)
            new = [step for step in plan.steps if step.key not in done]
            changes += [step.data for step in new if isinstance(step.data, t.SetFields)]
            done |= {step.key for step in new}
            stands = plan.stands
    # then each change is made, once
    rooms = [change.changes[0].value for change in changes]
    assert rooms == ["A", "B", "A", None]


def _status(value: str, day: int) -> Became:
    return Became(f"status-{day}", THEN + timedelta(days=day), "", "status", value)


class TestRatings:
    ASKED = Said("m", THEN, "c1", "so")

    def test_one_that_came_after_the_closing_keeps_its_instant(self) -> None:
        rated = Rated("r", THEN + timedelta(days=3), "", 5, "Well done.")
        ticket = Ticket("1", "", "c1", THEN, (self.ASKED, rated), (_status("closed", 2),))
        plan = planned(ticket, WHO, {})
        assert isinstance(plan, Planned)
        assert [step.at.day for step in plan.steps[-3:]] == [3, 3, 4]
        assert plan.steps[-1].actor == f"contact:{CUSTOMER}"
        # and it is carried out
        state = TICKET.state()
        assert carried_out(plan, ticket, state) == []
        assert (state.status, state.rating and state.rating.score) == ("closed", 5)

    def test_one_does_not_make_its_solution_later(self) -> None:
        rated = Rated("r", THEN + timedelta(days=3), "c1", 1)
        ticket = Ticket("1", "", "c1", THEN, (self.ASKED, rated), (_status("solved", 2),))
        plan = planned(ticket, WHO, {})
        assert isinstance(plan, Planned)
        assert [type(step.data) for step in plan.steps[-2:]] == [t.SolveTicket, t.RateTicket]

    def test_the_same_is_known_again_wherever_the_export_says_it(self) -> None:
        keys = []
        for id, day, author in (("audit-9", 1, "c1"), ("77", 2, "")):
            rated = Rated(id, THEN + timedelta(days=day), author, 5, "Well done.")
            plan = planned(Ticket("1", "", "c1", THEN, (self.ASKED, rated)), WHO, {})
            assert isinstance(plan, Planned)
            keys.append([step.key for step in plan.steps])
        assert keys[0] == keys[1]

    def test_another_one_and_the_first_again_are_three(self) -> None:
        scores = (5, 1, 5)
        rated = [Rated("r", THEN + timedelta(days=n), "c1", one) for n, one in enumerate(scores, 1)]
        ticket = Ticket("1", "", "c1", THEN, (self.ASKED, *rated))
        plan = planned(ticket, WHO, {})
        assert isinstance(plan, Planned)
        given_keys = {step.key for step in plan.steps if isinstance(step.data, t.RateTicket)}
        assert len(given_keys) == 3


class TestWaiting:
    ASKED = Said("m", THEN, "c1", "so")
    UNTIL = THEN + timedelta(days=9)

    def test_until_an_instant_that_has_passed_is_told(self) -> None:
        pending = msgspec.structs.replace(_status("pending", 2), until=self.UNTIL)
        ticket = Ticket("1", "", "c1", THEN, (self.ASKED, pending), (pending,))
        plan = planned(ticket, WHO, {})
        assert isinstance(plan, Planned)
        assert [step.data for step in plan.steps[2:]] == [t.MarkPending(until=self.UNTIL)]
        assert plan.not_taken == []

    def test_longer_than_at_first_is_told_again(self) -> None:
        pending = msgspec.structs.replace(_status("pending", 2), until=self.UNTIL)
        later = self.UNTIL + timedelta(days=1)
        longer = msgspec.structs.replace(_status("pending", 3), until=later)
        plan = planned(Ticket("1", "", "c1", THEN, (self.ASKED, pending, longer)), WHO, {})
        assert isinstance(plan, Planned)
        told = [step.data for step in plan.steps[2:]]
        assert told == [t.MarkPending(until=self.UNTIL), t.MarkPending(until=later)]

    def test_what_a_later_export_tells_twice_is_told_once(self) -> None:
        pending = msgspec.structs.replace(_status("pending", 2), until=self.UNTIL)
        plan = planned(Ticket("1", "", "c1", THEN, (self.ASKED, pending), (pending,)), WHO, {})
        assert isinstance(plan, Planned)
        # when the history goes on, and the ticket itself says the same
        longer = msgspec.structs.replace(_status("pending", 3), until=self.UNTIL + timedelta(1))
        ticket = Ticket("1", "", "c1", THEN, (self.ASKED, pending, longer), (longer,))
        again = planned(ticket, WHO, plan.stands)
        # then there is this one step more
        assert isinstance(again, Planned)
        new = {step.key for step in again.steps} - {step.key for step in plan.steps}
        assert len(new) == 1

    def test_what_is_to_come_is_left_out_and_told_once(self) -> None:
        pending = msgspec.structs.replace(_status("pending", 2), until=NOW + timedelta(days=1))
        ticket = Ticket("1", "", "c1", THEN, (self.ASKED,), (pending,))
        plan = planned(ticket, WHO, {})
        assert isinstance(plan, Planned)
        assert [step.data for step in plan.steps[2:]] == [t.MarkPending()]
        [left] = plan.not_taken
        assert "still to come" in left.reason
        # when it has come, and the same is imported again
        then = msgspec.structs.replace(WHO, now=NOW + timedelta(days=2))
        known = {step.key for step in plan.steps}
        again = planned(ticket, then, plan.stands)
        # then nothing is said to a ticket that may be elsewhere by now
        assert isinstance(again, Planned)
        assert {step.key for step in again.steps} <= known
        assert again.not_taken == []

    def test_what_was_over_by_then_is_left_out(self) -> None:
        pending = msgspec.structs.replace(_status("on_hold", 9), until=self.UNTIL)
        plan = planned(Ticket("1", "", "c1", THEN, (self.ASKED,), (pending,)), WHO, {})
        assert isinstance(plan, Planned)
        assert [type(step.data) for step in plan.steps[2:]] == [t.PutOnHold]
        assert [left.reason for left in plan.not_taken] == ["It was over when this was said."]


@pytest.mark.parametrize("relation", t.TURNED)
def test_a_link_is_told_on_one_of_its_tickets_whichever_names_it(relation: t.Relation) -> None:
    turned = t.TURNED[relation]
    here = told_on("7", Link("12", relation, THEN))
    there = told_on("12", Link("7", turned, THEN))
    assert here == there
    assert here[1].relation in ("related", "parent", "original", "problem")
