"""Folding events into one document: pure, idempotent, and told by positions what it has seen.

A document carries the offset of the last event that it holds of each source partition. Folding a
batch twice, or batches that overlap, or two sources in another order gives the same document.
"""

from collections.abc import Iterable, Mapping, Sequence

from libs.events.envelope import Recorded
from libs.events.projection import Fold, Key
from libs.events.sources import source_key
from libs.mongo import Document

# The field of a stored document that holds its positions; folds neither see nor set it.
POSITION = "_position"


class Held:
    """One document in memory.

    document: as folds see it, without ``_id`` and positions (None: there is none yet);
    positions: offset of the last event folded in, by source key; stored: the positions that the
    database holds, on condition of which it may be written (None: insert it).
    """

    __slots__ = ("document", "positions", "stored")

    def __init__(self) -> None:
        self.document: Document | None = None
        self.positions: dict[str, int] = {}
        self.stored: Mapping[str, int] | None = None

    @classmethod
    def of(cls, stored: Document) -> "Held":
        """What the database holds. Takes the document over."""
        held = cls()
        held.positions = stored.pop(POSITION)
        held.stored = dict(held.positions)
        del stored["_id"]
        held.document = stored
        return held

    def fold(self, fold: Fold, events: Iterable[Recorded[object]]) -> bool:
        """Fold in what is new among these events. Returns whether anything was."""
        changed = False
        for recorded in events:
            changed = self.fold_one(fold, recorded) or changed
        return changed

    def fold_one(self, fold: Fold, recorded: Recorded[object]) -> bool:
        """Fold in one event, unless it is in already."""
        at = recorded.position
        key = source_key(at.topic, at.partition)
        if at.offset <= self.positions.get(key, -1):
            return False
        self.document = fold(self.document, recorded)
        self.positions[key] = at.offset
        return True

    def to_store(self, id: str) -> Document:
        """The document as the database should hold it."""
        return {"_id": id, POSITION: self.positions, **(self.document or {})}


def by_document(key: Key, events: Iterable[Recorded[object]]) -> dict[str, list[Recorded[object]]]:
    """Events by the id of the document that they concern, in their order."""
    grouped: dict[str, list[Recorded[object]]] = {}
    for recorded in events:
        id = key(recorded)
        if id is not None:
            grouped.setdefault(id, []).append(recorded)
    return grouped


def fold_all(fold: Fold, events: Sequence[Recorded[object]]) -> Document | None:
    """The document that these events make, from nothing."""
    held = Held()
    held.fold(fold, events)
    return held.document
