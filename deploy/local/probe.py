"""Whether a process of the plan is healthy, asked from outside."""

import asyncio

import httpx

from deploy.local import kafka, mongod
from deploy.local.process import Process

PATIENCE_SECONDS = 2.0


async def healthy(process: Process) -> bool:
    """One question, answered within PATIENCE_SECONDS; a step that ends by itself has no health."""
    question = {
        "kafka": kafka.healthy,
        "mongod": mongod.healthy,
        "http": ready,
        "tcp": listens,
        "done": never,
    }[process.probe]
    try:
        return await asyncio.wait_for(question(process.port), PATIENCE_SECONDS)
    except TimeoutError:
        return False


async def ready(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.get(f"http://127.0.0.1:{port}/health/ready")
        except httpx.HTTPError:
            return False
        return answer.is_success


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def never(port: int) -> bool:
    return False
