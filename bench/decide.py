"""What intake's thinking costs, without Kafka: decide, evolve and reception, in processor time.

Every figure stands beside the decoding of the same bytes: a decision that costs less than reading
the command that asks for it is not where to look for speed.
"""

import gc
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import psutil
import uvloop

from bench import stack
from bench.frame import Chapter, Figure, at_most, at_most_times
from libs.contents import RENDITION_TYPE, ContentRef, ContentStore
from libs.events.aggregate import Moment
from libs.events.catalogue import CATALOGUE
from libs.events.codec import (
    KafkaRecord,
    decode_command,
    decode_event,
    encode_command,
    encode_event,
)
from libs.events.deciding import Held, handle
from libs.events.envelope import Command, Recorded
from libs.events.ids import derived_id, digest, partition_of
from libs.events.published import tickets as t
from libs.events.published.channels import conversation_id
from libs.events.published.messages import MessageFacts
from libs.keyring import Keyring
from libs.mongo import connect
from libs.references import References
from libs.settings import Settings
from services.intake.inbound import Inbound
from services.intake.tickets import TICKET, TicketState

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CUSTOMER = derived_id("p", "bench")
JSON = msgspec.json.Encoder()  # nothing personal is in a ticket
INBOUND_BATCH = 400


def words(name: str) -> ContentRef:
    return ContentRef(digest(name)[:32], 800, RENDITION_TYPE, digest("cipher", name))


def mail(name: str) -> MessageFacts:
    return MessageFacts("email", "in", "customer", "public", words(name), START, 640, "en")


def life(ticket: int) -> list[Command[object]]:
    """The commands of an ordinary ticket: asked, taken, answered, asked again, solved, rated."""
    name = f"ticket-{ticket}"
    data: Sequence[msgspec.Struct] = (
        t.OpenTicket(CUSTOMER, "support", mail(name), digest(name)),
        t.AssignTicket("anna", "network", "free_and_skilled"),
        t.ReplyToCustomer(words("answer"), 300, "en"),
        t.RecordDelivery(3, 1),
        t.MarkPending("needs_serial_number"),
        t.AddCustomerMessage(CUSTOMER, mail("more"), digest(name, "more"), "support"),
        t.AddNote(words("note"), 60),
        t.SolveTicket("workaround", "router"),
        t.RateTicket(5),
        t.CloseTicket(),
    )
    id = derived_id("t", name)
    return [Command(data=some, aggregate_id=id, actor="agent:anna") for some in data]


def wide_life(ticket: int) -> list[Command[object]]:
    """A ticket to which everything happens that an agent, a lead or a service does every day."""
    name, later = f"ticket-{ticket}", START + timedelta(days=30)
    by_rule = t.Why("by_skill", 3, ("anna", "ben"), ("skill.network",))
    terms = t.SlaTerms("first_reply", "gold", 1, "office", 1, 3600, later)
    data: Sequence[msgspec.Struct] = (
        *(one.data for one in life(ticket)[:1] if isinstance(one.data, msgspec.Struct)),
        t.AssessTicket("high", "low"),
        t.ClassifyTicket("incident"),
        t.ChangeTags(("printer", "hall"), ()),
        t.QueueTicket("network", by_rule),
        t.StartSlaClock("first", terms, 1),
        t.OfferTicket("offer", "anna", later, by_rule),
        t.AnswerOffer("offer", "accepted"),
        t.AssignTicket("anna", "network", "free_and_skilled"),
        t.StartWork("reading"),
        t.AddFollower("ben"),
        t.AddNote(words("note"), 60, mentions=("ben",)),
        t.AskConsultation("why", words("why"), "carl"),
        t.AnswerConsultation("why", words("because")),
        t.LinkTicket(derived_id("t", "other"), "related"),
        t.ReplyToCustomer(words("answer"), 300, "en"),
        t.RecordDelivery(18, 1),
        t.MeetSlaClock("first", 18, 600),
        t.SetReminder("soon", later, "anna"),
        t.MakePromise("back", later),
        t.KeepPromise("back"),
        t.MarkPending("needs_serial_number"),
        t.AddCustomerMessage(CUSTOMER, mail("more"), digest(name, "more"), "support"),
        t.SetTier(2, "hard", agent_id="dora"),
        t.SnoozeTicket(later),
        t.EndSnooze(),
        t.StopWork("anna"),
        t.LogTime(600, "phone"),
        t.SolveTicket("workaround", "router"),
        t.AskSatisfaction("after_solve", 1, "stars5"),
        t.RateTicket(5),
        t.CloseTicket(),
    )
    id = derived_id("t", name)
    return [Command(data=some, aggregate_id=id, actor="agent:anna") for some in data]


