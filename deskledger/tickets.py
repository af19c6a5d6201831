"""`deskledger ticket list | show | story | revoke-links`: tickets as the gateway shows them to
agents, and an end to links that went astray."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, cast

import typer
from rich.text import Text

from deskledger.gateway_client import gateway_client, whole
from deskledger.shell import AsJson, console, operator, print_json, show_facts, show_table
from deskledger.timeline import conversation, facts, minutes, story, title
from deskledger_client import Client
from libs.events.published.tickets import Status
from libs.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Look at tickets, and revoke their links.")

Ticket = Annotated[str, typer.Argument(help="its number or its id")]
AsOf = Annotated[
    str | None,
    typer.Option(
        help="as it was: after its n-th event, or at an instant such as 2026-03-01T09:30:00Z"
    ),
]


@app.command("list")
def show_list(
    status: Annotated[
        list[str] | None, typer.Option(help="new, open, pending, solved or closed")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="how many")] = 20,
    as_json: AsJson = False,
) -> None:
    """List tickets, the latest change first."""

    async def run() -> None:
        async with desk() as gateway:
            wanted = cast("list[Status] | None", status)
            found = gateway.tickets.list_all(limit=min(200, limit), status=wanted)
            tickets = await whole(found, limit)
        if as_json:
            for ticket in tickets:
                print_json(ticket)
            return
        rows = (
            (
                str(ticket["number"]),
                ticket["status"],
                minutes(ticket["updated_at"]),
                ticket["agent_id"],
                ticket["requester"]["name"],
                ticket["subject"],
            )
            for ticket in tickets
        )
        columns = ("number", "status", "changed", "agent", "customer", "subject")
        show_table(columns, rows, empty="There is no such ticket.")

    asyncio.run(run())


@app.command()
def show(ticket: Ticket, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show a ticket and its conversation, now or as it was."""

    async def run() -> None:
        async with desk() as gateway:
            found = await gateway.tickets.read(ticket, as_of=as_of)
            said = await whole(gateway.tickets.read_conversation_all(ticket, as_of=as_of))
        if as_json:
            print_json({**found, "conversation": said})
            return
        console().print(title(found))
        show_facts(facts(found))
        console().print(*conversation(said), sep="\n")

    asyncio.run(run())


@app.command("story")
def show_story(ticket: Ticket, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Tell everything that happened to a ticket, in sentences."""

    async def run() -> None:
        async with desk() as gateway:
            found = await gateway.tickets.read(ticket, as_of=as_of)
            done = await whole(gateway.tickets.read_history_all(ticket, as_of=as_of))
            said = await whole(gateway.tickets.read_conversation_all(ticket, as_of=as_of))
        if as_json:
            for step in done:
                print_json(step)
            return
        console().print(title(found), Text(), *story(done, said), sep="\n")

    asyncio.run(run())


@app.command("revoke-links")
def revoke_links(
    ticket: Ticket,
    contact: Annotated[
        str, typer.Option(help="id of the contact whose links are meant; otherwise everybody's")
    ] = "",
) -> None:
    """Let the tracking links that mails have held until now open nothing any more."""

    async def run() -> None:
        async with desk() as gateway:
            await gateway.tickets.revoke_links(ticket, contact_id=contact or None)
        whose = f"Links of {contact} to" if contact else "Links to"
        print(f"{whose} ticket {ticket} that were sent until now open nothing any more.")

    asyncio.run(run())


@asynccontextmanager
async def desk() -> AsyncIterator[Client]:
    """The gateway, as an agent sees it."""
    async with gateway_client(Settings(), operator(), "agent") as gateway:
        yield gateway
