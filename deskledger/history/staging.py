"""The export's objects on disk, by kind, id and parent: of any size, in any order, each once.

They lie in a file without a name for the time of the import: nobody else can open it, and it is
gone when the process is, whatever ends it.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from deskledger.history.model import Link

_ROWS = 500
_CACHE_KIB = 32_000


class Staging:
    """Objects, as JSON, by kind and id; what comes later stands for what came before."""

    def __init__(self) -> None:
        # SQLite unlinks a file without a name as soon as it has opened it.
        self._database = sqlite3.connect("", check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.executescript(
            """
            CREATE TABLE objects (
                kind TEXT, id TEXT, parent TEXT, body BLOB, PRIMARY KEY (kind, id)
            ) WITHOUT ROWID;
            CREATE INDEX children ON objects (kind, parent);
            CREATE TABLE contacts (person TEXT PRIMARY KEY, contact TEXT) WITHOUT ROWID;
            CREATE TABLE opened (ticket TEXT PRIMARY KEY, at TEXT) WITHOUT ROWID;
            CREATE TABLE links (
                ticket TEXT, relation TEXT, other TEXT, at TEXT, author TEXT,
                PRIMARY KEY (ticket, relation, other)
            ) WITHOUT ROWID;
            """
        )

    def close(self) -> None:
        """Let it all go."""
        self._database.close()

    def add(self, objects: Iterable[tuple[str, str, str, bytes]]) -> None:
        """Kind, id, the parent's id ("" for none) and the object."""
        self._database.executemany("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", objects)

    def count(self, kind: str) -> int:
        """How many there are."""
        [(number,)] = self._database.execute("SELECT count(*) FROM objects WHERE kind = ?", (kind,))
        return int(number)

    def count_links(self) -> int:
        """How many links there are."""
        [(number,)] = self._database.execute("SELECT count(*) FROM links")
        return int(number)

    def all(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """Ids and objects of a kind, in the order of their ids, as numbers where they are some."""
        rows = self._database.execute(
            "SELECT id, body FROM objects WHERE kind = ? ORDER BY CAST(id AS INTEGER), id", (kind,)
        )
        while found := rows.fetchmany(_ROWS):
            yield from found

    def get(self, kind: str, id: str) -> bytes | None:
        """The object of this id."""
        row = self._database.execute(
            "SELECT body FROM objects WHERE kind = ? AND id = ?", (kind, id)
        ).fetchone()
        return row[0] if row else None

    def of(self, kind: str, parent: str) -> list[bytes]:
        """The objects of a kind that belong to this parent, in the order of their ids."""
        rows = self._database.execute(
            "SELECT body FROM objects WHERE kind = ? AND parent = ?"
            " ORDER BY CAST(id AS INTEGER), id",
            (kind, parent),
        )
        return [body for (body,) in rows]

    def remember(self, contacts: Iterable[tuple[str, str]]) -> None:
        """Which contacts people have become."""
        self._database.executemany("INSERT OR REPLACE INTO contacts VALUES (?, ?)", contacts)

    def contact(self, person: str) -> str:
        """The contact of a person, "" for nobody known."""
        row = self._database.execute(
            "SELECT contact FROM contacts WHERE person = ?", (person,)
        ).fetchone()
        return str(row[0]) if row else ""

    def open(self, ticket: str, at: datetime) -> None:
        """A ticket is here, or would be."""
        self._database.execute("INSERT OR REPLACE INTO opened VALUES (?, ?)", (ticket, _utc(at)))

    def opened(self, ticket: str) -> datetime | None:
        """When a ticket that is here was opened; None for any other."""
        row = self._database.execute("SELECT at FROM opened WHERE ticket = ?", (ticket,)).fetchone()
        return datetime.fromisoformat(row[0]) if row else None

    def link(self, ticket: str, link: Link) -> None:
        """What another ticket is to this one; what was said first stands."""
        self._database.execute(
            "INSERT OR IGNORE INTO links VALUES (?, ?, ?, ?, ?)",
            (ticket, link.relation, link.other, _utc(link.at), link.author),
        )

    def links(self) -> Iterator[tuple[str, Link]]:
        """All of them, with the tickets that they are told on."""
        rows = self._database.execute("SELECT ticket, other, relation, at, author FROM links")
        while found := rows.fetchmany(_ROWS):
            for ticket, other, relation, at, author in found:
                yield ticket, Link(other, relation, datetime.fromisoformat(at), author)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
