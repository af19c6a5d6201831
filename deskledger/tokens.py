"""`deskledger token`: sign a token of the local issuer, for curl, scripts and first steps."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from deploy.local import Problem
from libs.settings import Settings
from libs.tokens import Role, local_issuer

app = typer.Typer()

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def lifetime(text: str) -> timedelta:
    """`90s`, `30m`, `8h` or `7d`. Raises typer.BadParameter for anything else."""
    match = re.fullmatch(r"([1-9][0-9]{0,4})([smhd])", text)
    if match is None:
        raise typer.BadParameter("write a number and s, m, h or d, such as 8h")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@app.command()
def token(
    subject: Annotated[
        str, typer.Argument(metavar="NAME", help="an agent's id, or a customer's contact id")
    ],
    role: Annotated[Role, typer.Option(help="what the token may do")],
    expires: Annotated[
        str, typer.Option(metavar="TIME", help="after which it ends, such as 30m or 7d")
    ] = "8h",
    name: Annotated[str, typer.Option(help="how to call an agent in histories")] = "",
    team: Annotated[
        list[str], typer.Option(metavar="TEAM", help="a team that they belong to; may come again")
    ] = [],  # noqa: B006
) -> None:
    """Print a token for the gateway's API, for `curl -H "Authorization: Bearer ..."`."""
    try:
        print(local_issuer(Settings()).issue(subject, [role], lifetime(expires), name, team))
    except ValueError as error:
        raise Problem(str(error)) from error
