"""Mails of earlier times, from files: mbox, Maildir, single messages. Each is taken once, silently.

What was taken is remembered by digest, so that an import that was stopped goes on where it was; and
intake would know the digest anyway.
"""

import asyncio
import mailbox
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from aiokafka.errors import KafkaError

from adapters.email.reading import headers
from adapters.email.reading.parse import digest, parse
from adapters.email.taking.delivered import delivered_at, return_path
from adapters.email.taking.receive import Arrival, Reception
from libs.events.kafka import utc_now
from libs.keyring import KeyringError
from libs.mongo import BulkWriteError, Collection, PyMongoError, duplicates_only

COLLECTION = "imported"
AT_ONCE = 50
HEAVIEST_BYTES = 10_000_000
_OUTAGES = (PyMongoError, KafkaError, KeyringError, TimeoutError)
# Where a server notes whom it delivered to comes first.
_ADDRESSED = ("delivered-to", "x-original-to", "to", "cc")

Outcome = Literal["taken", "known", "refused"]


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in a file. where: for a person; raw: its bytes, or ``fault``: why there are none."""

    where: str
    raw: bytes = b""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one. reason: why it was refused."""

    where: str
    outcome: Outcome
    reason: str = ""


def mails(paths: Sequence[Path], largest: int) -> Iterator[Found]:
    """Every mail in these files and folders, in their order, at most one in memory."""
    for path in paths:
        try:
            yield from _mails(path, largest)
        except OSError as error:
            yield Found(str(path), fault=f"cannot be read: {error.strerror or error}")


def count(paths: Sequence[Path]) -> int:
    """How many there are, without reading them whole."""
    return sum(1 for _ in mails(paths, 0))


class Importer:
    """Takes mails of earlier times. account: of all of them; without one each goes to the account
    of the first of our addresses that it was sent to, else to ``main``. dry: only look."""

    def __init__(
        self,
        reception: Reception,
        done: Collection,
        *,
        account: str | None,
        main: str,
        largest: int,
        dry: bool = False,
    ) -> None:
        self._reception = reception
        self._done = done
        self._account = account
        self._main = main
        self._largest = largest
        self._dry = dry

    async def take(self, batch: Sequence[Found]) -> list[Result]:
        """What became of each, in their order. Raises PyMongoError, KafkaError, KeyringError or
        TimeoutError when the servers are away: then nothing is lost, and the batch can be taken
        again."""
        known = {one: self._known_as(one) for one in batch if not one.fault}
        before = await self._done.find_by_id({digest for _, digest in known.values()})
        seen = set(before)
        results: list[Result] = []
        taking: dict[int, tuple[Found, str, str]] = {}
        for one in batch:
            if one.fault:
                results.append(Result(one.where, "refused", one.fault))
                continue
            account, own = known[one]
            outcome: Outcome = "known" if own in seen else "taken"
            if outcome == "taken":
                taking[len(results)] = (one, account, own)
                seen.add(own)
            results.append(Result(one.where, outcome))
        faults = await asyncio.gather(
            *(self._take(one, account) for one, account, _ in taking.values())
        )
        for place, fault in zip(taking, faults, strict=True):
            if fault:
                results[place] = Result(batch[place].where, "refused", fault)
        await self._remember(
            [own for (_, _, own), fault in zip(taking.values(), faults, strict=True) if not fault]
        )
        return results

    def _known_as(self, one: Found) -> tuple[str, str]:
        account = self._account or self._addressed(one.raw)
        return account, digest(account, one.raw)

    def _addressed(self, raw: bytes) -> str:
        message = headers.read(raw[:100_000], 0)
        accounts = self._reception.accounts
        addressees = (found for name in _ADDRESSED for found in headers.addresses(message, name))
        return next(filter(None, map(accounts.account_of, addressees)), self._main)

    async def _take(self, one: Found, account: str) -> str:
        """Why it cannot be taken, "" when it is."""
        arrival = Arrival(
            (account,),
            return_path(one.raw),
            received_at=delivered_at(one.raw, utc_now()),
            origin="import",
        )
        try:
            if self._dry:
                await asyncio.to_thread(parse, one.raw, arrival.return_path)
            else:
                await self._reception.take(one.raw, arrival)
        except _OUTAGES:
            raise
        except Exception as error:
            return f"cannot be read: {type(error).__name__}"
        return ""

    async def _remember(self, digests: Sequence[str]) -> None:
        if not digests or self._dry:
            return
        try:
            await self._done.insert_many([{"_id": each} for each in digests], ordered=False)
        except BulkWriteError as error:
            duplicates_only(error)


def batches(found: Iterator[Found]) -> Iterator[list[Found]]:
    """As many as go together: so many, and no more than so many bytes."""
    while batch := list(islice(found, 1)):
        weight = len(batch[0].raw)
        while len(batch) < AT_ONCE and weight < HEAVIEST_BYTES and (more := next(found, None)):
            batch.append(more)
            weight += len(more.raw)
        yield batch


def _mails(path: Path, largest: int) -> Iterator[Found]:
    if path.is_dir():
        if (path / "cur").is_dir() and (path / "new").is_dir():
            yield from _maildir(path, largest)
            return
        files = sorted(file for file in path.rglob("*") if file.suffix in (".eml", ".mbox"))
        if not files:
            yield Found(str(path), fault="holds no .eml or .mbox files, and is no Maildir")
        for file in files:
            yield from _mails(file, largest)
        return
    with path.open("rb") as opened:
        is_mbox = opened.read(5) == b"From "
        if not is_mbox and path.suffix == ".mbox":
            yield Found(str(path), fault="is no mbox: it does not begin with a From line")
        elif not is_mbox:
            opened.seek(0)
            yield _found(str(path), opened.read(largest + 1), largest)
            return
    if is_mbox:
        yield from _mbox(path, largest)


def _mbox(path: Path, largest: int) -> Iterator[Found]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            with box.get_file(key) as file:
                yield _found(f"{path}, mail {number}", file.read(largest + 1), largest)
    finally:
        box.close()


def _maildir(path: Path, largest: int) -> Iterator[Found]:
    """Its own mails, then those of its folders (Maildir++: hidden folders beside)."""
    for file in sorted([*(path / "cur").iterdir(), *(path / "new").iterdir()]):
        if file.is_file():
            with file.open("rb") as opened:
                yield _found(str(file), opened.read(largest + 1), largest)
    for folder in sorted(path.iterdir()):
        if folder.name.startswith(".") and (folder / "cur").is_dir():
            yield from _maildir(folder, largest)


def _found(where: str, raw: bytes, largest: int) -> Found:
    """largest: 0 when they are only counted."""
    if largest and not raw.strip():
        return Found(where, fault="is empty")
    if largest and len(raw) > largest:
        return Found(where, fault=f"is larger than {largest} bytes")
    return Found(where, raw)
