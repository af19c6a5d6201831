"""`deskledger user`: who may sign in at the local issuer."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from deploy.local import Problem
from deskledger.shell import say
from libs.mongo import connect
from libs.settings import Settings
from libs.tokens import Role
from libs.tokens.claims import is_id
from services.issuer.users import Unusable, Users

app = typer.Typer(help="Who may sign in at the local issuer.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="how they sign in; stands in histories for ever")
]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="read the password from the first line of input")
]


@asynccontextmanager
async def users() -> AsyncIterator[Users]:
    """The users of this installation. Raises Problem for what will not do."""
    settings = Settings()
    mongo = connect(settings)
    try:
        yield Users(mongo.database("issuer"))
    except Unusable as error:
        raise Problem(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    finally:
        await mongo.close()


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="what they may do")],
    team: Annotated[
        list[str], typer.Option(metavar="TEAM", help="a team that they belong to; may come again")
    ] = [],  # noqa: B006
    display_name: Annotated[str, typer.Option(help="how to call them in histories")] = "",
    password_stdin: FromInput = False,
) -> None:
    """Let somebody sign in; asks for their password."""
    for id in (name, *team):
        if not is_id(id):
            raise Problem(f"{id!r} cannot be an id: letters, digits, dot, dash, underscore.")
    password = _password(password_stdin)

    async def work() -> None:
        async with users() as known:
            await known.add(name, display_name, [role], team, password)

    asyncio.run(work())
    say(f"{name} can sign in.")


@app.command("password")
def change_password(name: Name, password_stdin: FromInput = False) -> None:
    """Give somebody another password; their sessions end, and who was disabled is back."""
    password = _password(password_stdin)

    async def work() -> None:
        async with users() as known:
            await known.change_password(name, password)

    asyncio.run(work())
    say(f"{name} signs in with the new password.")


@app.command()
def disable(name: Name) -> None:
    """Let somebody sign in no more; their sessions end, tokens within minutes."""

    async def work() -> None:
        async with users() as known:
            await known.disable(name)

    asyncio.run(work())
    say(f"{name} signs in no more.")


@app.command("list")
def show() -> None:
    """Everybody who may, or might, sign in."""

    async def work() -> list[str]:
        async with users() as known:
            return [
                f"{one['_id']}  {','.join(one['roles'])}  {','.join(one['teams']) or '-'}"
                f"{'  disabled' if one['disabled'] else ''}"
                for one in await known.all()
            ]

    for line in asyncio.run(work()) or ["Nobody yet: deskledger user add"]:
        print(line)


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
