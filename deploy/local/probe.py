"""Whether a process of the plan is healthy, asked from outside."""

import asyncio
import contextlib

import psutil

from deploy.local import kafka, mongod
from deploy.local.process import Process

PATIENCE_SECONDS = 2.0
READY = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def healthy(process: Process) -> bool:
    """One question, answered within PATIENCE_SECONDS; a step that ends by itself has no health.

    Asked ten times a second while a process starts: clients are made only once its port answers.
    """
    questions = {"kafka": kafka.healthy, "mongod": mongod.healthy, "http": ready}
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            if process.probe == "done":
                return False
            await knock(process.port)
            question = questions.get(process.probe)
            return question is None or await question(process.port)
    return False


def listens(pid: int, port: int) -> bool:
    """Whether it is this process that answers there, and not another one that was quicker."""
    try:
        sockets = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in sockets)


async def knock(port: int) -> None:
    """Raises OSError when nobody listens."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def ready(port: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(READY)
        return b" 200 " in await reader.readline()
    finally:
        writer.close()
