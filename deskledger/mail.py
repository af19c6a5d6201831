"""`deskledger mail`: mails of earlier times brought in, and how far mailboxes were read."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from adapters.email.accounts import Accounts
from adapters.email.settings import EmailSettings
from adapters.email.taking import positions
from adapters.email.taking.history import COLLECTION, Found, Importer, Result, batches, count, mails
from adapters.email.taking.receive import Reception
from deploy.local import Problem
from deskledger.services import opened
from deskledger.shell import AsJson, OnProgress, print_json, progress, show_table
from libs.contents import ContentStore
from libs.events.resources import Resources
from libs.keyring import Keyring

app = typer.Typer(no_args_is_help=True, help="Mails of earlier times, and mailboxes.")

_ATTEMPTS = 5
_PAUSE_SECONDS = 2.0


@app.command("import")
def import_mails(
    files: Annotated[
        list[Path],
        typer.Argument(help="mbox files, Maildirs, .eml files, or folders of them", exists=True),
    ],
    account: Annotated[
        str | None,
        typer.Option(help="the account that they came to; without it, by whom they were sent to"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="only say what would become of each mail")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring mails of earlier times in, as tickets about which nobody is told.

    A mail that was taken is not taken again: an import that was stopped is simply run again.
    """
    counts: Counter[str] = Counter()
    refused: list[Result] = []

    def report(result: Result) -> None:
        counts[result.outcome] += 1
        if result.outcome == "refused":
            refused.append(result)
        if as_json:
            print_json({"where": result.where, "status": result.outcome, "reason": result.reason})

    with progress("Importing", "mails") as on_progress:
        asyncio.run(_import(files, account, dry_run, report, on_progress))
    if not as_json:
        cells = ((one.where, one.reason) for one in refused)
        show_table(("mail", "why not"), cells, empty="Every mail could be taken.")
        would = "would be " if dry_run else ""
        print(
            f"{counts['taken']:,} {would}taken, {counts['known']:,} taken before, "
            f"{counts['refused']:,} {would}left out"
        )
    raise typer.Exit(1 if refused else 0)


@app.command("mailboxes")
def show_mailboxes(as_json: AsJson = False) -> None:
    """Show how far each hosted mailbox was read, and which messages had to stay there."""
    rows = asyncio.run(_positions())
    if as_json:
        for row in rows:
            print_json(row)
        return
    columns = ("mailbox", "read up to", "messages that stayed")
    cells = [(str(r["name"]), str(r["newest"]), _stayed(r["stayed"])) for r in rows]
    show_table(columns, cells, empty="No mailbox was read yet: see DESKLEDGER_MAILBOXES_FILE.")


async def _import(
    files: Sequence[Path],
    account: str | None,
    dry_run: bool,
    report: Callable[[Result], None],
    on_progress: OnProgress,
) -> None:
    settings = EmailSettings()
    try:
        accounts = Accounts.of(settings)
    except ValueError as error:
        raise Problem(f"The file of mailboxes cannot be read: {error}") from error
    main = accounts.account_of(settings.support_address) or "support"
    if account is not None and account not in (known := set(accounts.by_address.values())):
        raise Problem(f"There is no account {account}; there are {', '.join(sorted(known))}.")
    total = await asyncio.to_thread(count, files)
    async with opened(settings) as resources, _receiving(resources, settings) as reception:
        done = 0
        importer = Importer(
            reception,
            resources.mongo.database("email")[COLLECTION],
            account=account,
            main=main,
            largest=settings.smtp_max_bytes,
            dry=dry_run,
        )
        for batch in batches(mails(files, settings.smtp_max_bytes)):
            for result in await _patiently(importer, batch):
                report(result)
            done += len(batch)
            on_progress(done, total)


async def _patiently(importer: Importer, batch: Sequence[Found]) -> list[Result]:
    """A server that is away for a moment does not end an import of hours."""
    for attempt in range(1, _ATTEMPTS):
        with suppress(TimeoutError):
            return await importer.take(batch)
        await asyncio.sleep(_PAUSE_SECONDS * attempt)
    try:
        return await importer.take(batch)
    except TimeoutError:
        raise Problem(
            "Kafka or MongoDB does not store mails at the moment. Run the import again when "
            "`deskledger status` is well: what was taken is not taken again."
        ) from None


@asynccontextmanager
async def _receiving(resources: Resources, settings: EmailSettings) -> AsyncIterator[Reception]:
    """What takes mails, while the block runs, with the transit keys alone."""
    keyring = Keyring(resources.mongo, settings, role="adapter")
    async with resources.cluster.producing() as producer:
        reception = Reception(
            Accounts.of(settings),
            keyring=keyring,
            contents=ContentStore(resources.mongo, keyring),
            cluster=resources.cluster,
            producer=producer,
            lanes=resources.ledger.lanes,
        )
        working = asyncio.create_task(reception.run())
        try:
            yield reception
        finally:
            working.cancel()
            await asyncio.wait([working])


async def _positions() -> list[dict[str, object]]:
    async with opened(EmailSettings()) as resources:
        collection = resources.mongo.database("email")[positions.COLLECTION]
        found = await collection.find({}).sort("_id").to_list()
    return [
        {
            "name": each["_id"],
            "newest": each["newest"].isoformat(timespec="seconds") if "newest" in each else "",
            "stayed": [
                {"uid": one["uid"], "reason": one["reason"], "at": one["at"].isoformat()}
                for one in each.get("skipped", ())
            ],
        }
        for each in found
    ]


def _stayed(messages: object) -> str:
    assert isinstance(messages, list)
    return "; ".join(f"UID {one['uid']}: {one['reason']}" for one in messages) or "none"
