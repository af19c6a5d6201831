"""Folding is idempotent: duplicates, overlaps and other orders of sources change nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from libs.events.envelope import Position, Recorded
from libs.events.folding import POSITION, Held, by_document, fold_all
from libs.mongo import Document
from tests.support.counter import Counted

SOURCES = ("tickets.events", "contacts.events")


def event(source: int, offset: int, by: int) -> Recorded[object]:
    return Recorded(
        data=Counted(by, 0),
        event_id=f"{source}-{offset}",
        type="Counted",
        version=1,
        aggregate_id="x-1",
        sequence=offset + 1,
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
        actor="agent:ann",
        correlation_id="",
        causation_id="",
        input="",
        aggregate_prev="",
        partition_prev="",
        position=Position(SOURCES[source], 3, offset),
    )


def by_source(document: Document | None, recorded: Recorded[object]) -> Document:
    """Fields of its own for each source, each telling the order in which it came."""
    document = document or {}
    assert isinstance(recorded.data, Counted)
    document.setdefault(recorded.position.topic, []).append(recorded.data.by)
    return document


logs = st.lists(st.integers(1, 9), max_size=12)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[int], list[int], list[Sequence[Recorded[object]]]]:
    """Two sources, and batches of them: each source in order, but repeated and overlapping, as
    they come after rebalances and restarts; the sources interleaved at will."""
    lengths = draw(st.tuples(logs, logs))
    batches: list[Sequence[Recorded[object]]] = []
    reached = [0, 0]
    while reached != [len(log) for log in lengths]:
        source = draw(st.sampled_from([s for s in (0, 1) if reached[s] < len(lengths[s])]))
        start = draw(st.integers(0, reached[source]))
        end = draw(st.integers(reached[source] + 1, len(lengths[source])))
        batches.append([event(source, n, lengths[source][n]) for n in range(start, end)])
        reached[source] = end
        if draw(st.booleans()):
            batches.append(draw(st.sampled_from(batches)))
    return lengths[0], lengths[1], batches


@given(deliveries())
def test_however_batches_overlap_each_event_counts_once(
    delivered: tuple[list[int], list[int], list[Sequence[Recorded[object]]]],
) -> None:
    first, second, batches = delivered
    held = Held()
    for batch in batches:
        held.fold(by_source, batch)
    once = [event(0, n, by) for n, by in enumerate(first)]
    once += [event(1, n, by) for n, by in enumerate(second)]
    assert held.document == fold_all(by_source, once)


@given(deliveries())
def test_a_document_that_was_stored_and_read_again_goes_on_where_it_was(
    delivered: tuple[list[int], list[int], list[Sequence[Recorded[object]]]],
) -> None:
    first, second, batches = delivered
    held = Held()
    for batch in batches:
        held.fold(by_source, batch)
        if held.document is not None:
            held = Held.of(held.to_store("x-1"))
    assert (held.document or {}).get(SOURCES[0], []) == first
    assert (held.document or {}).get(SOURCES[1], []) == second


def test_a_fold_sees_neither_id_nor_positions() -> None:
    held = Held()
    held.fold(by_source, [event(0, 7, 1)])
    stored = held.to_store("x-1")
    assert stored == {"_id": "x-1", POSITION: {"tickets-events/3": 7}, "tickets.events": [1]}
    assert Held.of(stored).document == {"tickets.events": [1]}


def test_folding_what_is_in_says_that_nothing_changed() -> None:
    held = Held()
    assert held.fold(by_source, [event(0, 0, 1), event(0, 1, 1)])
    assert not held.fold(by_source, [event(0, 0, 1), event(0, 1, 1)])


def test_events_that_concern_no_document_are_left_out() -> None:
    some = [event(0, 0, 1), event(0, 1, 2), event(0, 2, 3)]
    odd = by_document(lambda recorded: "odd" if recorded.sequence % 2 else None, some)
    assert {id: [one.sequence for one in found] for id, found in odd.items()} == {"odd": [1, 3]}
