"""The adapter's wiring: mail in and mail out, each with a keyring and a producer of its own."""

import asyncio
import logging
from datetime import timedelta

from adapters.email.accounts import Accounts
from adapters.email.reading.authentication import Vouching
from adapters.email.sending.answers import Answers
from adapters.email.sending.codes import CODES
from adapters.email.sending.deliver import Delivery
from adapters.email.sending.follow import Followed, Follower, Pauses, begin, tickets
from adapters.email.sending.letters import Desk
from adapters.email.sending.outbox import Outbox
from adapters.email.sending.smarthost import Smarthost
from adapters.email.sending.threads import THREADS
from adapters.email.sending.webhooks import WEBHOOK_PAUSES
from adapters.email.settings import EmailSettings
from adapters.email.taking.checking import Checker
from adapters.email.taking.mailboxes import read
from adapters.email.taking.poll import Poller
from adapters.email.taking.positions import COLLECTION
from adapters.email.taking.receive import Reception
from adapters.email.taking.secrets import Secrets
from adapters.email.taking.smtp import Entrance, serve
from libs.contents import ContentStore
from libs.events.kafka import CommandSender
from libs.events.lag import Lag
from libs.events.projections import Projections
from libs.events.resources import Resources
from libs.keyring import Keyring
from libs.references import References
from libs.telemetry import health
from libs.tokens import Links, SignInCodes


async def main(settings: EmailSettings) -> None:
    """Take and send mail until cancelled; raises what only a new process can mend."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's warnings name clients
    pollers: list[Poller] = []

    def details() -> dict[str, object]:
        """Mailboxes that somebody has to look at; sentences that name no person."""
        return {poller.name: poller.trouble for poller in pollers if poller.trouble}

    async with (
        Resources.open(settings, "email") as resources,
        health.serve(settings.health_port, resources.progress, details),
        asyncio.TaskGroup() as group,
    ):
        group.create_task(mail_in(settings, resources, pollers))
        group.create_task(mail_out(settings, resources))


async def mail_in(
    settings: EmailSettings, resources: Resources, pollers: list[Poller] | None = None
) -> None:
    """The SMTP server and the followers of mailboxes (noted in ``pollers``). Of all keys they have
    the transit keys alone."""
    progress = resources.progress
    progress.expect("mail-in", has_work=lambda: False)  # a server that listens takes no steps
    keyring = Keyring(resources.mongo, settings, role="adapter")
    mailboxes = read(settings.mailboxes_file) if settings.mailboxes_file else ()
    async with resources.cluster.producing() as producer, asyncio.TaskGroup() as group:
        reception = Reception(
            Accounts.of(settings),
            keyring=keyring,
            contents=ContentStore(resources.mongo, keyring),
            cluster=resources.cluster,
            producer=producer,
            lanes=resources.ledger.lanes,
            vouching=Vouching.of(settings.trusted_authentication, settings.trusted_forwarders),
            checker=Checker.of(settings) if settings.check_authentication else None,
            work_bytes=settings.mail_work_bytes,
        )
        for mailbox in mailboxes[settings.replica :: settings.replicas]:
            collection = resources.mongo.database("email")[COLLECTION]
            poller = Poller(
                mailbox,
                reception=reception,
                collection=collection,
                secrets=Secrets(mailbox, collection, keyring),
                progress=progress,
                telemetry=resources.telemetry,
                largest_bytes=settings.smtp_max_bytes,
            )
            group.create_task(poller.run())
            if pollers is not None:
                pollers.append(poller)
        entrance = Entrance.of(settings, reception, resources.telemetry)
        lmtp_port = settings.lmtp_port or None
        async with serve(entrance, settings.smtp_host, settings.smtp_port, lmtp_port):
            progress.ready("mail-in")
            await reception.run()


async def mail_out(settings: EmailSettings, resources: Resources) -> None:
    """What follows the log and what sends, for the lanes of this replica."""
    cluster, ledger, keyring = resources.cluster, resources.ledger, resources.keyring
    lanes = range(settings.replica, ledger.lanes, settings.replicas)
    database = resources.mongo.database("email")
    projections = Projections(
        "email",
        [THREADS],
        cluster=cluster,
        database=database,
        ledger=ledger,
        telemetry=resources.telemetry,
        progress=resources.progress,
    )
    outbox = Outbox(database, lanes)
    await outbox.prepare()
    pauses = Pauses(
        timedelta(seconds=settings.acknowledge_after_seconds),
        timedelta(seconds=settings.notice_after_seconds) if settings.agent_addresses else None,
    )
    lag = Lag(cluster, projections.checkpoints, resources.telemetry)
    checkpoints, wake = projections.checkpoints, asyncio.Event()

    async def follower_of(followed: Followed) -> Follower:
        await begin(cluster, checkpoints, ledger.lanes, followed)
        follower = Follower(followed, cluster, checkpoints, outbox, lanes, wake)
        consumer, sources = followed.consumer, follower.sources
        lag.watch(consumer, sources, lambda: sources)
        resources.progress.expect(consumer, has_work=lambda: lag.stuck(consumer))
        return follower

    followed = (tickets(pauses), CODES, WEBHOOK_PAUSES)
    followers = [await follower_of(one) for one in followed]
    answers = Answers(database)
    await answers.prepare()
    async with cluster.producing() as producer, asyncio.TaskGroup() as group:
        delivery = Delivery(
            settings,
            outbox=outbox,
            desk=Desk(
                settings,
                projections.builds,
                keyring,
                resources.contents,
                References(await keyring.secret("references")),
                Links(await keyring.secret("links")),
                answers,
                Accounts.of(settings),
                SignInCodes(await keyring.secret("codes")),
            ),
            smarthost=Smarthost(settings.smarthost, settings.smarthost_seconds),
            commands=CommandSender(cluster, producer, keyring, ledger.lanes),
            wake=wake,
            telemetry=resources.telemetry,
            progress=resources.progress,
        )
        running = (one.run for one in followers)
        for part in (projections.run, lag.run, *running, delivery.run):
            group.create_task(part())
        for one in followed:
            resources.progress.ready(one.consumer)
