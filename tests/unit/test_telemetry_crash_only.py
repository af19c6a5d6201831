"""Crash-only processes: how they end, and what they say."""

import signal
import subprocess
import sys
import textwrap
import time

import pytest


def started(body: str) -> subprocess.Popen[str]:
    """A process whose main is `body`; it has printed `up` when this returns."""
    program = f"""
import asyncio, logging, sys, time
from libs.settings import Settings
from libs.telemetry import crash, crash_only, setup
async def main() -> None:
    setup(Settings(otlp_endpoint=""), "test")
    print("up", flush=True)
{textwrap.indent(textwrap.dedent(body), "    ")}
crash.STOP_SECONDS = 1
crash_only(main)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    process = started(
        """
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.1)
            print("cleaned up", flush=True)
        """
    )
    process.send_signal(number)
    output, log = process.communicate(timeout=10)
    assert (process.returncode, output, log) == (0, "cleaned up\n", "")


def test_returning_is_a_clean_end() -> None:
    process = started("return")
    assert (process.wait(timeout=10)) == 0


def test_an_error_is_a_sentence_and_exit_code_one() -> None:
    process = started("raise RuntimeError('lane intake-0 has a newer owner')")
    _, log = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "CRITICAL libs.telemetry.crash: stopped: RuntimeError: lane intake-0 has a n" in log


def test_of_a_task_group_every_error_is_named() -> None:
    process = started(
        """
        async def fail(error): raise error
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(ValueError("one")))
            group.create_task(fail(KeyError("two")))
        """
    )
    _, log = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "stopped: ValueError: one; KeyError: 'two'" in log


def test_cleaning_up_has_an_end() -> None:
    process = started(
        """
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(60)
        """
    )
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "cleaning up took more than 1 s" in log


def test_a_task_that_cannot_be_stopped_does_not_hold_up_a_crash() -> None:
    process = started(
        """
        async def stubborn():
            while True:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    pass
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        raise RuntimeError("broken")
        """
    )
    _, log = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "stopped: RuntimeError: broken" in log


def test_neither_does_a_thread_that_waits_for_a_dead_server() -> None:
    process = started(
        """
        import concurrent.futures, threading
        concurrent.futures.ThreadPoolExecutor().submit(threading.Event().wait)
        return
        """
    )
    began = time.monotonic()
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - began < 5
