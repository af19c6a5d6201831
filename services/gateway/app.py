"""The gateway's process: what it connects to, follows and runs; wired with ``interface``."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from libs.events.builds import Builds
from libs.events.checkpoints import Checkpoints
from libs.events.envelope import Recorded
from libs.events.kafka import CommandSender
from libs.events.known_desk import KnownDesk
from libs.events.projection import Projection
from libs.events.projections import Projections
from libs.events.resources import Resources
from libs.events.sources import sources_of
from libs.events.tail import Tail
from libs.events.topics import commands, events
from libs.events.waiting import Waiter
from libs.serving import listening
from libs.telemetry.health import Details, serve
from libs.tokens import Links, OpenId, local_issuer
from services.gateway.availability import be_patient
from services.gateway.callers import Verify, offline
from services.gateway.commanding.requests import Requests
from services.gateway.interface import Known, api, exporting, readers, recording, signing_in
from services.gateway.keys.known import KnownKeys
from services.gateway.live.feed import Feed
from services.gateway.live.hub import Hub
from services.gateway.live.presence import Presence
from services.gateway.read_models import PROJECTIONS
from services.gateway.settings import GatewaySettings
from services.gateway.tickets.pages import Pseudonyms
from services.gateway.uploading.uploads import Uploads
from services.gateway.words.indexing import Indexing
from services.gateway.words.projection import WORDS, written_by

log = logging.getLogger(__name__)

# Whose commands callers wait for.
AGGREGATES = ["tickets", "contacts", "setup", "conversations", "senders"]


async def main() -> None:
    """Run the parts that the settings name, until cancelled."""
    settings = GatewaySettings()
    async with Resources.open(settings, "gateway") as resources:
        await run(settings, resources)


async def run(settings: GatewaySettings, on: Resources) -> None:
    """The same on connections that are there."""
    be_patient(settings.gateway_patience_seconds)
    database = on.mongo.database("gateway")
    name = f"gateway-{settings.replica}"
    details: Details = dict
    if settings.has("api"):
        on.progress.expect("api", has_work=lambda: False)
    # Left in the opposite order: first no requests any more, then nothing that they need.
    async with asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
        if settings.has("projections"):
            words = written_by(Indexing(on.contents, on.keyring).write)
            projections = Projections(
                "gateway",
                [words if one is WORDS else one for one in PROJECTIONS],
                cluster=on.cluster,
                database=database,
                ledger=on.ledger,
                telemetry=on.telemetry,
                progress=on.progress,
            )
            tasks.create_task(projections.run())
            builds, checkpoints = projections.builds, projections.checkpoints
            details = projections.details
        else:
            builds = Builds(database, PROJECTIONS, name)
            checkpoints = Checkpoints(database, on.ledger.id)
            tasks.create_task(builds.run())
        await stack.enter_async_context(serve(settings.health_port, on.progress, details))
        if settings.has("api"):
            waiter = Waiter(on.cluster, checkpoints, AGGREGATES, name)
            tasks.create_task(waiter.run())
            producer = await stack.enter_async_context(on.cluster.producing())
            for name in AGGREGATES:  # so that the first command does not wait for it
                await producer.partitions_for(on.cluster.topic(commands(name)))
            sender = CommandSender(on.cluster, producer, on.keyring, on.ledger.lanes)
            requests = Requests(database)
            await requests.prepare()
            for projection in PROJECTIONS:
                await _there(builds, projection)
            await waiter.standing()
            the_desk, keys = KnownDesk(), KnownKeys(database["key_uses"])

            def fold(recorded: Recorded[object]) -> None:
                the_desk.fold(recorded)
                keys.fold(recorded)

            following = Tail(
                "setup",
                sources_of([events("setup")], on.ledger.lanes),
                fold,
                cluster=on.cluster,
                progress=on.progress,
            )
            tasks.create_task(following.run())
            await following.standing()
            verify = await stack.enter_async_context(verifying(settings))
            exports = exporting(on, builds, database)
            tasks.create_task(exports.run())
            recorder = recording(settings, database, await on.keyring.secret("audit"))
            await recorder.prepare()
            tasks.create_task(recorder.run())
            stack.push_async_callback(recorder.write)  # what the last requests have left
            names = ("codes", "slowing", "customers", "addresses")
            secrets = {name: await on.keyring.secret(name) for name in names}
            by_mail = signing_in(settings, on, builds, sender, secrets.__getitem__)
            await by_mail.codes.prepare()
            tasks.create_task(by_mail.codes.run())
            known = Known(
                verify,
                keys,
                Links(await on.keyring.secret("links")),
                Pseudonyms(await on.keyring.secret("pseudonyms")),
                await on.keyring.secret("webhooks"),
                the_desk.current,
                recorder,
                by_mail,
            )
            most = settings.gateway_max_message_bytes
            uploads = Uploads(database, on.contents, on.keyring, most)
            await uploads.prepare()
            tasks.create_task(uploads.run())
            hub = Hub()
            _, tickets = readers(on, builds)
            feed = Feed(on.cluster, on.ledger.lanes, builds, checkpoints, tickets, hub)
            tasks.create_task(feed.run())
            presence = Presence(database, hub)
            await presence.prepare()
            tasks.create_task(presence.run())
            app = api(
                settings,
                on,
                builds,
                waiter,
                sender,
                requests,
                exports,
                uploads,
                details,
                known,
                hub,
            )
            port = await stack.enter_async_context(
                listening(app, settings.http_host, settings.http_port)
            )
            stack.callback(hub.close)  # so that no request under way lasts for ever
            log.info("the gateway answers on http://%s:%d", settings.http_host, port)
            on.progress.ready("api")
        await asyncio.Event().wait()


@asynccontextmanager
async def verifying(settings: GatewaySettings) -> AsyncIterator[Verify]:
    """How tokens are verified: by what their issuer publishes, or by our own secret."""
    if not settings.oidc_issuer:
        yield offline(local_issuer(settings))
        return
    async with httpx.AsyncClient(follow_redirects=False, trust_env=False) as http:
        yield OpenId(settings.trust(), http).verify


async def _there(builds: Builds, projection: Projection) -> None:
    """Wait until this read model has its first build."""
    while True:
        try:
            await builds.view(projection)
        except LookupError:
            await asyncio.sleep(0.2)
        else:
            return
