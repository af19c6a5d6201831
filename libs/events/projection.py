"""A projection: a pure fold of events into documents. What to store, never how or when.

A fold's ``now`` is ``recorded.recorded_at``, never a clock, and it never deletes: what is gone
leaves a tombstone document, which keeps its position. Personal values stay sealed in documents
(``{"key": …, "sealed": …}``) and are revealed when they are read, so erasing a key erases them.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from libs.events.envelope import Recorded
from libs.mongo import Collection, Document

Key = Callable[[Recorded[object]], str | None]
Fold = Callable[[Document | None, Recorded[object]], Document]


@dataclass(frozen=True)
class Index:
    """A MongoDB index: fields in order (1 ascending, -1 descending), and an optional filter."""

    fields: Sequence[tuple[str, int]]
    partial: Document | None = None


@dataclass(frozen=True)
class Leaving:
    """What a document leaves behind when an event changes it: a row of another table, for ever.

    table: of the same projection, ``append``, with a key that is always None; row: from the
    document before the event and the event, with an ``_id`` that is unique to the two; None for
    nothing. It is stored before the document, so that it is not lost between the two.
    """

    table: str
    row: Callable[[Document, Recorded[object]], Document | None]


@dataclass(frozen=True)
class Table:
    """One collection of a projection.

    key: the id of the document that an event belongs to, or None when it does not concern us;
    fold: the document after the event (None before the first). ``_id`` and positions are the
    projector's: a fold neither sees nor sets them.
    append: every event makes a document of its own (its key is unique): nothing is read to fold;
    leaving: what each change leaves behind in another table.
    """

    name: str
    key: Key
    fold: Fold
    append: bool = False
    indexes: Sequence[Index] = ()
    leaving: Leaving | None = None

    def fold_into(self, left: list[Document]) -> Fold:
        """The fold, which also adds to this list what its changes leave behind."""
        if self.leaving is None:
            return self.fold
        fold, row = self.fold, self.leaving.row

        def fold_and_leave(document: Document | None, recorded: Recorded[object]) -> Document:
            behind = row(document, recorded) if document is not None else None
            if behind is not None:
                left.append(behind)
            return fold(document, recorded)

        return fold_and_leave


Write = Callable[[Collection, Sequence[Recorded[object]]], Awaitable[None]]


@dataclass(frozen=True)
class Written:
    """A collection of a projection whose documents need more than events: ``write`` may read
    elsewhere. It sees each partition's events in their order, and does no harm when some come
    again, or while it writes in another process, too."""

    name: str
    write: Write
    indexes: Sequence[Index] = ()


@dataclass(frozen=True)
class Projection:
    """A read model of one service. version: raised whenever the fold would give other documents.

    sources: event topics (without namespace) that it folds. pace: seconds from one poll to the
    next while events come (``Pace``), where nobody waits for his own writes.
    """

    service: str
    name: str
    version: int
    sources: Sequence[str]
    tables: Sequence[Table]
    pace: float = 0.0
    written: Sequence[Written] = ()

    @property
    def collections(self) -> Sequence[Table | Written]:
        """All of its collections."""
        return [*self.tables, *self.written]

    @property
    def id(self) -> str:
        """``gateway.tickets``: names its alias, its builds and its consumer groups."""
        return f"{self.service}.{self.name}"
