"""Webhooks: ``/v1/webhooks``. Administrators say who outside is told of tickets' events."""

from typing import Annotated, Literal, Self

import msgspec
from fastapi import APIRouter, Depends
from pydantic import Field, StringConstraints, model_validator
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.ids import derived_id
from libs.events.kafka import utc_now
from libs.events.published import setup as s
from libs.telemetry import Telemetry
from libs.webhooks import secret_of, written
from services.gateway.callers import Callers
from services.gateway.http.bodies import Body, Instant
from services.gateway.http.caller import Allowing
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.outcomes import ANSWERS, Done, Underway, json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import wrong
from services.gateway.http.setup import SetupHistory
from services.gateway.http.setup_bodies import Name
from services.gateway.http.setup_sending import Defining
from services.gateway.http.setup_words import Words
from services.gateway.http.tickets import After, Limit
from services.gateway.instants import text
from services.gateway.principal import Principal
from services.gateway.pulling.reading import Puller, UnknownCursor
from services.gateway.setup.reading import SetupReader
from services.gateway.setup.view import WEBHOOKS, DefinedView, webhook_in

Value = Annotated[str, StringConstraints(max_length=200)]
Values = Annotated[tuple[Value, ...], Field(min_length=1, max_length=50)]
Fact = Literal["agent_id", "brand", "status", "team_id"]


class WebhookOfDesk(Body):
    """Who is told. url: https, or http where the setting webhook_networks allows it; types: names
    of events as the reference has them (TicketOpened, TicketSolved …), none for all; filter: by
    fact of a ticket, any of these values ("" for none)."""

    name: Name
    url: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    types: Annotated[tuple[Value, ...], Field(max_length=200)] = ()
    filter: dict[Fact, Values] = Field(default_factory=dict)

    def definition(self, secret_id: str = "") -> s.DefineWebhook:
        """The command. secret_id: of a new webhook."""
        by_name = {str(fact): values for fact, values in self.filter.items()}
        return s.DefineWebhook(self.name, self.url, self.types, by_name, secret_id)


class ReplayAsked(Body):
    """From where on it is told again, one of the two. since: an instant with its offset from UTC;
    after: a cursor of ``/v1/events``, such as the one that the receiver kept last."""

    since: Instant | None = None
    after: Annotated[str, StringConstraints(max_length=4_000)] = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.since is None) != bool(self.after):
            raise ValueError("say since when, or behind which cursor: one of the two")
        return self


class Pause(Body):
    """reason: for people."""

    reason: Annotated[str, StringConstraints(max_length=300)] = ""


class WebhookPage(TypedDict):
    """A webhook. rotated_at: since when its newest secret signs; for a day the one before does,
    too; paused: why it is told nothing at present, "" while it is; paused_at, paused_by: since when
    and by whom, "" likewise."""

    id: str
    name: str
    url: str
    types: list[str]
    filter: dict[str, list[str]]
    since: str
    rotated_at: str
    paused: str
    paused_at: str
    paused_by: str
    version: int
    defined_at: str
    defined_by: str
    retired: bool
    sequence: int


class WebhookList(TypedDict):
    """Webhooks by name."""

    items: list[WebhookPage]


class SecretDone(Done):
    """secret: shown this once; with it the receiver checks signatures."""

    secret: str


class SecretUnderway(Underway):
    """secret: shown this once; it holds when the command has been carried out."""

    secret: str


_SHOWING: dict[int | str, dict[str, object]] = {
    200: {"model": SecretDone},
    202: {"model": SecretUnderway},
}


def webhook_page(id: str, view: DefinedView) -> WebhookPage:
    """The page of a webhook."""
    webhook = webhook_in(view)
    defined = webhook.defined
    return WebhookPage(
        id=id,
        name=defined.name,
        url=defined.url,
        types=list(defined.types),
        filter={name: list(values) for name, values in defined.filter.items()},
        since=text(webhook.since),
        rotated_at=text(webhook.rotated_at),
        paused=webhook.paused,
        paused_at=text(webhook.paused_at) if webhook.paused_at else "",
        paused_by=webhook.paused_by,
        version=view["version"],
        defined_at=view["defined_at"],
        defined_by=view["defined_by"],
        retired=view["retired"],
        sequence=view["sequence"],
    )


