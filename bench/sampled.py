"""Runs intake and samples where its processor time goes.

    python -m bench.sampled SAMPLES.json

A timer of processor time (ITIMER_PROF) interrupts every few milliseconds; the stack of the main
thread says who was at work. What has no frame of ours above the event loop was called by the loop
itself, or is the work of other threads (the MongoDB driver's) while it waits. Unlike a tracing
profiler this leaves the costs of small functions as they are.
"""

import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from libs.settings import CHECKOUT
from libs.telemetry import crash_only
from services.intake import app

INTERVAL_SECONDS = 0.002
OURS = ("libs/", "services/")
ENTRANCE = "libs/telemetry/crash.py"  # it runs the event loop
LOOP = "(event loop)"

samples: Counter[tuple[str, str]] = Counter()


def sample(signal_number: int, frame: FrameType | None) -> None:
    """Count one sample: the innermost function of ours, and whose code it was in."""
    inner = frame
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(str(CHECKOUT)):
            ours = path[len(str(CHECKOUT)) + 1 :]
            if ours.startswith(OURS) and ours != ENTRANCE:
                samples[f"{ours}:{frame.f_code.co_name}", package(inner)] += 1
                return
        frame = frame.f_back
    samples[LOOP, package(inner)] += 1


def package(frame: FrameType | None) -> str:
    """The package that a frame's code stands in: aiokafka, pymongo, ours, asyncio …"""
    if frame is None:
        return ""
    path = Path(frame.f_code.co_filename)
    if "site-packages" in path.parts:
        return path.parts[path.parts.index("site-packages") + 1]
    return "ours" if path.is_relative_to(CHECKOUT) else path.parent.name


async def main(result: Path) -> None:
    began = time.process_time()
    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL_SECONDS, INTERVAL_SECONDS)
    try:
        await app.main()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        keep(result, time.process_time() - began)


def keep(result: Path, seconds: float) -> None:
    """seconds: of processor time since everything was imported."""
    found = [[*where, count] for where, count in samples.most_common()]
    result.write_text(json.dumps({"seconds": seconds, "samples": found}))


if __name__ == "__main__":
    crash_only(lambda: main(Path(sys.argv[1])))
