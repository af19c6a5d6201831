"""`deskledger master-key new | rotate`: replace the key that wraps all others (docs/how-to)."""

import asyncio
import base64
import os
from typing import Annotated

import typer

from deploy.local import Problem
from libs.keyring import Keyring, MasterKey, master_keys
from libs.keyring.master import KEY_BYTES
from libs.mongo import connect
from libs.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Replace the key that wraps all other keys.")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="what to call it, such as 2027-01")],
) -> None:
    """Print a line with a new key for the master key file. It is stored nowhere else."""
    line = f"{name}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"
    if ":" in name or MasterKey.parse(line).id != name:
        raise typer.BadParameter("a name has no colon and no space around it")
    print(line)


@app.command()
def rotate(
    name: Annotated[str, typer.Argument(help="the new key's name in the master key file")],
) -> None:
    """Wrap every key anew under this master key. What is cut short goes on when it is repeated."""
    settings = Settings()
    wanted = [master for master in master_keys(settings) if master.id == name]
    if not wanted:
        raise Problem(f"{settings.master_key_file} holds no master key named {name}")
    print(f"{asyncio.run(_rotate(settings, wanted[0])):,} keys are wrapped under {name} now.")


async def _rotate(settings: Settings, master: MasterKey) -> int:
    mongo = connect(settings)
    try:
        return await Keyring(mongo, settings).rotate_master(master)
    finally:
        await mongo.close()
