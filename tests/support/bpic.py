"""A real service desk's log (BPI Challenge 2013), told as commands to our tickets.

Each event of that log is one save of an incident: what the incident was like from then on. The
difference to the save before becomes our commands, with the save's instant and under one
correlation id. How that desk's words stand in ours:

- Its groups are teams, and the suffix of a group's name is its tier: none 1, ``2nd`` 2, ``3rd`` 3.
- A resource that saves an incident has it from then on, also the two that are no persons
  (``Siebel`` is the software itself, ``-`` is unknown); except that what is queued is nobody's in
  its team, and that closing changes no hands, because it is mostly the software that closes.
- Its Closed is no end: 143 of 5,716 were saved again, most of them to be worked on. A closed ticket
  of ours stays closed. So Closed is a label of ``solved``, unless it is the last that was saved of
  the incident: then the ticket is closed. What goes on after a Completed of any kind is reopened.
- A save that changed nothing of all this is a note whose words were not handed on.
"""

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import msgspec

from libs.contents import RENDITION_TYPE, ContentRef
from libs.events.envelope import Command
from libs.events.ids import derived_id, digest
from libs.events.lane import Deciders
from libs.events.published import tickets as t
from libs.events.published.messages import Code, MessageFacts
from libs.events.published.setup import Matrix, Setup
from libs.settings import CHECKOUT
from services.intake.tickets import TICKET
from tests.support.course import Course

FOLDER = CHECKOUT.parent / "shared" / "corpora" / "eventlog"
INCIDENTS = FOLDER / "bpic2013_incidents.xes.gz"
TRUTH = FOLDER / "bpic2013_case_truth.csv.gz"

XES = "{http://www.xes-standard.org/}"
LOG = "bpic2013"
NO_PRODUCT = "- -"
# The log says who and when, never in which words.
WORDS = ContentRef(digest(LOG), 0, RENDITION_TYPE, digest(b""))
PARTIES = {"wait": "others", "wait_implementation": "implementation", "wait_vendor": "vendor"}
# Their substatus → our status and label. Queued is open (or new) and nobody's.
STANDS: Mapping[str, tuple[t.Status, Code]] = {
    "In Progress": ("open", "in_progress"),
    "Assigned": ("open", "assigned"),
    "Unmatched": ("open", "unmatched"),
    "Awaiting Assignment": ("open", ""),
    "Wait - User": ("pending", "wait_user"),
    "Wait - Customer": ("pending", "wait_customer"),
    "Wait": ("on_hold", "wait"),
    "Wait - Implementation": ("on_hold", "wait_implementation"),
    "Wait - Vendor": ("on_hold", "wait_vendor"),
    "In Call": ("solved", "in_call"),
    "Resolved": ("solved", "resolved"),
    "Closed": ("solved", "closed"),
    "Cancelled": ("closed", ""),
}
SUBSTATUSES: Mapping[tuple[t.Status | None, Code], str] = {
    ("new", ""): "Awaiting Assignment",
    **{stands: substatus for substatus, stands in STANDS.items()},
}
COMPLETED = ("In Call", "Resolved", "Closed", "Cancelled")
# The log knows no urgency and no kinds of solution: priority follows impact alone.
SETUP = Setup(
    version=1,
    labels={
        status: tuple(label for stands, label in STANDS.values() if stands == status and label)
        for status in ("open", "pending", "on_hold", "solved")
    },
    matrix=Matrix(("major", "high", "medium", "low"), ("same",), ((1,), (2,), (3,), (4,))),
    resolution_codes=("not_recorded",),
)
DESK = Deciders("intake", {TICKET.kind: TICKET}, setup=lambda: SETUP)


@dataclass(frozen=True, slots=True)
class Save:
    """What an incident was like from an instant on. resource: who saved it."""

    at: datetime
    substatus: str
    group: str
    resource: str
    impact: str
    product: str

    @property
    def stands(self) -> tuple[t.Status, Code]:
        return STANDS[self.substatus]

    @property
    def team_id(self) -> str:
        return self.group.lower().replace(" ", "-")

    @property
    def tier(self) -> int:
        return {"2nd": 2, "3rd": 3}.get(self.group.split()[-1], 1)

    @property
    def product_code(self) -> Code:
        return "" if self.product == NO_PRODUCT else self.product.lower()

    @property
    def actor_id(self) -> str:
        """An id that tells no name."""
        return derived_id("ag", LOG, self.resource)

    @property
    def agent_id(self) -> str:
        """Who has it from now on; "" for nobody, or whoever had it."""
        return "" if self.substatus in ("Awaiting Assignment", "Closed") else self.actor_id


@dataclass(frozen=True, slots=True)
class Incident:
    """A case of the log: its number at that desk, and its saves in their order."""

    case: str
    saves: Sequence[Save]


def incidents() -> Iterator[Incident]:
    """The log, one incident at a time, without ever holding the whole of it."""
    with gzip.open(INCIDENTS) as file:
        parsed = ElementTree.iterparse(file, ("start", "end"))
        _, root = next(parsed)
        for moment, element in parsed:
            if moment == "end" and element.tag == f"{XES}trace":
                saves = [_save(_values(event)) for event in element.iter(f"{XES}event")]
                yield Incident(_values(element)["concept:name"], saves)
                root.clear()


def truth() -> Mapping[str, Mapping[str, str]]:
    """What others computed from the log: rows of the truth file by case, instants in UTC."""
    with gzip.open(TRUTH, "rt") as file:
        rows = {row.pop("case"): row for row in csv.DictReader(file)}
    for row in rows.values():
        for name in ("first", "last", "first_completed"):
            row[name] = _utc(datetime.fromisoformat(row[name]) if row[name] else None)
    return rows


