"""The local stack: starts, restarts, ends with no orphan, and says what is missing."""

import pytest
from aiokafka import AIOKafkaProducer
from pymongo import AsyncMongoClient

from libs.settings import Settings, kafka_client_options

pytestmark = pytest.mark.integration


async def test_the_servers_are_a_real_kafka_and_a_real_replica_set(ledger: Settings) -> None:
    producer = AIOKafkaProducer(**kafka_client_options(ledger), transactional_id=ledger.namespace)
    await producer.start()
    async with producer.transaction():
        pass
    await producer.stop()

    async with AsyncMongoClient[dict[str, object]](ledger.mongo) as client:
        database = client[f"{ledger.namespace}stack"]
        async with client.start_session() as session, await session.start_transaction():
            await database.things.insert_one({"_id": 1}, session=session)
        assert await database.things.count_documents({}) == 1
