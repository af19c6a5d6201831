"""What attackers try over HTTP, and what it gets them: nothing.

Each family of OWASP's that meets an interface like this one has its test; that nobody sees or does
what is not theirs is in ``test_gateway_roles`` and ``test_gateway_sight``.
"""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Mapping
from typing import cast
from urllib.parse import quote, urlsplit

import httpx
import pytest
from msgspec.structs import replace

from libs.contents import Rendition
from libs.events.published import tickets as t
from libs.settings import Settings
from tests.integration.test_gateway_roles import EXPECTED
from tests.support.gateway import Gateway, append, gateway, keep, known_contact
from tests.support.gateway_story import CUSTOMER, STRANGER, TICKET, message, opened, recorded

pytestmark = pytest.mark.integration

OURS = "https://desk.example.com"
THEIRS = "t-00" + "b" * 24
SOON = {"Prefer": "respond-async"}
OPERATORS = ('{"$ne":null}', '{"$gt":""}', '{"$where":"sleep(1000)"}', "$ne", "[$ne]", "this.a==1")


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """Two customers, each with a ticket; a browser's pages of one origin may call."""
    async with gateway(module_ledger, gateway_origins=OURS) as running:
        on = running.resources
        known = [
            await known_contact(on, CUSTOMER, "ada@example.org", "Ada"),
            await known_contact(on, STRANGER, "eve@example.org", "Eve"),
        ]
        mine = await keep(on, CUSTOMER, mine=Rendition("Printer", "No ink."))
        other = await keep(on, STRANGER, other=Rendition("Salary", "Too little."))
        said = replace(opened().message, rendition=mine[0])
        secret = replace(message("other"), rendition=other[0])
        told = await append(
            on,
            [
                recorded(replace(opened(), message=said), 1, f"contact:{CUSTOMER}"),
                recorded(t.TicketAssigned("anna", "it"), 2, "agent:anna"),
                recorded(
                    replace(opened(8), requester_id=STRANGER, message=secret),
                    1,
                    f"contact:{STRANGER}",
                    THEIRS,
                ),
            ],
        )
        async with running.client("admin") as admin:
            await admin.get("/v1/tickets", headers={"Deskledger-Position": told})
            for contact, token in zip((CUSTOMER, STRANGER), known, strict=True):
                await admin.get(f"/v1/contacts/{contact}", headers={"Deskledger-Position": token})
        yield running


