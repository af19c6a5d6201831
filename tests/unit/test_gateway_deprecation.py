"""What goes one day says so wherever somebody may look: headers, description, reference, client."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, cast

import httpx
import pytest
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from deskledger_client import Client
from deskledger_client.core import Call
from libs.events.published.setup import DEFAULT
from libs.mongo import connect
from libs.settings import Settings
from libs.telemetry import Telemetry
from libs.tokens import Tokens
from services.gateway.audit.recorder import Recorder
from services.gateway.callers import Callers, offline
from services.gateway.http.admission import Admission
from services.gateway.http.application import application
from services.gateway.http.caller import Allowing
from services.gateway.http.deprecation import NOTICE, Going
from services.gateway.http.problems import not_found
from services.gateway.keys.known import KnownKeys
from services.gateway.principal import Principal
from services.gateway.reference import Json, going
from services.gateway.signing_in.tokens import CustomerTokens

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
GOING = Going(SINCE, SINCE + NOTICE, "Read /v1/new.")


class Thing(BaseModel):
    name: str
    title: Annotated[str, Field(json_schema_extra=GOING.schema())] = ""


TOKENS = Tokens(b"0" * 32)


async def as_themselves(contact_id: str) -> str:
    return contact_id


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1/things")
    keys = KnownKeys(None)  # type: ignore[arg-type]
    customers = CustomerTokens(b"1" * 32, timedelta(hours=1))
    callers = Callers(offline(TOKENS), keys, lambda: DEFAULT, customers, as_themselves)
    Agent = Annotated[Principal, Depends(Allowing(callers, ("agent",)))]  # noqa: N806

    @router.get("/old", dependencies=[Depends(GOING)])
    async def read_old(caller: Agent) -> dict[str, str]:
        return {"name": "old"}

    @router.get("/old/{thing}", dependencies=[Depends(GOING)])
    async def read_old_thing(thing: str, caller: Agent) -> None:
        raise not_found("thing")

    @router.post("/new")
    async def define_new(
        body: Thing,
        caller: Agent,
        way: Annotated[str, Query(json_schema_extra=GOING.schema())] = "",
    ) -> dict[str, str]:
        return {"name": body.name}

    return router


@pytest.fixture
async def anna() -> AsyncIterator[httpx.AsyncClient]:
    mongo = connect(Settings())  # which nothing is sent to
    recorder = Recorder(mongo.database("gateway")["audit"], bytes(32), NOTICE, reads=False)
    app = application([routes()], [], Telemetry(), 10_000, Admission(10), recorder)
    token = TOKENS.issue("anna", ["agent"], timedelta(hours=1))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://test",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        yield client
    await mongo.close()


@pytest.mark.parametrize("path", ["/v1/things/old", "/v1/things/old/7"])
async def test_each_answer_of_what_goes_says_until_when(anna: httpx.AsyncClient, path: str) -> None:
    answer = await anna.get(path)
    assert answer.headers["deprecation"] == "@1772323200"
    assert answer.headers["sunset"] == "Fri, 28 Aug 2026 00:00:00 GMT"
    assert 'rel="deprecation"' in answer.headers["link"]


async def test_a_refusal_of_what_goes_says_so_too(anna: httpx.AsyncClient) -> None:
    refused = await anna.get("/v1/things/old", headers={"Authorization": ""})
    assert (refused.status_code, refused.headers["deprecation"]) == (401, "@1772323200")


async def test_what_stays_says_nothing(anna: httpx.AsyncClient) -> None:
    stays = await anna.post("/v1/things/new", json={"name": "new"})
    assert stays.status_code == 200
    assert not {"deprecation", "sunset", "link"} & set(stays.headers)


def headers_of(operation: Json) -> Json:
    """The headers of a success."""
    return cast(dict[str, dict[str, Json]], operation["responses"])["200"]["headers"]


async def test_the_description_and_the_reference_name_what_goes(anna: httpx.AsyncClient) -> None:
    told: Json = (await anna.get("/v1/openapi.json")).json()
    operations = cast(dict[str, dict[str, Json]], told["paths"])
    old, new = operations["/v1/things/old"]["get"], operations["/v1/things/new"]["post"]
    assert (old["deprecated"], old["x-sunset"]) == (True, "2026-08-28")
    assert "Sunset" in headers_of(old)
    assert "deprecated" not in new
    assert "Sunset" not in headers_of(new)
    assert going(told).splitlines() == [
        "- GET `/v1/things/old`: until 2026-08-28. Read /v1/new.",
        "- GET `/v1/things/old/{thing}`: until 2026-08-28. Read /v1/new.",
        "- `way` of POST `/v1/things/new`: until 2026-08-28. Read /v1/new.",
        "- `title` of Thing: until 2026-08-28. Read /v1/new.",
    ]


async def test_the_python_client_warns_of_what_goes(anna: httpx.AsyncClient) -> None:
    desk = Client(http=anna)
    with pytest.warns(DeprecationWarning, match="GET /v1/things/old is there until Fri, 28 Aug"):
        await desk.call(Call("GET", "/v1/things/old"))


def test_nothing_goes_at_shorter_notice_than_the_policy_gives() -> None:
    with pytest.raises(ValueError, match="180 days"):
        Going(SINCE, SINCE + NOTICE - timedelta(seconds=1), "Read /v1/new.")
