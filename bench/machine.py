"""Facts of the machine and of what was measured on it."""

import importlib.metadata
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from deploy.local import jars
from libs.settings import CHECKOUT

MEASURED = ("aiokafka", "pymongo", "motor", "fastapi", "uvloop", "msgspec")


def facts() -> str:
    """One paragraph: processor, memory, system, versions."""
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in MEASURED)
    kafka = jars.COORDINATES[0].rpartition(":")[2]
    return (
        f"{_processor()}, {psutil.cpu_count()} cores, {memory:.0f} GB, Linux "
        f"{platform.release()}; Apache Kafka {kafka} and mongod on the same machine; "
        f"Python {platform.python_version()}, {versions}."
    )


def commit() -> str:
    """The commit that is checked out, with a plus sign where files differ from it, and today."""
    described = _git("describe", "--always", "--dirty=+", "--abbrev=9", "--exclude=*")
    return f"{described}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def stolen(before: Any, after: Any) -> str:
    """One sentence about what a virtual machine's host took between two ``psutil.cpu_times()``."""
    took = after.steal - before.steal
    return f"The host took {took / (sum(after) - sum(before)):.1%} of the processor time meanwhile."


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "no git"
