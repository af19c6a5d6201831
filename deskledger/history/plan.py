"""A ticket of another helpdesk as commands of ours, in the order in which it happened. Pure.

Each step has a key that its source's ids make, so a second import makes the same steps. What the
ticket is at its end is said last, as far as its history has not said so already.
"""

import heapq
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from deskledger.history.model import Became, FieldValue, NotTaken, Rated, Said, Ticket, Value
from libs.events.ids import derived_id, digest
from libs.events.published import tickets as t

ITSELF = "service:import"
# The key of the step that opens a ticket.
OPENING = "open"
_UNCODED = re.compile(r"[^a-z0-9_.-]+")
_LONGEST_CODE = 64
_REASON = "imported"
_THIRD_PARTY = "third_party"
_WAITING = ("pending", "on_hold")
_GIVEN = ("agent", "team")
_STATUS, _UNTIL = "status", "until"
_RATING = "rating:"
_OVER = "It was over when this was said."
_TO_COME = "It is still to come, and an import wakes nobody: say it here again."

Kind = Literal["opening", "customer", "participant", "foreign", "reply", "note", "rating"]


class Words(msgspec.Struct, frozen=True):
    """A message that becomes a command once its words are stored. owner: the contact under whose
    key they are; author: the contact who wrote, "" for the desk; said: None for a subject alone;
    score: of a rating."""

    kind: Kind
    owner: str
    author: str
    said: Said | None
    score: int = 0


class Step(msgspec.Struct, frozen=True):
    """One command. key: the same at every import; what: it is called in reports; field: of which it
    makes what ``stands`` has, "" where it says something."""

    key: str
    at: datetime
    actor: str
    data: msgspec.Struct | Words
    what: str
    field: str = ""


class Who(msgspec.Struct, frozen=True):
    """Who people of the other helpdesk are here: contacts and agents by their ids there; teams by
    their names there. account: ours, through which customers are answered; now: what is later is
    still to come."""

    contact: Callable[[str], str]
    agent: Callable[[str], str]
    team: Mapping[str, str]
    account: str
    source: str
    now: datetime

    def actor(self, person: str) -> str:
        """Who acted, by their id there; the import itself for nobody known."""
        if person and (agent := self.agent(person)):
            return f"agent:{agent}"
        contact = self.contact(person) if person else ""
        return f"contact:{contact}" if contact else ITSELF

    def ticket(self, id: str) -> str:
        """The id that a ticket of theirs has here."""
        return derived_id("t", "import", self.source, id)


class Planned(msgspec.Struct):
    """A ticket's steps. stands: what each field is after them; owner: the requester's contact."""

    steps: list[Step]
    stands: dict[str, Value]
    owner: str
    not_taken: list[NotTaken]


def planned(ticket: Ticket, who: Who, before: Mapping[str, Value]) -> Planned | NotTaken:
    """What there is to do for this ticket. before: what an earlier import left it as."""
    requester = who.contact(ticket.requester)
    if not requester:
        return NotTaken("ticket", ticket.id, "", "Its requester is nobody that could be taken.")
    plan = _Plan(ticket, who, requester)
    told = {entry.field for entry in ticket.entries if isinstance(entry, Became)}
    # Who was given it, and when, belongs to its history even where that does not say so.
    given = [
        _at_end(became)
        for became in sorted(ticket.stands, key=lambda each: each.at)
        if became.field in _GIVEN and became.field not in {*told, *before}
    ]
    for entry in heapq.merge(ticket.entries, given, key=lambda each: each.at):
        match entry:
            case Said():
                plan.say(entry)
            case Rated():
                plan.rate(entry)
            case Became():
                plan.change(entry)
    plan.stands |= {
        field: value
        for field, value in before.items()
        if (_STATUS if field == _UNTIL else field) not in told
    }
    plan.finish()
    return Planned(plan.steps, plan.stands, requester, [*ticket.not_taken, *plan.not_taken])


