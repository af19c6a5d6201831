"""`deskledger contact show | erase`: persons who wrote to us, and forgetting them."""

import asyncio
from typing import Annotated

import typer

from deskledger.gateway_client import GatewayClient, gateway_client
from deskledger.shell import AsJson, operator, print_json, say, show_facts
from deskledger.timeline import person
from libs.settings import Settings
from services.gateway.contacts.pages import ContactPage

app = typer.Typer(no_args_is_help=True, help="Look at persons, and erase them.")

LOOK_SECONDS = 0.3
COMPLETION_SECONDS = 120.0

Contact = Annotated[str, typer.Argument(help="their id, as `deskledger ticket show` names it")]


@app.command()
def show(contact: Contact, as_json: AsJson = False) -> None:
    """Show a contact."""

    async def run() -> ContactPage:
        async with gateway_client(Settings(), operator(), "agent") as gateway:
            return await gateway.contact(contact)

    found = asyncio.run(run())
    if as_json:
        print_json(found)
    else:
        show_facts(person(found))


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
        await gateway.do(f"contacts/{contact}/erasure", {"reason": reason})
        say("Their key is being deleted. Waiting until every reader has passed that moment …")
        if await completed(gateway, contact, COMPLETION_SECONDS):
            print(f"{contact} is erased.")
        else:
            print(
                f"{contact} is being erased: a reader is far behind. "
                f"deskledger contact show {contact} tells when it is complete."
            )


async def completed(gateway: GatewayClient, contact: str, seconds: float) -> bool:
    """Wait until an erasure is complete; False when it is not by then."""
    try:
        async with asyncio.timeout(seconds):
            while not (await gateway.contact(contact))["erased_at"]:
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        return False
    return True