def ticket_id(case: str) -> str:
    """The id of an incident's ticket."""
    return derived_id("t", LOG, case)


def commands(incident: Incident) -> Iterator[Command[object]]:
    """An incident's story as commands to one ticket."""
    first, last = incident.saves[0], incident.saves[-1]
    told = [_opening(incident.case, first)]
    told += [_change(before, now, now is last) for before, now in pairwise(incident.saves)]
    for number, (save, changes) in enumerate(zip(incident.saves, told, strict=True)):
        for place, data in enumerate(changes or [t.AddNote(WORDS)]):
            yield Command(
                data=data,
                aggregate_id=ticket_id(incident.case),
                actor=f"agent:{save.actor_id}",
                command_id=digest(LOG, incident.case, str(number), str(place))[:32],
                correlation_id=digest(LOG, incident.case, str(number))[:32],
                occurred_at=save.at,
            )


def row_of(course: Course) -> Mapping[str, str]:
    """A ticket's course in the words of the truth file, without its case."""
    substatus = _substatus(course)
    return {
        "events": str(course.happenings),
        "first": _utc(course.first_at),
        "last": _utc(course.last_at),
        "first_completed": _utc(course.first_ended_at),
        "final_status": _status_of(substatus),
        "final_substatus": substatus,
        "impact_last": course.impact.title(),
        "impact_changes": str(course.impact_changes),
        "product": course.product.upper() or NO_PRODUCT,
        "group_handovers": str(course.handovers),
        "groups": str(len(course.team_ids)),
        "max_level": str(course.highest_tier),
        "final_level": str(course.tier),
        "level_ups": str(course.escalations),
        "reopened": str(course.reopenings),
        "total_s": _seconds(course.last_at - course.first_at),
        "paused_s": _seconds(course.waiting),
        "queued_s": _seconds(course.queued),
    }


def _opening(case: str, first: Save) -> list[msgspec.Struct]:
    message = MessageFacts("import", "in", "customer", "public", WORDS, first.at)
    return [
        t.OpenTicket(
            requester_id=derived_id("p", LOG, case),
            account=LOG,
            message=message,
            digest=digest(LOG, case),
            type="incident",
            origin="import",
        ),
        t.LinkExternal(LOG, case),
        t.AssessTicket(first.impact.lower(), "same"),
        t.SetAffectedItem(product=first.product_code),
        t.SetTier(first.tier, agent_id=first.agent_id, team_id=first.team_id),
        *_status("new", first),
    ]


def _change(before: Save, now: Save, is_last: bool) -> list[msgspec.Struct]:
    changes: list[msgspec.Struct] = []
    status, _ = before.stands
    if _comes_back(status, now.stands[0]):
        changes.append(t.ReopenTicket())
        status = "open"
    if now.tier != before.tier:
        changes.append(t.SetTier(now.tier, agent_id=now.agent_id, team_id=now.team_id))
    elif now.team_id != before.team_id or now.agent_id not in ("", before.agent_id):
        changes.append(t.AssignTicket(now.agent_id, now.team_id))
    elif now.substatus == "Awaiting Assignment" != before.substatus:
        changes.append(t.UnassignTicket())
    if now.impact != before.impact:
        changes.append(t.AssessTicket(now.impact.lower()))
    if now.product != before.product:
        changes.append(t.SetAffectedItem(product=now.product_code))
    if is_last and now.substatus == "Closed":
        changes.append(t.CloseTicket())
    elif now.substatus != before.substatus:
        changes += _status(status, now)
    return changes


def _comes_back(before: t.Status, now: t.Status) -> bool:
    """One wait may follow another, and a waiting ticket may be solved; all else wakes it first."""
    if before == "solved":
        return now != "solved"
    return before in ("pending", "on_hold") and now == "open"


def _status(before: t.Status, now: Save) -> list[msgspec.Struct]:
    status, label = now.stands
    match status:
        case "pending":
            return [t.MarkPending(label=label)]
        case "on_hold":
            return [t.PutOnHold(PARTIES[label], label=label)]
        case "solved" if before != "solved":
            return [t.SolveTicket("not_recorded", label=label)]
        case "closed":
            return [t.CancelTicket()]
    return [t.LabelStatus(label)]


def _substatus(course: Course) -> str:
    """Theirs; what they have no word for comes back in ours, and is no row's."""
    if course.status == "closed":
        return {"solved": "Closed"}.get(course.outcome, course.outcome.title())
    ours = (course.status, course.label)
    return SUBSTATUSES.get(ours, str(ours))


def _status_of(substatus: str) -> str:
    if substatus in COMPLETED:
        return "Completed"
    return {"Awaiting Assignment": "Queued", "Unmatched": "Unmatched"}.get(substatus, "Accepted")


def _utc(instant: datetime | None) -> str:
    return instant.astimezone(UTC).isoformat() if instant else ""


def _seconds(duration: timedelta) -> str:
    return str(duration // timedelta(seconds=1))


def _save(values: Mapping[str, str]) -> Save:
    return Save(
        at=datetime.fromisoformat(values["time:timestamp"]),
        substatus=values["lifecycle:transition"],
        group=values["org:group"],
        resource=values["org:resource"],
        impact=values["impact"],
        product=values["product"],
    )


def _values(element: ElementTree.Element) -> dict[str, str]:
    """The attributes that stand directly in a trace or an event."""
    return {child.get("key", ""): child.get("value", "") for child in element}
