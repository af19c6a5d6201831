"""The adapter's wiring: who is to be told, what there is to tell, and the telling."""

import asyncio

from adapters.webhooks.catch_up import Catcher
from adapters.webhooks.courses import Courses
from adapters.webhooks.deliver import Deliverer
from adapters.webhooks.directory import Directory
from adapters.webhooks.follow import CONSUMER, FactsTable, Follower
from adapters.webhooks.queue import Queue
from adapters.webhooks.replay import Replayer
from adapters.webhooks.report import Reporter
from adapters.webhooks.rereading import Rereader
from adapters.webhooks.sending import Sender
from adapters.webhooks.settings import WebhookSettings
from libs.events.checkpoints import Checkpoints
from libs.events.kafka import CommandSender
from libs.events.lag import Lag
from libs.events.resources import Resources
from libs.events.sources import Source, sources_of
from libs.events.tail import Tail
from libs.events.topics import events
from libs.keyring import Keyring
from libs.telemetry import health


async def main(settings: WebhookSettings) -> None:
    """Tell webhooks until cancelled; raises what only a new process can mend."""
    async with Resources.open(settings, "webhooks") as resources:
        lag = Lag(
            resources.cluster,
            Checkpoints(resources.mongo.database("webhooks"), resources.ledger.id),
            resources.telemetry,
        )
        async with health.serve(settings.health_port, resources.progress, lag.report):
            await run(settings, resources, lag)


async def run(settings: WebhookSettings, on: Resources, lag: Lag) -> None:
    """The same on connections that are there, for the lanes of this replica."""
    cluster, ledger, progress = on.cluster, on.ledger, on.progress
    lanes = range(settings.replica, ledger.lanes, settings.replicas)
    database = on.mongo.database("webhooks")
    checkpoints = Checkpoints(database, ledger.id)
    keyring = Keyring(on.mongo, settings, role="adapter")
    directory, queue = Directory(), Queue(database, lanes)
    facts = FactsTable(database)
    await queue.prepare()
    # From the beginning, since a ticket's facts stand anywhere in its log; who is told of what is
    # said by when a webhook was defined.
    await checkpoints.begin(CONSUMER, dict.fromkeys(_sources(ledger.lanes), 0))
    tail = Tail(
        "webhooks",
        list(sources_of([events("setup")], ledger.lanes)),
        directory.fold,
        cluster=cluster,
        progress=progress,
    )
    async with (
        cluster.producing() as producer,
        Sender(settings) as sender,
        asyncio.TaskGroup() as group,
    ):
        commands = CommandSender(cluster, producer, keyring, ledger.lanes)
        reporter = Reporter(directory, queue, commands, wake=lambda: deliverer.wake())
        deliverer = Deliverer(
            settings,
            directory=directory,
            queue=queue,
            sender=sender,
            commands=commands,
            root=await keyring.secret("webhooks"),
            progress=progress,
        )
        courses = Courses(database, directory)
        await courses.load()
        follower = Follower(
            cluster,
            checkpoints,
            lanes,
            directory=directory,
            courses=courses,
            queue=queue,
            facts=facts,
            public_url=settings.public_url,
            most=settings.webhook_queue_most,
            wake=deliverer.wake,
            progress=progress,
        )
        rereader = Rereader(cluster, queue, facts, settings.public_url)
        catcher = Catcher(
            lanes,
            directory=directory,
            courses=courses,
            follower=follower,
            rereader=rereader,
            most=settings.webhook_queue_most,
            wake=deliverer.wake,
        )
        replayer = Replayer(
            cluster,
            database,
            lanes,
            directory=directory,
            follower=follower,
            rereader=rereader,
            wake=deliverer.wake,
            progress=progress,
        )
        lag.watch(CONSUMER, follower.sources, lambda: follower.sources)
        progress.expect(CONSUMER, has_work=lambda: lag.stuck(CONSUMER))
        group.create_task(tail.run())
        await tail.standing()
        for part in (lag, follower, catcher, deliverer, replayer, reporter):
            group.create_task(part.run())
        progress.ready(CONSUMER)


def _sources(lanes: int) -> list[Source]:
    return list(sources_of([events("tickets")], lanes))
