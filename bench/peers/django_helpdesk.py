"""Tickets a second of django-helpdesk: through its REST API, into SQLite, over four connections."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from bench.open_loop import Connection
from libs.settings import CHECKOUT

HERE = Path(__file__).parent
ENVIRONMENT = CHECKOUT / ".cache" / "peers"
CONNECTIONS = 4
WORKERS, THREADS = 2, 2
WARM_UP_SECONDS = 2.0
START_SECONDS = 30.0


def install() -> Path:
    """The Python of the peers' virtual environment, made from the lock file when it differs."""
    python = ENVIRONMENT / "bin" / "python"
    lock, installed = HERE / "requirements.lock", ENVIRONMENT / "installed.lock"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        uv = [str(Path(sys.executable).with_name("uv")), "pip", "sync", "--quiet"]
        where = {**os.environ, "VIRTUAL_ENV": str(ENVIRONMENT)}
        subprocess.run([*uv, "--require-hashes", str(lock)], env=where, check=True)
        installed.write_bytes(lock.read_bytes())
    return python


async def tickets_per_second(seconds: float) -> float:
    """Open tickets for so long. Raises RuntimeError when one is refused."""
    async with serving() as (port, token):
        await create_tickets(port, token, WARM_UP_SECONDS)
        return await create_tickets(port, token, seconds)


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[tuple[int, str]]:
    """A fresh helpdesk behind gunicorn; its port, and an agent's token."""
    python = install()
    with tempfile.TemporaryDirectory(prefix="bench-peer-") as folder:
        environment = {**os.environ, "HELPDESK_FOLDER": folder}
        prepared = await asyncio.create_subprocess_exec(
            python,
            "helpdesk_project.py",
            cwd=HERE,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        token, _ = await prepared.communicate()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        server = await asyncio.create_subprocess_exec(
            *(python, "-m", "gunicorn", "--log-level", "warning", "--keep-alive", "60"),
            *("--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)),
            *("--bind", f"127.0.0.1:{port}", "helpdesk_project:application"),
            cwd=HERE,
            env=environment,
        )
        try:
            await _listening(port)
            yield port, token.decode()
        finally:
            server.terminate()
            await server.wait()


async def create_tickets(port: int, token: str, seconds: float) -> float:
    """Each connection opens one ticket after the other; how many a second all of them together."""
    began = time.perf_counter()
    counts = await asyncio.gather(
        *(_create(port, token, began + seconds) for _ in range(CONNECTIONS))
    )
    return sum(counts) / (time.perf_counter() - began)


async def _create(port: int, token: str, until: float) -> int:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        body = msgspec.json.encode(
            {
                "queue": 1,
                "title": "It does not work",
                "description": f"Please help, it is urgent ({count}).",
                "submitter_email": f"customer{count}@example.org",
                "priority": 3,
                "status": 1,
            }
        )
        head = (
            "POST /helpdesk/api/tickets/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Token {token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        status = await connection.ask(head.encode() + body)
        if status != 201:
            raise RuntimeError(f"django-helpdesk answered {status} to a new ticket")
        count += 1
    connection.close()
    return count


async def _listening(port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
