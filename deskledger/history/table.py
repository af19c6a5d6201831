"""Tickets out of a CSV file: a row says something about a ticket at an instant.

Rows of one ``ticket`` belong together, in the order of their instants. A row with a ``text`` is a
message; what else it says (status, priority, assignee …) is so from its instant on.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from deploy.local import Problem
from deskledger.history.files import Found
from deskledger.history.model import (
    STATUSES,
    Became,
    Entry,
    Field,
    FieldValue,
    File,
    Link,
    NotTaken,
    Person,
    Rated,
    Said,
    Ticket,
    Value,
)
from deskledger.history.staging import Staging
from deskledger.importing.rows import SEPARATORS, encoding_of
from libs.events.ids import digest
from libs.events.published.tickets import TURNED

SOURCE = "csv"
# What each column is, as the documentation and refusals have it.
COLUMNS = {
    "ticket": "the ticket's id there",
    "at": "when, as 2026-03-02T09:30:00+01:00",
    "author": "the mail address of who wrote or did it; empty for the helpdesk itself",
    "author_name": "their name",
    "role": "customer or agent; empty: whoever is named as assignee or agent elsewhere is one",
    "subject": "of the ticket, in its first row",
    "text": "what was said; empty for a row that only changes something",
    "public": "no for a note that the customer must not see",
    "message": "the message's id there; without it, its place in the ticket",
    "files": "ids of files in the folder attachments, with ; between them",
    "requester": "the mail address of whose ticket it is; without it, its first customer's",
    "status": "new, open, pending, on_hold, solved or closed",
    "until": "until when it waits, beside the status pending or on_hold",
    "priority": "1 (first) to 5, or urgent, high, normal, low",
    "assignee": "the mail address of the agent who has it",
    "team": "its team",
    "tags": "all its tags, with ; between them",
    "channel": "email, web, phone …",
    "rating": "how content the customer was, 1 (bad) to 5 (good)",
    "rating_comment": "what the customer said to that",
    "links": "other tickets by their ids there, with ; between; problem:7 says what one is to this",
}
# What these say is said of a row that has its id without them.
_BESIDE = ("until", "rating", "rating_comment", "links")
_SCORES = {str(score): score for score in range(1, 6)}
_PREFIX = "field:"
LONGEST_CELL = 2_000_000
_PRIORITIES = {"urgent": 1, "high": 2, "normal": 3, "low": 4} | {str(n): n for n in range(1, 6)}
_PUBLIC = {"": True, "yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class Row(msgspec.Struct):
    """A row as it is staged. cells: by our names of columns; empty ones are left out."""

    line: int
    at: datetime
    cells: dict[str, str]


def rows(path: Path, names: Mapping[str, str], zone: ZoneInfo) -> Iterator[Found | NotTaken]:
    """The rows of a file, its people and its tickets. names: the file's columns by ours, where they
    differ; zone: of instants without an offset. Raises Problem for no such file at all, OSError."""
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=encoding_of(path), newline="") as file:
        first = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=max(SEPARATORS, key=first.count))
        header = _columns(next(reader, []), names)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield NotTaken("file", path.name, f"line {reader.line_num}", f"{error}.")
                continue
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield from _found(path.name, reader.line_num, header, cells, zone)


def _columns(given: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Our names of the file's columns. Raises Problem where one is missing or unknown."""
    header = [name.strip().casefold() for name in given]
    unknown = [name for name in names if name not in COLUMNS and not name.startswith(_PREFIX)]
    if unknown:
        raise Problem(f"--map: there is no column {unknown[0]!r}; there are {', '.join(COLUMNS)}.")
    missing = [theirs for theirs in names.values() if theirs.casefold() not in header]
    if missing:
        raise Problem(f"--map: the file has no column {missing[0]!r}.")
    ours = {theirs.casefold(): name for name, theirs in names.items()}
    known = [ours.get(name, name) for name in header]
    for needed in ("ticket", "at"):
        if needed not in known:
            raise Problem(
                f"There is no column {needed} ({COLUMNS[needed]}). If it has another name there, "
                f"say so: --map '{needed}=Their name'."
            )
    return known


def _found(
    file: str, line: int, header: list[str], raw: list[str], zone: ZoneInfo
) -> Iterator[Found | NotTaken]:
    cells = {
        name: cell.strip()
        for name, cell in zip(header, raw, strict=False)
        if cell.strip() and (name in COLUMNS or name.startswith(_PREFIX))
    }
    if wrong := _wrong(header, raw, cells):
        yield NotTaken("file", file, f"line {line}", wrong)
        return
    if "until" in cells:
        cells["until"] = _instant(cells["until"], zone).isoformat()
    row = Row(line, _instant(cells["at"], zone), cells)
    ticket = cells["ticket"]
    yield Found("rows", str(line), ticket, msgspec.json.encode(row))
    yield Found("tickets", ticket, "", b"{}")
    for column, agent in (("requester", False), ("author", False), ("assignee", True)):
        if address := cells.get(column, "").casefold():
            is_agent = agent or (column == "author" and cells.get("role") == "agent")
            name = cells.get("author_name", "") if column == "author" else ""
            kind = "agents" if is_agent else "users"
            yield Found(kind, address, "", msgspec.json.encode(name))


