"""Intake's process: its lanes, its process managers, its health. The only wiring."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from libs.events import topics
from libs.events.acting import Handlers
from libs.events.instances import Instances
from libs.events.kafka import CommandSender
from libs.events.known_desk import KnownDesk, of_the_desk
from libs.events.lanes import Lanes
from libs.events.manager import ProcessManagers
from libs.events.resources import Resources
from libs.events.sources import sources_of
from libs.events.tail import Tail
from libs.telemetry import health
from services.intake.contacts.steps import (
    BY_DOMAIN,
    TOGETHER,
    FindOrganisation,
    ForgetDomain,
    KnowDomain,
)
from services.intake.customers import Customers
from services.intake.domains import Domains
from services.intake.effects import ErasureEffects, ReceptionEffects, delete
from services.intake.incidents import Incidents
from services.intake.processes import (
    BLOCKING,
    CHILDREN,
    ERASURE,
    LINKING,
    MERGING,
    PEOPLE,
    RECEPTION,
    REDACTION,
    SAME_PERSON,
    SPREADING,
    SURVEYING,
    timers,
)
from services.intake.processes.arrivals import (
    Adopt,
    Discard,
    Join,
    Park,
    RegisterParked,
    Stamp,
    Unpark,
)
from services.intake.processes.erasure import CompleteWhenPassed, Erase
from services.intake.processes.flooding import SummariseDomain, flooding
from services.intake.processes.holding_back import Summarise
from services.intake.processes.reception import reception
from services.intake.processes.redaction import Delete
from services.intake.processes.spreading import Tell
from services.intake.processes.surveying import Ask
from services.intake.senders import SENDER
from services.intake.senders.known import KnownSenders
from services.intake.settings import IntakeSettings
from services.intake.surveys import Surveys
from services.intake.suspended import Suspended
from services.intake.wiring import deciders

# As long as a deleted key may be served from some process's memory: the keyring's time to live.
SETTLE = timedelta(seconds=5)


async def main() -> None:
    """Run this replica's lanes and processes until cancelled."""
    settings = IntakeSettings()
    async with Resources.open(settings, "intake") as on:
        await run(settings, on)


async def run(settings: IntakeSettings, on: Resources) -> None:
    """The same on connections that are there."""
    database = on.mongo.database("intake")
    desk, senders = KnownDesk(), KnownSenders()
    tail = partial(Tail, cluster=on.cluster, progress=on.progress)
    tails = (
        tail("setup", [of_the_desk(on.ledger.lanes)], desk.fold),
        tail("senders", sources_of([topics.events(SENDER.name)], on.ledger.lanes), senders.fold),
    )
    lanes = Lanes(await deciders(on, desk.current, senders.standing, settings.agent_addresses), on)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        producer = await stack.enter_async_context(on.cluster.producing())
        on_reception, on_flood, erasure = handlers(on)
        domains = Domains(database, on.keyring)
        surveys = Surveys(database)
        await surveys.prepare()
        incidents = Incidents(database, on.keyring, on.contents, on.ledger.lanes)
        managers = ProcessManagers(
            [
                (reception(settings.limits), on_reception),
                (ERASURE, erasure),
                (MERGING, {}),
                (LINKING, {}),
                (CHILDREN, {}),
                (SPREADING, {Tell: incidents.tell}),
                (PEOPLE, {}),
                (SAME_PERSON, {}),
                (REDACTION, {Delete: partial(delete, on.contents)}),
                (timers(settings.close_after), {}),
                (SURVEYING, {Ask: surveys.ask}),
                (TOGETHER, {}),
                (BLOCKING, {}),
                (flooding(settings.limits.domain), on_flood),
                (
                    BY_DOMAIN,
                    {
                        FindOrganisation: domains.find,
                        KnowDomain: domains.know,
                        ForgetDomain: domains.forget,
                    },
                ),
            ],
            cluster=on.cluster,
            database=database,
            ledger=on.ledger,
            sender=CommandSender(on.cluster, producer, on.keyring, on.ledger.lanes),
            telemetry=on.telemetry,
            progress=on.progress,
        )
        await stack.enter_async_context(
            health.serve(
                settings.health_port,
                on.progress,
                lambda: {**lanes.details(), **managers.details()},
            )
        )
        for one in tails:
            tasks.create_task(one.run())
        for one in tails:
            await one.standing()
        tasks.create_task(lanes.run())
        tasks.create_task(managers.run())


def handlers(on: Resources) -> tuple[Handlers, Handlers, Handlers]:
    """What reception, flooding and erasure do beside sending commands."""
    database = on.mongo.database("intake")
    suspended = Suspended(database, on.keyring, on.contents)
    customers = Customers(database)
    senders = Instances(RECEPTION, database[RECEPTION.collection], on.ledger.lanes)
    on_arrival = ReceptionEffects(on.keyring, on.contents, suspended, customers, senders)
    erasure = ErasureEffects(on, suspended, SETTLE)
    return (
        {
            Adopt: on_arrival.adopt,
            Park: on_arrival.park,
            RegisterParked: on_arrival.register_parked,
            Stamp: customers.stamp,
            Join: on_arrival.join,
            Unpark: on_arrival.unpark,
            Discard: on_arrival.discard,
            Summarise: on_arrival.summarise,
        },
        {SummariseDomain: on_arrival.summarise_domains},
        {Erase: erasure.erase, CompleteWhenPassed: erasure.complete_when_passed},
    )
