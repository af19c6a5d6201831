"""What is known of a contact: every fact once, in the desk's words, and never of nobody."""

import msgspec
import pytest

from libs.events.personal import Personal
from libs.events.published import contacts as c
from libs.events.testing import given
from services.intake.contacts import CONTACT
from tests.support.messages import ADDRESS, CUSTOMER, TRANSIT, content

CONTACT_ID = "p-" + "0" * 26
FIRM, OTHER_FIRM = "o-00" + "f" * 24, "o-01" + "f" * 24
VALUE = Personal[str](TRANSIT, sealed="dmFsdWU")
MINE = VALUE.under(CONTACT_ID)
CREATED = c.ContactCreated(ADDRESS, "email", MINE, MINE)

# What has happened, the command, and the event; the same command once more changes nothing.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, msgspec.Struct]] = [
    ([], c.RenameContact(VALUE), c.ContactRenamed(MINE)),
    ([], c.SetContactLanguage("pt-BR"), c.ContactLanguageChanged("pt-BR")),
    (
        [c.ContactLanguageChanged("pt-BR")],
        c.SetContactLanguage("de"),
        c.ContactLanguageChanged("de", "pt-BR"),
    ),
    ([], c.SetContactTimeZone("Europe/Berlin"), c.ContactTimeZoneChanged("Europe/Berlin")),
    (
        [c.ContactTimeZoneChanged("Europe/Berlin")],
        c.SetContactTimeZone(""),
        c.ContactTimeZoneChanged("", "Europe/Berlin"),
    ),
    ([], c.SetExternalId("crm", VALUE), c.ExternalIdSet("crm", MINE)),
    ([c.ExternalIdSet("crm", MINE)], c.RemoveExternalId("crm"), c.ExternalIdRemoved("crm")),
    ([], c.SetPersonalField("birthday", VALUE), c.PersonalFieldSet("birthday", MINE)),
    (
        [c.PersonalFieldSet("birthday", MINE)],
        c.ClearCustomerField("birthday"),
        c.CustomerFieldCleared("birthday"),
    ),
    ([], c.SetCustomerField("seat", "4711"), c.CustomerFieldSet("seat", "4711")),
    (
        [c.CustomerFieldSet("seat", "4711")],
        c.SetCustomerField("seat", "4712"),
        c.CustomerFieldSet("seat", "4712"),
    ),
    ([], c.BlockContact("abuse"), c.ContactBlocked("abuse")),
    (
        [c.ContactBlocked("abuse")],
        c.UnblockContact("apologised"),
        c.ContactUnblocked("apologised", "abuse"),
    ),
    ([], c.JoinOrganisation(FIRM), c.ContactJoinedOrganisation(FIRM)),
    ([], c.JoinOrganisation(FIRM, "domain"), c.ContactJoinedOrganisation(FIRM, "domain")),
    (
        [c.ContactJoinedOrganisation(FIRM)],
        c.JoinOrganisation(OTHER_FIRM),
        c.ContactJoinedOrganisation(OTHER_FIRM, "hand", FIRM),
    ),
    (
        [c.ContactJoinedOrganisation(FIRM)],
        c.LeaveOrganisation(),
        c.ContactLeftOrganisation(FIRM),
    ),
    (
        [],
        c.SetCustomerPlan("gold", ("phone", "chat")),
        c.CustomerPlanChanged("gold", ("chat", "phone")),
    ),
    (
        [c.CustomerPlanChanged("gold", ("chat",))],
        c.SetCustomerPlan(""),
        c.CustomerPlanChanged("", (), "gold"),
    ),
    ([], c.MarkCustomerVip("board"), c.CustomerMarkedVip("board")),
    ([c.CustomerMarkedVip()], c.UnmarkCustomerVip("left"), c.CustomerUnmarkedVip("left")),
    ([], c.TagCustomer(("pilot", "a", "pilot")), c.CustomerTagged(("a", "pilot"))),
    ([c.CustomerTagged(("a",))], c.TagCustomer(("b", "a")), c.CustomerTagged(("b",))),
    (
        [c.CustomerTagged(("a", "b"))],
        c.UntagCustomer(("b", "c")),
        c.CustomerUntagged(("b",)),
    ),
    (
        [],
        c.AddCustomerNote(content("note"), 12),
        c.CustomerNoteAdded(content("note"), "anna", 12),
    ),
]
SAID_EACH_TIME = (c.RenameContact, c.SetExternalId, c.SetPersonalField, c.AddCustomerNote)
REFUSED: list[tuple[msgspec.Struct, str, str]] = [
    (c.SetContactLanguage("german!"), "unknown_language", "/language"),
    (c.SetContactTimeZone("Mars/Base"), "unknown_time_zone", "/time_zone"),
    (c.SetExternalId("", VALUE), "no_name", "/system"),
    (c.SetPersonalField("", VALUE), "no_name", "/field"),
    (c.SetCustomerField("", "x"), "no_name", "/field"),
    (c.SetCustomerField("seat", ""), "empty_field", "/value"),
    (c.SetCustomerField("seat", "x" * 501), "too_long", "/value"),
    (c.BlockContact(""), "no_reason", "/reason"),
    (c.JoinOrganisation(CUSTOMER), "not_an_organisation", "/organisation_id"),
    (c.SetCustomerPlan("", ("chat",)), "no_plan", "/plan"),
    (c.TagCustomer(("",)), "empty_tag", "/tags"),
]
NOTHING_TO_DO: list[msgspec.Struct] = [
    c.SetContactLanguage(""),
    c.RemoveExternalId("crm"),
    c.ClearCustomerField("seat"),
    c.UnblockContact(),
    c.LeaveOrganisation(),
    c.SetCustomerPlan(""),
    c.UnmarkCustomerVip(),
    c.UntagCustomer(("a",)),
]


