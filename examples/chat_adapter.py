"""A whole chat adapter: ``python chat_adapter.py "My printer burns"``. It needs aiokafka alone."""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer


async def publish(text: str) -> None:
    now = datetime.now(UTC).isoformat()
    sender = {"sender": {"address": "ana", "name": "Ana Weber"}, "received_at": now, "text": text}
    chat = {"channel": "chat", "account": "website", "id": f"ana {now}", "thread": "ana", **sender}
    async with AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA"], acks="all") as producer:
        await producer.send_and_wait(os.environ["TOPIC"], json.dumps(chat).encode(), key=b"ana")


asyncio.run(publish(sys.argv[1]))
