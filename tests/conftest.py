"""Servers for tests: a real Kafka and a real MongoDB, once a session, in a folder of their own.

They end with the pytest process that began the session, even if that is killed.
"""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from hypothesis import settings as profiles
from pymongo import AsyncMongoClient

from deploy.local import Narrator, stack
from libs.settings import Settings

LANES = 2
# Tests share their processors: how long an example takes tells nothing.
profiles.register_profile("shared", deadline=None)
profiles.load_profile("shared")


def pytest_configure(config: pytest.Config) -> None:
    """Keep away from a stack that runs already; workers of xdist inherit the session's folder."""
    if not hasattr(config, "workerinput"):
        for name in [name for name in os.environ if name.startswith("DESKLEDGER_")]:
            del os.environ[name]
        os.environ["DESKLEDGER_HOME"] = tempfile.mkdtemp(prefix="deskledger-test-")
        os.environ["PYTEST_OWNER"] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        if stack.is_running():
            stack.down()
        shutil.rmtree(os.environ["DESKLEDGER_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def servers() -> None:
    """Kafka and MongoDB, started by whichever worker needs them first."""
    stack.up(Narrator(), only=["kafka", "mongod"], owner=int(os.environ["PYTEST_OWNER"]))


@pytest.fixture
def ledger(servers: None) -> Iterator[Settings]:
    """Settings of an empty ledger on these servers: a namespace of its own, nothing provisioned."""
    settings = new_ledger()
    yield settings
    asyncio.run(discarded(settings))


@pytest.fixture(scope="module")
def module_ledger(servers: None) -> Iterator[Settings]:
    """The same, shared by a module's tests."""
    settings = new_ledger()
    yield settings
    asyncio.run(discarded(settings))


def new_ledger() -> Settings:
    """A namespace that nobody uses."""
    return Settings(namespace=f"t{uuid.uuid4().hex[:10]}-", lanes=LANES)


async def discarded(settings: Settings) -> None:
    """Delete the databases and topics of this ledger: servers that keep thousands become slow."""
    async with AsyncMongoClient[dict[str, object]](settings.mongo) as mongo:
        for name in await mongo.list_database_names():
            if name.startswith(settings.namespace):
                await mongo.drop_database(name)
    kafka = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await kafka.start()
    try:
        topics = [name for name in await kafka.list_topics() if name.startswith(settings.namespace)]
        if topics:
            await kafka.delete_topics(topics)
    finally:
        await kafka.close()
