"""`deskledger log tail | show | export`: the events themselves, as CloudEvents.

Filters by topic, aggregate and type; an aggregate's id names its partition, so only that is read.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.text import Text

from deploy.local import Problem
from deskledger.cloud_events import cloud_event, type_name
from deskledger.reading import Offsets, ends_of, records_between, records_from
from deskledger.shell import AsJson, console, print_json, progress, reach_ledger, say
from libs.events.codec import KafkaRecord
from libs.events.envelope import Position
from libs.events.ids import partition_of
from libs.events.kafka import Cluster, Ledger
from libs.events.topics import TOPICS
from libs.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Read the log's events.")

EVENT_TOPICS = tuple(topic.name for topic in TOPICS if topic.name.endswith(".events"))
WIDEN = 8  # how much further back to look when too few events matched

Topics = Annotated[list[str] | None, typer.Option("--topic", help=f"of {', '.join(EVENT_TOPICS)}")]
Aggregate = Annotated[str, typer.Option(help="of this ticket, conversation, contact or address")]
Types = Annotated[list[str] | None, typer.Option("--type", help="such as TicketSolved")]


@dataclass(frozen=True)
class Wanted:
    """Which events; empty means all."""

    topics: Sequence[str] = ()
    aggregate: str = ""
    types: Sequence[str] = ()

    def __post_init__(self) -> None:
        for topic in self.topics:
            if topic not in EVENT_TOPICS:
                known = ", ".join(EVENT_TOPICS)
                raise Problem(f"There are no events in {topic}; there are in {known}.")

    def matches(self, record: KafkaRecord) -> bool:
        if self.aggregate and record.key != self.aggregate.encode():
            return False
        return not self.types or type_name(dict(record.headers)["ce_type"].decode()) in self.types

    async def ends(self, cluster: Cluster, ledger: Ledger) -> Offsets:
        """Where the partitions end in which such events can stand."""
        partitions = list(range(ledger.lanes))
        if self.aggregate:
            try:
                partitions = [partition_of(self.aggregate, ledger.lanes)]
            except ValueError as error:
                raise Problem(f"{error}: they look like t-3f and 24 more hex digits") from error
        return await ends_of(cluster, list(self.topics or EVENT_TOPICS), partitions)


@app.command()
def tail(
    topic: Topics = None,
    aggregate: Aggregate = "",
    types: Types = None,
    count: Annotated[int, typer.Option("-n", min=0, help="how many to begin with")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on as they come")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the newest events, oldest first."""

    async def run() -> None:
        async with reach_ledger(Settings()) as (cluster, ledger):
            ends = await wanted.ends(cluster, ledger)
            for record in await newest(cluster, wanted, ends, count):
                show_line(cluster, record, as_json)
            if follow:
                async for record in records_from(cluster, ends):
                    if wanted.matches(record):
                        show_line(cluster, record, as_json)

    wanted = Wanted(topic or (), aggregate, types or ())
    asyncio.run(run())


@app.command()
def show(
    what: Annotated[
        str, typer.Argument(help="an aggregate's id, or a position such as tickets.events/0/12")
    ],
    as_json: AsJson = False,
) -> None:
    """Show one event, or all of an aggregate's, with everything that is stored."""

    async def run() -> int:
        shown = 0
        async with reach_ledger(Settings()) as (cluster, ledger):
            async for record in one_or_all(cluster, ledger, what):
                event = cloud_event(record, cluster.plain(record.topic))
                if as_json:
                    print_json(event)
                else:
                    print(json.dumps(event, indent=2, ensure_ascii=False))
                shown += 1
        return shown

    if not asyncio.run(run()):
        raise Problem(f"There is nothing of {what} in the log.")


@app.command()
def export(
    topic: Topics = None,
    aggregate: Aggregate = "",
    types: Types = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="a file instead of standard output")
    ] = None,
) -> None:
    """Write events as JSON lines: topic by topic, partition by partition, each in its order."""
    wanted = Wanted(topic or (), aggregate, types or ())
    if output is None:
        asyncio.run(export_to(sys.stdout, wanted))
        return
    unfinished = output.with_name(output.name + ".unfinished")
    with unfinished.open("w") as file:
        exported = asyncio.run(export_to(file, wanted))
    unfinished.rename(output)
    say(f"{exported:,} events in {output}")


async def export_to(file: TextIO, wanted: Wanted) -> int:
    """Write what is there now; how many events it was."""
    exported = done = 0
    async with reach_ledger(Settings()) as (cluster, ledger):
        ends = await wanted.ends(cluster, ledger)
        total = sum(ends.values())
        with progress("Exporting", "records") as on_progress:
            for tp, end in ends.items():
                async for record in records_between(cluster, {tp: 0}, {tp: end}):
                    if wanted.matches(record):
                        event = cloud_event(record, cluster.plain(record.topic))
                        file.write(json.dumps(event, ensure_ascii=False) + "\n")
                        exported += 1
                    on_progress(done + record.offset + 1, total)
                done += end
    return exported


async def newest(cluster: Cluster, wanted: Wanted, ends: Offsets, count: int) -> list[KafkaRecord]:
    """The last `count` events that match, in the order in which they were recorded."""
    window = WIDEN * count
    while True:
        starts = {tp: max(0, end - window) for tp, end in ends.items()}
        found = [r async for r in records_between(cluster, starts, ends) if wanted.matches(r)]
        if len(found) >= count or not any(starts.values()):
            return sorted(found, key=recorded_at)[len(found) - min(count, len(found)) :]
        window *= WIDEN


async def one_or_all(cluster: Cluster, ledger: Ledger, what: str) -> AsyncIterator[KafkaRecord]:
    """The record at a position, or those of an aggregate."""
    if "/" in what:
        try:
            position = Position.parse(what)
        except ValueError:
            raise Problem("A position reads topic/partition/offset.") from None
        tp = cluster.partition(position.topic, position.partition)
        ends = await Wanted([position.topic]).ends(cluster, ledger)
        if tp not in ends or position.offset >= ends[tp]:
            return
        starts, ends = {tp: position.offset}, {tp: position.offset + 1}
        wanted = Wanted()
    else:
        wanted = Wanted(aggregate=what)
        ends = await wanted.ends(cluster, ledger)
        starts = dict.fromkeys(ends, 0)
    async for record in records_between(cluster, starts, ends):
        if wanted.matches(record):
            yield record


def recorded_at(record: KafkaRecord) -> bytes:
    """A sortable text: instants are all written alike."""
    return dict(record.headers)["ce_recordedtime"]


def show_line(cluster: Cluster, record: KafkaRecord, as_json: bool) -> None:
    event = cloud_event(record, cluster.plain(record.topic))
    if as_json:
        print_json(event)
        sys.stdout.flush()
        return
    console().print(
        Text.assemble(
            (str(event["recordedtime"])[:23], "dim"),
            f"  {event['subject']} {event['sequence']:>4}  ",
            (f"{type_name(str(event['type'])):<22}", "bold"),
            (f"  {event['actor']}", "cyan"),
        ),
        soft_wrap=True,
    )
