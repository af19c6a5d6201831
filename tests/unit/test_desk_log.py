"""An incident of another desk, as its saves became a ticket of ours and what that tells of them."""

from datetime import UTC, datetime, timedelta

from libs.events.aggregate import Moment
from libs.events.deciding import Held, handle
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.intake.tickets import TICKET
from tests.support.bpic import SETUP, Incident, Save, commands, row_of, ticket_id
from tests.support.course import Course

MONDAY = datetime(2012, 5, 7, 9, 0, tzinfo=UTC)


def test_a_save_that_changes_nothing_is_a_note() -> None:
    # given an incident that Ada saved twice as it was
    events = imported(save(0, "In Progress", "ada"), save(1, "In Progress", "ada"))

    assert isinstance(events[-1].data, t.NoteAdded)
    assert told(events)["events"] == "2"


def test_an_incident_closed_in_the_middle_is_reopened_and_closed_at_its_end() -> None:
    events = imported(
        save(0, "In Progress", "ada"),
        save(1, "Resolved", "ada"),
        save(2, "Closed", "Siebel"),
        save(5, "In Progress", "bob"),
        save(6, "Resolved", "bob"),
        save(8, "Closed", "Siebel"),
    )

    ends = (t.TicketSolved, t.TicketReopened, t.TicketClosed)
    course = [type(event.data) for event in events if isinstance(event.data, ends)]
    assert course == [t.TicketSolved, t.TicketReopened, t.TicketSolved, t.TicketClosed]
    row = told(events)
    assert (row["reopened"], row["final_substatus"], row["events"]) == ("1", "Closed", "6")
    assert row["first_completed"] == "2012-05-07T10:00:00+00:00"
    assert row["total_s"] == str(8 * 3600)


def test_time_in_a_team_s_queue_and_time_that_waits_for_others() -> None:
    row = told(
        imported(
            save(0, "Awaiting Assignment", "ada", "V5"),
            save(1, "In Progress", "bob", "V5"),
            save(2, "Wait - Vendor", "bob", "V5"),
            save(4, "Wait - User", "bob", "V5"),
            save(7, "Awaiting Assignment", "bob", "V5"),
            save(8, "Awaiting Assignment", "bob", "G9 3rd"),
            save(9, "In Call", "eve", "G9 3rd"),
        )
    )

    assert (row["queued_s"], row["paused_s"]) == (str(3 * 3600), str(5 * 3600))
    assert (row["group_handovers"], row["groups"]) == ("1", "2")
    assert (row["level_ups"], row["max_level"], row["final_level"]) == ("1", "3", "3")


def test_another_impact_and_another_product() -> None:
    row = told(
        imported(
            save(0, "In Progress", "ada", impact="Low", product="PROD1"),
            save(1, "In Progress", "ada", impact="Major", product="- -"),
        )
    )

    assert (row["impact_last"], row["impact_changes"], row["product"]) == ("Major", "1", "- -")
    assert row["events"] == "2"


def save(
    hours: int,
    substatus: str,
    resource: str,
    group: str = "V5",
    impact: str = "Low",
    product: str = "PROD1",
) -> Save:
    at = MONDAY + timedelta(hours=hours)
    return Save(at, substatus, group, resource, impact, product)


def imported(*saves: Save) -> list[Recorded[object]]:
    """What a ticket says of these saves; none of their commands is refused."""
    held = Held(ticket_id("1-1"), TICKET.state())
    events: list[Recorded[object]] = []
    for command in commands(Incident("1-1", saves)):
        decided = handle(TICKET, held, command, Moment(MONDAY + timedelta(days=9), 1, SETUP))
        assert not decided.outcome.refusal, decided.outcome
        events += decided.events
    return events


def told(events: list[Recorded[object]]) -> dict[str, str]:
    course = Course.begun(events[0])
    for event in events:
        course.take(event)
    return dict(row_of(course))