class _Plan:
    """A plan in the making; ``stands`` follows what the steps so far make of the ticket."""

    def __init__(self, ticket: Ticket, who: Who, requester: str) -> None:
        self.steps: list[Step] = []
        self.stands: dict[str, Value] = {"status": "new"}
        self.not_taken: list[NotTaken] = []
        self._ticket = ticket
        self._who = who
        self._requester = requester
        self._early: list[Became | Rated] = []
        self._ratings: Counter[str] = Counter()
        # When somebody or a team was given it last.
        self._given_at = ticket.opened_at

    def say(self, said: Said) -> None:
        """A message, by whoever wrote it; the first one opens the ticket."""
        agent, contact = self._by(said)
        actor = f"agent:{agent}" if agent else f"contact:{contact}" if contact else ITSELF
        owner = contact or self._requester
        what = f"message {said.id}"
        if not self.steps:
            self._open(said, actor, contact, agent)
            if not (said.public or contact):
                self._add(f"said:{said.id}", said.at, actor, Words("note", owner, "", said), what)
            return
        kind: Kind
        if not contact:
            kind = "reply" if said.public else "note"
        elif not said.public:
            kind = "foreign"
        else:
            kind = "customer" if contact == self._requester else "participant"
        self._add(f"said:{said.id}", said.at, actor, Words(kind, owner, contact, said), what)

    def _by(self, said: Said) -> tuple[str, str]:
        """The agent or the contact who wrote, both "" for the helpdesk itself."""
        if not said.author:
            return "", ""
        agent = self._who.agent(said.author)
        wrote_as_agent = bool(agent) if said.by_agent is None else said.by_agent
        if wrote_as_agent and said.author != self._ticket.requester:
            return agent or stranger(self._who.source, said.author), ""
        contact = self._who.contact(said.author)
        if contact:
            return "", contact
        return agent or stranger(self._who.source, said.author), ""

    def _open(self, said: Said, actor: str, contact: str, agent: str) -> None:
        """What only agents saw is no opening: then the ticket begins with its subject."""
        ticket = self._ticket
        shown = said if said.public or contact else None
        words = Words("opening", self._requester, contact, shown)
        self._add(OPENING, said.at, actor, words, "the ticket")
        reference = t.LinkExternal(self._who.source, code_free(ticket.id))
        self._add("reference", said.at, ITSELF, reference, "its number there")
        for person in ticket.copied:
            if (copied := self._who.contact(person)) and copied != self._requester:
                taking_part = t.AddCollaborator(copied)
                self._add(f"copied:{person}", said.at, ITSELF, taking_part, "a person in copy")
        for early in self._early:
            if isinstance(early, Became):
                self.change(msgspec.structs.replace(early, at=said.at))
            else:
                self.rate(msgspec.structs.replace(early, at=said.at))

    def rate(self, rated: Rated) -> None:
        """How content its customer was; known by what it says, wherever the export says so."""
        if not self.steps:
            self._early.append(rated)
            return
        by_customer = rated.author in ("", self._ticket.requester)
        actor = f"contact:{self._requester}" if by_customer else self._who.actor(rated.author)
        known_by = f"{rated.score}:{digest(rated.comment)[:12]}"
        key = f"{_RATING}{known_by}:{self._ratings[known_by]}"
        self._ratings[known_by] += 1
        data: msgspec.Struct = t.RateTicket(rated.score)
        if rated.comment:
            said = Said(rated.id, rated.at, rated.author, rated.comment)
            data = Words("rating", self._requester, self._requester, said, rated.score)
        self._add(key, rated.at, actor, data, f"rating {rated.id}")

    def change(self, became: Became) -> None:
        """A field gets another value; one that came before the first message, with it."""
        if not self.steps:
            self._early.append(became)
            return
        actor = self._who.actor(became.author)
        for place, command in enumerate(self._commands(became)):
            key = f"{became.field}:{became.id}:{place}"
            what = f"{became.field} of {became.id}"
            self._add(key, became.at, actor, command, what, became.field)
        if became.field in _GIVEN:
            self._given_at = max(self._given_at, became.at)

    def finish(self) -> None:
        """What the ticket is at its end, and its own fields."""
        ticket = self._ticket
        # A rating is of what was solved before.
        happened = (step.at for step in self.steps if not step.key.startswith(_RATING))
        last = max(happened, default=ticket.opened_at)
        for field, value in ticket.fields.items():
            self._set(field, value, ticket.fields_at or last)
        for became in sorted(ticket.stands, key=lambda each: each.field == "status"):
            at = max(became.at, self._given_at if became.field in _GIVEN else last)
            self.change(msgspec.structs.replace(_at_end(became), at=at))
        self.steps = _in_order(self.steps)

    def _set(self, field: str, value: FieldValue | None, at: datetime) -> None:
        mark, told = f"field {code(field)}", "" if value is None else repr(value)
        if self.stands.get(mark, "") == told:
            return
        self.stands[mark] = told
        change = t.SetFields((t.FieldChange(code(field), value),))
        self._add(f"field:{field}:{at.isoformat()}:{told}", at, ITSELF, change, mark, mark)

    def _commands(self, became: Became) -> Sequence[msgspec.Struct]:
        field, value = became.field, became.value
        before = self.stands.get(field)
        waits = field == _STATUS and value in _WAITING
        until = became.until.astimezone(UTC).isoformat() if waits and became.until else ""
        longer = until not in ("", self.stands.get(_UNTIL))
        if (value == before and not longer) or not (value or before):
            return ()
        self.stands[field] = value
        match field, value:
            case "status", str(status):
                self.stands[_UNTIL] = until
                moved = list(moves(str(before), status, self._until(became) if until else None))
                if status == "closed" or before == "closed":
                    self.stands["status"] = "closed"
                return moved
            case "priority", int(priority):
                return (t.SetPriority(priority, _REASON),)
            case "type", ("question" | "incident" | "problem" | "service_request" | "task") as type:
                return (t.ClassifyTicket(type),)
            case "agent", "":
                return (t.UnassignTicket(),)
            case "agent", str():
                return (t.AssignTicket(self._agent(), self._team()),)
            case "team", str(team) if team:
                # Another team alone would take it from its agent.
                return (t.AssignTicket(self._agent(), self._team()),)
            case "tags", tuple(tags):
                had = before if isinstance(before, tuple) else ()
                return self._tags(set(map(code, had)) - {""}, set(map(code, tags)) - {""})
        return ()

    def _until(self, became: Became) -> datetime | None:
        """Until when it waits. What is to come would have to be waited for, which history does
        not."""
        until = became.until
        if until is None or became.at < until <= self._who.now:
            return until
        reason = _OVER if until <= became.at else _TO_COME
        what = f"until {until.isoformat()} of {became.id}"
        self.not_taken.append(NotTaken("ticket", self._ticket.id, what, reason))
        return None

    def _agent(self) -> str:
        person = str(self.stands.get("agent") or "")
        return person and (self._who.agent(person) or stranger(self._who.source, person))

    def _team(self) -> str:
        name = str(self.stands.get("team") or "")
        return self._who.team.get(name) or code(name)

    @staticmethod
    def _tags(had: set[str], has: set[str]) -> Sequence[msgspec.Struct]:
        if had == has:
            return ()
        return (t.ChangeTags(tuple(sorted(has - had)), tuple(sorted(had - has))),)

    def _add(
        self,
        key: str,
        at: datetime,
        actor: str,
        data: msgspec.Struct | Words,
        what: str,
        field: str = "",
    ) -> None:
        self.steps.append(Step(key, at, actor, data, what, field))


