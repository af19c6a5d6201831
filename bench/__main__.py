"""``make bench``: every figure beside its limit, on the screen and in bench/RESULTS.md.

    python -m bench [--quick] [name ...]

Each benchmark runs in a process of its own, one after the other; a name alone renews its chapter of
RESULTS.md and leaves the others. --quick shows in tiny sizes that they work, and writes nothing.
"""

import argparse
import multiprocessing
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil

from bench import machine
from bench.frame import Chapter, NotHere, markdown, run

RESULTS = Path(__file__).with_name("RESULTS.md")
HEADING = "\n## "
CHAPTERS = (
    "latency",
    "inbound",
    "mail_in",
    "mail_out",
    "mail_sizes",
    "mail_fuzz",
    "http_ack",
    "rebuild",
    "projection",
    "decide",
    "list_page",
    "load",
    "streams",
    "webhook_outage",
    "privacy",
    "replay",
    "long_ticket",
    "problem",
    "soak",
)
PREFACE = """\
# Measured

Every figure stands beside what bare work of the same kind gave in the same run: a ratio says more
than a number from somebody else's machine. Made by `make bench`; do not edit. How to run it and
read it: [docs/how-to/benchmark.md](../docs/how-to/benchmark.md).
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(CHAPTERS))
    parser.add_argument("--quick", action="store_true", help="tiny sizes; writes nothing")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(CHAPTERS):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(CHAPTERS)}")
    print(machine.facts(), flush=True)
    failed = []
    for name in asked.names or CHAPTERS:
        began, before = time.monotonic(), psutil.cpu_times()
        try:
            chapter = measure(name, asked.quick)
        except NotHere as why:
            print(f"\n{name} is left out: {why}", flush=True)
            continue
        except Exception:
            traceback.print_exc()
            failed.append(name)
            continue
        seconds = time.monotonic() - began
        stolen = machine.stolen(before, psutil.cpu_times())
        print(f"{HEADING}{chapter.title} ({seconds:.0f} s)\n\n{markdown(chapter)}", flush=True)
        print(f"\n{stolen}", flush=True)
        if not asked.quick:
            keep(chapter, stolen)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def measure(name: str, quick: bool) -> Chapter:
    """Run one benchmark in a fresh process."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as pool:
        return pool.submit(run, name, quick).result()


def keep(chapter: Chapter, stolen: str) -> None:
    """Put the chapter in its place in RESULTS.md. stolen: what the host took meanwhile."""
    known: dict[str, str] = {}
    if RESULTS.exists():
        for part in RESULTS.read_text().split(HEADING)[1:]:
            title, _, text = part.partition("\n")
            known[title] = text.strip()
    facts = f"Commit {machine.commit()}. {machine.facts()} {stolen}"
    known[chapter.title] = f"{facts}\n\n{markdown(chapter)}"
    chapters = "".join(f"{HEADING}{title}\n\n{text}\n" for title, text in sorted(known.items()))
    RESULTS.write_text(PREFACE + chapters)


if __name__ == "__main__":
    sys.exit(main())
