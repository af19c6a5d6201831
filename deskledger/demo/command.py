"""`deskledger demo`: start the stack, tell the story, leave the stack running."""

import asyncio

import typer

from deploy.local import Problem
from deskledger.demo.story import start_the_stack, tell
from deskledger.demo.telling import Teller
from deskledger.errors import sentence
from deskledger.shell import console
from libs.settings import Settings

app = typer.Typer()


@app.command("demo")
def command() -> None:
    """See one ticket's whole life: real mails in and out, on real Kafka and MongoDB."""
    teller = Teller(console())
    try:
        start_the_stack(teller)
        asyncio.run(tell(Settings(), teller))
    except Exception as error:
        raise Problem(
            f"The demo stopped at {teller.place}. {sentence(error)}\n"
            "What the services say: deskledger status, deskledger logs. "
            "A fresh start: deskledger down --wipe && deskledger demo"
        ) from error
    teller.say("")
    teller.say(f"The demo took {teller.seconds:.0f} s.")
