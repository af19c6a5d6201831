"""Proof of a ledger: every hash, every sequence, every input's outcome, against what was stored.

Lanes are closed under all of this, so each of a large log is checked in a process of its own; only
the promises between aggregates (a message that was received must end somewhere) are compared at the
end.
States are read before the log's end is asked for, so a ledger may be verified while it is written.
"""

import asyncio
import importlib
import multiprocessing
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from queue import Empty, Queue

import msgspec

from libs.events.kafka import Cluster, Ledger, end_offsets, utc_now
from libs.events.lane_proof import Finding, LaneProof, prove_lane
from libs.events.resources import Resources, Wire
from libs.events.topics import TOPICS
from libs.settings import Settings

GRACE = timedelta(seconds=30)
# Starting a process takes longer than checking this many records (two seconds of imports).
SMALL = 20_000
OnProgress = Callable[[int, int], None]


class Report(msgspec.Struct, frozen=True):
    """What was checked and what is wrong. open_promises: those that are younger than GRACE;
    unsettled: inputs that nothing can be said of until their lane has stored its states."""

    ledger_id: str
    events: int
    aggregates: int
    inputs: int
    unsettled: int
    open_promises: int
    findings: list[Finding]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


async def verify(
    settings: Settings,
    services: Sequence[str],
    on_progress: OnProgress = lambda done, total: None,
    small: int = SMALL,
) -> Report:
    """Check everything that these services wrote.

    services: modules that wire one (``services.intake.wiring``: a function ``deciders``).
    on_progress: called with events checked so far and in all. small: a log of fewer records is
    checked in this process.
    """
    cluster = Cluster(settings)
    ledger = await cluster.ledger()
    prove = _prove_here if await _records(cluster, ledger) < small else _prove_in_processes
    lanes = [(service, lane) for service in services for lane in range(ledger.lanes)]
    proofs = await prove(settings, lanes, on_progress)
    findings = [finding for proof in proofs for finding in proof.findings]
    broken, still_open = _promises(proofs, utc_now())
    return Report(
        ledger_id=ledger.id,
        events=sum(proof.events for proof in proofs),
        aggregates=sum(proof.aggregates for proof in proofs),
        inputs=sum(proof.inputs for proof in proofs),
        unsettled=sum(proof.unsettled for proof in proofs),
        open_promises=still_open,
        findings=findings + broken,
    )


def wiring(service: str) -> Wire:
    """The function that wires a service's deciders, by the module's name."""
    wire: Wire = importlib.import_module(service).deciders
    return wire


async def _records(cluster: Cluster, ledger: Ledger) -> int:
    """About how many records all events are."""
    names = [topic.name for topic in TOPICS if topic.name.endswith(".events")]
    partitions = [cluster.partition(n, lane) for n in names for lane in range(ledger.lanes)]
    return sum((await end_offsets(cluster, partitions, "read_committed")).values())


async def _prove_here(
    settings: Settings, lanes: Sequence[tuple[str, int]], on_progress: OnProgress
) -> list[LaneProof]:
    done = total = 0

    def step(more_done: int, more_total: int) -> None:
        nonlocal done, total
        done, total = done + more_done, total + more_total
        on_progress(done, total)

    async with Resources.open(settings, "verify") as resources:
        return [
            await prove_lane(resources, await wiring(service)(resources), lane, step)
            for service, lane in lanes
        ]


async def _prove_in_processes(
    settings: Settings, lanes: Sequence[tuple[str, int]], on_progress: OnProgress
) -> list[LaneProof]:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        steps: Queue[tuple[int, int]] = manager.Queue()
        with ProcessPoolExecutor(mp_context=context) as pool:
            futures = [
                asyncio.wrap_future(pool.submit(_prove, settings, service, lane, steps))
                for service, lane in lanes
            ]
            waiting = asyncio.gather(*futures)
            done = total = 0
            while not waiting.done():
                await asyncio.wait([waiting], timeout=0.1)
                for more_done, more_total in _drain(steps):
                    done, total = done + more_done, total + more_total
                on_progress(done, total)
            return await waiting


def _prove(
    settings: Settings, service: str, lane: int, steps: "Queue[tuple[int, int]]"
) -> LaneProof:
    async def prove() -> LaneProof:
        async with Resources.open(settings, "verify") as resources:
            deciders = await wiring(service)(resources)
            return await prove_lane(
                resources, deciders, lane, lambda done, total: steps.put((done, total))
            )

    return asyncio.run(prove())


def _drain(steps: "Queue[tuple[int, int]]") -> Iterable[tuple[int, int]]:
    while True:
        try:
            yield steps.get_nowait()
        except Empty:
            return


def _promises(proofs: Iterable[LaneProof], now: datetime) -> tuple[list[Finding], int]:
    """Promises that nobody kept, and how many are too young to say."""
    made: dict[str, tuple[datetime, str]] = {}
    kept: set[str] = set()
    for proof in proofs:
        made |= proof.made
        kept |= proof.kept
    pending: Mapping[str, tuple[datetime, str]] = {k: v for k, v in made.items() if k not in kept}
    late = {k: where for k, (since, where) in pending.items() if now - since > GRACE}
    findings = [
        Finding("no_outcome", where, f"what was received here ({key[:16]}…) never ended anywhere")
        for key, where in late.items()
    ]
    return findings, len(pending) - len(late)
