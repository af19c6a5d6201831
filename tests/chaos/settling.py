"""After blows: what has to come back before the next one, and how everything comes to rest."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from libs.settings import home
from tests.chaos.harm import Harm, Unmended
from tests.chaos.load import Promises
from tests.chaos.summary import Round

MENDED_SECONDS, LOOK_SECONDS = 90.0, 0.1
CONFUSED_SECONDS = 45.0
SETTLING_LOOKS, SETTLING_SECONDS = 24, 4.0

Say = Callable[[str], None]


async def mended(harm: Harm, promises: Promises, since: float, blow: Sequence[str] = ()) -> Round:
    """Wait until a command and a mail that were sent after an instant have been accepted.

    Patience is counted in looks, not by the clock: a machine that slept has not failed. Raises
    Unmended when that does not happen.
    """
    confused = False
    looks = round(MENDED_SECONDS / LOOK_SECONDS)
    while looks > 0:
        served, accepted = promises.served_since(since), promises.accepted_since(since)
        if served is not None and accepted is not None:
            return Round(blow, served - since, accepted - since, confused)
        await asyncio.sleep(LOOK_SECONDS)
        looks -= 1
        late = looks < (MENDED_SECONDS - CONFUSED_SECONDS) / LOOK_SECONDS
        if late and not confused and await harm.restart_confused_kafka():
            confused = True
            looks = round(MENDED_SECONDS / LOOK_SECONDS)
    raise Unmended(f"{' + '.join(blow)}: commands {served}, mails {accepted}")


async def at_rest(look: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """What is still wrong when everything had its time to finish."""
    for _ in range(SETTLING_LOOKS):
        findings = await look()
        if not findings:
            break
        await asyncio.sleep(SETTLING_SECONDS)
    return findings


def kept(findings: Sequence[str]) -> Path:
    """A folder with what a person needs who looks into it: the stack's own is deleted."""
    folder = Path(tempfile.mkdtemp(prefix="deskledger-chaos-"))
    shutil.copytree(home() / "logs", folder / "logs")
    (folder / "findings.txt").write_text("".join(f"{finding}\n" for finding in findings))
    return folder
