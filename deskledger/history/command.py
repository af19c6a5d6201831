"""`deskledger import`: the tickets of another helpdesk, with their people, times and actors."""

import asyncio
import csv
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import typer
from aiokafka.errors import KafkaError

from adapters.email.accounts import Accounts
from adapters.email.settings import EmailSettings
from deploy.local import Problem
from deskledger.history import own, table, zammad, zendesk
from deskledger.history.attached import Attached
from deskledger.history.carry import Carrier, batches
from deskledger.history.files import Found, objects
from deskledger.history.links import Linker, several, told_on
from deskledger.history.memory import Memory, PyMongoError
from deskledger.history.model import NotTaken, Person, Ticket
from deskledger.history.people import People, agent_ids
from deskledger.history.plan import Who, code
from deskledger.history.staging import Staging
from deskledger.history.tally import Tally
from deskledger.history.telling import Telling
from deskledger.importing.carry import Outcomes
from deskledger.services import opened
from deskledger.shell import AsJson, OnProgress, progress
from libs.events.ids import event_id
from libs.events.kafka import CommandSender, utc_now
from libs.events.resources import Resources

app = typer.Typer(
    no_args_is_help=True,
    help="Bring the tickets of another helpdesk in, as history about which nobody is told.",
)

T = TypeVar("T")
AT_ONCE = 100
HEAVIEST_CHARACTERS = 8_000_000
_ATTEMPTS = 5
_PAUSE_SECONDS = 2.0
_STAGED = 1_000


@dataclass(frozen=True)
class Source:
    """A helpdesk whose exports can be read: what stands in its files, who people are, and what
    tickets. agent: what its agents are called here, where that is known by their ids ("" for who
    is none)."""

    objects: Callable[[Path], Iterator[Found | NotTaken]]
    people: Callable[[Staging], Iterator[Person | NotTaken]]
    tickets: Callable[[Staging], Iterator[Ticket | NotTaken]]
    agent: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Wanted:
    """What is to be imported, and how. agents, teams: what they are called here, by their addresses
    or names there."""

    source: Source
    path: Path
    name: str
    account: str | None
    agents: Mapping[str, str]
    teams: Mapping[str, str]
    dry: bool


Path_ = Annotated[
    Path, typer.Argument(help="the export: a folder of JSON files, or one of them", exists=True)
]
Name = Annotated[
    str,
    typer.Option(
        "--name", help="what the other helpdesk is called, where there are several of a kind"
    ),
]
Account = Annotated[
    str | None,
    typer.Option(help="our account through which its customers are answered from now on"),
]
Agents = Annotated[
    Path | None,
    typer.Option(
        help="a CSV file: an agent's mail address (or id) there, and their id here",
        exists=True,
        dir_okay=False,
    ),
]
Teams = Annotated[
    Path | None,
    typer.Option(
        help="a CSV file: a group's name there, and the team's id here", exists=True, dir_okay=False
    ),
]
Report = Annotated[
    Path | None, typer.Option(help="write what could not be taken there, as JSON lines")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="only say what would become of it all")]


