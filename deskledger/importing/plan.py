"""What a row says of a contact beyond what is known of them. Pure."""

from collections.abc import Callable

import msgspec

from deskledger.importing.known import Known, Said
from deskledger.importing.rows import Row
from libs.events.ids import derived_id
from libs.events.personal import Personal
from libs.events.published import contacts as c
from services.gateway.contacts.view import ContactView


class Wanted(msgspec.Struct, frozen=True):
    """One command. column: of the file; make: makes it, given what is to be sealed in it (clear);
    a note has none, but words."""

    column: str
    name: str
    make: Callable[[Personal[str]], msgspec.Struct] | None = None
    clear: str = ""
    note: str = ""


def organisation_id(known: Known, name: str) -> str:
    """The organisation of this name; of an unknown one the id that it will get."""
    folded = name.casefold()
    return known.organisations.get(folded) or derived_id("o", "import", folded)


def wishes(row: Row, known: Known, view: ContactView | None, said: Said) -> list[Wanted]:
    """The commands that make the contact what the row says. view: None for a new one."""
    wanted: list[Wanted] = []

    def plainly(column: str, data: msgspec.Struct) -> None:
        wanted.append(Wanted(column, type(data).__name__, lambda _: data))

    if row.name and row.name != said.name:
        wanted.append(Wanted("name", "RenameContact", c.RenameContact, clear=row.name))
    if row.language and (view is None or view["language"] != row.language):
        plainly("language", c.SetContactLanguage(row.language))
    if row.time_zone and (view is None or view["time_zone"] != row.time_zone):
        plainly("time_zone", c.SetContactTimeZone(row.time_zone))
    if row.plan and (view is None or view["plan"] != row.plan):
        plainly("plan", c.SetCustomerPlan(row.plan))
    if row.vip is not None and row.vip != (view is not None and view["vip"]):
        vip = c.MarkCustomerVip("import") if row.vip else c.UnmarkCustomerVip("import")
        plainly("vip", vip)
    if new := sorted(set(row.tags) - set(view["tags"] if view else ())):
        plainly("tags", c.TagCustomer(tuple(new)))
    if row.organisation:
        id = organisation_id(known, row.organisation)
        if view is None or view["organisation_id"] != id:
            plainly("organisation", c.JoinOrganisation(id))
    for system, id in row.external_ids.items():
        if said.external_ids.get(system) != id:
            wanted.append(_sealed("external_id", system, c.SetExternalId, id))
    for field, value in row.fields.items():
        if said.fields.get(field) != value:
            wanted.append(_sealed("field", field, c.SetPersonalField, value))
    if row.notes and row.notes not in said.notes:
        wanted.append(Wanted("notes", "AddCustomerNote", note=row.notes))
    return wanted


def _sealed(
    prefix: str,
    code: str,
    make: Callable[[str, Personal[str]], msgspec.Struct],
    clear: str,
) -> Wanted:
    name = c.SetExternalId.__name__ if prefix == "external_id" else c.SetPersonalField.__name__
    return Wanted(f"{prefix}:{code}", name, lambda value: make(code, value), clear=clear)
