"""A small client of the gateway's API: for the command line, the demo and tests."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import httpx

from deploy.local import Problem
from libs.events.ids import event_id
from libs.settings import Settings
from libs.tokens import Role, local_issuer
from services.gateway.contacts.pages import ContactPage
from services.gateway.http.outcomes import Done
from services.gateway.setup.pages import CannedReplyPage, DeskPage, MacroPage
from services.gateway.tickets.pages import HistoryPage, MessagePage, TicketPage

TIMEOUT_SECONDS = 40.0  # longer than the gateway's longest wait for an outcome
TOKEN_LIFETIME = timedelta(minutes=15)
LOOK_SECONDS = 0.3
PAGE = 200

Json = Mapping[str, object]


class Refused(Exception):
    """The gateway said no; the message is its sentence, code its stable code."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code


class GatewayClient:
    """One caller's view of the gateway. Raises Refused, or httpx.TransportError."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def tickets(
        self, *, limit: int, status: Sequence[str] = (), requester_id: str = "", sort: str = ""
    ) -> list[TicketPage]:
        """The newest tickets of a list, so many of them."""
        wanted = {"status": list(status), "requester_id": requester_id, "sort": sort}
        given = {name: value for name, value in wanted.items() if value}
        found: list[TicketPage] = []
        cursor: str | None = None
        while len(found) < limit:
            size = {"limit": min(PAGE, limit - len(found))} | ({"cursor": cursor} if cursor else {})
            page = await self._get("/v1/tickets", {**given, **size})
            found += cast(list[TicketPage], page["items"])
            cursor = cast(str | None, page["next"])
            if cursor is None:
                break
        return found

    async def ticket(self, ticket: str, as_of: str | None = None) -> TicketPage:
        """A ticket by id or number, now or as of an instant or a sequence."""
        wanted = {"as_of": as_of} if as_of else {}
        return cast(TicketPage, await self._get(f"/v1/tickets/{ticket}", wanted))

    async def conversation(self, ticket: str, as_of: str | None = None) -> list[MessagePage]:
        """Its messages."""
        found = await self._all(f"/v1/tickets/{ticket}/conversation", as_of)
        return cast(list[MessagePage], found)

    async def history(self, ticket: str, as_of: str | None = None) -> list[HistoryPage]:
        """What happened to it."""
        return cast(list[HistoryPage], await self._all(f"/v1/tickets/{ticket}/history", as_of))

    async def contact(self, contact: str) -> ContactPage:
        """A person who wrote."""
        return cast(ContactPage, await self._get(f"/v1/contacts/{contact}", {}))

    async def desk(self) -> DeskPage:
        """What the desk has set up."""
        return cast(DeskPage, await self._get("/v1/desk", {}))

    async def macros(self) -> list[MacroPage]:
        """The macros that are offered."""
        return cast(list[MacroPage], (await self._get("/v1/macros", {}))["items"])

    async def canned_replies(self) -> list[CannedReplyPage]:
        """The canned replies that are offered."""
        return cast(list[CannedReplyPage], (await self._get("/v1/canned-replies", {}))["items"])

    async def export(self, contact: str) -> AsyncIterator[bytes]:
        """The archive of everything about a person, once it is made."""
        asked = _checked(await self._http.post(f"/v1/contacts/{contact}/export"))
        place = asked.headers["Location"]
        while (await self._get(place, {}))["state"] in ("asked", "making"):
            await asyncio.sleep(LOOK_SECONDS)
        async with self._http.stream("GET", f"{place}/archive") as answer:
            if not answer.is_success:
                await answer.aread()
            async for piece in _checked(answer).aiter_bytes():
                yield piece

    async def do(
        self, path: str, body: Json | None, key: str = "", if_match: str = "", method: str = "POST"
    ) -> Done:
        """A command, such as ``tickets/17/replies``, done and visible.

        key: its Idempotency-Key, by which a repeated call is recognised. Raises Problem when the
        outcome is not there in time.
        """
        headers = {"Idempotency-Key": key or event_id(), "Prefer": "wait=30"}
        if if_match:
            headers["If-Match"] = if_match
        sent = await self._http.request(method, f"/v1/{path}", json=body, headers=headers)
        answer = _checked(sent)
        if answer.status_code == httpx.codes.ACCEPTED:
            raise Problem(f"{answer.json()['detail']} It may still happen: GET {_place(answer)}")
        return cast(Done, answer.json())

    async def _all(self, path: str, as_of: str | None) -> list[object]:
        found: list[object] = []
        after: object = 0
        while after is not None:
            wanted = {"after": after, "limit": PAGE} | ({"as_of": as_of} if as_of else {})
            page = await self._get(path, wanted)
            found += cast(list[object], page["items"])
            after = page["next"]
        return found

    async def _get(self, path: str, wanted: Json) -> Json:
        answer = _checked(await self._http.get(path, params=cast(dict[str, str], wanted)))
        return cast(Json, answer.json())


@asynccontextmanager
async def gateway_client(
    settings: Settings, subject: str, role: Role, name: str = ""
) -> AsyncIterator[GatewayClient]:
    """A client with a token made here, under the installation's own secret.

    Raises Problem when that secret is not at hand.
    """
    try:
        token = local_issuer(settings).issue(subject, [role], TOKEN_LIFETIME, name)
    except ValueError as error:
        raise Problem(str(error)) from error
    async with httpx.AsyncClient(
        base_url=f"http://{settings.http_host}:{settings.http_port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT_SECONDS,
        trust_env=False,
    ) as http:
        yield GatewayClient(http)


def _checked(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is a success."""
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
        raise Refused(answer.status_code, problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError):
        what = f"{answer.url.host}:{answer.url.port} answered {answer.status_code}"
        raise Problem(f"{what}, and not as the gateway does: is something else there?") from None


def _place(answer: httpx.Response) -> str:
    return str(answer.url.join(answer.headers["Location"]))