def webhook_routes(
    reader: SetupReader,
    defining: Defining,
    callers: Callers,
    telemetry: Telemetry,
    fresh: Fresh,
    puller: Puller,
    root: bytes,
) -> APIRouter:
    """The routes. puller: knows the log's cursors; root: from which webhooks' secrets derive."""
    router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], dependencies=[Depends(fresh)])
    Admin = Annotated[Principal, Depends(Allowing(callers, ("admin",)))]
    Definer = Annotated[Asked, Depends(Asking(callers, telemetry, ("admin",)))]
    hooks = Words("webhook", "/v1/webhooks", WEBHOOKS, webhook_page, reader, defining)

    def showing(response: Response, id: str, asked: Asked) -> Response:
        """The same answer to the same request, the secret of which derives from it, too."""
        done = msgspec.json.decode(response.body, type=dict[str, object])
        secret = written(secret_of(root, id, asked.command_id))
        kept = {k: v for k, v in response.headers.items() if not k.startswith("content-")}
        return json({**done, "secret": secret}, response.status_code, kept)

    @router.get("", responses={200: {"model": WebhookList}})
    async def list_webhooks(caller: Admin) -> Response:
        """The webhooks that are not retired."""
        return await hooks.list()

    @router.post("", responses=_SHOWING)
    async def create_webhook(body: WebhookOfDesk, asked: Definer) -> Response:
        """Tell an address of tickets' events from now on. This answer alone shows the secret."""
        id = derived_id("wh", asked.command_id)
        command = body.definition(asked.command_id)
        return showing(await hooks.create(id, asked, command), id, asked)

    @router.get("/{webhook}", responses={200: {"model": WebhookPage}})
    async def read_webhook(webhook: str, caller: Admin) -> Response:
        """A webhook, retired or not."""
        return await hooks.read(webhook, caller)

    @router.put("/{webhook}", responses=ANSWERS)
    async def define_webhook(webhook: str, body: WebhookOfDesk, asked: Definer) -> Response:
        """Another version of it, under the same secret."""
        return await hooks.change(webhook, asked, body.definition())

    @router.delete("/{webhook}", responses=ANSWERS)
    async def retire_webhook(webhook: str, asked: Definer) -> Response:
        """Tell it nothing any more, and forget what there was to tell."""
        return await hooks.change(webhook, asked, s.RetireWebhook())

    @router.post("/{webhook}/secret", responses=_SHOWING)
    async def rotate_webhook_secret(webhook: str, asked: Definer) -> Response:
        """Sign with a new secret, which the answer shows this once. For a day both sign."""
        done = await hooks.change(webhook, asked, s.RotateWebhookSecret(asked.command_id))
        return showing(done, webhook, asked)

    @router.post("/{webhook}/pause", responses=ANSWERS)
    async def pause_webhook(webhook: str, body: Pause, asked: Definer) -> Response:
        """Keep what there is to tell until it goes on."""
        return await hooks.change(webhook, asked, s.PauseWebhook(body.reason))

    @router.post("/{webhook}/resume", responses=ANSWERS)
    async def resume_webhook(webhook: str, asked: Definer) -> Response:
        """Go on where it was paused."""
        return await hooks.change(webhook, asked, s.ResumeWebhook())

    @router.post("/{webhook}/replay", responses=ANSWERS)
    async def replay_webhook(webhook: str, body: ReplayAsked, asked: Definer) -> Response:
        """Tell it again what was recorded since an instant or behind a cursor, marked as a
        replay."""
        if body.since is not None and body.since > utc_now():
            raise wrong(
                "/since", "There is nothing yet to tell again: name an instant of the past."
            )
        if body.after:
            try:
                await puller.expect_known(body.after)
            except UnknownCursor as error:
                raise wrong("/after", "Take a cursor that a page of /v1/events gave.") from error
        return await hooks.change(webhook, asked, s.ReplayWebhook(body.since, body.after))

    @router.get("/{webhook}/history", responses={200: {"model": SetupHistory}})
    async def read_webhook_history(
        webhook: str, caller: Admin, after: After = 0, limit: Limit = 50
    ) -> Response:
        """Its versions, pauses and replays, and who did it."""
        return await hooks.history(webhook, after, limit)

    return router
