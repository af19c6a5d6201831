"""Work on a ticket: who did it, for how long, and corrected when it was another length of time."""

from datetime import timedelta

import msgspec
import pytest

from libs.events.published import tickets as t
from libs.events.testing import START, given
from services.intake.tickets import TICKET
from services.intake.tickets.work import RULES
from tests.support.messages import CUSTOMER
from tests.support.tickets import CLOSED, OPENED, SOLVED, TEN, named

WORKING = t.WorkStarted("anna", "analysis")
STOPPED = t.WorkStopped("anna", 2, 3600, "analysis")
LOGGED = t.TimeLogged("anna", 600)
CALL = t.RecordLiveTalk("phone", "in", START, 240, hold_seconds=30, wrap_up_seconds=60)

# What has happened, the command, and what comes of it.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    ([], t.StartWork("analysis"), [WORKING]),
    ([WORKING], t.StartWork("repair"), [STOPPED, t.WorkStarted("anna", "repair")]),
    ([t.WorkStarted("ben")], t.StartWork("analysis"), [WORKING]),
    ([WORKING], t.StopWork(), [STOPPED]),
    ([t.WorkStarted("ben")], t.StopWork("ben"), [t.WorkStopped("ben", 2, 3600)]),
    ([LOGGED], t.CorrectTime(2, 0), [t.TimeCorrected(2, 0, 600)]),
    (
        [LOGGED, t.TimeCorrected(2, 300, 600)],
        t.CorrectTime(2, 600),
        [t.TimeCorrected(2, 600, 300)],
    ),
    ([WORKING, STOPPED], t.CorrectTime(3, 60), [t.TimeCorrected(3, 60, 3600)]),
]
# Each of these is another piece of work, however alike.
SAID_EACH_TIME: list[tuple[msgspec.Struct, msgspec.Struct]] = [
    (t.LogTime(600), LOGGED),
    (t.LogTime(60, "travel", "ben", START), t.TimeLogged("ben", 60, "travel", START)),
    (CALL, t.LiveTalkRecorded("phone", "in", START, 240, "anna", "", 30, 60)),
    (
        t.RecordLiveTalk("chat", "out", START, 0, "ben", CUSTOMER),
        t.LiveTalkRecorded("chat", "out", START, 0, "ben", CUSTOMER),
    ),
]
NOTHING_TO_DO: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([WORKING], t.StartWork("analysis")),
    ([], t.StopWork()),
    ([WORKING], t.StopWork("ben")),
    ([WORKING, STOPPED], t.StopWork()),
    ([LOGGED], t.CorrectTime(2, 600)),
]
REFUSED: list[tuple[list[msgspec.Struct], msgspec.Struct, str, str]] = [
    ([], t.LogTime(0), "no_time", "/seconds"),
    ([], t.LogTime(-60), "no_time", "/seconds"),
    ([], t.CorrectTime(1, 60), "no_such_time", "/logged_sequence"),
    ([WORKING], t.CorrectTime(2, 60), "no_such_time", "/logged_sequence"),
    ([LOGGED], t.CorrectTime(2, -1), "negative_time", "/seconds"),
    ([], t.RecordLiveTalk("phone", "in", START, -1), "negative_time", "/talk_seconds"),
    (
        [],
        t.RecordLiveTalk("phone", "in", START, 1, hold_seconds=-1),
        "negative_time",
        "/talk_seconds",
    ),
    (
        [],
        t.RecordLiveTalk("phone", "in", START, 1, wrap_up_seconds=-1),
        "negative_time",
        "/talk_seconds",
    ),
]
WRITTEN_DOWN_LATER: list[msgspec.Struct] = [
    t.StopWork(),
    t.LogTime(60),
    t.CorrectTime(3, 60),
    CALL,
]


@pytest.mark.parametrize(("before", "wanted", "facts"), FACTS, ids=named)
def test_work_becomes_a_fact_once(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then(*facts)
    given(TICKET, OPENED, *before, *facts).when(wanted).then()


@pytest.mark.parametrize(("wanted", "fact"), SAID_EACH_TIME, ids=named)
def test_more_of_the_same_is_more(wanted: msgspec.Struct, fact: msgspec.Struct) -> None:
    given(TICKET, OPENED).when(wanted).then(fact)
    given(TICKET, OPENED, fact).when(wanted).then(fact)


@pytest.mark.parametrize(("before", "wanted"), NOTHING_TO_DO, ids=named)
def test_what_is_so_already_changes_nothing(
    before: list[msgspec.Struct], wanted: msgspec.Struct
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted", "code", "field"), REFUSED, ids=named)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(
    before: list[msgspec.Struct], wanted: msgspec.Struct, code: str, field: str
) -> None:
    assert given(TICKET, OPENED, *before).when(wanted).refused(code).field == field


@pytest.mark.parametrize("wanted", WRITTEN_DOWN_LATER, ids=named)
def test_time_is_written_down_after_the_end_but_never_before_the_beginning(
    wanted: msgspec.Struct,
) -> None:
    given(TICKET).when(wanted).refused("no_such_ticket")
    assert given(TICKET, OPENED, WORKING, LOGGED, SOLVED, CLOSED).when(wanted).events


def test_nobody_begins_to_work_on_what_is_closed_or_never_was() -> None:
    given(TICKET).when(t.StartWork()).refused("no_such_ticket")
    given(TICKET, OPENED, SOLVED, CLOSED).when(t.StartWork()).refused("ticket_closed")


@pytest.mark.parametrize("wanted", [t.StartWork(), t.StopWork(), t.LogTime(60)], ids=named)
def test_only_agents_work(wanted: msgspec.Struct) -> None:
    given(TICKET, OPENED, WORKING).when(wanted, actor="service:bot").refused("agents_only")


def test_every_rule_of_the_room_is_tested() -> None:
    tested = {type(wanted) for _, wanted, _ in FACTS} | {type(one) for one, _ in SAID_EACH_TIME}

    assert tested == set(RULES)


def test_who_begins_to_work_on_a_new_ticket_opens_it() -> None:
    assert given(TICKET, OPENED, WORKING).state.status == "open"


class TestTheLengthOfWork:
    def test_runs_to_when_it_ended_in_the_world(self) -> None:
        (
            given(TICKET, OPENED, WORKING)
            .when(t.StopWork(), at=TEN, occurred_at=START + timedelta(seconds=90.6))
            .then(t.WorkStopped("anna", 2, 91, "analysis"))
        )

    def test_is_never_below_nothing(self) -> None:
        (
            given(TICKET, OPENED, WORKING)
            .when(t.StopWork(), occurred_at=START - timedelta(hours=1))
            .then(t.WorkStopped("anna", 2, 0, "analysis"))
        )
