"""The tutorial can be followed literally: its blocks are run one after the other, as they stand."""

import asyncio
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import Narrator, stack
from libs.settings import CHECKOUT

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("stack"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="the tutorial uses curl"),
]

TUTORIAL = CHECKOUT / "docs" / "tutorial" / "first-ticket.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE_SECONDS = 30.0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A stack in a folder of its own."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DESKLEDGER_HOME", str(tmp_path / ".deskledger"))
        stack.up(Narrator(), owner=int(os.environ["PYTEST_OWNER"]))
        try:
            yield tmp_path
        finally:
            stack.down(wipe=True)


async def test_every_block_does_what_the_tutorial_says(home: Path) -> None:
    # given the blocks between starting and stopping, and a shell that keeps what they assign
    first, *blocks, last = BLOCK.findall(TUTORIAL.read_text())
    assert first.startswith("make up")
    assert last == "deskledger down\n"
    memory = home / "shell"
    memory.write_text("source .deskledger/env\n")
    # when each is run
    told = [await run(block, home, memory) for block in blocks]
    # then every one succeeds, and they tell what the text says they do
    everything = "\n".join(told)
    assert "The coffee machine is cold" in told[1]
    assert '"sequence":3' in told[3]
    assert "Reply-To: support+" in told[4]
    assert '"code":"not_solved"' in told[5]
    assert "ada.agent took the ticket" in told[7]
    assert "(erased)" in told[9]
    assert " is whole: " in told[9]
    assert "Traceback" not in everything


async def run(block: str, folder: Path, memory: Path) -> str:
    """The output of a block; one that only looks is repeated until there is something to see."""
    script = f"set -a -e; source {memory}\n{block}\nexport -p > {memory}"
    writes = "send_message" in block or "curl" in block or "erase" in block
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", script),
            cwd=folder,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        if process.returncode == 0:
            return out.decode()
        if writes or time.monotonic() > deadline:
            raise AssertionError(f"this block of the tutorial failed:\n{block}\n{out.decode()}")
