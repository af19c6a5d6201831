"""The tutorials can be followed literally: their blocks are run in one shell, as they stand, and
show what the pages say."""

import asyncio
import os
import re
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local import Narrator, stack
from libs.settings import CHECKOUT

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("stack"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="the tutorials use curl"),
]

TUTORIALS = sorted((CHECKOUT / "docs" / "tutorial").glob("*.md"))
BLOCK = re.compile(
    r"^```sh\n(?P<commands>.*?)^```$(?:\n\n^```text\n(?P<shown>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
# What changes something is not done twice.
CHANGES = re.compile(r"send_message|--json '|-X POST|erase|rebuild| &$", re.MULTILINE)
PATIENCE_SECONDS = 30.0
OVER = "--- over: "


@dataclass(frozen=True)
class Block:
    """What is typed, and the lines that are to be seen: in this order, others may stand between;
    ``…`` is anything."""

    commands: str
    shown: Sequence[str]

    def missing(self, output: str) -> str | None:
        """The first line that is not to be seen."""
        lines = iter(output.splitlines())
        for line in self.shown:
            pattern = ".*".join(map(re.escape, line.split("…")))
            if not any(re.fullmatch(pattern, seen.rstrip()) for seen in lines):
                return line
        return None


def blocks(tutorial: Path) -> Sequence[Block]:
    """The blocks of a tutorial."""
    found = BLOCK.finditer(tutorial.read_text())
    return [Block(one["commands"], (one["shown"] or "").splitlines()) for one in found]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A stack in a folder of its own, which is like that of a checkout to whoever types there."""
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DESKLEDGER_HOME", str(tmp_path / ".deskledger"))
        environment.setenv("DESKLEDGER_WEBHOOK_NETWORKS", "127.0.0.0/8")
        # Started here, it ends with the tests, however these end; a tutorial finds it running.
        stack.up(Narrator(), owner=int(os.environ["PYTEST_OWNER"]))
        try:
            yield tmp_path
        finally:
            stack.down(wipe=True)


class Shell:
    """One bash, told what to do block by block."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._typed = folder / "typed"

    async def type(self, commands: str) -> tuple[int, str]:
        """The status of the last command that failed, 0 for none; and what was to be seen."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._typed.write_text(commands)
        self._process.stdin.write(
            f"failed=0; source {self._typed} < /dev/null; echo; echo '{OVER}'$failed\n".encode()
        )
        seen: list[str] = []
        while line := (await self._process.stdout.readline()).decode():
            if line.startswith(OVER):
                return int(line.removeprefix(OVER)), "".join(seen)
            seen.append(line)
        raise AssertionError(f"the shell has ended:\n{''.join(seen)}")


@asynccontextmanager
async def shell(folder: Path) -> AsyncIterator[Shell]:
    """A clean bash: nothing is set in it but where the stack is to be."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DESKLEDGER_HOME")}
    process = await asyncio.create_subprocess_exec(
        *("bash", "--noprofile", "--norc"),
        cwd=folder,
        env=kept,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        limit=2**20,
    )
    assert process.stdin is not None
    process.stdin.write(b"trap 'failed=$?' ERR\n")
    try:
        yield Shell(process, folder)
    finally:
        with_everything = os.getpgid(process.pid)
        os.killpg(with_everything, 9)
        await process.wait()


async def followed(block: Block, at: Shell) -> str:
    """What a block shows; one that only looks is repeated until there is something to see."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        failed, seen = await at.type(block.commands)
        missing = block.missing(seen)
        if not failed and missing is None:
            return seen
        if CHANGES.search(block.commands) or time.monotonic() > deadline:
            why = f"failed with {failed}" if failed else f"does not show: {missing}"
            raise AssertionError(f"this block {why}\n\n{block.commands}\n{seen}")
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
async def test_every_block_does_what_the_tutorial_says(tutorial: Path, home: Path) -> None:
    # given a tutorial, which ends what it has begun
    typed = blocks(tutorial)
    assert typed[-1].commands.endswith("deskledger down\n")
    # when it is followed in one shell, then each block works and shows what the page has below it
    async with shell(home) as bash:
        told = [await followed(block, bash) for block in typed]
    assert "Traceback" not in "\n".join(told)
    assert not stack.is_running()
