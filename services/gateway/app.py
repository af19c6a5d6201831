"""The gateway's wiring, and the only place of it."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from libs.contents import ContentStore
from libs.events.builds import Builds
from libs.events.checkpoints import Checkpoints
from libs.events.kafka import Cluster, CommandSender
from libs.events.projection import Projection
from libs.events.projections import Projections
from libs.events.waiting import Waiter
from libs.keyring import Keyring
from libs.mongo import Mongo, connect
from libs.telemetry import Progress, Telemetry, setup
from libs.telemetry.health import Details, routes, serve
from libs.tokens import local_issuer
from services.gateway.commanding.desk import CommandDesk
from services.gateway.commanding.requests import Requests
from services.gateway.contacts.reading import ContactReader
from services.gateway.contacts.view import CONTACTS
from services.gateway.http.application import application
from services.gateway.http.commands import command_routes
from services.gateway.http.contacts import contact_routes
from services.gateway.http.contents import content_routes
from services.gateway.http.positions import not_older
from services.gateway.http.requests import request_routes
from services.gateway.http.server import listening
from services.gateway.http.tickets import ticket_routes
from services.gateway.revealing import Revealer
from services.gateway.settings import GatewaySettings
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.reading import TicketReader

log = logging.getLogger(__name__)

PROJECTIONS = (TICKETS, CONTACTS)


async def main() -> None:
    """Run the parts that the settings name, until cancelled."""
    settings = GatewaySettings()
    telemetry = setup(settings, "gateway")
    async with AsyncExitStack() as stack:
        stack.callback(telemetry.close)
        mongo = connect(settings)
        stack.push_async_callback(mongo.close)
        await run(settings, mongo, telemetry, Progress())


async def run(
    settings: GatewaySettings, mongo: Mongo, telemetry: Telemetry, progress: Progress
) -> None:
    """The same on connections that are there. Raises NotProvisioned before there is a ledger."""
    cluster = Cluster(settings)
    ledger = await cluster.ledger()
    database = mongo.database("gateway")
    name = f"gateway-{settings.replica}"
    details: Details = dict
    # Left in the opposite order: first no requests any more, then nothing that they need.
    async with asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
        if settings.has("projections"):
            projections = Projections(
                "gateway",
                PROJECTIONS,
                cluster=cluster,
                database=database,
                ledger=ledger,
                telemetry=telemetry,
                progress=progress,
            )
            tasks.create_task(projections.run())
            builds, checkpoints = projections.builds, projections.checkpoints
            details = projections.details
        else:
            builds = Builds(database, PROJECTIONS, name)
            checkpoints = Checkpoints(database, ledger.id)
            tasks.create_task(builds.run())
        await stack.enter_async_context(serve(settings.health_port, progress, details))
        if settings.has("api"):
            progress.expect("api", has_work=lambda: False)
            waiter = Waiter(cluster, checkpoints, ["tickets", "contacts"], name)
            tasks.create_task(waiter.run())
            keyring = Keyring(mongo, settings)
            producer = await stack.enter_async_context(cluster.producing())
            sender = CommandSender(cluster, producer, keyring, ledger.lanes)
            requests = Requests(database)
            await requests.prepare()
            health = routes(progress, details)
            app = api(settings, mongo, keyring, builds, waiter, sender, requests, telemetry, health)
            for projection in PROJECTIONS:
                await _there(builds, projection)
            await waiter.standing()
            port = await stack.enter_async_context(
                listening(app, settings.http_host, settings.http_port)
            )
            log.info("the gateway answers on http://%s:%d", settings.http_host, port)
            progress.ready("api")
        await asyncio.Event().wait()


def api(
    settings: GatewaySettings,
    mongo: Mongo,
    keyring: Keyring,
    builds: Builds,
    waiter: Waiter,
    sender: CommandSender,
    requests: Requests,
    telemetry: Telemetry,
    health: Sequence[BaseRoute],
) -> ASGIApp:
    """The HTTP application on what it needs."""
    tokens = local_issuer(settings)
    contents = ContentStore(mongo, keyring)
    revealer = Revealer(keyring, contents)
    contacts = ContactReader(builds, revealer)
    tickets = TicketReader(builds, contacts, revealer)
    desk = CommandDesk(
        sender=sender,
        waiter=waiter,
        builds=builds,
        contents=contents,
        requests=requests,
        command_seconds=settings.gateway_command_seconds,
    )
    fresh_tickets = not_older(waiter, builds, TICKETS)
    fresh_contacts = not_older(waiter, builds, CONTACTS)
    routers = [
        ticket_routes(tickets, tokens, fresh_tickets),
        content_routes(tickets, contents, tokens, fresh_tickets),
        contact_routes(contacts, tokens, fresh_contacts),
        command_routes(desk, tickets, contacts, tokens, telemetry, fresh_tickets),
        request_routes(requests, tickets, tokens),
    ]
    return application(routers, health, telemetry, settings.gateway_max_body_bytes)


async def _there(builds: Builds, projection: Projection) -> None:
    """Wait until this read model has its first build."""
    while True:
        try:
            await builds.view(projection)
        except LookupError:
            await asyncio.sleep(0.2)
        else:
            return
