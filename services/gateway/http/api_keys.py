"""API keys: ``/v1/api-keys``, for administrators. A key is shown once, when it is made."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.ids import derived_id, is_id
from libs.events.published import setup as s
from libs.telemetry import Telemetry
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.commanding.desk import CommandDesk
from services.gateway.http.bodies import Body, Code, Instant, Seconds
from services.gateway.http.caller import Allowing
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.headers import etag
from services.gateway.http.outcomes import ANSWERS, Done, answer, json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import bad_header, not_found
from services.gateway.http.setup import SetupHistory
from services.gateway.http.setup_bodies import Name
from services.gateway.http.tickets import After, Limit
from services.gateway.keys.known import KnownKeys, made
from services.gateway.keys.pages import ApiKeyPage, api_key_page
from services.gateway.keys.view import KeyView
from services.gateway.principal import Principal
from services.gateway.setup.pages import step_page
from services.gateway.setup.reading import SetupReader
from services.gateway.setup.view import SETUP

PLACE = "/v1/api-keys"
Scope = Annotated[str, Field(max_length=60)]
Id = Annotated[str, Field(max_length=64)]


class NewApiKey(Body):
    """What a key is for. subject: the service user that its holder is, service.crm; scopes: read,
    write or admin, of everything or of an area (tickets, contacts, setup, suspended, views,
    webhooks, commands, api-keys): tickets:write."""

    name: Name
    subject: Id
    role: s.KeyRole
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=50)]
    expires_at: Instant
    teams: Annotated[tuple[Id, ...], Field(max_length=50)] = ()


class Rotation(Body):
    """overlap_seconds: how long the secret before still counts."""

    overlap_seconds: Seconds = 86_400


class Revocation(Body):
    """Why, for the history."""

    reason: Code | None = None


class ApiKeyMade(Done):
    """A key was made, or has another secret. key: what its holder sends; it is not shown again."""

    key: str


class ApiKeys(TypedDict):
    """All keys, those that are revoked or over, too."""

    items: list[ApiKeyPage]


_A_DAY, _NO_REASON = Rotation(), Revocation()
_MADE: dict[int | str, dict[str, object]] = {**ANSWERS, 200: {"model": ApiKeyMade}}


def api_key_routes(
    reader: SetupReader,
    known: KnownKeys,
    desk: CommandDesk,
    callers: Callers,
    telemetry: Telemetry,
    fresh: Fresh,
) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PLACE, tags=["api-keys"], dependencies=[Depends(fresh)])
    Admin = Annotated[Principal, Depends(Allowing(callers, ("admin",)))]
    Asking_ = Annotated[Asked, Depends(Asking(callers, telemetry, ("admin",)))]

    async def existing(id: str) -> KeyView:
        async with needing("MongoDB"):
            found = await reader.api_key(id) if is_id(id, "k") else None
        if found is None:
            raise not_found("API key")
        return found

    async def told(id: str, asked: Asked, data: msgspec.Struct, key: str = "") -> Response:
        draft = asked.draft(SETUP, id)
        outcome = await desk.carry_out(draft, data)
        answered = answer(outcome, draft, f"{PLACE}/{id}")
        if not key:
            return answered
        said = msgspec.json.decode(answered.body, type=dict[str, object])
        headers = {name: answered.headers[name] for name in _KEPT if name in answered.headers}
        headers["Cache-Control"] = "no-store"
        return json({**said, "key": key}, answered.status_code, headers)

    @router.post("", responses=_MADE)
    async def issue(body: NewApiKey, asked: Asking_) -> Response:
        """Make a key. Its answer is the only place where it stands."""
        _expect_no_key(asked)
        id = derived_id("k", asked.command_id)
        key, digest = made(id)
        return await told(id, asked, s.IssueApiKey(body.command(s.ApiKey), digest), key)

    @router.get("", responses={200: {"model": ApiKeys}})
    async def list_keys(caller: Admin) -> Response:
        """All keys, without their secrets."""
        async with needing("MongoDB"):
            found = await reader.api_keys()
            used = await known.used([id for id, _ in found])
        return json({"items": [api_key_page(id, one, used.get(id, "")) for id, one in found]})

    @router.get("/{key}", responses={200: {"model": ApiKeyPage}})
    async def read_key(key: str, caller: Admin) -> Response:
        """A key, without its secret."""
        found = await existing(key)
        async with needing("MongoDB"):
            used = await known.used([key])
        page = api_key_page(key, found, used.get(key, ""))
        return json(page, headers={"ETag": etag(found["sequence"], caller.role)})

    @router.post("/{key}/rotation", responses=_MADE)
    async def rotate(key: str, asked: Asking_, body: Rotation = _A_DAY) -> Response:
        """Give it another secret; the one before counts for a while, so that nothing stands
        still."""
        _expect_no_key(asked)
        await existing(key)
        secret, digest = made(key)
        return await told(key, asked, s.RotateApiKey(digest, body.overlap_seconds), secret)

    @router.post("/{key}/revocation", responses=ANSWERS)
    async def revoke(key: str, asked: Asking_, body: Revocation = _NO_REASON) -> Response:
        """Let nobody in with it any more, at once."""
        await existing(key)
        return await told(key, asked, s.RevokeApiKey(body.reason or ""))

    @router.get("/{key}/history", responses={200: {"model": SetupHistory}})
    async def read_key_history(
        key: str, caller: Admin, after: After = 0, limit: Limit = 50
    ) -> Response:
        """Who made, rotated or revoked it."""
        await existing(key)
        async with needing("MongoDB"):
            done, more = await reader.history(key, after, limit)
        items = [step_page(recorded) for recorded in done]
        for item in items:
            item["data"].pop("digest", None)
        return json({"items": items, "next": more})

    return router


_KEPT = ("ETag", "Location", "Deskledger-Position")


def _expect_no_key(asked: Asked) -> None:
    if asked.keyed:
        detail = "The answer holds a secret that is not kept, so it cannot be given again."
        raise bad_header("Idempotency-Key", detail)