@pytest.fixture
async def ada(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client("customer", CUSTOMER) as client:
        yield client


@pytest.fixture
async def admin(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client("admin") as client:
        yield client


@pytest.fixture
async def nobody(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=desk.url) as client:
        yield client


BODIES = {
    operation: cast(dict[str, object], body)
    for operation, (body, _) in EXPECTED.items()
    if isinstance(body, dict)
}


class TestMassAssignment:
    @pytest.mark.parametrize("operation", BODIES)
    async def test_no_body_takes_a_field_that_is_not_its_own(
        self, admin: httpx.AsyncClient, operation: str
    ) -> None:
        method, path = operation.split(" ")
        for field in ("actor", "sequence", "$set", "roles"):
            body = BODIES[operation] | {field: "agent:root"}
            answer = await patient(admin, method, _filled(path), json=body, headers=SOON)
            assert answer.status_code in (403, 404, 422), (field, answer.text)
            if answer.status_code == 422:
                assert f"/{field}" in [one["pointer"] for one in answer.json()["errors"]]

    async def test_customers_say_nothing_that_is_the_desk_s_to_say(
        self, ada: httpx.AsyncClient
    ) -> None:
        new: dict[str, object] = {"account": "support", "subject": "s", "text": "t"}
        for more in ({"requester_id": STRANGER}, {"type": "incident"}, {"affected_id": STRANGER}):
            answer = await ada.post("/v1/tickets", json=new | more, headers=SOON)
            assert answer.status_code == 403, more
        said: tuple[dict[str, object], ...] = (
            {"text": "t", "cc_ids": [STRANGER]},
            {"text": "t", "send_at": "2999-01-01T00:00:00Z"},
        )
        for reply in said:
            answer = await ada.post(f"/v1/tickets/{TICKET}/replies", json=reply)
            assert answer.status_code == 403, reply


class TestGuessing:
    @pytest.mark.parametrize(
        "place",
        [
            f"/v1/tickets/{THEIRS}",
            "/v1/tickets/8",
            f"/v1/tickets/{THEIRS}/conversation",
            f"/v1/tickets/{THEIRS}/contents/other",
            f"/v1/tickets/{TICKET}/contents/other",
            f"/v1/contacts/{STRANGER}",
            "/v1/commands/" + "0" * 32,
        ],
    )
    async def test_what_is_another_s_and_what_is_not_look_alike(
        self, ada: httpx.AsyncClient, place: str
    ) -> None:
        theirs = await ada.get(place)
        made_up = await ada.get(place.replace("b" * 24, "c" * 24).replace("/8", "/99"))
        assert theirs.status_code == 404
        assert "Salary" not in theirs.text
        same = [{**one.json(), "request_id": ""} for one in (theirs, made_up)]
        assert same[0] == same[1]

    async def test_a_list_by_another_s_id_is_refused(self, ada: httpx.AsyncClient) -> None:
        assert (await ada.get(f"/v1/tickets?requester_id={STRANGER}")).status_code == 403
        assert THEIRS not in (await ada.get("/v1/tickets?limit=200")).text


class TestHeaders:
    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Forwarded-User": "root", "X-Remote-User": "root", "Remote-User": "root"},
            {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"},
            {"X-Original-URL": "/health/live", "X-Rewrite-URL": "/health/live"},
            {"Cookie": "deskledger_session=x; token=y"},
            {"Authorization": "Basic cm9vdDpyb290"},
            {"Authorization": "Bearer null"},
        ],
    )
    async def test_no_header_but_a_token_says_who_calls(
        self, nobody: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        answer = await nobody.get("/v1/tickets", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")

    async def test_a_token_in_an_address_counts_for_nothing(
        self, nobody: httpx.AsyncClient, admin: httpx.AsyncClient
    ) -> None:
        token = admin.headers["authorization"].removeprefix("Bearer ")
        for name in ("access_token", "token", "authorization"):
            assert (await nobody.get(f"/v1/tickets?{name}={token}")).status_code == 401

    async def test_a_method_is_what_it_is(self, admin: httpx.AsyncClient) -> None:
        for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
            answer = await admin.post("/v1/desk", headers={name: "GET"})
            assert answer.status_code == 405
            read = await admin.get("/v1/desk", headers={name: "DELETE"})
            assert read.status_code == 200
        assert (await admin.request("TRACE", "/v1/desk")).status_code == 405

    async def test_no_answer_repeats_the_host_that_it_was_asked_under(
        self, admin: httpx.AsyncClient
    ) -> None:
        evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        evil |= {"X-Forwarded-Proto": "javascript", "Forwarded": "host=evil.example"}
        new = {"account": "support", "subject": "s", "text": "t", "requester_id": CUSTOMER}
        answers = [
            await admin.post("/v1/tickets", json=new, headers=evil | SOON),
            await admin.get("/v1/tickets/", headers=evil),
            await admin.get("/v1/openapi.json", headers=evil),
            await admin.get("/v1/nothing", headers=evil),
        ]
        for answer in answers:
            assert "evil.example" not in answer.text
            assert "evil.example" not in str(answer.headers)
        assert answers[0].headers["location"].startswith("/v1/")

    async def test_a_caller_s_request_id_is_not_taken_over(self, admin: httpx.AsyncClient) -> None:
        answer = await admin.get("/v1/desk", headers={"Request-Id": "forged", "X-Request-Id": "f"})
        assert answer.headers["request-id"] != "forged"


class TestOperators:
    async def test_no_parameter_of_any_operation_takes_one(
        self, desk: Gateway, admin: httpx.AsyncClient
    ) -> None:
        described = await patient(admin, "GET", "/v1/openapi.json")
        assert described.status_code == 200, described.text
        paths, tried = described.json()["paths"], 0
        for path, operations in paths.items():
            read = operations.get("get", {})
            if "text/event-stream" in str(read.get("responses", {}).get("200")):
                continue  # it has no end; its filters are those of lists
            for one in read.get("parameters", []):
                if one.get("in") != "query":
                    continue
                for value in OPERATORS:
                    tried += 1
                    asked = {one["name"]: value}
                    answer = await patient(admin, "GET", _filled(path), params=asked)
                    assert answer.status_code in (200, 404, 422), (path, one, value, answer.text)
                    if answer.status_code == 200 and (path, one["name"]) in _FILTERS:
                        assert not answer.json()["items"], (path, one["name"], value)
        assert tried > 200

    @pytest.mark.parametrize("value", OPERATORS)
    async def test_no_part_of_an_address_takes_one(
        self, admin: httpx.AsyncClient, value: str
    ) -> None:
        for place in ("tickets", "contacts", "organisations", "commands", "macros", "api-keys"):
            answer = await admin.get(f"/v1/{place}/{quote(value, safe='')}")
            assert answer.status_code == 404, place

    @pytest.mark.parametrize("operation", BODIES)
    async def test_no_field_of_any_body_takes_one(
        self, admin: httpx.AsyncClient, operation: str
    ) -> None:
        method, path = operation.split(" ")
        for field, value in BODIES[operation].items():
            if isinstance(value, dict):
                continue
            for operator in ({"$ne": None}, {"$where": "1"}):
                body = BODIES[operation] | {field: operator}
                answer = await patient(admin, method, _filled(path), json=body, headers=SOON)
                assert answer.status_code in (403, 404, 422), (field, operator)

    @pytest.mark.parametrize("value", [{"$gt": ""}, ["x", {"$gt": ""}], [{"$ne": 1}, "t-1"]])
    async def test_no_cursor_takes_one(self, admin: httpx.AsyncClient, value: object) -> None:
        cursor = base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
        answer = await admin.get("/v1/tickets", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            f"/v1/tickets/{TICKET}%2fconversation",
            f"/v1/tickets/{TICKET}%252fconversation",
            "/v1/tickets/..%2f..%2fhealth%2flive",
            "/v1/tickets/%2e%2e/%2e%2e/health/live",
            "/v1/tickets/../desk",
            "/v1/./tickets",
            "//v1//tickets",
            "/v1/tickets/",
            "/V1/tickets",
            "/v1/tickets;a=b",
            f"/v1/tickets/{TICKET}%00",
            "/v1/tickets/%c0%ae%c0%ae%c0%af",
            "/v1/tickets/%ff",
            "/v1/tickets/%",
            "/v1\\tickets",
            "/t/../v1/tickets",
            "/t/%2e%2e%2fv1%2ftickets",
        ],
    )
    async def test_no_spelling_of_a_path_leads_elsewhere(
        self, desk: Gateway, admin: httpx.AsyncClient, path: str
    ) -> None:
        token = admin.headers["authorization"]
        for authorization in (token, ""):
            status, body = await asyncio.to_thread(_raw, desk.url, path, authorization)
            assert status in (400, 401, 404), body
            assert TICKET not in body


class TestBrowsers:
    async def test_a_page_of_ours_may_call_and_no_other(self, nobody: httpx.AsyncClient) -> None:
        async def preflight(origin: str) -> httpx.Response:
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            asked["Access-Control-Request-Headers"] = "authorization,if-match"
            return await nobody.options("/v1/tickets", headers=asked)

        allowed = await preflight(OURS)
        assert allowed.headers["access-control-allow-origin"] == OURS
        assert "access-control-allow-credentials" not in allowed.headers
        for origin in (
            "https://evil.example",
            "null",
            f"{OURS}.evil.example",
            "http://desk.example.com",
        ):
            refused = await preflight(origin)
            assert "access-control-allow-origin" not in refused.headers
            read = await nobody.get("/v1/tickets", headers={"Origin": origin})
            assert "access-control-allow-origin" not in read.headers

    async def test_a_form_of_another_page_does_nothing(self, nobody: httpx.AsyncClient) -> None:
        """No cookie says who calls, so that no page can send a request in somebody's name."""
        forms: list[Mapping[str, str]] = [
            {"Content-Type": "application/x-www-form-urlencoded"},
            {"Content-Type": "text/plain"},
        ]
        for form in forms:
            sent = {"Origin": "https://evil.example", "Cookie": "deskledger_session=x", **form}
            answer = await nobody.post("/v1/tickets", content='{"a":1}', headers=sent)
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers

    async def test_every_answer_has_safe_headers(
        self, nobody: httpx.AsyncClient, admin: httpx.AsyncClient
    ) -> None:
        """OWASP ASVS 4.0, 14.4."""
        file = f"/v1/tickets/{TICKET}/contents/mine"
        for answer in (
            await nobody.get("/v1/tickets"),
            await nobody.get("/nothing"),
            await nobody.get("/t/nothing"),
            await admin.get("/v1/desk"),
            await admin.get(file),
        ):
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-frame-options"] == "DENY"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "no-" in headers["cache-control"]
            assert headers["content-type"]
            assert "server" not in headers
            assert "x-powered-by" not in headers
        assert (await admin.get(file)).headers["content-disposition"].startswith("attachment")


async def patient(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    params: Mapping[str, str] | None = None,
    json: object = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """The answer, once the machine is not too busy to give one: what is overloaded says so."""
    async with asyncio.timeout(60):
        while True:
            answer = await client.request(method, path, params=params, json=json, headers=headers)
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(0.2)


_FILTERS = [
    ("/v1/tickets", name)
    for name in (
        "agent_id",
        "team_id",
        "requester_id",
        "organisation_id",
        "label",
        "category",
        "tag",
    )
]


def _filled(path: str) -> str:
    """The path with this ticket and this contact, and with something where there is nothing."""
    named = {"{ticket}": TICKET, "{contact}": CUSTOMER, "{sequence}": "1"}
    for name, value in named.items():
        path = path.replace(name, value)
    parts = ["none" if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


def _raw(url: str, path: str, authorization: str) -> tuple[int, str]:
    """A request as it is written: clients tidy paths up."""
    at = urlsplit(url)
    with socket.create_connection((at.hostname or "", at.port or 0), timeout=20) as wire:
        head = f"GET {path} HTTP/1.1\r\nHost: {at.netloc}\r\nConnection: close\r\n"
        more = f"Authorization: {authorization}\r\n" if authorization else ""
        wire.sendall(f"{head}{more}\r\n".encode("latin-1"))
        answer = b""
        while piece := wire.recv(65_536):
            answer += piece
    return int(answer.split(b" ", 2)[1]), answer.decode("utf-8", "replace")
