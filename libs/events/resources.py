"""What every process of ours needs, opened once: Kafka, MongoDB, the keyring, what it tells."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from libs.contents import ContentStore
from libs.events.kafka import Cluster, Ledger
from libs.events.lane import Deciders, Lane
from libs.keyring import Keyring
from libs.mongo import Mongo, connect
from libs.settings import Settings
from libs.telemetry import Progress, Telemetry, setup


@dataclass(frozen=True)
class Resources:
    """The open connections of one process, and the ledger that it belongs to."""

    settings: Settings
    cluster: Cluster
    ledger: Ledger
    mongo: Mongo
    keyring: Keyring
    contents: ContentStore
    telemetry: Telemetry
    progress: Progress

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: Settings, service: str) -> AsyncIterator["Resources"]:
        """Connect; raises NotProvisioned, or what Kafka and MongoDB say when they do not answer."""
        telemetry = setup(settings, service)
        cluster = Cluster(settings)
        ledger = await cluster.ledger()
        mongo = connect(settings)
        keyring = Keyring(mongo, settings)
        contents = ContentStore(mongo, keyring)
        try:
            yield cls(settings, cluster, ledger, mongo, keyring, contents, telemetry, Progress())
        finally:
            await mongo.close()
            telemetry.close()

    def lane(self, deciders: Deciders, number: int) -> Lane:
        """A lane of these deciders, not running yet."""
        self.progress.expect(f"{deciders.service}-{number}")
        return Lane(
            deciders,
            number,
            cluster=self.cluster,
            database=self.mongo.database(deciders.service),
            keyring=self.keyring,
            ledger=self.ledger,
            telemetry=self.telemetry,
            progress=self.progress,
        )


Wire = Callable[[Resources], Awaitable[Deciders]]
