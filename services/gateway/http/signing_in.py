"""Customers sign in by mail: ``/v1/sign-in``. Open to anybody; whether an address is known shows in
no answer, nor in how long it takes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field, StringConstraints
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.published import contacts as c
from libs.slowing import host_of
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.http.bodies import Body, Code, Language
from services.gateway.http.caller import Anybody
from services.gateway.http.outcomes import json
from services.gateway.http.problems import Problem, wrong
from services.gateway.instants import text
from services.gateway.signing_in.codes import LASTS_MINUTES, SigningIn, TooOften

Address = Annotated[
    str,
    StringConstraints(max_length=320, pattern=r"^\s*[^\s@]+@[^\s@]+\s*$"),
    Field(description="a mail address"),
]


class WantedCode(Body):
    """To whom a code is to go. brand: on whose page it is asked for; language: of that page."""

    address: Address
    brand: Code | None = None
    language: Language = ""


class GivenCode(Body):
    """The address, and the code that came there."""

    address: Address
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3} ?[0-9]{3}$")]


class CodeAsked(TypedDict):
    """What happens now."""

    detail: str


class SignedIn(TypedDict):
    """Somebody is in. token: to be sent as ``Authorization: Bearer``; contact_id: who it is."""

    token: str
    expires_at: str
    contact_id: str


_ASKED = CodeAsked(
    detail="If somebody is known by this address, a code is on its way there. It counts once, for "
    f"{LASTS_MINUTES} minutes; one from before counts no longer."
)
_UNKEPT = {"Cache-Control": "no-store"}


def sign_in_routes(by_mail: SigningIn, callers: Callers) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/sign-in", tags=["sign-in"], dependencies=[Depends(Anybody())])

    @router.post("/codes", status_code=202, responses={202: {"model": CodeAsked}})
    async def ask_code(body: WantedCode, request: Request) -> Response:
        """Have a code mailed to a customer. The answer is the same whether they are known."""
        if body.brand is not None and body.brand not in callers.setup().brands:
            raise wrong("/brand", "Name a brand of this desk, or none.")
        address_id = c.address_id(by_mail.addresses, "email", body.address)
        try:
            async with needing("MongoDB"):
                await by_mail.codes.ask(address_id, _host(request), body.brand or "", body.language)
        except TooOften as often:
            raise _slowed(often) from often
        return json(_ASKED, 202, _UNKEPT)

    @router.post("", responses={200: {"model": SignedIn}})
    async def sign_in(body: GivenCode, request: Request) -> Response:
        """Sign in as a customer by the code that came by mail."""
        address_id = c.address_id(by_mail.addresses, "email", body.address)
        code = body.code.replace(" ", "")
        try:
            async with needing("MongoDB"):
                contact_id = await by_mail.codes.accept(address_id, code, _host(request))
        except TooOften as often:
            raise _slowed(often) from often
        if not contact_id:
            detail = "This code does not count, or not any more: look again, or ask for another."
            challenge = {"WWW-Authenticate": "Bearer", **_UNKEPT}
            raise Problem(401, "wrong_code", detail, headers=challenge)
        token, ends = by_mail.tokens.issue(contact_id)
        said = SignedIn(token=token, expires_at=text(ends), contact_id=contact_id)
        return json(said, headers=_UNKEPT)

    return router


def _host(request: Request) -> str:
    """Whence the connection comes: nothing that a header says."""
    return host_of(request.client.host) if request.client else ""


def _slowed(often: TooOften) -> Problem:
    detail = f"That was often for one address. Wait {often.seconds} seconds, then try again."
    headers = {"Retry-After": str(often.seconds)}
    return Problem(429, "too_many_tries", detail, headers=headers)
