"""Commands to contacts and organisations: agents edit; leads merge, block and erase."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from libs.events.ids import derived_id
from libs.events.published import contacts as c
from libs.telemetry import Telemetry
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.http import bodies
from services.gateway.http import contact_bodies as b
from services.gateway.http.contact_desk import ContactDesk, Kind
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.outcomes import ANSWERS, Underway
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import Problem, not_found, wrong
from services.gateway.principal import STAFF

_LATER: dict[int | str, dict[str, object]] = {202: {"model": Underway}}
_NOTHING = bodies.Reason()


def contact_command_routes(
    desk: ContactDesk, callers: Callers, telemetry: Telemetry, fresh: Fresh
) -> APIRouter:
    """The routes. What is refused, and why, is the owner's say; here is only who may ask."""
    router = APIRouter(prefix="/v1", tags=["commands"], dependencies=[Depends(fresh)])
    _customer_routes(router, desk, callers, telemetry, "contacts")
    _customer_routes(router, desk, callers, telemetry, "organisations")
    _profile_routes(router, desk, callers, telemetry)
    _address_routes(router, desk, callers, telemetry)
    _lead_routes(router, desk, callers, telemetry)
    _organisation_routes(router, desk, callers, telemetry)
    return router


def _customer_routes(
    router: APIRouter, desk: ContactDesk, callers: Callers, telemetry: Telemetry, kind: Kind
) -> None:
    """What can be said of both alike."""
    Staff = Annotated[Asked, Depends(Asking(callers, telemetry, STAFF))]

    @router.post(f"/{kind}/{{id}}/plan", responses=ANSWERS)
    async def set_plan(id: str, body: b.Plan, asked: Staff) -> Response:
        """What they have bought."""
        plan = c.SetCustomerPlan(body.plan or "", tuple(body.channels))
        return await desk.tell(kind, id, asked, plan)

    @router.post(f"/{kind}/{{id}}/vip", responses=ANSWERS)
    async def set_vip(id: str, body: b.Vip, asked: Staff) -> Response:
        """Treat them with particular care, or as everybody."""
        wanted = c.MarkCustomerVip if body.vip else c.UnmarkCustomerVip
        return await desk.tell(kind, id, asked, wanted(body.reason or ""))

    @router.post(f"/{kind}/{{id}}/tags", responses=ANSWERS)
    async def tag(id: str, body: b.Tags, asked: Staff) -> Response:
        """Add tags."""
        return await desk.tell(kind, id, asked, c.TagCustomer(tuple(body.tags)))

    @router.post(f"/{kind}/{{id}}/tags/removal", responses=ANSWERS)
    async def untag(id: str, body: b.Tags, asked: Staff) -> Response:
        """Take tags away."""
        return await desk.tell(kind, id, asked, c.UntagCustomer(tuple(body.tags)))

    @router.post(f"/{kind}/{{id}}/notes", responses=ANSWERS)
    async def note(id: str, body: b.CustomerNote, asked: Staff) -> Response:
        """Leave a note for other agents."""
        return await desk.note(kind, id, asked, body.text)

    @router.post(f"/{kind}/{{id}}/notes/{{note}}/removal", responses=ANSWERS)
    async def remove_note(id: str, note: str, asked: Staff) -> Response:
        """Destroy a note that should not be there; there is no way back."""
        return await desk.tell(kind, id, asked, c.RemoveCustomerNote(note))


