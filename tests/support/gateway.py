"""A gateway that runs in the test's loop, on an empty ledger, with or without the real deciders."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import httpx

from deploy.local.ports import spare
from libs.contents import RENDITION_TYPE, ContentRef, NewContent, Rendition
from libs.events.codec import encode_event, encoder
from libs.events.envelope import Command, Position, Recorded
from libs.events.ids import derived_id, partition_of
from libs.events.kafka import Cluster, CommandSender, utc_now
from libs.events.personal import Personal
from libs.events.provisioning import apply
from libs.events.published import contacts as c
from libs.events.published.setup import DEFAULT, Setup
from libs.events.resources import Resources
from libs.events.waiting import token
from libs.settings import Settings
from libs.tokens import Role, Tokens, local_issuer
from services.gateway.app import run
from services.gateway.settings import GatewaySettings
from services.intake.wiring import deciders
from tests.support.gateway_story import recorded


@dataclass
class Gateway:
    """A running gateway, and who may knock at it."""

    resources: Resources
    url: str
    tokens: Tokens

    def client(
        self, role: Role, subject: str = "anna", teams: Sequence[str] = ()
    ) -> httpx.AsyncClient:
        """A client with a token of this role, which waits for its commands; close it with
        ``async with``."""
        token = self.tokens.issue(subject, [role], timedelta(hours=1), teams=teams)
        return httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=40,
            event_hooks={"request": [patiently]},
        )


async def patiently(request: httpx.Request) -> None:
    """Commands wait as long as they may: what takes a moment may take many on a busy machine."""
    if request.method != "GET":
        request.headers.setdefault("Prefer", "wait=30")


@contextlib.asynccontextmanager
async def gateway(
    settings: Settings,
    parts: str = "api,projections",
    command_seconds: int = 60,
    gateway_origins: str = "",
    patience: float = 20,
    gateway_audit_reads: bool = False,
    **more: int,
) -> AsyncIterator[Gateway]:
    """A gateway on this ledger, ready to answer.

    It is as patient as a test that shares two processors with all servers must be.
    """
    await apply(Cluster(settings))
    own = GatewaySettings(
        **{
            **settings.model_dump(),
            "http_port": spare(),
            "gateway_parts": parts,
            "gateway_requests_a_minute": 0,
            "gateway_command_seconds": command_seconds,
            "gateway_patience_seconds": patience,
            "gateway_origins": gateway_origins,
            "gateway_audit_reads": gateway_audit_reads,
            **more,
        }
    )
    async with Resources.open(own, "gateway") as resources:
        running = asyncio.create_task(run(own, resources))
        try:
            await asyncio.sleep(0)  # until it has said what to expect
            while not all(report.ready for report in resources.progress.report().values()):
                await asyncio.sleep(0.02)
                if running.done():
                    running.result()
            yield Gateway(resources, f"http://127.0.0.1:{own.http_port}", local_issuer(own))
        finally:
            died = running.done()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            if died:  # of itself: why is worth more than that nobody could reach it
                running.result()


@contextlib.asynccontextmanager
async def deciding(resources: Resources, setup: Setup = DEFAULT) -> AsyncIterator[None]:
    """The real deciders of tickets and contacts, in the same loop, for a desk set up like this."""
    wired = await deciders(resources, lambda: setup)
    lanes = [resources.lane(wired, number).run() for number in range(resources.ledger.lanes)]
    tasks = [asyncio.create_task(lane) for lane in lanes]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def desk_of(settings: Settings, contact_id: str) -> AsyncIterator[Gateway]:
    """A gateway and the deciders behind it, with one contact whom it knows by then."""
    async with gateway(settings) as running, deciding(running.resources):
        await registered_contact(running.resources, contact_id)
        async with running.client("agent") as anna, asyncio.timeout(30):
            while (await anna.get(f"/v1/contacts/{contact_id}")).status_code != 200:
                await asyncio.sleep(0.05)
        yield running


async def append(resources: Resources, events: Sequence[Recorded[object]]) -> str:
    """Write events as a lane would, chain left out; the token of a position behind them all."""
    json = encoder(resources.keyring)
    last: dict[int, Position] = {}
    async with resources.cluster.producing() as producer:
        for recorded in events:
            record = encode_event(recorded, json)
            sent = await producer.send_and_wait(
                resources.cluster.topic(recorded.position.topic),
                key=record.key,
                value=record.value,
                headers=record.headers,
                partition=partition_of(recorded.aggregate_id, resources.ledger.lanes),
            )
            last[sent.partition] = Position(recorded.position.topic, sent.partition, sent.offset)
    assert len(last) == 1, "one token speaks of one partition"
    return token(next(iter(last.values())))


async def keep(resources: Resources, owner: str, **words: Rendition) -> Sequence[ContentRef]:
    """Store contents under the ids by which events name them."""
    return await resources.contents.put(
        [NewContent(owner, said.encode(), RENDITION_TYPE, id) for id, said in words.items()]
    )


async def known_contact(resources: Resources, id: str, address: str, name: str) -> str:
    """A contact with a key, a name and an address, in the log; the token of its position."""
    await resources.keyring.load([id], create=True)
    address_id = derived_id("a", address)[:2] + id[2:4] + derived_id("a", address)[4:]
    who: tuple[Personal[str], Personal[str]] = (Personal.of(address, id), Personal.of(name, id))
    registered = c.AddressRegistered(id, "email", *who)
    created = c.ContactCreated(address_id, "email", *who)
    return await append(
        resources,
        [
            recorded(registered, 1, "service:test", address_id, "contacts.events"),
            recorded(created, 1, "service:test", id, "contacts.events"),
        ],
    )


async def registered_contact(resources: Resources, id: str) -> None:
    """A contact made by the real deciders, by the commands that reception would send."""
    key = await resources.keyring.transit_key(utc_now())
    who: tuple[Personal[str], Personal[str]] = (
        Personal.of("ada@example.org", key),
        Personal.of("Ada", key),
    )
    address_id = "a" + id[1:]
    async with resources.cluster.producing() as producer:
        sender = CommandSender(
            resources.cluster, producer, resources.keyring, resources.ledger.lanes
        )
        await sender.send(
            [
                Command(
                    data=c.RegisterAddress(id, "email", *who),
                    aggregate_id=address_id,
                    actor="service:test",
                ),
                Command(
                    data=c.CreateContact(address_id, "email", *who),
                    aggregate_id=id,
                    actor="service:test",
                ),
            ]
        )
