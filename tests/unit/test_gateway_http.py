"""Every answer that is not a success is a problem; every answer has its headers."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from libs.events.envelope import Reply
from libs.mongo import connect
from libs.settings import Settings
from libs.telemetry import Telemetry
from services.gateway.audit.recorder import Recorder
from services.gateway.availability import Unavailable
from services.gateway.http.admission import Admission
from services.gateway.http.application import application
from services.gateway.http.outcomes import refusal
from services.gateway.http.problems import MEDIA_TYPE, Problem

LIMIT = 200_000


class Inner(BaseModel):
    words: list[int]


class Body(BaseModel):
    inner: Inner


def routes() -> APIRouter:
    router = APIRouter()

    @router.post("/echo")
    async def echo(body: Body, limit: int = 1) -> dict[str, int]:
        return {"words": len(body.inner.words)}

    @router.get("/fail/{how}")
    async def fail(how: str) -> None:
        match how:
            case "gone":
                raise Problem(410, "erased", "This content was erased.")
            case "down":
                raise Unavailable("Kafka does not answer at the moment; try again soon.")
            case _:
                raise ZeroDivisionError("secret detail")

    return router


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    mongo = connect(Settings())  # which nothing is sent to
    notes = mongo.database("gateway")["audit_notes"]
    recorder = Recorder(notes, bytes(32), timedelta(days=1), reads=False)
    app = application([routes()], [], Telemetry(), LIMIT, Admission(10), recorder)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
    await mongo.close()


def problem_of(response: httpx.Response) -> dict[str, object]:
    assert response.headers["content-type"] == MEDIA_TYPE
    body: dict[str, object] = response.json()
    assert body["status"] == response.status_code
    assert body["request_id"] == response.headers["request-id"]
    assert body["type"] == f"urn:deskledger:problem:{body['code']}"
    return body


async def test_an_invalid_field_is_named_by_a_pointer(client: httpx.AsyncClient) -> None:
    response = await client.post("/echo", json={"inner": {"words": [1, "two"]}})
    problem = problem_of(response)
    assert (response.status_code, problem["code"]) == (422, "invalid")
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["/inner/words/1"]


async def test_an_invalid_parameter_is_named(client: httpx.AsyncClient) -> None:
    response = await client.post("/echo?limit=x", json={"inner": {"words": []}})
    assert response.status_code == 422
    assert [fault["parameter"] for fault in response.json()["errors"]] == ["limit"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b""])
async def test_what_is_not_json_is_malformed(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post(
        "/echo", content=body, headers={"content-type": "application/json"}
    )
    problem = problem_of(response)
    assert (response.status_code, problem["code"]) in [(400, "malformed"), (422, "invalid")]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/echo", 405, "method_not_allowed"),
        ("GET", "/fail/gone", 410, "erased"),
        ("GET", "/fail/down", 503, "unavailable"),
        ("GET", "/fail/unexpected", 500, "internal"),
    ],
)
async def test_whoever_fails_the_answer_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)
    assert (response.status_code, problem_of(response)["code"]) == (status, code)
    assert "secret detail" not in response.text
    assert ("retry-after" in response.headers) == (status == 503)


async def test_a_body_may_not_be_too_large_announced_or_not(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * (LIMIT // 2)

    announced = await client.post("/echo", content=b" " * (LIMIT + 1))
    streamed = await client.post(
        "/echo", content=pieces(), headers={"content-type": "application/json"}
    )
    assert [announced.status_code, streamed.status_code] == [413, 413]
    assert problem_of(announced)["code"] == problem_of(streamed)["code"] == "too_large"


async def test_every_answer_has_a_request_id_of_ours_and_safe_headers(
    client: httpx.AsyncClient,
) -> None:
    response = await client.post(
        "/echo", json={"inner": {"words": []}}, headers={"Request-Id": "forged"}
    )
    assert response.status_code == 200
    assert response.headers["request-id"] != "forged"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(
    ("code", "field", "status"),
    [
        ("ticket_closed", "", 409),
        ("already_solved", "", 409),
        ("too_late", "", 409),
        ("changed_meanwhile", "", 412),
        ("no_such_ticket", "", 404),
        ("nobody_to_assign", "/agent_id", 422),
    ],
)
def test_a_refusal_keeps_its_code_and_sentence(code: str, field: str, status: int) -> None:
    reply = Reply(
        command_id="c",
        aggregate_id="t",
        partition=0,
        sequence=1,
        refusal=code,
        sentence="Why.",
        field=field,
    )
    problem = refusal(reply)
    assert (problem.status, problem.code, problem.detail) == (status, code, "Why.")
    assert [fault.get("pointer") for fault in problem.errors] == ([field] if field else [])
