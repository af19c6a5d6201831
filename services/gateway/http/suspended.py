"""Messages that became no ticket, and their senders: ``/v1/suspended``, ``/v1/senders``."""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import StringConstraints, model_validator
from starlette.responses import Response

from libs.events.ids import is_id
from libs.events.published import conversations as c
from libs.events.published import senders as s
from libs.keyring import Keyring
from libs.telemetry import Telemetry
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.commanding.desk import CommandDesk
from services.gateway.http import bodies
from services.gateway.http.caller import Allowing
from services.gateway.http.contact_desk import ContactDesk
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.headers import etag
from services.gateway.http.outcomes import ANSWERS, answer, json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import not_found, wrong
from services.gateway.principal import STAFF, Principal
from services.gateway.suspended.reading import (
    PreviewPage,
    SenderPage,
    SuspendedList,
    SuspendedReader,
)
from services.gateway.suspended.view import SUSPENDED, SuspendedView

Limit = Annotated[int, Query(ge=1, le=200)]
Why = Annotated[c.Suspicion | None, Query(description="only those suspended for this reason")]
Whose = Annotated[str, Query(description="only those of this sender, by the sender_id of a page")]
_LEADS = ("admin", "lead")


class NamedSender(bodies.Body):
    """Whom it is about: an address on a channel, or a whole mail domain."""

    channel: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")] = "email"
    address: bodies.Told | None = None
    domain: bodies.Told | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "NamedSender":
        if (self.address is None) == (self.domain is None):
            raise ValueError("name an address or a domain")
        return self


class BlockedSender(NamedSender):
    """Whom to block, and why."""

    reason: bodies.Code


class DistrustedSender(NamedSender):
    """Whom to trust no more, and for which reason they were."""

    suspicion: Literal["automatic", "flood"]


class SuspendedDesk:
    """Finds the aggregates that commands go to, and sends them."""

    def __init__(
        self, desk: CommandDesk, reader: SuspendedReader, contacts: ContactDesk, keyring: Keyring
    ) -> None:
        self._desk = desk
        self._contacts = contacts
        self._keyring = keyring
        self.reader = reader

    async def release(self, id: str, asked: Asked, *, trust: bool = False) -> Response:
        """A suspended message goes where it was going. Raises Problem."""
        view = await self._found(id)
        reason = view["reason"] if trust else ""
        return await self._to_message(id, view, asked, c.ReleaseMessage(id, reason))

    async def reject(self, id: str, asked: Asked) -> Response:
        """A suspended message is gone for good. Raises Problem."""
        return await self._to_message(id, await self._found(id), asked, c.RejectMessage(id))

    async def _found(self, id: str) -> SuspendedView:
        async with needing("MongoDB"):
            view = await self.reader.find(id)
        if view is None:
            raise not_found("suspended message")
        return view

    async def _to_message(
        self, id: str, view: SuspendedView, asked: Asked, data: msgspec.Struct
    ) -> Response:
        draft = asked.draft(SUSPENDED, view["conversation_id"])
        return answer(await self._desk.carry_out(draft, data), draft, f"/v1/suspended/{id}")

    async def to_sender(self, named: NamedSender, asked: Asked, data: msgspec.Struct) -> Response:
        """To a sender. Raises Problem for what is no address or domain."""
        id = s.sender_id(await self._address_id(named))
        draft = asked.draft(SUSPENDED, id)
        return answer(await self._desk.carry_out(draft, data), draft, f"/v1/senders/{id}")

    async def _address_id(self, named: NamedSender) -> str:
        if named.domain is None:
            return await self._contacts.address_id(named.channel, named.address or "")
        try:
            domain = named.domain.strip().lower().encode("idna").decode()
        except UnicodeError:
            domain = ""
        if "." not in domain.strip(".") or "@" in domain:
            raise wrong("/domain", "Write a mail domain, such as example.com.")
        async with needing("MongoDB"):
            secret = await self._keyring.secret("addresses")
        return s.domain_address_id(secret, domain)