def _at_end(became: Became) -> Became:
    """Known by the ticket itself, by no event of its history."""
    return msgspec.structs.replace(became, id=f"end-{became.id}")


def moves(before: str, wanted: str, until: datetime | None = None) -> Iterator[msgspec.Struct]:
    """The commands that bring a ticket from one status to another; a closed one stays closed.
    until: how long it waits there."""
    if before == "closed":
        return
    match wanted:
        case "open" if before in (*_WAITING, "solved"):
            yield t.ReopenTicket(_REASON)
        case "pending" | "on_hold":
            if before == "solved":
                yield t.ReopenTicket(_REASON)
            pending = wanted == "pending"
            yield t.MarkPending(until=until) if pending else t.PutOnHold(_THIRD_PARTY, until=until)
        case "solved":
            yield t.SolveTicket(t.IMPORTED)
        case "closed":
            if before != "solved":
                yield t.SolveTicket(t.IMPORTED)
            yield t.CloseTicket()


def code(text: str) -> str:
    """A name as a code of ours: lower case letters, digits, ``_``, ``.`` and ``-``."""
    return _UNCODED.sub("_", text.casefold()).strip("_.-")[:_LONGEST_CODE]


def stranger(source: str, person: str) -> str:
    """The id of an agent whom nobody has named here: made of theirs there, which tells no name."""
    return f"{source}-{person if person.isdigit() else digest(person)[:12]}"


def code_free(id: str) -> str:
    """An id as a reference to somebody else's system: without blanks."""
    return re.sub(r"[^\w./:#?&=%@+~-]", "_", id)[:200]


def _in_order(steps: Sequence[Step]) -> list[Step]:
    """By their instants, none before the opening or after the closing, which is the last but for
    ratings; else the same instant leaves them as they are."""
    first = steps[0].at
    closed = next((step.at for step in steps if isinstance(step.data, t.CloseTicket)), None)

    def within(step: Step) -> datetime:
        at = max(step.at, first)
        return at if closed is None or step.key.startswith(_RATING) else min(at, closed)

    placed = [msgspec.structs.replace(step, at=within(step)) for step in steps]
    return sorted(placed, key=lambda step: (step.at, isinstance(step.data, t.CloseTicket)))
