"""The HTTP interface put together: every router on the readers and desks that it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from starlette.types import ASGIApp

from libs.events.builds import Builds
from libs.events.kafka import CommandSender
from libs.events.published.setup import Setup
from libs.events.resources import Resources
from libs.events.waiting import Waiter
from libs.mongo import Database
from libs.slowing import Slowing
from libs.telemetry.health import Details, routes
from libs.tokens import Links, SignInCodes
from services.gateway.audit.projection import AUDIT
from services.gateway.audit.reading import AuditReader
from services.gateway.audit.recorder import Recorder
from services.gateway.away import AwayReader
from services.gateway.callers import Callers, Verify
from services.gateway.commanding.desk import CommandDesk
from services.gateway.commanding.requests import Requests
from services.gateway.contacts.reading import ContactReader
from services.gateway.contacts.view import CONTACTS
from services.gateway.deliveries.reading import DeliveryReader
from services.gateway.exporting.archive import Archivist
from services.gateway.exporting.jobs import Exports
from services.gateway.http.admission import Admission
from services.gateway.http.agent_lists import AgentLists
from services.gateway.http.api_keys import api_key_routes
from services.gateway.http.application import application
from services.gateway.http.audit import audit_routes
from services.gateway.http.batches import batch_routes
from services.gateway.http.commands import command_routes
from services.gateway.http.contact_commands import contact_command_routes
from services.gateway.http.contact_desk import ContactDesk
from services.gateway.http.contacts import contact_routes
from services.gateway.http.contents import content_routes
from services.gateway.http.deliveries import delivery_routes
from services.gateway.http.exports import export_routes
from services.gateway.http.live import Streams, live_routes
from services.gateway.http.looking_back import looking_back_routes
from services.gateway.http.macros import macro_routes
from services.gateway.http.past import PastLists
from services.gateway.http.positions import not_older
from services.gateway.http.presence import presence_routes
from services.gateway.http.pulling import event_routes
from services.gateway.http.requests import request_routes
from services.gateway.http.sending import Sending
from services.gateway.http.setup import desk_routes
from services.gateway.http.setup_sending import Defining
from services.gateway.http.setup_words import word_routes
from services.gateway.http.signing_in import sign_in_routes
from services.gateway.http.suspended import SuspendedDesk, suspended_routes
from services.gateway.http.ticket_commands import ticket_command_routes
from services.gateway.http.tickets import ticket_routes
from services.gateway.http.tracking import Tracking
from services.gateway.http.uploads import upload_routes
from services.gateway.http.views import view_routes
from services.gateway.http.webhooks import webhook_routes
from services.gateway.keys.known import KnownKeys
from services.gateway.live.hub import Hub
from services.gateway.live.lists import ListStreams
from services.gateway.live.mine import AgentStreams
from services.gateway.live.presence import Presence
from services.gateway.live.tickets import TicketStreams
from services.gateway.past.projection import PAST
from services.gateway.past.reading import PastReader
from services.gateway.pulling.reading import Puller
from services.gateway.revealing import Revealer
from services.gateway.settings import GatewaySettings
from services.gateway.setup.reading import SetupReader
from services.gateway.setup.view import SETUP
from services.gateway.signing_in.codes import FREE, CodesAsked, SigningIn
from services.gateway.signing_in.tokens import CustomerTokens
from services.gateway.suspended.reading import SuspendedReader
from services.gateway.suspended.view import SUSPENDED
from services.gateway.tickets.analysis import Analysis
from services.gateway.tickets.lists import ListReader
from services.gateway.tickets.pages import Pseudonyms
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.reading import TicketReader
from services.gateway.uploading.uploads import Uploads
from services.gateway.views.reading import ViewReader
from services.gateway.words.projection import WORDS
from services.gateway.words.reading import WordReader


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before the first request. verify: whose token it is; keys: whose API key;
    hooks: from which the secrets of webhooks derive; setup: the desk as it stands now; recorder: of
    the audit log; by_mail: how customers sign in."""

    verify: Verify
    keys: KnownKeys
    links: Links
    pseudonyms: Pseudonyms
    hooks: bytes
    setup: Callable[[], Setup]
    recorder: Recorder
    by_mail: SigningIn