def suspended_routes(
    desk: SuspendedDesk, callers: Callers, telemetry: Telemetry, fresh: Fresh
) -> APIRouter:
    """The routes: agents look, release and reject; leads block."""
    router = APIRouter(prefix="/v1", tags=["suspended"], dependencies=[Depends(fresh)])
    _reading_routes(router, desk.reader, callers)
    _message_routes(router, desk, callers, telemetry)
    _sender_routes(router, desk, callers, telemetry)
    return router


def _reading_routes(router: APIRouter, reader: SuspendedReader, callers: Callers) -> None:
    Staff = Annotated[Principal, Depends(Allowing(callers, STAFF))]

    @router.get("/suspended", responses={200: {"model": SuspendedList}})
    async def list_suspended(
        caller: Staff, reason: Why = None, sender: Whose = "", before: str = "", limit: Limit = 50
    ) -> Response:
        """The messages that wait for somebody to look, newest first."""
        async with needing("MongoDB"):
            return json(await reader.waiting(reason or "", sender, before, limit))

    @router.get("/suspended/{id}", responses={200: {"model": PreviewPage}})
    async def read(id: str, caller: Staff) -> Response:
        """A suspended message with its words, as far as they are not erased."""
        async with needing("MongoDB"):
            view = await reader.find(id)
            if view is None:
                raise not_found("suspended message")
            page = await reader.preview(id, view)
        return json(page, headers={"ETag": etag(view["sequence"], caller.role)})

    @router.get("/senders/{id}", responses={200: {"model": SenderPage}})
    async def read_sender(id: str, caller: Staff) -> Response:
        """What the desk thinks of a sender."""
        if not is_id(id, "s"):
            raise not_found("sender")
        async with needing("MongoDB"):
            page = await reader.sender(id)
        return json(page, headers={"ETag": etag(page["sequence"], caller.role)})


def _message_routes(
    router: APIRouter, desk: SuspendedDesk, callers: Callers, telemetry: Telemetry
) -> None:
    Staff = Annotated[Asked, Depends(Asking(callers, telemetry, STAFF))]

    @router.post("/suspended/{id}/release", responses=ANSWERS)
    async def release(id: str, asked: Staff) -> Response:
        """Let it go to its ticket."""
        return await desk.release(id, asked)

    @router.post("/suspended/{id}/release-and-trust", responses=ANSWERS)
    async def release_and_trust(id: str, asked: Staff) -> Response:
        """The same, and suspend nothing of its sender's for this reason any more."""
        return await desk.release(id, asked, trust=True)

    @router.post("/suspended/{id}/rejection", responses=ANSWERS)
    async def reject(id: str, asked: Staff) -> Response:
        """It is nothing for us: delete it, words, files and sender."""
        return await desk.reject(id, asked)


def _sender_routes(
    router: APIRouter, desk: SuspendedDesk, callers: Callers, telemetry: Telemetry
) -> None:
    Lead = Annotated[Asked, Depends(Asking(callers, telemetry, _LEADS))]

    @router.post("/senders/block", responses=ANSWERS)
    async def block(body: BlockedSender, asked: Lead) -> Response:
        """Suspend whatever comes from an address or a domain, known or not."""
        return await desk.to_sender(body, asked, s.BlockSender(body.reason))

    @router.post("/senders/unblock", responses=ANSWERS)
    async def unblock(body: NamedSender, asked: Lead) -> Response:
        """Take their messages again; what is suspended can be released."""
        return await desk.to_sender(body, asked, s.UnblockSender())

    @router.post("/senders/distrust", responses=ANSWERS)
    async def distrust(body: DistrustedSender, asked: Lead) -> Response:
        """Look at what they send as at everybody's."""
        return await desk.to_sender(body, asked, s.DistrustSender(body.suspicion))
