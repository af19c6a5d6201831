"""People of another helpdesk as contacts and agents of ours."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from itertools import islice

from deskledger.history.model import NotTaken, Person
from deskledger.history.plan import stranger
from deskledger.importing.carry import Importer, Line, Outcomes
from deskledger.importing.known import known
from deskledger.importing.rows import Fault, Row, understood
from libs.events.kafka import CommandSender
from libs.events.published.contacts import address_id
from libs.events.resources import Resources

# The log of contacts is read once for so many, whose views are in memory for that time.
AT_ONCE = 20_000
_BATCH = 200
# What somebody can be taken without.
_SPARE = ("language", "time_zone", "domain", "name", "phone")


class People:
    """Takes people as contacts, and remembers who became whom. source: by which somebody without
    any address is known; outcomes: None for a dry run."""

    def __init__(
        self,
        resources: Resources,
        sender: CommandSender,
        source: str,
        secret: bytes,
        outcomes: Outcomes | None,
    ) -> None:
        self._resources = resources
        self._sender = sender
        self._source = source
        self._secret = secret
        self._outcomes = outcomes

    async def take(
        self, people: Iterator[Person]
    ) -> AsyncIterator[tuple[Person, Line, Sequence[NotTaken]]]:
        """Each with what became of it. Raises Problem, KafkaError, PyMongoError, KeyringError."""
        while some := list(islice(people, AT_ONCE)):
            rows = [row_of(number, person, self._source) for number, person in enumerate(some)]
            wanted = {id for row, _ in rows for id in self._ids(row)}
            before = await known(self._resources, wanted)
            importer = Importer(
                self._resources, before, self._place, self._sender, "service:import", self._outcomes
            )
            for start in range(0, len(rows), _BATCH):
                batch = rows[start : start + _BATCH]
                lines = await importer.carry([row for row, _ in batch])
                for line, (_, faults) in zip(lines, batch, strict=True):
                    person = some[line.line]
                    told = [_told(person, fault) for fault in (*faults, *line.faults)]
                    yield person, line, told

    def _place(self, channel: str, address: str) -> str:
        return address_id(self._secret, channel, address)

    def _ids(self, row: Row) -> Iterator[str]:
        yield from (self._place("email", mail) for mail in row.emails)
        if row.phone:
            yield self._place("phone", row.phone)
        if row.handle:
            yield self._place(*row.handle)


def row_of(number: int, person: Person, source: str) -> tuple[Row, list[Fault]]:
    """The person as a line of an import of contacts, and what had to be left out of it."""
    cells = {
        "name": person.name,
        "email": ";".join(person.emails),
        "phone": person.phone,
        "organisation": person.organisation,
        "domain": person.domain,
        "language": person.language,
        "time_zone": person.time_zone,
        "notes": person.notes,
        f"external_id:{source}": "" if person.id in person.emails else person.id,
    }
    faults: list[Fault] = []
    # An address that is none leaves somebody who is known by their id alone.
    handle = None if person.emails or person.phone else (source, person.id)
    while True:
        row = understood(number, cells if cells["email"] else cells | {"email": "-@-"})
        if isinstance(row, Row):
            break
        faults.append(row)
        cells[row.column] = ""
        if row.column == "email" and not cells["phone"]:
            handle = (source, person.id)
    return (
        Row(
            number,
            name=row.name,
            emails=row.emails if cells["email"] else (),
            phone=row.phone,
            organisation=row.organisation,
            domain=row.domain,
            language=row.language,
            time_zone=row.time_zone,
            notes=row.notes,
            external_ids=row.external_ids,
            handle=handle,
        ),
        faults,
    )


def _told(person: Person, fault: Fault) -> NotTaken:
    return NotTaken("person", person.id, fault.column, fault.sentence)


def agent_ids(
    by_address: Mapping[str, str], named: Mapping[str, str], source: str
) -> Callable[[Person], str]:
    """How agents are called here: by what somebody named (their address or their id there), by the
    desk's own list of addresses, else by their id there."""

    def of(person: Person) -> str:
        keys = (*(mail.casefold() for mail in person.emails), person.id)
        for ids in (named, by_address):
            for key in keys:
                if key in ids:
                    return ids[key]
        return stranger(source, person.id)

    return of
