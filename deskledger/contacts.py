"""`deskledger contact show | export | erase`: persons, what is known of them, and forgetting it."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer

from deploy.local import Problem
from deskledger.gateway_client import gateway_client
from deskledger.shell import AsJson, operator, print_json, say, show_facts
from deskledger.timeline import person
from deskledger_client import Client
from deskledger_client.models import StaffContactPage
from libs.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Look at persons, export and erase them.")

LOOK_SECONDS = 0.3
COMPLETION_SECONDS = 120.0

Contact = Annotated[str, typer.Argument(help="their id, as `deskledger ticket show` names it")]


@app.command()
def show(contact: Contact, as_json: AsJson = False) -> None:
    """Show a contact."""

    async def run() -> StaffContactPage:
        async with gateway_client(Settings(), operator(), "agent") as gateway:
            return await gateway.contacts.read(contact)

    found = asyncio.run(run())
    if as_json:
        print_json(found)
    else:
        show_facts(person(found))


@app.command()
def export(
    contact: Contact,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="where to; <contact>.zip without it")
    ] = None,
) -> None:
    """Collect everything about a person into a ZIP archive, to be given to them."""
    target = output or Path(f"{contact}.zip")
    if target.exists():
        raise Problem(f"{target} is there already: move it away, or name another with --output.")

    async def run() -> int:
        written = 0
        async with gateway_client(Settings(), operator(), "lead") as gateway:
            with open(target, "xb", opener=_for_us_alone) as file:  # noqa: ASYNC230
                async for piece in archive(gateway, contact):
                    written += file.write(piece)
        return written

    try:
        size = asyncio.run(run())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    print(f"{target}: {size:,} bytes. It is the person's: delete it when they have it.")


@app.command()
def erase(
    contact: Contact,
    reason: Annotated[
        str, typer.Option(help="why, as a code that may stand in the log, such as asked_by_mail")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Forget a person: names, addresses and everything that they wrote. There is no way back."""
    if not yes:
        typer.confirm(f"Erase {contact} for ever?", abort=True, err=True)
    asyncio.run(_erase(contact, reason))


async def _erase(contact: str, reason: str) -> None:
    async with gateway_client(Settings(), operator(), "admin") as gateway:
        await gateway.contacts.erase(contact, reason=reason)
        say("Their key is being deleted. Waiting until every reader has passed that moment …")
        if await completed(gateway, contact, COMPLETION_SECONDS):
            print(f"{contact} is erased.")
        else:
            print(
                f"{contact} is being erased: a reader is far behind. "
                f"deskledger contact show {contact} tells when it is complete."
            )


async def archive(gateway: Client, contact: str) -> AsyncIterator[bytes]:
    """The archive of everything about a person, once it is made."""
    asked = await gateway.contacts.ask_export(contact)
    id, made = asked["id"], asked
    while made["state"] in ("asked", "making"):
        await asyncio.sleep(LOOK_SECONDS)
        made = await gateway.contacts.read_export(contact, id)
    async for piece in gateway.contacts.download_export(contact, id):
        yield piece


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def completed(gateway: Client, contact: str, seconds: float) -> bool:
    """Wait until an erasure is complete; False when it is not by then."""
    try:
        async with asyncio.timeout(seconds):
            while not (await gateway.contacts.read(contact))["erased_at"]:
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        return False
    return True
