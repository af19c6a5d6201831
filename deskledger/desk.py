"""`deskledger desk show | apply`: a desk's setup as a file to keep, to compare and to apply."""

import asyncio
from pathlib import Path
from typing import Annotated, cast

import typer

from deploy.local import Problem
from deskledger.desk_file import Change, DeskFile, changes, read, written
from deskledger.gateway_client import gateway_client
from deskledger.shell import AsJson, operator, print_json, say
from deskledger_client import Client
from deskledger_client import Problem as Refusal
from deskledger_client.core import Call
from deskledger_client.models import Done
from libs.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Set the desk up: labels, fields, brands, macros.")


@app.command()
def show(as_json: AsJson = False) -> None:
    """Print what is set up, as a file that `deskledger desk apply` takes."""

    async def run() -> DeskFile:
        async with gateway_client(Settings(), operator(), "admin") as gateway:
            return (await standing(gateway))[0]

    now = asyncio.run(run())
    if as_json:
        print_json(now.model_dump(mode="json"))
    else:
        print(written(now), end="")


@app.command("apply")
def apply_file(
    file: Annotated[Path, typer.Argument(help="what is to be, in TOML")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only show the difference")] = False,
) -> None:
    """Set the desk up as a file says. What the file does not mention stays as it is."""
    wanted = read(file)

    async def run() -> int:
        async with gateway_client(Settings(), operator(), "admin") as gateway:
            return await carry_out(gateway, wanted, dry_run)

    if count := asyncio.run(run()):
        say(f"{count} definitions {'would change' if dry_run else 'changed'}.")
    else:
        say("Nothing is to be changed.")


async def standing(gateway: Client) -> tuple[DeskFile, dict[str, str], int]:
    """What is set up, the addresses of macros and canned replies, and the desk's version."""
    desk = await gateway.desk.read()
    macros = (await gateway.macros.list())["items"]
    replies = (await gateway.canned_replies.list())["items"]
    now = DeskFile.model_validate(
        {key: value for key, value in desk.items() if key != "version"}
        | {
            "macros": [{"name": one["name"], "steps": one["steps"]} for one in macros],
            "canned_replies": [
                {
                    "name": one["name"],
                    "text": one["text"],
                    "language": one["language"],
                    "team_id": one["team_id"],
                }
                for one in replies
            ],
        }
    )
    places = {f"macros {one['name']}": f"macros/{one['id']}" for one in macros} | {
        f"canned_replies {one['name']} {one['language']} {one['team_id']}": (
            f"canned-replies/{one['id']}"
        )
        for one in replies
    }
    return now, places, desk["version"]


async def carry_out(gateway: Client, wanted: DeskFile, dry_run: bool) -> int:
    """Show what differs and, unless this is a dry run, define it. How many definitions differ."""
    now, places, version = await standing(gateway)
    planned = changes(now, wanted, places)
    for change in planned:
        print(change.difference, end="")
        if not dry_run:
            version = await _define(gateway, change, version)
    return len(planned)


async def _define(gateway: Client, change: Change, version: int) -> int:
    """The desk's version after it. Somebody else's change meanwhile is not written over."""
    of_desk = change.path.startswith("desk/")
    try:
        seen = f'"{version}.admin"' if of_desk else ""
        call = Call(change.method, f"/v1/{change.path}", body=change.body)
        done = cast(Done, await gateway.given(if_match=seen, wait=30).call(call))
    except Refusal as refused:
        raise Problem(f"{change.what}: {refused} What stands above it is done.") from refused
    return done["sequence"] if of_desk else version
