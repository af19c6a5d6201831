"""Mails that nobody would write: do any bytes get an answer, and what does the worst one cost?

Real mails and nasty ones of our own, cut, spliced and stuffed (tests/support/mail_fuzz.py). Each is
made from its number, so the worst can be looked at. Beside it, the standard library's parser on the
same bytes with nothing read.
"""

import email
import logging
import multiprocessing
import os
import random
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from email.policy import compat32
from pathlib import Path

from bench.frame import Chapter, Figure, at_most
from tests.support import mail_fuzz

MAILS, BATCH = 200_000, 2_000
MEGABYTE = 1_000_000
# Below this a mail's size says nothing of its cost.
LARGE_BYTES = 100_000
_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@dataclass(frozen=True)
class Cost:
    """What a mail cost: processor time (s), memory beyond what was held before (bytes)."""

    number: int
    size: int
    seconds: float
    memory: int

    @property
    def per_megabyte(self) -> float:
        return self.seconds / self.size * MEGABYTE


@dataclass(frozen=True)
class Outcome:
    """A batch. failed: numbers and errors; bare: what the standard library took
    (s), and on how many mails it failed."""

    bytes: int
    seconds: float
    bare: float
    bare_failed: int
    slowest: Cost
    dearest: Cost
    slowest_small: Cost
    failed: list[tuple[int, str]]


def chapter(quick: bool) -> Chapter:
    seed = int(os.environ.get("FUZZ_SEED") or random.randrange(10**6))
    mails = int(os.environ.get("FUZZ_MAILS") or (BATCH if quick else MAILS))
    starts = range(0, mails, BATCH)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(mp_context=spawn) as pool:
        outcomes = list(pool.map(batch, [seed] * len(starts), starts))
    failed = [one for outcome in outcomes for one in outcome.failed]
    for number, error in failed[:20]:
        print(f"mail {number} of seed {seed}: {error}", flush=True)
    slowest = max((o.slowest for o in outcomes), key=lambda cost: cost.per_megabyte)
    dearest = max((o.dearest for o in outcomes), key=lambda cost: cost.memory)
    small = max((o.slowest_small for o in outcomes), key=lambda cost: cost.seconds)
    size = sum(outcome.bytes for outcome in outcomes) / MEGABYTE
    seconds = sum(outcome.seconds for outcome in outcomes)
    bare = sum(outcome.bare for outcome in outcomes)
    return Chapter(
        "Mails that nobody would write",
        [
            Figure(
                "exceptions",
                len(failed),
                "",
                "`email` alone",
                sum(outcome.bare_failed for outcome in outcomes),
                [at_most(0)],
            ),
            Figure("reading, all", seconds / size, "s/MB", "`email` alone", bare / size),
            Figure(
                f"slowest of {LARGE_BYTES // 1000} kB and more",
                slowest.per_megabyte,
                "s/MB",
                aims=[at_most(15)],
            ),
            Figure("slowest of the smaller", small.seconds * 1_000, "ms", aims=[at_most(2_000)]),
            Figure(
                f"most memory, mails of {mail_fuzz.LARGEST / MEGABYTE:.0f} MB at most",
                dearest.memory / MEGABYTE,
                "MB",
                aims=[at_most(150)],
            ),
        ],
        f"{len(starts) * BATCH:,} mails, {size:,.0f} MB, seed {seed} (`FUZZ_SEED`, `FUZZ_MAILS`). "
        f"The slowest was number {slowest.number} ({slowest.size:,} bytes), of the smaller "
        f"{small.number} ({small.size:,} bytes), the dearest {dearest.number} "
        f"({dearest.memory / MEGABYTE:,.0f} MB for {dearest.size:,} bytes).",
    )


def batch(seed: int, start: int) -> Outcome:
    """Read BATCH mails from this number on."""
    logging.disable(logging.CRITICAL)  # libraries tell of every mail that they trip over
    originals = mail_fuzz.mails()
    costs, failed = [], []
    bare, bare_failed = 0.0, 0
    for number in range(start, start + BATCH):
        raw = mail_fuzz.mutated(seed, number, originals)
        before = _memory(anew=True)
        began = time.process_time()
        try:
            mail_fuzz.read(raw)
        except Exception as error:
            failed.append((number, f"{type(error).__name__}: {error}"[:300]))
        seconds = time.process_time() - began
        costs.append(Cost(number, len(raw) or 1, seconds, _memory() - before))
        began = time.process_time()
        try:
            email.message_from_bytes(raw, policy=compat32)
        except Exception:
            bare_failed += 1
        bare += time.process_time() - began
    large = [cost for cost in costs if cost.size >= LARGE_BYTES] or costs[:1]
    small = [cost for cost in costs if cost.size < LARGE_BYTES] or costs[:1]
    return Outcome(
        bytes=sum(cost.size for cost in costs),
        seconds=sum(cost.seconds for cost in costs),
        bare=bare,
        bare_failed=bare_failed,
        slowest=max(large, key=lambda cost: cost.per_megabyte),
        dearest=max(costs, key=lambda cost: cost.memory),
        slowest_small=max(small, key=lambda cost: cost.seconds),
        failed=failed,
    )


def _memory(*, anew: bool = False) -> int:
    """Bytes held by this process: the most since it was last asked anew, native code included.
    Zero where the system does not say."""
    if not _CLEAR.exists():
        return 0
    if anew:
        _CLEAR.write_text("5")  # the peak begins again at what is held now (proc(5))
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1_024