def named(value: object) -> str | None:
    return type(value).__name__ if isinstance(value, msgspec.Struct) else None


@pytest.mark.parametrize(("before", "wanted", "fact"), FACTS, ids=named)
def test_what_is_told_becomes_a_fact_once(
    before: list[msgspec.Struct], wanted: msgspec.Struct, fact: msgspec.Struct
) -> None:
    given(CONTACT, CREATED, *before).when(wanted).then(fact)
    if not isinstance(wanted, SAID_EACH_TIME):
        given(CONTACT, CREATED, *before, fact).when(wanted).then()


@pytest.mark.parametrize(("wanted", "code", "field"), REFUSED, ids=named)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(
    wanted: msgspec.Struct, code: str, field: str
) -> None:
    assert given(CONTACT, CREATED).when(wanted).refused(code).field == field


@pytest.mark.parametrize("wanted", NOTHING_TO_DO, ids=named)
def test_what_is_so_already_changes_nothing(wanted: msgspec.Struct) -> None:
    given(CONTACT, CREATED).when(wanted).then()


@pytest.mark.parametrize("wanted", [wanted for _, wanted, _ in FACTS], ids=named)
@pytest.mark.parametrize(
    ("life", "code"),
    [
        ([], "no_such_contact"),
        ([CREATED, c.ErasureRequested("asked", (ADDRESS,))], "erased"),
        ([CREATED, c.ContactMerged(CUSTOMER)], "merged"),
    ],
    ids=["nobody", "erased", "merged"],
)
def test_of_who_does_not_stand_for_themselves_nothing_is_told(
    life: list[msgspec.Struct], code: str, wanted: msgspec.Struct
) -> None:
    given(CONTACT, *life).when(wanted).refused(code)


def test_a_domain_never_overrides_what_a_person_chose() -> None:
    (
        given(CONTACT, CREATED, c.ContactJoinedOrganisation(FIRM))
        .when(c.JoinOrganisation(OTHER_FIRM, "domain"))
        .then()
    )


def test_a_note_that_no_agent_wrote_names_none() -> None:
    (
        given(CONTACT, CREATED)
        .when(c.AddCustomerNote(content("note")), actor="service:import")
        .then(c.CustomerNoteAdded(content("note")))
    )


def test_a_note_is_removed_once() -> None:
    noted = c.CustomerNoteAdded(content("note"), "anna", 12)
    removed = c.CustomerNoteRemoved("note")
    remove = c.RemoveCustomerNote("note")

    given(CONTACT, CREATED, noted).when(remove).then(removed)
    given(CONTACT, CREATED, noted, removed).when(remove).refused("no_such_note")
    given(CONTACT, CREATED).when(remove).refused("no_such_note")