@app.command("zendesk")
def import_zendesk(
    path: Path_,
    name: Name = zendesk.SOURCE,
    account: Account = None,
    agents: Agents = None,
    teams: Teams = None,
    report: Report = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import tickets, users and organizations that Zendesk has exported.

    What was taken is not taken again: an import that was stopped is simply run again, and a later
    export brings what has come since.
    """
    read = partial(objects, kinds=zendesk.KINDS, only=zendesk.ONLY)
    source = Source(read, zendesk.people, zendesk.tickets)
    wanted = Wanted(source, path, name, account, _pairs(agents), _pairs(teams), dry_run)
    run(wanted, report, as_json)


@app.command("zammad")
def import_zammad(
    path: Path_,
    name: Name = zammad.SOURCE,
    account: Account = None,
    agents: Agents = None,
    teams: Teams = None,
    report: Report = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import tickets, users and organizations as Zammad's API has them."""
    read = partial(objects, kinds=zammad.KINDS, only=zammad.ONLY)
    source = Source(read, zammad.people, zammad.tickets)
    wanted = Wanted(source, path, name, account, _pairs(agents), _pairs(teams), dry_run)
    run(wanted, report, as_json)


@app.command("deskledger")
def import_own(
    path: Path_,
    name: Name = own.SOURCE,
    account: Account = None,
    teams: Teams = None,
    report: Report = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import what `deskledger export` has written, into a desk that begins anew."""
    read = partial(objects, kinds=own.KINDS, only=own.ONLY)
    source = Source(read, own.people, own.tickets, own.agent)
    run(Wanted(source, path, name, account, {}, _pairs(teams), dry_run), report, as_json)


@app.command("csv")
def import_csv(
    file: Annotated[Path, typer.Argument(help="a CSV file", exists=True, dir_okay=False)],
    name: Name = table.SOURCE,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="a column's name in the file: 'ticket=Case Number'; repeat it"),
    ] = None,
    time_zone: Annotated[
        str, typer.Option(help="of instants without an offset, as Europe/Berlin")
    ] = "UTC",
    account: Account = None,
    agents: Agents = None,
    teams: Teams = None,
    report: Report = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import tickets from a CSV file: a row is what was said, or changed, at an instant."""
    if time_zone not in available_timezones():
        raise Problem("Name the time zone as the IANA database does, such as Europe/Berlin.")
    read = partial(table.rows, names=_mapped(columns or []), zone=ZoneInfo(time_zone))
    source = Source(read, table.people, table.tickets)
    wanted = Wanted(source, file, name, account, _pairs(agents), _pairs(teams), dry_run)
    run(wanted, report, as_json)


def run(wanted: Wanted, report: Path | None, as_json: bool) -> None:
    """Import it and tell of it; exits with 1 where something could not be taken."""
    if code(wanted.name) != wanted.name:
        raise Problem(f"--name is a code, such as {code(wanted.name) or 'zendesk'}.")
    with ExitStack() as stack:
        told = stack.enter_context(report.open("w")) if report else None
        tally = Tally(as_json, told)
        on_progress = stack.enter_context(progress("Importing", "objects"))
        asyncio.run(_import(wanted, tally, on_progress))
    tally.summarise(wanted.dry)
    raise typer.Exit(1 if tally.not_taken else 0)


async def _import(wanted: Wanted, tally: Tally, on_progress: OnProgress) -> None:
    settings = EmailSettings()
    account = _account(settings, wanted.account)
    with closing(Staging()) as staging:
        await asyncio.to_thread(_stage, wanted, staging, tally)
        async with opened(settings) as resources, _sending(resources) as sender:
            importing = Importing(wanted, settings, staging, resources, sender, tally, account)
            await importing.run(on_progress)


class Importing:
    """One import at work: first the people, then the tickets, then the links among them."""

    def __init__(
        self,
        wanted: Wanted,
        settings: EmailSettings,
        staging: Staging,
        resources: Resources,
        sender: CommandSender,
        tally: Tally,
        account: str,
    ) -> None:
        self._wanted = wanted
        self._staging = staging
        self._resources = resources
        self._sender = sender
        self._tally = tally
        self._account = account
        by_address = {mail.casefold(): id for mail, id in settings.agent_addresses.items()}
        self._agent_id = agent_ids(by_address, wanted.agents, wanted.name)
        self._agents: dict[str, Person] = {}
        self._refused: set[str] = set()
        self._total = staging.count("users") + staging.count("tickets")
        self._done = 0

    async def run(self, on_progress: OnProgress) -> None:
        """All of it. Raises Problem, KafkaError, PyMongoError, KeyringError."""
        wanted, on = self._wanted, self._resources
        contacts, tickets = Outcomes(on), Outcomes(on, "tickets")
        async with contacts.followed(), tickets.followed():
            secret = await on.keyring.secret("addresses")
            outcomes = None if wanted.dry else contacts
            people = People(on, self._sender, wanted.name, secret, outcomes)
            for some in (self._customers(), self._askers()):
                async for person, line, left in people.take(some):
                    if line.status == "refused":
                        self._refused.add(person.id)
                    else:
                        self._staging.remember([(person.id, line.contact_id)])
                    self._tally.line("person", person.id, line.status, line.contact_id, 0, left)
                    self._done += 1
                    on_progress(self._done, self._total, "People")
            memory, who = Memory(on.mongo.database("cli")), self._who()
            outcomes = None if wanted.dry else tickets
            telling = Telling(self._sender, f"import-{event_id()}", outcomes)
            attached = Attached(wanted.path if wanted.path.is_dir() else wanted.path.parent)
            await self._tickets(Carrier(on, memory, who, attached, telling), on_progress)
            linker = Linker(memory, who, telling, self._staging.opened)
            await self._links(linker, on_progress)

    def _customers(self) -> Iterator[Person]:
        """Those who are no agents; agents are noted."""
        for one in self._wanted.source.people(self._staging):
            if isinstance(one, NotTaken):
                self._tally.left(one)
            elif one.agent:
                self._agents[one.id] = one
            else:
                yield one

    def _askers(self) -> Iterator[Person]:
        """Whose tickets there are beside: agents who ask for themselves, people who were deleted
        there."""
        seen = set(self._refused)
        for ticket in self._wanted.source.tickets(self._staging):
            if isinstance(ticket, NotTaken) or ticket.requester in seen:
                continue
            if ticket.requester and not self._staging.contact(ticket.requester):
                seen.add(ticket.requester)
                yield self._agents.get(ticket.requester, Person(ticket.requester))

    def _who(self) -> Who:
        return Who(
            contact=self._staging.contact,
            agent=self._wanted.source.agent or self._agent,
            team=self._wanted.teams,
            account=self._account,
            source=self._wanted.name,
            now=utc_now(),
        )

    def _agent(self, id: str) -> str:
        person = self._agents.get(id)
        return self._agent_id(person) if person else ""

    async def _tickets(self, carrier: Carrier, on_progress: OnProgress) -> None:
        source = self._wanted.source
        for batch in batches(source.tickets(self._staging), AT_ONCE, HEAVIEST_CHARACTERS):
            whole = [one for one in batch if isinstance(one, Ticket)]
            for ticket, line in zip(
                whole, await _patiently(partial(carrier.carry, whole)), strict=True
            ):
                self._tally.line(
                    "ticket", line.id, line.status, line.ticket_id, line.taken, line.not_taken
                )
                if line.status != "refused":
                    self._staging.open(ticket.id, ticket.opened_at)
                    for link in ticket.links:
                        self._staging.link(*told_on(ticket.id, link))
            for one in batch:
                if isinstance(one, NotTaken):
                    self._tally.left(one)
            self._done += len(batch)
            on_progress(self._done, self._total, "Tickets")

    async def _links(self, linker: Linker, on_progress: OnProgress) -> None:
        """When all tickets are there, since each may name one that comes later."""
        self._total += self._staging.count_links()
        for some in several(self._staging.links(), AT_ONCE):
            for line in await _patiently(partial(linker.tell, some)):
                self._tally.line(
                    "link", line.id, line.status, line.ticket_id, line.taken, line.not_taken
                )
            self._done += len(some)
            on_progress(self._done, self._total, "Links")


async def _patiently(carry: Callable[[], Awaitable[T]]) -> T:
    """A server that is away for a moment does not end an import of hours."""
    for attempt in range(1, _ATTEMPTS):
        try:
            return await carry()
        except (KafkaError, PyMongoError):
            await asyncio.sleep(_PAUSE_SECONDS * attempt)
    return await carry()


def _stage(wanted: Wanted, staging: Staging, tally: Tally) -> None:
    some: list[tuple[str, str, str, bytes]] = []
    for one in wanted.source.objects(wanted.path):
        if isinstance(one, Found):
            some.append(one)
        else:
            tally.left(one)
        if len(some) == _STAGED:
            staging.add(some)
            some = []
    staging.add(some)


@asynccontextmanager
async def _sending(resources: Resources) -> AsyncIterator[CommandSender]:
    async with resources.cluster.producing() as producer:
        yield CommandSender(resources.cluster, producer, resources.keyring, resources.ledger.lanes)


def _account(settings: EmailSettings, named: str | None) -> str:
    """Our account of the imported tickets. Raises Problem for one that there is not."""
    try:
        accounts = Accounts.of(settings)
    except ValueError as error:
        raise Problem(f"The file of mailboxes cannot be read: {error}") from error
    if named is None:
        return accounts.account_of(settings.support_address) or "support"
    if named not in (known := set(accounts.by_address.values())):
        raise Problem(f"There is no account {named}; there are {', '.join(sorted(known))}.")
    return named


def _mapped(columns: Sequence[str]) -> dict[str, str]:
    """What ``--map`` says. Raises Problem for what names no two columns."""
    pairs = [one.partition("=") for one in columns]
    for ours, _, theirs in pairs:
        if not ours or not theirs:
            raise Problem("--map names a column and what it is called: 'ticket=Case Number'.")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def _pairs(file: Path | None) -> dict[str, str]:
    """A file of two columns. Raises Problem for a line with another number."""
    if file is None:
        return {}
    pairs: dict[str, str] = {}
    with file.open(encoding="utf-8-sig", newline="") as opened_file:
        for number, cells in enumerate(csv.reader(opened_file), 1):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != 2:
                raise Problem(f"{file}, line {number}: it has {len(cells)} columns, not two.")
            pairs[cells[0].strip()] = cells[1].strip()
            pairs[cells[0].strip().casefold()] = cells[1].strip()
    return pairs
