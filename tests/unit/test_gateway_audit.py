"""What the audit log notes: repetitions are counted, floods are summed up, acts are told apart."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from libs.events.published import contacts as c
from libs.events.published import senders as s
from libs.events.published import setup
from libs.events.published import tickets as t
from services.gateway.audit import summing
from services.gateway.audit.projection import ACTS
from services.gateway.audit.summing import SPAN, Happening, Summing
from tests.support.gateway_story import CUSTOMER, STRANGER, TICKET, opened, recorded

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def refused(target: str = "7", actor: str = "agent:eve", host: str = "h1") -> Happening:
    return Happening("refusal", "not_found", actor, host, "GET", "/v1/tickets/{ticket}", (target,))


def read(target: str, actor: str = "agent:anna") -> Happening:
    return Happening("read", "tickets.read", actor, "h1", "GET", "/v1/tickets/{ticket}", (target,))


def test_what_happens_again_within_a_span_is_one_entry_with_a_count() -> None:
    notes = Summing()
    for minute in range(3):
        notes.note(refused(), f"r{minute}", NOW + timedelta(minutes=minute))
    [note] = notes.taken()
    entry = note.entry()
    assert (entry["count"], entry["request_id"]) == (3, "r0")
    assert (entry["at"], entry["last_at"]) == (
        "2026-03-01T09:30:00.000000Z",
        "2026-03-01T09:32:00.000000Z",
    )
    notes.note(refused(), "r4", NOW + SPAN)
    [later] = notes.taken()
    assert (later.count, later.id == note.id) == (1, False)


def test_a_written_entry_goes_on_under_its_id() -> None:
    notes = Summing()
    notes.note(refused(), "r1", NOW)
    [first] = notes.taken()
    assert notes.taken() == []
    notes.note(refused(), "r2", NOW)
    [again] = notes.taken()
    assert (again.id, again.count) == (first.id, 2)


def test_who_guesses_ids_has_a_few_entries_and_one_for_the_rest() -> None:
    notes = Summing()
    for id in range(1_000):
        notes.note(refused(str(id)), f"r{id}", NOW)
    found = notes.taken()
    assert len(found) == summing.MOST_OF_ONE + 1
    assert sum(note.count for note in found) == 1_000
    rest = max(found, key=lambda note: note.count)
    assert (rest.happening.actor, rest.happening.targets, rest.happening.route) == (
        "agent:eve",
        (),
        "",
    )


def test_a_flood_from_everywhere_is_bounded_and_hides_nobody_who_was_there_before() -> None:
    notes = Summing()
    notes.note(refused(actor="agent:bob"), "r", NOW)
    for host in range(50_000):
        notes.note(refused(actor="", host=f"h{host}"), f"r{host}", NOW)
    notes.note(refused(actor="agent:bob"), "r", NOW)
    found = notes.taken()
    assert len(found) <= summing.MOST_REFUSALS + 1
    assert sum(note.count for note in found) == 50_002
    [bob] = [note for note in found if note.happening.actor == "agent:bob"]
    assert bob.count == 2


def test_reads_are_counted_but_never_summed_up() -> None:
    notes = Summing()
    for id in range(200):
        notes.note(read(str(id)), f"r{id}", NOW)
        notes.note(read(str(id)), f"s{id}", NOW)
    found = notes.taken()
    assert [note.count for note in found] == [2] * 200
    assert len({note.happening.targets for note in found}) == 200


def test_more_reads_than_a_span_remembers_are_all_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summing, "MOST_READS", 10)
    notes = Summing()
    for id in range(100):
        notes.note(read(str(id)), f"r{id}", NOW)
    assert len(notes.taken()) == 100


def test_what_cannot_be_written_waits_and_then_is_only_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(summing, "MOST_WAITING", 10)
    notes = Summing()
    for id in range(5):
        notes.note(read(str(id)), f"r{id}", NOW)
    notes.give_back(notes.taken())
    for id in range(5, 50):
        notes.note(read(str(id)), f"r{id}", NOW)
    found = notes.taken()
    lost = [note for note in found if note.happening.what == summing.LOST]
    assert (len(found), sum(note.count for note in found)) == (11, 50)
    assert [note.count for note in lost] == [40]


@pytest.mark.parametrize(
    ("data", "id", "topic", "targets", "sentence"),
    [
        (
            c.ContactMerged(STRANGER),
            CUSTOMER,
            "contacts",
            [CUSTOMER, STRANGER],
            f"anna merged {CUSTOMER} into {STRANGER}.",
        ),
        (
            c.ErasureRequested("asked_for", ()),
            CUSTOMER,
            "contacts",
            [CUSTOMER],
            f"anna asked for the erasure of {CUSTOMER}.",
        ),
        (
            t.MessageRedacted(2, (), "card_number"),
            TICKET,
            "tickets",
            [TICKET],
            f"anna redacted message 2 of {TICKET}.",
        ),
        (s.SenderBlocked("spam"), "s-1", "senders", ["s-1"], "anna blocked the sender s-1."),
        (
            setup.LightRepliesDefined(True),
            setup.DESK_ID,
            "setup",
            [setup.DESK_ID],
            "anna let light agents answer customers.",
        ),
    ],
)
def test_an_act_in_the_log_is_an_entry(
    data: msgspec.Struct, id: str, topic: str, targets: list[str], sentence: str
) -> None:
    done = recorded(data, 3, "agent:anna", id, f"{topic}.events")
    assert ACTS.key(done) == f"{id}/00000003"
    entry = ACTS.fold(None, done)
    assert (entry["targets"], entry["sentence"]) == (targets, sentence)
    assert (entry["what"], entry["actor"]) == (type(data).__name__, "agent:anna")
    assert entry["at"] == "2026-03-01T09:03:00.123456Z"


def test_daily_work_is_no_administrative_act() -> None:
    assert ACTS.key(recorded(opened(), 1, f"contact:{CUSTOMER}")) is None