def api(
    settings: GatewaySettings,
    on: Resources,
    builds: Builds,
    waiter: Waiter,
    sender: CommandSender,
    requests: Requests,
    exports: Exports,
    uploads: Uploads,
    details: Details,
    known: Known,
    hub: Hub,
) -> ASGIApp:
    """The HTTP application on what it needs."""
    revealer = Revealer(on.keyring, on.contents)
    contacts, tickets = readers(on, builds)
    callers = Callers(known.verify, known.keys, known.setup, known.by_mail.tokens, contacts.let_in)
    analysis = Analysis(tickets, known.setup, known.pseudonyms)
    desk = CommandDesk(
        sender=sender,
        waiter=waiter,
        builds=builds,
        contents=on.contents,
        keyring=on.keyring,
        requests=requests,
        command_seconds=settings.gateway_command_seconds,
    )
    sending = Sending(desk, tickets, contacts, uploads, callers, on.telemetry)
    fresh_tickets = not_older(waiter, builds, TICKETS)
    fresh_contacts = not_older(waiter, builds, CONTACTS)
    fresh_setup = not_older(waiter, builds, SETUP)
    seen_then = PastReader(builds, tickets)
    past = PastLists(seen_then, not_older(waiter, builds, PAST))
    setup, defining = SetupReader(builds), Defining(desk)
    streams = Streams(
        TicketStreams(hub, tickets),
        ListStreams(hub, on.ledger.id),
        AgentStreams(hub, on.ledger.id),
        hub.standing,
    )
    people = ContactDesk(desk, contacts, on.keyring)
    puller = Puller(on.cluster, on.ledger.lanes, tickets, builds, waiter, settings.public_url)
    routers = [
        ticket_routes(
            tickets,
            contacts,
            analysis,
            past,
            callers,
            fresh_tickets,
            not_older(waiter, builds, WORDS),
        ),
        content_routes(tickets, on.contents, callers, fresh_tickets),
        contact_routes(contacts, AgentLists(tickets), callers, fresh_contacts, fresh_tickets),
        looking_back_routes(tickets, AwayReader(tickets, seen_then), callers, fresh_tickets),
        live_routes(streams, ViewReader(setup), callers, fresh_tickets, fresh_setup),
        presence_routes(
            Presence(on.mongo.database("gateway"), hub),
            tickets,
            callers,
            on.telemetry,
            fresh_tickets,
        ),
        upload_routes(uploads, callers, max(1, settings.gateway_most_requests // 4)),
        command_routes(sending, fresh_tickets),
        ticket_command_routes(sending, fresh_tickets),
        batch_routes(sending, fresh_tickets),
        contact_command_routes(people, callers, on.telemetry, fresh_contacts),
        suspended_routes(
            SuspendedDesk(desk, SuspendedReader(builds, revealer), people, on.keyring),
            callers,
            on.telemetry,
            not_older(waiter, builds, SUSPENDED),
        ),
        desk_routes(setup, defining, callers, on.telemetry, fresh_setup),
        word_routes(setup, defining, callers, on.telemetry, fresh_setup),
        view_routes(setup, tickets, defining, callers, on.telemetry, fresh_setup, fresh_tickets),
        webhook_routes(setup, defining, callers, on.telemetry, fresh_setup, puller, known.hooks),
        delivery_routes(
            setup, DeliveryReader(builds), defining, callers, on.telemetry, fresh_setup
        ),
        macro_routes(sending, desk, setup, contacts, fresh_tickets),
        event_routes(puller, callers, fresh_tickets),
        api_key_routes(setup, known.keys, desk, callers, on.telemetry, fresh_setup),
        export_routes(exports, contacts, callers, on.telemetry, known.recorder),
        audit_routes(
            AuditReader(builds, known.recorder.notes),
            known.recorder,
            tickets,
            callers,
            not_older(waiter, builds, AUDIT),
        ),
        request_routes(requests, tickets, callers),
        sign_in_routes(known.by_mail, callers),
    ]
    tracking = Tracking(
        links=known.links,
        tickets=tickets,
        contacts=contacts,
        setup=setup,
        contents=on.contents,
        desk=desk,
    )
    unlisted = [*routes(on.progress, details), *tracking.routes()]
    return application(
        routers,
        unlisted,
        on.telemetry,
        settings.gateway_max_body_bytes,
        Admission(settings.gateway_most_requests),
        known.recorder,
        settings.gateway_requests_a_minute,
        settings.origins(),
        settings.public_url.startswith("https:"),
        settings.gateway_max_upload_bytes,
    )


def exporting(on: Resources, builds: Builds, database: Database) -> Exports:
    """The jobs that collect everything about a person."""
    contacts, tickets = readers(on, builds)
    archivist = Archivist(contacts, tickets, on.contents)
    return Exports(database, on.contents, contacts, archivist)


def signing_in(
    settings: GatewaySettings,
    on: Resources,
    builds: Builds,
    sender: CommandSender,
    secret: Callable[[str], bytes],
) -> SigningIn:
    """How customers sign in by mail. secret: of the installation, by its name."""
    slowing = Slowing(on.mongo.database("gateway"), secret("slowing"), FREE)
    contacts, _ = readers(on, builds)
    asked = CodesAsked(
        on.mongo.database("gateway"), SignInCodes(secret("codes")), slowing, contacts, sender
    )
    lasting = timedelta(minutes=settings.gateway_customer_minutes)
    return SigningIn(asked, CustomerTokens(secret("customers"), lasting), secret("addresses"))


def recording(settings: GatewaySettings, database: Database, secret: bytes) -> Recorder:
    """What is noted for the audit log, by the settings."""
    kept = timedelta(days=settings.gateway_audit_days)
    return Recorder(database["audit_notes"], secret, kept, settings.gateway_audit_reads)


def readers(on: Resources, builds: Builds) -> tuple[ContactReader, TicketReader]:
    """Contacts and tickets, as they are read."""
    revealer = Revealer(on.keyring, on.contents)
    contacts = ContactReader(builds, revealer)
    lists = ListReader(builds, WordReader(builds, on.keyring))
    return contacts, TicketReader(builds, contacts, revealer, lists)
