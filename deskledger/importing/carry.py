"""From rows to commands, and from their outcomes to a report. Never a database: what is not an
event is not so.

Rows are carried some at a time: first every new address is claimed, then, when the contacts are
there, what is new about them is said. Whatever was done before changes nothing, so an import that
was cut short is begun again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from functools import partial
from typing import Literal

import msgspec

from deploy.local import Problem
from deskledger.importing.known import Known, Said, revealed
from deskledger.importing.plan import Wanted, organisation_id, wishes
from deskledger.importing.rows import Fault, Row
from deskledger.reading import Offsets, ends_of, records_from
from libs.contents import RENDITION_TYPE, NewContent, Rendition
from libs.events import topics
from libs.events.catalogue import CATALOGUE
from libs.events.envelope import Command, Reply
from libs.events.ids import event_id
from libs.events.kafka import CommandSender, utc_now
from libs.events.personal import Personal
from libs.events.published import contacts as c
from libs.events.resources import Resources

OUTCOME_SECONDS = 60.0
_ANSWERS = (c.ContactCreated, c.AddressAdded, c.AddressDeclined)
_ANSWERED = {CATALOGUE.entry(cls).header for cls in _ANSWERS}
# What a claim is answered when it is made once more.
_DONE_BEFORE = ("address_known", "domain_known", "exists")

Status = Literal["created", "matched", "changed", "refused"]


class Line(msgspec.Struct):
    """What became of a line. changes: names of the commands that changed something."""

    line: int
    status: Status
    contact_id: str = ""
    changes: list[str] = []
    faults: list[Fault] = []


class Outcomes:
    """What became of commands to an aggregate, as the log says it.

    refusals: code and sentence by command, "" for what was carried out; answered: (contact,
    address) where the contact has taken the address in, or declined it.
    """

    def __init__(self, resources: Resources, aggregate: str = "contacts") -> None:
        self._resources = resources
        self._events, self._replies = topics.events(aggregate), topics.replies(aggregate)
        self._waited: set[str] = set()
        self.name = f"import-{event_id()}"
        self.refusals: dict[str, tuple[str, str]] = {}
        self.answered: set[tuple[str, str]] = set()

    @contextlib.asynccontextmanager
    async def followed(self) -> AsyncIterator["Outcomes"]:
        """Follow the log while the block runs."""
        lanes = list(range(self._resources.ledger.lanes))
        starts = await ends_of(self._resources.cluster, [self._events, self._replies], lanes)
        task = asyncio.create_task(self._follow(starts))
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _follow(self, starts: Offsets) -> None:
        cluster = self._resources.cluster
        async for record in records_from(cluster, starts):
            headers = dict(record.headers)
            if cluster.plain(record.topic) == self._replies:
                reply = msgspec.json.decode(record.value or b"", type=Reply)
                if reply.command_id in self._waited:
                    self.refusals[reply.command_id] = (reply.refusal, reply.sentence)
                continue
            if (command_id := headers["ce_causationid"].decode()) in self._waited:
                self.refusals.setdefault(command_id, ("", ""))
            if headers["ce_type"] in _ANSWERED:
                address_id = msgspec.json.decode(record.value or b"")["address_id"]
                self.answered.add(((record.key or b"").decode(), address_id))

    def expect(self, commands: Sequence[Command[object]]) -> None:
        """These are about to be sent."""
        self._waited |= {one.command_id for one in commands}

    async def of(self, commands: Sequence[Command[object]]) -> list[str]:
        """Why each of these was refused, "" for what is so now. Raises Problem when nothing more
        is answered."""
        while any(one.command_id not in self.refusals for one in commands):
            await self.until(partial(self._are_more_than, len(self.refusals)))
        found = [self.refusals.pop(one.command_id) for one in commands]
        self._waited -= {one.command_id for one in commands}
        return ["" if code in _DONE_BEFORE else sentence for code, sentence in found]

    def _are_more_than(self, answers: int) -> bool:
        return len(self.refusals) > answers

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until it is so. Raises Problem when it takes too long."""
        try:
            async with asyncio.timeout(OUTCOME_SECONDS):
                while not so():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise Problem(
                f"intake has not answered for {OUTCOME_SECONDS:.0f} s: is it running? See "
                "deskledger status. Begin the import again then; nothing is imported twice."
            ) from None


class Task(msgspec.Struct):
    """A row on its way. addresses: (id, channel, address, column) that are to be claimed."""

    row: Row
    line: Line
    addresses: list[tuple[str, str, str, str]] = []


