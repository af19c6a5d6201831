"""Making and checking the ledger's topics: idempotent, never by auto-creation.

The lane count and the ledger's id are decided once, when the first record of the ``ledger`` topic
is written, and are read from there ever after.
"""

import uuid
from dataclasses import dataclass

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from libs.events.kafka import Cluster, Ledger, NotProvisioned, utc_now
from libs.events.topics import LEDGER, TOPICS, Topic
from libs.settings import kafka_client_options


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be. fatal: services must not run like this."""

    topic: str
    sentence: str
    fatal: bool


async def apply(cluster: Cluster) -> tuple[Ledger, list[str]]:
    """Make what is missing. Returns the ledger and the names of the topics that were made.

    Raises RuntimeError when the broker refuses one; existing topics are never changed.
    """
    ledger = await _existing_ledger(cluster)
    lanes = ledger.lanes if ledger else cluster.settings.lanes
    admin = AIOKafkaAdminClient(**kafka_client_options(cluster.settings))
    await admin.start()
    try:
        brokers = len((await admin.describe_cluster())["brokers"])
        existing = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if cluster.topic(topic.name) not in existing]
        response = await admin.create_topics(
            [_new_topic(cluster, topic, lanes, brokers) for topic in missing]
        )
    finally:
        await admin.close()
    for name, code, *rest in response.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise RuntimeError(f"Kafka did not make {name}: {for_code(code).__name__} {rest}")
    if ledger is None:
        ledger = Ledger(id=str(uuid.uuid4()), lanes=lanes, created_at=utc_now())
        async with cluster.producing() as producer:
            await producer.send_and_wait(
                cluster.topic(LEDGER), value=msgspec.json.encode(ledger), partition=0
            )
        ledger = await cluster.ledger()  # the first record counts, should two have run at once
    return ledger, [topic.name for topic in missing]


async def check(cluster: Cluster) -> list[Finding]:
    """What differs from ``topics.py``: missing topics, partition counts, settings that matter."""
    try:
        ledger = await cluster.ledger()
    except NotProvisioned as error:
        return [Finding(LEDGER, str(error), fatal=True)]
    admin = AIOKafkaAdminClient(**kafka_client_options(cluster.settings))
    await admin.start()
    try:
        brokers = len((await admin.describe_cluster())["brokers"])
        names = {cluster.topic(topic.name): topic for topic in TOPICS}
        existing = set(await admin.list_topics())
        described = await admin.describe_topics([n for n in names if n in existing])
        counts = {str(d["topic"]): len(d["partitions"]) for d in described}
        configured = await _configurations(admin, [n for n in names if n in existing])
    finally:
        await admin.close()
    findings = []
    for name, topic in names.items():
        if name not in existing:
            findings.append(Finding(topic.name, "is missing: run `deskledger topics apply`", True))
            continue
        lanes = topic.partitions or ledger.lanes
        if counts[name] != lanes:
            sentence = f"has {counts[name]} partitions where the ledger has {lanes} lanes"
            findings.append(Finding(topic.name, sentence, True))
        for key, wanted in topic.configuration(brokers == 1).items():
            found = configured[name].get(key)
            if found != wanted:
                fatal = key in ("cleanup.policy", "retention.ms") and topic.retention_ms == -1
                findings.append(Finding(topic.name, f"{key} is {found}, not {wanted}", fatal))
    return findings


async def _existing_ledger(cluster: Cluster) -> Ledger | None:
    try:
        return await cluster.ledger()
    except NotProvisioned:
        return None


def _new_topic(cluster: Cluster, topic: Topic, lanes: int, brokers: int) -> NewTopic:
    configuration = topic.configuration(brokers == 1)
    if brokers >= 3:
        configuration["min.insync.replicas"] = "2"
    return NewTopic(
        name=cluster.topic(topic.name),
        num_partitions=topic.partitions or lanes,
        replication_factor=min(3, brokers),
        topic_configs=configuration,
    )


async def _configurations(
    admin: AIOKafkaAdminClient, names: list[str]
) -> dict[str, dict[str, str | None]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str | None]] = {}
    for response in await admin.describe_configs(resources):
        for _, _, _, name, entries in response.resources:
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
