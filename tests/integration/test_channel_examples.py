"""The example adapters publish what the contract asks for, on a real broker."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.local import Narrator, jars
from deploy.local.kafka import java
from libs.events.published.channels import InboundMessage
from libs.events.topics import INBOUND
from libs.settings import CHECKOUT, Settings
from tests.support.lanes import Bench

pytestmark = pytest.mark.integration
EXAMPLES = CHECKOUT / "examples"
# Kafka's command-line tools are no part of a broker; the stack's own jars do for the rest.
TOOLS = jars.Jar(
    "org.apache.kafka",
    "kafka-tools",
    "4.1.2",
    "cb7aedcd2e418b86079c4b35257c8e37800eea84723c78c8b90f535bd589888e",
)


@pytest.fixture
def command_line(tmp_path: Path) -> Path:
    """A folder with ``kafka-console-producer.sh``, as Kafka's download has it."""
    stack = jars.fetch(Narrator())
    if not jars.is_there(TOOLS, jars.cache() / "maven"):
        jars.download(TOOLS, jars.cache() / "maven")
    path = ":".join(map(str, [TOOLS.path(jars.cache() / "maven"), *stack]))
    script = tmp_path / "kafka-console-producer.sh"
    producer = "org.apache.kafka.tools.ConsoleProducer"
    script.write_text(f'#!/bin/sh\nexec "{java()}" -cp "{path}" {producer} "$@"\n')
    script.chmod(0o755)
    return tmp_path


async def published(
    settings: Settings, *command: str, more: Mapping[str, str] | None = None
) -> InboundMessage:
    async with Bench.on(settings) as bench:
        env = os.environ | {"KAFKA": settings.kafka, "TOPIC": bench.cluster.topic(INBOUND)}
        running = await asyncio.create_subprocess_exec(*command, env=env | dict(more or {}))
        assert await running.wait() == 0
        [record] = await bench.records(INBOUND, 1)
    return InboundMessage.model_validate_json(record.value or b"")


async def test_the_python_example(ledger: Settings) -> None:
    adapter = str(EXAMPLES / "chat_adapter.py")
    found = await published(ledger, sys.executable, adapter, "My “printer” burns")
    assert (found.channel, found.account, found.thread) == ("chat", "website", "ana")
    assert found.text == "My “printer” burns"
    assert found.sender.address == "ana"


async def test_kafka_s_own_command_line(ledger: Settings, command_line: Path) -> None:
    path = {"PATH": f"{command_line}:{os.environ['PATH']}"}
    adapter = str(EXAMPLES / "chat_adapter.sh")
    found = await published(ledger, "sh", adapter, "My printer burns", more=path)
    assert (found.channel, found.account, found.thread) == ("chat", "website", "ana")
    assert found.text == "My printer burns"
