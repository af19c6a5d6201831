"""`deskledger export`: everything that the desk holds as JSON lines, read as an admin reads it.

What is erased or redacted is gone in it, too. A folder that was begun is gone on with: each file is
put in its place when it is whole, and tickets go on behind the last page that was written.
"""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Annotated, cast

import anyio
import msgspec
import typer

from deploy.local import Problem
from deskledger.desk import standing
from deskledger.desk_file import written
from deskledger.gateway_client import gateway_client
from deskledger.reading import ends_of, records_between
from deskledger.shell import OnProgress, operator, progress, reach_ledger, say
from deskledger_client import Client, NotFound
from deskledger_client.models import MessagePage, TicketPage
from libs.events.catalogue import CATALOGUE
from libs.events.published import contacts as c
from libs.settings import Settings

# As many as a page has; each page is asked for by a token of its own, which outlives it.
PAGE = 50
AT_ONCE = 4
FILES = "attachments"
_CONTACTS = "contacts.events"
_BEGUN, _PLACE = ".part", ".place"

app = typer.Typer()


class Place(msgspec.Struct):
    """How far tickets are: the cursor of the next page, "" for the first; how many bytes the pages
    before have taken, and how many tickets they were."""

    cursor: str = ""
    size: int = 0
    count: int = 0


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="where it goes; gone on with if it was begun")],
    files: Annotated[bool, typer.Option(help="with the files of messages")] = True,
) -> None:
    """Export tickets, contacts, organisations and the desk's setup, as JSON lines.

    It holds personal data in clear: the folder is made for its owner alone.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / "tickets.jsonl").exists():
        raise Problem(f"{folder} holds a whole export already: name another folder.")
    with progress("Exporting", "objects") as on_progress:
        counts = asyncio.run(_export(folder, files, on_progress))
    print(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    say("It is personal data in clear: keep it as you keep the desk itself, and no longer.")


async def _export(folder: Path, files: bool, on_progress: OnProgress) -> Mapping[str, int]:
    settings = Settings()
    async with gateway_client(settings, operator(), "admin") as gateway:
        setup = written((await standing(gateway))[0])
        with _whole(folder / "desk.toml") as path:
            path.write_text(setup)
    counts = await _people(settings, folder, on_progress)
    tickets = await _tickets(settings, folder, files, on_progress)
    return {"tickets": tickets, **counts}


async def _people(settings: Settings, folder: Path, on_progress: OnProgress) -> dict[str, int]:
    """Contacts and organisations in the order in which they came, as they are now."""
    counts = {"contacts": 0, "organisations": 0}
    kinds = {
        CATALOGUE.entry(c.ContactCreated).header: "contacts",
        CATALOGUE.entry(c.OrganisationCreated).header: "organisations",
    }
    if all((folder / f"{name}.jsonl").exists() for name in counts):
        return {name: _lines_in(folder / f"{name}.jsonl") for name in counts}
    async with reach_ledger(settings) as (cluster, ledger):
        ends = await ends_of(cluster, [_CONTACTS], list(range(ledger.lanes)))
        with (
            _whole(folder / "contacts.jsonl") as contacts,
            _whole(folder / "organisations.jsonl") as organisations,
            contacts.open("w") as people,
            organisations.open("w") as firms,
        ):
            into = {"contacts": people, "organisations": firms}
            some: list[tuple[str, str]] = []
            starts = dict.fromkeys(ends, 0)
            async for record in records_between(cluster, starts, ends):
                kind = kinds.get(dict(record.headers)["ce_type"])
                if kind is not None:
                    some.append((kind, (record.key or b"").decode()))
                if len(some) == PAGE:
                    await _write_people(settings, some, into, counts)
                    on_progress(sum(counts.values()), 0, "People")
                    some = []
            await _write_people(settings, some, into, counts)
    return counts


async def _write_people(
    settings: Settings,
    some: list[tuple[str, str]],
    into: Mapping[str, IO[str]],
    counts: dict[str, int],
) -> None:
    async with gateway_client(settings, operator(), "admin") as gateway:
        for kind, id in some:
            read = gateway.contacts.read if kind == "contacts" else gateway.organisations.read
            with suppress(NotFound):  # its events are there before it is shown
                _write(into[kind], cast(Mapping[str, object], await read(id)))
                counts[kind] += 1


async def _tickets(settings: Settings, folder: Path, files: bool, on_progress: OnProgress) -> int:
    """Page after page, the newest first; how many there are."""
    target, begun = folder / "tickets.jsonl", folder / f"tickets.jsonl{_BEGUN}"
    noted = folder / f"tickets{_PLACE}"
    place = msgspec.json.decode(noted.read_bytes(), type=Place) if noted.exists() else Place()
    begun.touch()
    begun.chmod(0o600)
    (folder / FILES).mkdir(mode=0o700, exist_ok=True)
    with begun.open("r+") as lines:
        lines.truncate(place.size)
        lines.seek(place.size)
        while True:
            async with gateway_client(settings, operator(), "admin") as gateway:
                page = await gateway.tickets.list(
                    sort="created", limit=PAGE, cursor=place.cursor or None
                )
                found = cast("list[TicketPage]", page["items"])
                limit = asyncio.Semaphore(AT_ONCE)
                whole = await asyncio.gather(
                    *(_ticket(gateway, one, folder if files else None, limit) for one in found)
                )
            for each in whole:
                _write(lines, each)
            lines.flush()
            os.fsync(lines.fileno())
            cursor = page["next"]
            place = Place(cursor or "", lines.tell(), place.count + len(whole))
            on_progress(place.count, 0, f"Tickets: {place.count:,}")
            if cursor is None:
                break
            _put(noted, msgspec.json.encode(place))
    begun.replace(target)
    noted.unlink(missing_ok=True)
    return place.count


async def _ticket(
    gateway: Client, ticket: TicketPage, folder: Path | None, limit: asyncio.Semaphore
) -> Mapping[str, object]:
    """A ticket with what was said and what was done; its files beside."""
    async with limit:
        id = ticket["id"]
        said = [one async for one in gateway.tickets.read_conversation_all(id, limit=100)]
        history = [one async for one in gateway.tickets.read_history_all(id, limit=100)]
        if folder is not None:
            for message in said:
                await _keep_files(gateway, message, folder / FILES)
        return {"id": id, "ticket": ticket, "conversation": said, "history": history}


async def _keep_files(gateway: Client, message: MessagePage, folder: Path) -> None:
    for file in message["attachments"]:
        target = folder / file["id"]
        if file["redacted"] or target.exists():
            continue
        begun = target.with_suffix(_BEGUN)
        with suppress(NotFound):  # erased since
            async with await anyio.open_file(begun, "wb") as opened:
                async for piece in gateway.tickets.download(message["ticket"], file["id"]):
                    await opened.write(piece)
            begun.replace(target)


def _write(lines: IO[str], record: Mapping[str, object]) -> None:
    lines.write(json.dumps(record, ensure_ascii=False) + "\n")


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A file to write, which takes its place when the block is done."""
    begun = target.with_name(target.name + _BEGUN)
    begun.touch()
    begun.chmod(0o600)
    yield begun
    begun.replace(target)


def _put(target: Path, data: bytes) -> None:
    with _whole(target) as begun:
        begun.write_bytes(data)


def _lines_in(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for _ in lines)