def lives(tickets: int) -> list[Command[object]]:
    return [command for ticket in range(tickets) for command in life(ticket)]


def decided(commands: Sequence[Command[object]]) -> list[Recorded[object]]:
    """The events of these commands."""
    held: dict[str, Held] = {}
    events: list[Recorded[object]] = []
    for number, command in enumerate(commands):
        at = Moment(START + timedelta(seconds=number), number, TICKET.setup)
        id = command.aggregate_id
        one = held.setdefault(id, Held(id, TicketState()))
        events += handle(TICKET, one, command, at).events
    return events


class Record(msgspec.Struct):
    """A record as a consumer hands it over."""

    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    partition: int = 0
    topic: str = "tickets.events"
    offset: int = 7
    timestamp: int = 0


def micros(work: Callable[[], object], count: int, rounds: int) -> float:
    """The best of some rounds, per item: processor time, so that a busy machine does not blur it.
    The best, since nothing makes work faster than it is."""
    seconds = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return min(seconds) / count * 1e6


def thinking(tickets: int, rounds: int) -> list[Figure]:
    """Decide and evolve beside the decoding of what they work on."""
    commands = lives(tickets)
    events = decided(commands)
    command_records = [Record(*encode_command(command, JSON)) for command in commands]
    event_records = [Record(*encode_event(event, JSON)) for event in events]

    def decode_commands() -> None:
        for record in command_records:
            decode_command(record)

    def decode_events() -> None:
        for record in event_records:
            decode_event(record)

    def decode_values() -> None:
        for record in event_records:
            headers = dict(record.headers)
            CATALOGUE.decode(headers["ce_type"], record.value or b"")

    def evolve() -> None:
        states: dict[str, TicketState] = {}
        for event in events:
            states[event.aggregate_id] = TICKET.evolve(
                states.get(event.aggregate_id) or TicketState(), event
            )

    reading = micros(decode_commands, len(commands), rounds)
    reading_events = micros(decode_events, len(events), rounds)
    values = micros(decode_values, len(events), rounds)
    evolving = micros(evolve, len(events), rounds)
    handling = micros(lambda: decided(commands), len(commands), rounds)
    held = Held("", TicketState())
    for command in life(0):
        handle(TICKET, held, command, Moment(START, 1, TICKET.setup))
    return [
        Figure(
            "decide, evolve and envelope, one command",
            handling,
            "µs",
            "decode_command",
            reading,
        ),
        Figure(
            "evolve, one event",
            evolving,
            "µs",
            "decode_event",
            reading_events,
            [at_most_times(1)],
        ),
        Figure("evolve, one event", evolving, "µs", "decoding its value alone", values),
        Figure("state of that ticket as stored", len(msgspec.msgpack.encode(held.state)), "bytes"),
    ]


def by_command(tickets: int, rounds: int) -> tuple[list[Figure], str]:
    """Each command of a busy life, on many tickets that stand there; the slowest as a figure."""
    lives = [wide_life(ticket) for ticket in range(tickets)]
    best: dict[str, float] = {}
    for _ in range(rounds):
        held = [Held(life[0].aggregate_id, TicketState()) for life in lives]
        for step in range(len(lives[0])):
            at = Moment(START + timedelta(seconds=step), step, TICKET.setup)
            began = time.process_time()
            done = [handle(TICKET, h, life[step], at) for h, life in zip(held, lives, strict=True)]
            micro = (time.process_time() - began) / tickets * 1e6
            name = type(lives[0][step].data).__name__
            if not all(one.events for one in done):
                raise AssertionError(f"{name} was refused or changed nothing: {done[0].outcome}")
            best[name] = min(best.get(name, micro), micro)
    rows = sorted(best.items(), key=lambda item: item[1])
    table = "| command | µs | 1/s |\n| --- | --- | --- |\n" + "\n".join(
        f"| {name} | {micro:.1f} | {1e6 / micro:,.0f} |" for name, micro in rows
    )
    slowest, micro = rows[-1]
    return [
        Figure("commands decided, of all kinds alike", len(best) / sum(best.values()) * 1e6, "1/s"),
        Figure(f"commands decided, the slowest kind ({slowest})", 1e6 / micro, "1/s"),
    ], table


