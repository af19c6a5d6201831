"""What happens again is counted, not written again: a flood of refusals makes a few entries. Pure.

Time is cut into spans. In a span the same refusal is one entry with a count; an origin (who calls,
or else the host) has a few entries of its own, then one for all the rest, and when there are too
many origins, one for all of them. Reads are counted likewise and never summed up beyond that:
somebody may have to be told who read of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.gateway.audit.entries import AuditEntry, Kind
from services.gateway.instants import text

SPAN = timedelta(minutes=10)
MOST_OF_ONE, MOST_REFUSALS = 20, 500
MOST_READS = 5_000
# How many may wait to be written; where MongoDB is away for longer the rest is only counted.
MOST_WAITING = 10_000
LOST = "lost"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is noted. Two that are equal are one entry of their span."""

    kind: Kind
    what: str
    actor: str
    host: str
    method: str = ""
    route: str = ""
    targets: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Who is behind it, as far as that is known."""
        return self.actor or self.host


@dataclass(slots=True)
class Note:
    """An entry that goes on."""

    id: str
    happening: Happening
    first: datetime
    last: datetime
    count: int
    request_id: str

    def entry(self) -> AuditEntry:
        """As it is stored."""
        one = self.happening
        return AuditEntry(
            at=text(self.first),
            last_at=text(self.last),
            kind=one.kind,
            what=one.what,
            actor=one.actor,
            targets=list(one.targets),
            sentence="",
            count=self.count,
            host=one.host,
            method=one.method,
            route=one.route,
            request_id=self.request_id,
        )


class Summing:
    """The notes of the present span, and those that wait to be written."""

    def __init__(self) -> None:
        self._ends: datetime | None = None
        self._refusals: dict[Happening, Note] = {}
        self._reads: dict[Happening, Note] = {}
        self._of_origin: dict[str, int] = {}
        self._waiting: dict[str, Note] = {}
        self._made = 0

    def note(self, happening: Happening, request_id: str, now: datetime) -> None:
        """It happened, in the request of this id, which names the entry that it begins."""
        if self._ends is None or now >= self._ends:
            self._ends = now + SPAN
            for known in (self._refusals, self._reads, self._of_origin):
                known.clear()
        known = self._reads
        if happening.kind == "refusal":
            known, happening = self._refusals, self._summed(happening)
        note = known.get(happening)
        if note is None and len(self._waiting) >= MOST_WAITING:
            happening = Happening(happening.kind, LOST, "", "")
            note = known.get(happening)
        if note is None:
            self._made += 1
            note = Note(f"n-{request_id}.{self._made}", happening, now, now, 0, request_id)
            if known is self._reads and len(known) >= MOST_READS:
                del known[next(iter(known))]  # it begins another entry next time
            elif known is self._refusals:
                origin = happening.origin
                self._of_origin[origin] = self._of_origin.get(origin, 0) + 1
            known[happening] = note
        note.count += 1
        note.last = now
        self._waiting[note.id] = note

    def taken(self) -> Sequence[Note]:
        """What waits to be written, which is the writer's from now on."""
        waiting, self._waiting = self._waiting, {}
        return list(waiting.values())

    def give_back(self, notes: Sequence[Note]) -> None:
        """They could not be written; they wait again."""
        unwritten: Mapping[str, Note] = {note.id: note for note in notes}
        self._waiting = {**unwritten, **self._waiting}

    def _summed(self, refusal: Happening) -> Happening:
        """The refusal itself while there is room for it, else what stands for it and others."""
        has_room = len(self._refusals) < MOST_REFUSALS
        few = self._of_origin.get(refusal.origin, 0) < MOST_OF_ONE
        if refusal in self._refusals or (has_room and few):
            return refusal
        origins = replace(refusal, method="", route="", targets=())
        if origins in self._refusals or has_room:
            return origins
        return Happening(refusal.kind, refusal.what, "", "")