class Importer:
    """Carries rows. outcomes: None for a dry run, which sends nothing."""

    def __init__(
        self,
        resources: Resources,
        known: Known,
        address_id: Callable[[str, str], str],
        sender: CommandSender,
        actor: str,
        outcomes: Outcomes | None,
    ) -> None:
        self._resources = resources
        self._known = known
        self._address_id = address_id
        self._sender = sender
        self._actor = actor
        self._outcomes = outcomes
        self._firms: set[tuple[str, str]] = set()

    async def carry(self, rows: Sequence[Row]) -> list[Line]:
        """What became of these rows, or would. Raises Problem, KafkaError, PyMongoError."""
        tasks = [self._task(row) for row in rows]
        await self._claim(tasks)
        await self._found(tasks)
        await self._say(tasks)
        return [task.line for task in tasks]

    def _task(self, row: Row) -> Task:
        known = self._known
        given = [("email", mail, "email") for mail in row.emails]
        given += [("phone", row.phone, "phone")] if row.phone else []
        given += [(*row.handle, "handle")] if row.handle else []
        ids = [self._address_id(channel, address) for channel, address, _ in given]
        owner = next((known.owners[id] for id in ids if id in known.owners), "")
        line = Line(row.line, "matched" if owner else "created", owner or known.new_id(ids[0]))
        task = Task(row, line)
        for id, (channel, address, column) in zip(ids, given, strict=True):
            holder = known.owners.setdefault(id, line.contact_id)
            if holder != line.contact_id:
                sentence = f"This address belongs to {holder}: merge the two, or remove it there."
                line.faults.append(Fault(row.line, column, sentence))
            elif id not in self._held(line.contact_id):
                task.addresses.append((id, channel, address, column))
        return task

    def _held(self, contact_id: str) -> Collection[str]:
        view = self._known.people.get(contact_id)
        return view["held"] if view else ()

    async def _claim(self, tasks: Sequence[Task]) -> None:
        """Addresses first: they make the contacts."""
        claims = [(task, *address) for task in tasks for address in task.addresses]
        for task in tasks:
            if task.addresses and task.line.status == "matched":
                task.line.changes.append("AddAddress")
        if self._outcomes is None or not claims:
            return
        keys = await self._keys([id for _, id, *_ in claims])
        commands = [
            self._command(
                id,
                c.ClaimAddress(
                    task.line.contact_id,
                    channel,
                    Personal.of(address, key),
                    Personal.of(task.row.name, key),
                ),
            )
            for (task, id, channel, address, _), key in zip(claims, keys, strict=True)
        ]
        waiting: set[tuple[str, str]] = set()
        for (task, id, _, _, column), refusal in zip(
            claims, await self._sent(commands), strict=True
        ):
            if refusal:
                task.line.faults.append(Fault(task.row.line, column, refusal))
                if task.line.status == "created":
                    task.line.status = "refused"
            else:
                waiting.add((task.line.contact_id, id))
        outcomes = self._outcomes
        held = {
            (id, address) for id, view in self._known.people.items() for address in view["held"]
        }
        await outcomes.until(lambda: waiting <= outcomes.answered | held)

    async def _found(self, tasks: Sequence[Task]) -> None:
        """Organisations and their domains, each once."""
        for task in tasks:
            row = task.row
            if not row.organisation or (row.organisation.casefold(), row.domain) in self._firms:
                continue
            self._firms.add((row.organisation.casefold(), row.domain))
            id = organisation_id(self._known, row.organisation)
            commands: list[Command[object]] = []
            if row.organisation.casefold() not in self._known.organisations:
                commands.append(self._command(id, c.CreateOrganisation(row.organisation)))
                self._known.organisations[row.organisation.casefold()] = id
            if row.domain:
                claim = c.ClaimDomain(id, row.domain)
                commands.append(self._command(c.domain_id(row.domain), claim))
            if self._outcomes is not None:
                refusals = [one for one in await self._sent(commands) if one]
                task.line.faults += [Fault(row.line, "domain", one) for one in refusals]

    async def _say(self, tasks: Sequence[Task]) -> None:
        """What the rows say of their contacts beyond what is known."""
        said: list[tuple[Task, Wanted]] = []
        for task in tasks:
            if task.line.status == "refused":
                continue
            view = self._known.people.get(task.line.contact_id)
            told = await revealed(self._resources, task.line.contact_id, view) if view else Said()
            if task.line.status == "created":
                told = msgspec.structs.replace(told, name=task.row.name)
            wanted = wishes(task.row, self._known, view, told)
            task.line.changes += [one.name for one in wanted]
            said += [(task, one) for one in wanted]
            if task.line.changes and task.line.status == "matched":
                task.line.status = "changed"
        if self._outcomes is None or not said:
            return
        keys = await self._keys([task.line.contact_id for task, _ in said])
        commands = [
            self._command(task.line.contact_id, await self._data(task.line.contact_id, one, key))
            for (task, one), key in zip(said, keys, strict=True)
        ]
        for (task, one), refusal in zip(said, await self._sent(commands), strict=True):
            if refusal:
                task.line.faults.append(Fault(task.row.line, one.column, refusal))

    async def _data(self, contact_id: str, wanted: Wanted, key: str) -> msgspec.Struct:
        if wanted.make is not None:
            return wanted.make(Personal.of(wanted.clear, key))
        words = Rendition(text=wanted.note).encode()
        await self._resources.keyring.load([contact_id])
        [stored] = await self._resources.contents.put(
            [NewContent(contact_id, words, RENDITION_TYPE)]
        )
        return c.AddCustomerNote(stored, len(wanted.note))

    async def _keys(self, abouts: Sequence[str]) -> list[str]:
        return await self._resources.keyring.transit_keys(utc_now(), abouts)

    def _command(self, to: str, data: msgspec.Struct) -> Command[object]:
        reply_to = self._outcomes.name if self._outcomes else ""
        return Command(data=data, aggregate_id=to, actor=self._actor, reply_to=reply_to)

    async def _sent(self, commands: Sequence[Command[object]]) -> list[str]:
        assert self._outcomes is not None
        self._outcomes.expect(commands)
        await self._sender.send(commands)
        return await self._outcomes.of(commands)
