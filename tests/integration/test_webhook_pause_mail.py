"""A webhook is paused by us: from the log to the mailbox of who defined it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import msgspec
import pytest

from libs.events.ids import new_id
from libs.events.published.setup import (
    PAUSED_AS_SILENT,
    PAUSES_ITSELF,
    WebhookDefined,
    WebhookPaused,
    WebhookResumed,
)
from libs.events.sources import sources_of
from libs.settings import Settings
from tests.support.lanes import Bench
from tests.support.mail import SUPPORT, Post, body_of, mailing, post_office
from tests.support.writing import Writer

pytestmark = pytest.mark.integration

PAUSED = WebhookPaused(f"{PAUSED_AS_SILENT} It answered 503.")


@dataclass
class World:
    """A ledger with a writer of events, and a smarthost."""

    bench: Bench
    writer: Writer
    post: Post

    async def happens(self, actor: str, webhook: str, *data: msgspec.Struct) -> None:
        self.writer.actor = actor
        await self.writer.append(webhook, *data)

    async def defined(self, agent: str, name: str) -> str:
        webhook = new_id("wh")
        url = "https://hooks.example.com/s3cr3t?token=hidden"
        await self.happens(f"agent:{agent}", webhook, WebhookDefined(name, url, secret_id="one"))
        return webhook

    def sending(self) -> AbstractAsyncContextManager[None]:
        more: dict[str, object] = {
            "agent_addresses": {"ann@help.example": "ann", "bob@help.example": "bob"},
            "notices_declined": {"bob": ["paused"]},
            "public_url": "https://help.example",
        }
        return mailing(self.bench.settings, self.post, **more)


@pytest.fixture
async def world(ledger: Settings) -> AsyncIterator[World]:
    async with (
        Bench.on(ledger) as bench,
        bench.cluster.producing() as producer,
        post_office() as post,
    ):
        yield World(bench, Writer(bench.cluster, producer, bench.keyring, bench.ledger.lanes), post)


async def test_who_defined_a_webhook_is_told_once_when_we_pause_it(world: World) -> None:
    # given a pause before the adapter's first start, and webhooks of Ann's and others'
    old = await world.defined("ann", "Old")
    await world.happens(PAUSES_ITSELF, old, PAUSED)
    by_hand = await world.defined("ann", "ByHand")
    declined = await world.defined("bob", "Declined")
    unknown = await world.defined("root", "Unknown")
    billing = await world.defined("root", "Billing")
    await world.happens("agent:ann", billing, WebhookDefined("Bills", "https://b.example/s3cr3t"))
    async with world.sending():
        # when a person pauses one, and Deskledger the others
        await world.happens("agent:bob", by_hand, WebhookPaused("by hand"))
        for webhook in (declined, unknown, billing):
            await world.happens(PAUSES_ITSELF, webhook, PAUSED)
        # then who defined one last, has an address and wants to know is told
        [mail] = await world.post.wait(1)
        await asyncio.sleep(1)
    assert world.post.recipients == ["ann@help.example"]
    assert str(mail["Subject"]) == "The webhook Bills is paused"
    assert (str(mail["Reply-To"]), mail["Auto-Submitted"]) == (SUPPORT, "auto-generated")
    for part in (body_of(mail), body_of(mail, "html")):
        assert "b.example" in part
        assert "It answered 503." in part
        assert f"POST https://help.example/v1/webhooks/{billing}/resume" in part
        assert "s3cr3t" not in part
    assert await world.bench.records("tickets.commands", 0) == []


async def test_whatever_is_read_again_is_not_told_again_nor_what_is_over(world: World) -> None:
    async with world.sending():
        webhook = await world.defined("ann", "Billing")
        await world.happens(PAUSES_ITSELF, webhook, PAUSED)
        await world.post.wait(1)
    # given a pause that ends while no mail goes out
    shop = await world.defined("ann", "Shop")
    await world.happens(PAUSES_ITSELF, shop, PAUSED)
    await world.happens("agent:ann", shop, WebhookResumed())
    # when the adapter has forgotten how far it was
    database = world.bench.mongo.database("email")
    sources = {source.key: 0 for source in sources_of(["setup.events"], world.bench.ledger.lanes)}
    found = await database["checkpoints"].update_one(
        {"_id": "email.webhook_pauses"}, {"$set": {"next": sources}}
    )
    assert found.matched_count == 1
    # then what comes next is told, and nothing else
    async with world.sending():
        later = await world.defined("ann", "Later")
        await world.happens(PAUSES_ITSELF, later, PAUSED)
        mails = await world.post.wait(2)
        await asyncio.sleep(1)
    assert len(world.post.taken) == 2
    assert [str(mail["Subject"]) for mail in mails] == [
        "The webhook Billing is paused",
        "The webhook Later is paused",
    ]