def memory(tickets: int) -> list[Figure]:
    """What a lane keeps of a live ticket, after an ordinary life but for its end."""
    lives = [life(ticket)[:-1] for ticket in range(tickets)]
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    held = [Held(life[0].aggregate_id, TicketState()) for life in lives]
    for one, commands in zip(held, lives, strict=True):
        for second, command in enumerate(commands):
            handle(TICKET, one, command, Moment(START + timedelta(seconds=second), 1, TICKET.setup))
    gc.collect()
    grown = (process.memory_info().rss - before) / tickets
    stored = len(msgspec.msgpack.encode((held[0].state, held[0].processed)))
    return [Figure("memory a live ticket", grown, "bytes", "as stored", stored)]


def long_ticket(events: int) -> list[Figure]:
    """A ticket whose customer never stops writing."""
    commands = life(0)[:3] + [
        Command(
            data=t.AddCustomerMessage(CUSTOMER, mail(str(n)), digest(str(n)), "support"),
            aggregate_id=derived_id("t", "ticket-0"),
            actor=f"contact:{CUSTOMER}",
        )
        for n in range(events - 3)
    ]
    records = [Record(*encode_event(event, JSON)) for event in decided(commands)]

    def replay() -> None:
        state = TicketState()
        for record in records:
            state = TICKET.evolve(state, decode_event(record))

    milliseconds = micros(replay, 1, 3) / 1e3
    return [
        Figure(
            f"replay of a ticket of {len(records):,} events",
            milliseconds,
            "ms",
            aims=[at_most(1_000)],
        )
    ]


def chat(number: int, lanes: int) -> KafkaRecord:
    """A message in clear, in its own partition."""
    id = f"chat-{number}"
    value = {
        "channel": "chat",
        "account": "support",
        "id": id,
        "sender": {"address": f"customer-{number}@example.org", "name": "Anna Ruiz"},
        "received_at": "2026-03-02T08:59:00Z",
        "subject": "It does not print",
        "text": "The printer in the hall does not print. " * 20,
        "references": ["support@desk.example", "<20260302.1234@mail.example.org>"],
    }
    partition = partition_of(conversation_id("support", id), lanes)
    return Record(b"", json.dumps(value).encode(), [], partition)


async def receiving(settings: Settings, rounds: int) -> list[Figure]:
    """Reception of batches, with a real MongoDB behind it."""
    mongo = connect(settings)
    keyring = Keyring(mongo, settings)
    contents = ContentStore(mongo, keyring)
    references = References(await keyring.secret("references"))
    inbound = Inbound(keyring, contents, references, await keyring.secret("addresses"), 1)
    seconds = []
    reading = []
    for number in range(rounds + 1):
        first = number * INBOUND_BATCH
        batch = [chat(n, 1) for n in range(first, first + INBOUND_BATCH)]
        began = time.process_time()
        for record in batch:
            json.loads(record.value or b"")
        reading.append(time.process_time() - began)
        began = time.process_time()
        received = await inbound.receive(batch)
        seconds.append(time.process_time() - began)
        if not all(isinstance(item, Command) for item in received):
            raise AssertionError("a message was not understood")
    await mongo.close()
    ours, bare = (min(some[1:]) / INBOUND_BATCH * 1e6 for some in (seconds, reading))
    return [
        Figure(
            "reception of a message in clear, its words stored",
            ours,
            "µs",
            "json.loads of it",
            bare,
            [at_most(60)],
        )
    ]


def chapter(quick: bool) -> Chapter:
    rounds = 2 if quick else 7
    figures = thinking(100 if quick else 2_000, rounds)
    figures += memory(1_000 if quick else 20_000)
    kinds, table = by_command(100 if quick else 2_000, rounds)
    figures += kinds
    figures += long_ticket(1_000 if quick else 10_000)
    with stack.running(["mongod"]) as settings:
        figures += uvloop.run(receiving(settings, 2 if quick else 20))
    return Chapter(
        "(f) Deciding and folding",
        figures,
        "Processor time of this process, best of some rounds. A ticket's life has ten commands; "
        f"reception takes batches of {INBOUND_BATCH}. A live ticket is its state and the outcomes "
        f"of its commands, as a lane keeps them.\n\nBy command:\n\n{table}",
    )
