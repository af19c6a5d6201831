"""`deskledger dead-letters list | show | retry | discard`: what waits for a person to decide.

Two kinds wait. A dead letter could not be handled: once its cause is mended, retrying publishes it
again where it came from. A quarantined aggregate has hit a bug in our own code, and its commands
are parked: once that is mended, retrying lets its lane decide all of them, in order.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
import typer
from aiokafka import TopicPartition

from deploy.local import Problem
from deskledger.reading import records_between
from deskledger.services import deciding, opened
from deskledger.shell import AsJson, print_json, show_table
from libs.events.dead_letters import RELEASE, Body, Letter, read
from libs.events.envelope import Headers, Position
from libs.events.ids import partition_of
from libs.events.lane import Deciders
from libs.events.resources import Resources
from libs.events.topics import commands
from libs.keyring import Erased
from libs.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Look at what could not be handled, and retry it.")

OUTCOME_SECONDS = 20.0

Id = Annotated[str, typer.Argument(help="as `list` shows it: a position, or an aggregate's id")]


class Waiting(msgspec.Struct, frozen=True):
    """One line of the list.

    id: the dead letter's position, or the quarantined aggregate; commands: how many are parked;
    source: where the (first) original stood.
    """

    id: str
    kind: Literal["dead letter", "quarantine"]
    service: str
    at: datetime
    source: str
    commands: int
    sentence: str


def waiting(service: str, letters: Iterable[Letter]) -> list[Waiting]:
    """What of these letters (each partition in its order) waits for a person, newest first."""
    dead: list[Waiting] = []
    parked: dict[str, Waiting] = {}
    for letter in letters:
        match letter.kind:
            case "dead":
                at, source = letter.at, str(letter.source)
                position = str(letter.position)
                dead.append(
                    Waiting(position, "dead letter", service, at, source, 1, letter.sentence)
                )
            case "parked":
                parked[letter.aggregate_id] = _one_more(service, parked, letter)
            case "released":
                parked.pop(letter.aggregate_id, None)
    return sorted([*dead, *parked.values()], key=lambda entry: entry.at, reverse=True)


def _one_more(service: str, parked: Mapping[str, Waiting], letter: Letter) -> Waiting:
    id = letter.aggregate_id
    if (known := parked.get(id)) is not None:
        return msgspec.structs.replace(known, commands=known.commands + 1)
    return Waiting(id, "quarantine", service, letter.at, str(letter.source), 1, letter.sentence)


@app.command("list")
def show_list(as_json: AsJson = False) -> None:
    """List dead letters and quarantined aggregates, newest first."""
    entries = asyncio.run(_all())
    if as_json:
        for entry in entries:
            print_json(msgspec.to_builtins(entry))
        return
    rows = (
        (entry.id, entry.kind, f"{entry.at:%Y-%m-%d %H:%M:%S}", str(entry.commands), entry.sentence)
        for entry in entries
    )
    show_table(("id", "kind", "since", "records", "why"), rows, empty="Nothing waits.")


@app.command()
def show(id: Id) -> None:
    """Show the original records behind a line of the list, as JSON lines."""

    async def run() -> int:
        shown = 0
        async with opened(Settings()) as resources:
            async for letter in _letters(resources):
                if id in (str(letter.position), letter.aggregate_id):
                    shown_as = _readable(letter, await letter.body(resources.keyring))
                    print(json.dumps(shown_as, indent=2, ensure_ascii=False))
                    shown += 1
        return shown

    if not asyncio.run(run()):
        raise Problem(f"There is no dead letter {id}: see deskledger dead-letters list")


@app.command()
def discard(id: Id) -> None:
    """Destroy what a dead letter holds; its line in the list stays, and says nothing of anybody."""

    async def run() -> None:
        async with opened(Settings()) as resources:
            entry = next((one for one in await _waiting(resources) if one.id == id), None)
            if entry is None or entry.kind != "dead letter":
                raise Problem(f"There is no dead letter {id}: see deskledger dead-letters list")
            await resources.keyring.destroy([(await _letter(resources, entry)).key])

    asyncio.run(run())
    print("It is destroyed.")


@app.command()
def retry(id: Id) -> None:
    """Try again, after the cause was mended, and say what became of it."""
    again = asyncio.run(_retry(id))
    if again is not None:
        raise Problem(f"It failed again: {again.sentence}")
    print("It was decided.")


async def _all() -> list[Waiting]:
    async with opened(Settings()) as resources:
        return await _waiting(resources)


async def _waiting(resources: Resources) -> list[Waiting]:
    entries: list[Waiting] = []
    for service in await deciding(resources):
        entries += waiting(service, [letter async for letter in _of(resources, service)])
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


async def _retry(id: str) -> Waiting | None:
    """Retry one entry; what waits in its place if it failed again."""
    async with opened(Settings()) as resources:
        entry = next((entry for entry in await _waiting(resources) if entry.id == id), None)
        if entry is None:
            raise Problem(f"{id} does not wait: see deskledger dead-letters list")
        deciders = (await deciding(resources))[entry.service]
        sent = await _send_again(resources, deciders, entry)
        await _decided(resources, deciders, sent)
        now = await _waiting(resources)
        if entry.kind == "quarantine":
            return next((other for other in now if other.id == entry.id), None)
        return next((other for other in now if other.source == str(sent)), None)


async def _send_again(resources: Resources, deciders: Deciders, entry: Waiting) -> Position:
    """Publish what makes a lane try again; where it stands now."""
    if entry.kind == "quarantine":
        aggregate = deciders.aggregates[entry.id.partition("-")[0]]
        partition = partition_of(entry.id, resources.ledger.lanes)
        where, key, value = (commands(aggregate.name), partition), entry.id.encode(), b""
        headers: Headers = [("ce_type", RELEASE)]
    else:
        letter = await _letter(resources, entry)
        body = await letter.body(resources.keyring)
        if isinstance(body, Erased):
            raise Problem("Whoever it was about has been erased, and it with them.")
        where, key = (letter.source.topic, letter.source.partition), body.key
        value, headers = body.value, body.headers
        if body.truncated:
            value = await _whole(resources, letter)
    topic, partition = where
    async with resources.cluster.producing() as producer:
        sent = await producer.send_and_wait(
            resources.cluster.topic(topic),
            key=key,
            value=value,
            headers=headers,
            partition=partition,
        )
    return Position(topic, partition, sent.offset)


async def _letter(resources: Resources, entry: Waiting) -> Letter:
    position = Position.parse(entry.id)
    letters = read(resources.cluster, entry.service, [position.partition], position.offset)
    async for letter in letters:
        return letter
    raise Problem(f"{entry.id} has just expired.")


async def _whole(resources: Resources, letter: Letter) -> bytes:
    """The original of a letter that was too large to be kept, while its topic still has it."""
    source = letter.source
    tp = resources.cluster.partition(source.topic, source.partition)
    starts, ends = {tp: source.offset}, {tp: source.offset + 1}
    async for record in records_between(resources.cluster, starts, ends):
        return record.value or b""
    raise Problem(f"The original at {source} has expired, and was too large to be kept here.")


async def _decided(resources: Resources, deciders: Deciders, sent: Position) -> None:
    """Return when the lane has committed its decision about this record."""
    tp = TopicPartition(resources.cluster.topic(sent.topic), sent.partition)
    async with resources.cluster.consumer(group=deciders.service) as consumer:
        try:
            async with asyncio.timeout(OUTCOME_SECONDS):
                while (await consumer.committed(tp) or 0) <= sent.offset:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise Problem(
                f"It was sent again, but {deciders.service} has not looked at it for "
                f"{OUTCOME_SECONDS:.0f} s: is it running? See deskledger status"
            ) from None


async def _letters(resources: Resources) -> AsyncIterator[Letter]:
    for service in await deciding(resources):
        async for letter in _of(resources, service):
            yield letter


def _of(resources: Resources, service: str) -> AsyncIterator[Letter]:
    return read(resources.cluster, service, range(resources.ledger.lanes))


def _readable(letter: Letter, body: Body | Erased) -> dict[str, object]:
    about: dict[str, object] = {
        "position": str(letter.position),
        "kind": letter.kind,
        "why": letter.sentence,
        "at": letter.at.isoformat(),
        "source": str(letter.source),
    }
    if isinstance(body, Erased):
        return {**about, "value": str(body)}
    return {
        **about,
        "key": body.key.decode(errors="replace"),
        "headers": {name: value.decode(errors="replace") for name, value in body.headers},
        "value": body.value.decode(errors="replace"),
        "truncated": body.truncated,
    }