def _instant(cell: str, zone: ZoneInfo) -> datetime:
    """Raises ValueError for what is none."""
    at = datetime.fromisoformat(cell)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _wrong(header: list[str], raw: list[str], cells: Mapping[str, str]) -> str:
    """Why a row cannot be taken, as a sentence; "" for one that can."""
    if len(raw) > len(header):
        return f"It has {len(raw)} cells for {len(header)} columns."
    if "ticket" not in cells:
        return "It names no ticket."
    for column in ("at", "until") if "until" in cells else ("at",):
        try:
            datetime.fromisoformat(cells.get(column, ""))
        except ValueError:
            return f"{column}: write an instant such as 2026-03-02T09:30:00+01:00."
    if "until" in cells and STATUSES.get(cells.get("status", "")) not in ("pending", "on_hold"):
        return "until: it stands beside the status pending or on_hold."
    if cells.get("rating", "5") not in _SCORES:
        return "rating: write 1 (bad) to 5 (good)."
    if "rating_comment" in cells and "rating" not in cells:
        return "rating_comment: it stands beside a rating."
    if cells.get("public", "").casefold() not in _PUBLIC:
        return "public: write yes or no."
    if cells.get("role", "customer") not in ("customer", "agent"):
        return "role: write customer or agent."
    if cells.get("status", "new") not in STATUSES:
        return f"status: write one of {', '.join(dict.fromkeys(STATUSES.values()))}."
    if cells.get("priority", "normal").casefold() not in _PRIORITIES:
        return "priority: write 1 to 5, or urgent, high, normal or low."
    return ""


def people(staging: Staging) -> Iterator[Person | NotTaken]:
    """Everybody who is named; who works there is no customer."""
    for id, body in staging.all("agents"):
        yield Person(id, msgspec.json.decode(body, type=str), (id,), agent=True)
    for id, body in staging.all("users"):
        if staging.get("agents", id) is None:
            yield Person(id, msgspec.json.decode(body, type=str), (id,))


def tickets(staging: Staging) -> Iterator[Ticket | NotTaken]:
    """The tickets, each whole."""
    for id, _ in staging.all("tickets"):
        found = [msgspec.json.decode(one, type=Row) for one in staging.of("rows", id)]
        found.sort(key=lambda row: row.at)
        if not any("text" in row.cells or "subject" in row.cells for row in found):
            yield NotTaken("ticket", id, "", "No row of it has a subject or a text.")
            continue
        yield _ticket(id, found, staging)


def _ticket(id: str, found: list[Row], staging: Staging) -> Ticket:
    said: list[Said] = []
    entries: list[Entry] = []
    links: list[Link] = []
    fields: dict[str, FieldValue | None] = {}
    alike: Counter[str] = Counter()
    for place, row in enumerate(found):
        # Rows have no ids. By its cells one is known in a later export, too, wherever it stands.
        told = {name: cell for name, cell in row.cells.items() if name not in _BESIDE}
        cells = digest(row.at.isoformat(), msgspec.json.encode(told, order="sorted").decode())
        row_id = f"{cells[:16]}-{alike[cells]}"
        alike[cells] += 1
        if "text" in row.cells or place == 0:
            said.append(_said(row_id, row))
            entries.append(said[-1])
        entries += _became(row_id, row)
        author = row.cells.get("author", "").casefold()
        if score := _SCORES.get(row.cells.get("rating", "")):
            comment = row.cells.get("rating_comment", "")
            entries.append(Rated(row_id, row.at, author, score, comment))
        for other in _several(row.cells.get("links", "")):
            links.append(_link(other, row.at, author))
        fields |= {
            name.removeprefix(_PREFIX): cell
            for name, cell in row.cells.items()
            if name.startswith(_PREFIX)
        }
    requesters = (row.cells["requester"].casefold() for row in found if "requester" in row.cells)
    customers = (
        one.author
        for one in said
        if one.author and not one.by_agent and staging.get("agents", one.author) is None
    )
    return Ticket(
        id=id,
        subject=next((row.cells["subject"] for row in found if "subject" in row.cells), ""),
        requester=next(requesters, "") or next(customers, ""),
        opened_at=found[0].at,
        entries=tuple(entries),
        channel=next((row.cells["channel"] for row in found if "channel" in row.cells), ""),
        fields=fields,
        fields_at=found[-1].at,
        links=tuple(links),
    )


def _link(cell: str, at: datetime, author: str) -> Link:
    """``problem:7``, or ``7`` for a related ticket. An id may have a colon of its own."""
    for relation in TURNED:
        if cell.casefold().startswith(f"{relation}:"):
            return Link(cell[len(relation) + 1 :].strip(), relation, at, author)
    return Link(cell, "related", at, author)


def _said(row_id: str, row: Row) -> Said:
    cells = row.cells
    role = cells.get("role")
    return Said(
        id=cells.get("message", row_id),
        at=row.at,
        author=cells.get("author", "").casefold(),
        text=cells.get("text", ""),
        public=_PUBLIC[cells.get("public", "").casefold()],
        by_agent=None if role is None else role == "agent",
        channel=cells.get("channel", ""),
        files=tuple(File(one, one) for one in _several(cells.get("files", ""))),
    )


_SAYS: dict[str, Field] = {
    "team": "team",
    "assignee": "agent",
    "priority": "priority",
    "tags": "tags",
    "status": "status",
}


def _became(row_id: str, row: Row) -> Iterator[Became]:
    for column, field in _SAYS.items():
        if cell := row.cells.get(column, ""):
            author = row.cells.get("author", "").casefold()
            until = row.cells.get("until") if field == "status" else None
            waits = datetime.fromisoformat(until) if until else None
            yield Became(row_id, row.at, author, field, _value(field, cell), waits)


def _value(field: Field, cell: str) -> Value:
    match field:
        case "status":
            return STATUSES[cell]
        case "priority":
            return _PRIORITIES[cell.casefold()]
        case "tags":
            return _several(cell)
        case "agent":
            return cell.casefold()
    return cell


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())
