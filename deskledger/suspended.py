"""`deskledger suspended list | show | release`: messages that became no ticket, and letting them.

What is suspended says the log (suspended, and never routed since); who wrote it and what, intake
keeps under a key of its own.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec
import typer

from deploy.local import Problem
from deskledger.reading import Offsets, ends_of, records_between, records_from
from deskledger.services import opened
from deskledger.shell import AsJson, operator, print_json, progress, show_table
from libs.contents import Content, Rendition
from libs.events.codec import decode_event
from libs.events.envelope import Command, Recorded, Reply
from libs.events.ids import event_id, partition_of
from libs.events.kafka import CommandSender
from libs.events.personal import Personal
from libs.events.published.conversations import (
    Arrival,
    MessageReceived,
    MessageRejected,
    MessageRouted,
    MessageSuspended,
    ReleaseMessage,
)
from libs.events.resources import Resources
from libs.settings import Settings
from services.intake.suspended import Suspended

app = typer.Typer(no_args_is_help=True, help="Look at messages that became no ticket.")

EVENTS, REPLIES = "conversations.events", "conversations.replies"
REPLY_SECONDS = 20.0
SHOWN_DIGITS = 12

Id = Annotated[str, typer.Argument(help="as `list` shows it")]


class Held(msgspec.Struct):
    """A suspended message. at: since when."""

    digest: str
    conversation_id: str
    arrival: Arrival
    at: datetime | None = None
    reason: str = ""
    sentence: str = ""


class Readable(msgspec.Struct, frozen=True):
    """A suspended message with its words; sender and subject may be "(erased)"."""

    id: str
    at: str
    sender: str
    subject: str
    text: str
    reason: str
    sentence: str


class Fold:
    """Which messages are suspended after the events so far."""

    def __init__(self) -> None:
        self.held: dict[str, Held] = {}

    def add(self, recorded: Recorded[object]) -> None:
        match recorded.data:
            case MessageReceived(arrival=arrival):
                self.held[arrival.digest] = Held(arrival.digest, recorded.aggregate_id, arrival)
            case MessageRouted(digest=digest) | MessageRejected(digest=digest):
                self.held.pop(digest, None)
            case MessageSuspended(digest=digest) as suspended:
                held = self.held.get(digest) or _from(suspended, recorded.aggregate_id)
                if held is None:
                    return
                self.held[digest] = held
                held.at, held.reason = recorded.recorded_at, suspended.reason
                held.sentence = suspended.sentence

    def suspended(self) -> list[Held]:
        """Newest first."""
        known = [(held.at, held) for held in self.held.values() if held.at is not None]
        return [held for _, held in sorted(known, key=lambda pair: pair[0], reverse=True)]


def _from(event: MessageSuspended, conversation_id: str) -> Held | None:
    """A message that was suspended after it had been routed; None where the event says too little
    (version 1, before there were such)."""
    if event.message is None or event.address is None or event.name is None:
        return None
    who = (event.address_id, event.address, event.name)
    arrival = Arrival(event.digest, event.account, *who, event.message, event.ticket_id)
    return Held(event.digest, conversation_id, arrival)


@app.command("list")
def show_list(as_json: AsJson = False) -> None:
    """List suspended messages, newest first."""

    async def run() -> list[Readable]:
        async with opened(Settings()) as resources:
            return await readable(resources, await suspended_messages(resources))

    messages = asyncio.run(run())
    if as_json:
        for message in messages:
            print_json(msgspec.to_builtins(message))
        return
    rows = ((m.id[:SHOWN_DIGITS], m.at[:19], m.sender, m.subject, m.sentence) for m in messages)
    show_table(("id", "since", "from", "subject", "why"), rows, empty="No message is suspended.")


@app.command()
def show(id: Id, as_json: AsJson = False) -> None:
    """Show one suspended message."""

    async def run() -> Readable:
        async with opened(Settings()) as resources:
            [message] = await readable(resources, [_one(await suspended_messages(resources), id)])
            return message

    message = asyncio.run(run())
    if as_json:
        print_json(msgspec.to_builtins(message))
        return
    print(f"From: {message.sender}\nSubject: {message.subject}\nSince: {message.at}")
    print(f"Why: {message.sentence}\n\n{message.text}")


@app.command()
def release(id: Id) -> None:
    """Let a suspended message become a ticket."""
    print(f"Released: it goes to ticket {asyncio.run(_release(id))}.")


async def _release(id: str) -> str:
    """Release a message; the ticket that it goes to."""
    async with opened(Settings()) as resources:
        held = _one(await suspended_messages(resources), id)
        lane = partition_of(held.conversation_id, resources.ledger.lanes)
        answers = await ends_of(resources.cluster, [EVENTS, REPLIES], [lane])
        command: Command[object] = Command(
            data=ReleaseMessage(held.digest),
            aggregate_id=held.conversation_id,
            actor=f"agent:{operator()}",
            reply_to=f"cli-{event_id()}",
        )
        async with resources.cluster.producing() as producer:
            sender = CommandSender(
                resources.cluster, producer, resources.keyring, resources.ledger.lanes
            )
            await sender.send([command])
        refusal = await _refusal(resources, answers, command.reply_to)
        if refusal:
            raise Problem(refusal)
        return await _ticket_of(resources, held, lane)


async def _refusal(resources: Resources, starts: Offsets, name: str) -> str:
    """Why a command was refused; "" when it was accepted: then an event is the answer to it."""
    records = records_from(resources.cluster, starts)
    try:
        async with asyncio.timeout(REPLY_SECONDS), contextlib.aclosing(records):
            async for record in records:
                if ("ce_replyto", name.encode()) in record.headers:
                    if resources.cluster.plain(record.topic) == EVENTS:
                        return ""
                    reply = msgspec.json.decode(record.value or b"", type=Reply)
                    return reply.sentence if reply.refusal else ""
    except TimeoutError:
        pass
    raise Problem(
        f"intake has not answered for {REPLY_SECONDS:.0f} s; the message is released as soon as "
        "it runs. See deskledger status"
    )


async def _ticket_of(resources: Resources, held: Held, lane: int) -> str:
    """Where the released message was routed to: the last routing of its digest."""
    ends = await ends_of(resources.cluster, [EVENTS], [lane])
    ticket_id = ""
    async for record in records_between(resources.cluster, dict.fromkeys(ends, 0), ends):
        if record.key == held.conversation_id.encode():
            data = decode_event(record, EVENTS).data
            if isinstance(data, MessageRouted) and data.digest == held.digest:
                ticket_id = data.ticket_id
    return ticket_id


def _one(messages: Iterable[Held], id: str) -> Held:
    """The message whose digest begins like this. Raises Problem for none or several."""
    found = [held for held in messages if held.digest.startswith(id)]
    if len(found) != 1:
        what = "is no suspended message" if not found else f"could be {len(found)} messages"
        raise Problem(f"{id} {what}: see deskledger suspended list")
    return found[0]


async def suspended_messages(resources: Resources) -> list[Held]:
    """What is suspended now, newest first."""
    cluster = resources.cluster
    ends = await ends_of(cluster, [EVENTS], list(range(resources.ledger.lanes)))
    total, done, fold = sum(ends.values()), 0, Fold()
    with progress("Reading conversations", "events") as on_progress:
        async for record in records_between(cluster, dict.fromkeys(ends, 0), ends):
            fold.add(decode_event(record, EVENTS))
            done += 1
            on_progress(done, total)
    return fold.suspended()


async def readable(resources: Resources, messages: list[Held]) -> list[Readable]:
    """The same with sender and words, as far as they are not erased."""
    arrivals = [await _kept(resources, held) for held in messages]
    await resources.keyring.load({value.key for a in arrivals for value in (a.address, a.name)})
    contents = await resources.contents.get(a.message.rendition.id for a in arrivals)
    return [
        _described(resources, held, arrival, contents[arrival.message.rendition.id])
        for held, arrival in zip(messages, arrivals, strict=True)
    ]


async def _kept(resources: Resources, held: Held) -> Arrival:
    """The message as intake keeps it, or as it arrived while it is not parked yet."""
    database = resources.mongo.database("intake")
    parked = Suspended(database, resources.keyring, resources.contents)
    try:
        kept = await parked.get([held.digest])
    except LookupError:
        return held.arrival
    return kept[held.digest]


def _described(resources: Resources, held: Held, arrival: Arrival, content: object) -> Readable:
    def clear(value: Personal[str]) -> str:
        return str(value.reveal(resources.keyring))

    rendition = Rendition.decode(content.data) if isinstance(content, Content) else None
    return Readable(
        id=held.digest,
        at=held.at.isoformat() if held.at else "",
        sender=clear(arrival.address),
        subject=rendition.subject if rendition else "(erased)",
        text=rendition.text if rendition else "(erased)",
        reason=held.reason,
        sentence=held.sentence,
    )
