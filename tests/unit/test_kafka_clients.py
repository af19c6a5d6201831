"""How our Kafka clients behave towards a broker that is not there."""

import asyncio
import logging
import socket

import pytest
from aiokafka.errors import KafkaError

from libs.events.kafka import Cluster
from libs.settings import Settings


async def test_a_broker_that_refuses_connections_is_not_hammered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # given a port where nobody listens
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings = Settings(kafka=f"127.0.0.1:{taken.getsockname()[1]}")
        # when a client, made as all of ours are, tries to connect as often as it can for a second
        attempts = 0
        with caplog.at_level(logging.CRITICAL, "aiokafka"):
            try:
                async with asyncio.timeout(1):
                    while True:
                        producer = Cluster(settings).producer()
                        try:
                            await producer.start()
                        except KafkaError:
                            attempts += 1
                        finally:
                            await producer.stop()
            except TimeoutError:
                pass
    # then it has not tried more than a few times
    assert attempts <= 4