def _profile_routes(
    router: APIRouter, desk: ContactDesk, callers: Callers, telemetry: Telemetry
) -> None:
    """Who a contact is."""
    Staff = Annotated[Asked, Depends(Asking(callers, telemetry, STAFF))]

    @router.post("/contacts/{id}/name", responses=ANSWERS)
    async def rename(id: str, body: b.Named, asked: Staff) -> Response:
        """Call the contact so."""
        wanted = c.RenameContact(await desk.sealed(body.name, id))
        return await desk.tell("contacts", id, asked, wanted)

    @router.post("/contacts/{id}/language", responses=ANSWERS)
    async def set_language(id: str, body: b.Language, asked: Staff) -> Response:
        """The language to write in."""
        return await desk.tell("contacts", id, asked, c.SetContactLanguage(body.language or ""))

    @router.post("/contacts/{id}/time-zone", responses=ANSWERS)
    async def set_time_zone(id: str, body: b.TimeZone, asked: Staff) -> Response:
        """The time zone that they live in."""
        return await desk.tell("contacts", id, asked, c.SetContactTimeZone(body.time_zone or ""))

    @router.post("/contacts/{id}/fields", responses=ANSWERS)
    async def set_field(id: str, body: b.PersonField, asked: Staff) -> Response:
        """Fill in or empty a custom field."""
        wanted: msgspec.Struct
        if body.value is None:
            wanted = c.ClearCustomerField(body.field)
        elif body.personal:
            wanted = c.SetPersonalField(body.field, await desk.sealed(body.value, id))
        else:
            wanted = c.SetCustomerField(body.field, body.value)
        return await desk.tell("contacts", id, asked, wanted)

    @router.post("/contacts/{id}/external-ids", responses=ANSWERS)
    async def set_external_id(id: str, body: b.ExternalId, asked: Staff) -> Response:
        """Who they are in another system."""
        wanted: msgspec.Struct = c.RemoveExternalId(body.system)
        if body.external_id is not None:
            wanted = c.SetExternalId(body.system, await desk.sealed(body.external_id, id))
        return await desk.tell("contacts", id, asked, wanted)

    @router.post("/contacts/{id}/organisation", responses=ANSWERS)
    async def set_organisation(id: str, body: b.Membership, asked: Staff) -> Response:
        """Let them join an organisation, or leave theirs."""
        await desk.existing(body.organisation_id, "/organisation_id")
        belongs = body.organisation_id
        wanted = c.JoinOrganisation(belongs) if belongs else c.LeaveOrganisation()
        return await desk.tell("contacts", id, asked, wanted)


def _address_routes(
    router: APIRouter, desk: ContactDesk, callers: Callers, telemetry: Telemetry
) -> None:
    """The addresses by which contacts are found."""
    Staff = Annotated[Asked, Depends(Asking(callers, telemetry, STAFF))]

    @router.post("/contacts", status_code=202, responses=_LATER)
    async def create(body: b.NewContact, asked: Staff) -> Response:
        """Make a person known who has not written yet."""
        address_id = await desk.address_id(body.channel, body.address)
        contact_id = derived_id("p", asked.command_id)
        address = await desk.sealed(body.address, address_id)
        name = await desk.sealed(body.name or "", address_id)
        claim = c.ClaimAddress(contact_id, body.channel, address, name)
        return await desk.claim("contacts", address_id, contact_id, asked, claim)

    @router.post("/contacts/{id}/addresses", status_code=202, responses=_LATER)
    async def add_address(id: str, body: b.NewAddress, asked: Staff) -> Response:
        """Give a contact a further address."""
        async with needing("MongoDB"):
            view = await desk.contacts.find(id)
        if view is None:
            raise not_found("contact")
        if view["erasure_requested_at"] or view["merged_into"]:
            detail = "This contact takes in no addresses: it was erased or merged into another."
            raise Problem(409, "not_current", detail)
        address_id = await desk.address_id(body.channel, body.address)
        address = await desk.sealed(body.address, address_id)
        name = await desk.sealed("", address_id)
        claim = c.ClaimAddress(id, body.channel, address, name)
        return await desk.claim("contacts", address_id, id, asked, claim)

    @router.post("/contacts/{id}/addresses/{address}/verification", responses=ANSWERS)
    async def verify_address(id: str, address: str, body: b.Verification, asked: Staff) -> Response:
        """Somebody has shown that the address is theirs."""
        return await desk.tell("contacts", id, asked, c.VerifyAddress(address, body.method or ""))

    @router.post("/contacts/{id}/addresses/{address}/removal", responses=ANSWERS)
    async def remove_address(id: str, address: str, asked: Staff) -> Response:
        """The address is not theirs any more."""
        return await desk.tell("contacts", id, asked, c.RemoveAddress(address))

    @router.post("/contacts/{id}/addresses/{address}/bounce", responses=ANSWERS)
    async def bounce_address(id: str, address: str, body: b.Bounce, asked: Staff) -> Response:
        """Mail to the address fails for good."""
        return await desk.tell("contacts", id, asked, c.RecordBounce(address, body.status or ""))

    @router.post("/contacts/{id}/addresses/{address}/recovery", responses=ANSWERS)
    async def recover_address(id: str, address: str, body: b.Recovery, asked: Staff) -> Response:
        """Mail reaches the address again."""
        return await desk.tell("contacts", id, asked, c.RecordRecovery(address, body.cause or ""))


