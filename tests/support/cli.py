"""The command line as a person or a script runs it: a process of its own, its output in pipes."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass

from libs.settings import Settings


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, object]]:
        """Its output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


async def run_cli(settings: Settings, *arguments: str, **environment: str) -> Ran:
    """Run `deskledger <arguments>` against this ledger."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deskledger", *arguments),
        env={**os.environ, "DESKLEDGER_NAMESPACE": settings.namespace, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    ran = Ran(process.returncode or 0, out.decode(), err.decode())
    assert "Traceback" not in ran.err, ran.err
    assert "\x1b" not in ran.out + ran.err, "no colour in a pipe"
    return ran