def _lead_routes(
    router: APIRouter, desk: ContactDesk, callers: Callers, telemetry: Telemetry
) -> None:
    """What leads decide."""
    Lead = Annotated[Asked, Depends(Asking(callers, telemetry, ("admin", "lead")))]

    @router.post("/contacts/{id}/block", responses=ANSWERS)
    async def block(id: str, body: b.Blocking, asked: Lead) -> Response:
        """Take nothing from them any more."""
        return await desk.tell("contacts", id, asked, c.BlockContact(body.reason))

    @router.post("/contacts/{id}/unblock", responses=ANSWERS)
    async def unblock(id: str, asked: Lead, body: bodies.Reason = _NOTHING) -> Response:
        """Take their messages again."""
        return await desk.tell("contacts", id, asked, c.UnblockContact(body.reason or ""))

    @router.post("/contacts/{id}/merge", responses=ANSWERS)
    async def merge(id: str, body: b.Merging, asked: Lead) -> Response:
        """Another contact is the same person: merge it into this one. Looking at the contact tells
        when it is complete."""
        async with needing("MongoDB"):
            source = await desk.contacts.find(body.source_id)
        if source is None or source["erasure_requested_at"]:
            raise wrong("/source_id", "Name a contact who is known and not erased.")
        return await desk.tell("contacts", id, asked, c.PrepareContactMerge(body.source_id))

    @router.post("/contacts/{id}/unmerge", responses=ANSWERS)
    async def unmerge(id: str, body: b.Merging, asked: Lead) -> Response:
        """The other contact is not the same person after all."""
        return await desk.tell("contacts", id, asked, c.UnmergeContact(body.source_id))


def _organisation_routes(
    router: APIRouter, desk: ContactDesk, callers: Callers, telemetry: Telemetry
) -> None:
    """What only organisations have."""
    Staff = Annotated[Asked, Depends(Asking(callers, telemetry, STAFF))]

    @router.post("/organisations", responses=ANSWERS)
    async def create(body: b.Named, asked: Staff) -> Response:
        """Make an organisation known."""
        id = derived_id("o", asked.command_id)
        return await desk.tell("organisations", id, asked, c.CreateOrganisation(body.name))

    @router.post("/organisations/{id}/name", responses=ANSWERS)
    async def rename(id: str, body: b.Named, asked: Staff) -> Response:
        """Call it so."""
        return await desk.tell("organisations", id, asked, c.RenameOrganisation(body.name))

    @router.post("/organisations/{id}/fields", responses=ANSWERS)
    async def set_field(id: str, body: b.PlainField, asked: Staff) -> Response:
        """Fill in or empty a custom field."""
        wanted: msgspec.Struct = c.ClearCustomerField(body.field)
        if body.value is not None:
            wanted = c.SetCustomerField(body.field, body.value)
        return await desk.tell("organisations", id, asked, wanted)

    @router.post("/organisations/{id}/domains", status_code=202, responses=_LATER)
    async def add_domain(id: str, body: b.MailDomain, asked: Staff) -> Response:
        """Contacts who write from this domain belong to it."""
        async with needing("MongoDB"):
            if await desk.contacts.organisation(id) is None:
                raise not_found("organisation")
        domain = _domain(body.domain)
        claim = c.ClaimDomain(id, domain)
        return await desk.claim("organisations", c.domain_id(domain), id, asked, claim)

    @router.post("/organisations/{id}/domains/removal", responses=ANSWERS)
    async def remove_domain(id: str, body: b.MailDomain, asked: Staff) -> Response:
        """The domain says nothing about it any more."""
        return await desk.tell("organisations", id, asked, c.RemoveDomain(_domain(body.domain)))

    @router.post("/organisations/{id}/sharing", responses=ANSWERS)
    async def share(id: str, body: b.Sharing, asked: Staff) -> Response:
        """Let its contacts see one another's tickets, or their own alone."""
        wanted = c.ShareTickets() if body.shared else c.UnshareTickets()
        return await desk.tell("organisations", id, asked, wanted)

    @router.post("/organisations/{id}/parent", responses=ANSWERS)
    async def set_parent(id: str, body: b.Parent, asked: Staff) -> Response:
        """It is a part of another one, or of none."""
        await desk.existing(body.parent_id, "/parent_id")
        ancestors: tuple[str, ...] = ()
        if body.parent_id is not None:
            async with needing("MongoDB"):
                ancestors = tuple(await desk.contacts.ancestors(body.parent_id))
        wanted = c.SetParentOrganisation(body.parent_id or "", ancestors)
        return await desk.tell("organisations", id, asked, wanted)


def _domain(written: str) -> str:
    """A domain as its aggregate knows it. Raises Problem for what is none."""
    try:
        return written.strip().lower().encode("idna").decode()
    except UnicodeError as error:
        raise wrong("/domain", "Name a mail domain, such as example.com.") from error
