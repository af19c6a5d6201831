"""Organisations: a domain belongs to one, a public provider's to none, none is part of itself."""

import msgspec
import pytest

from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command
from libs.events.published import contacts as c
from libs.events.testing import START, given
from services.intake.contacts import DOMAIN, ORGANISATION
from services.intake.contacts.domain import DomainState
from services.intake.contacts.providers import is_public

SELF = "o-" + "0" * 26
FIRM, OTHER = "o-00" + "f" * 24, "o-01" + "f" * 24
NAME = "nordwind.example"
ID = c.domain_id(NAME)
CREATED = c.OrganisationCreated("Nordwind")
REGISTERED = c.DomainRegistered(FIRM, NAME)


def claim(name: str, *events: msgspec.Struct, id: str = "") -> list[msgspec.Struct]:
    """What a domain answers to Nordwind's claim."""
    state: DomainState = given(DOMAIN, *events).state
    command: Command[object] = Command(
        data=c.ClaimDomain(FIRM, name), aggregate_id=id or c.domain_id(name), actor="agent:anna"
    )
    return list(DOMAIN.decide(state, command, Moment(START, 1)))


class TestDomain:
    def test_a_free_one_is_whose_claim_comes_first(self) -> None:
        assert claim(NAME) == [REGISTERED]
        assert claim(NAME, c.DomainRegistered(OTHER, NAME), c.DomainReleased(OTHER)) == [REGISTERED]

    @pytest.mark.parametrize(("owner", "code"), [(OTHER, "domain_taken"), (FIRM, "domain_known")])
    def test_nobody_elses(self, owner: str, code: str) -> None:
        with pytest.raises(Refusal) as refused:
            claim(NAME, c.DomainRegistered(owner, NAME))
        assert refused.value.code == code

    @pytest.mark.parametrize("name", ["gmail.com", "web.de", "mail.gmx.net", "proton.me"])
    def test_a_public_providers_is_nobodys(self, name: str) -> None:
        with pytest.raises(Refusal) as refused:
            claim(name)
        assert (refused.value.code, refused.value.field) == ("public_mail_provider", "/domain")

    @pytest.mark.parametrize(
        "name", ["", "example", "a b.example", "-a.example", "Nordwind.example", "x" * 64 + ".de"]
    )
    def test_what_is_no_domain_is_refused(self, name: str) -> None:
        with pytest.raises(Refusal) as refused:
            claim(name)
        assert refused.value.code == "not_a_domain"

    def test_a_claim_at_another_domains_place_is_refused(self) -> None:
        with pytest.raises(Refusal) as refused:
            claim(NAME, id=c.domain_id("other.example"))
        assert refused.value.code == "not_a_domain"

    def test_it_is_released_by_whose_it_is(self) -> None:
        given(DOMAIN, REGISTERED).when(c.ReleaseDomain(FIRM)).then(c.DomainReleased(FIRM))
        given(DOMAIN, REGISTERED).when(c.ReleaseDomain(OTHER)).then()

    def test_the_list_of_providers_is_read_as_a_whole(self) -> None:
        assert not is_public("com")
        assert not is_public("notgmail.com")
        assert not any(is_public(line) for line in ("#", "", "example.org"))


class TestOrganisation:
    def test_is_created_once(self) -> None:
        given(ORGANISATION).when(c.CreateOrganisation("  Nordwind ")).then(CREATED)
        given(ORGANISATION, CREATED).when(c.CreateOrganisation("Nordwind")).refused("exists")

    @pytest.mark.parametrize("name", [" ", "x" * 501])
    def test_has_a_name_that_can_be_read(self, name: str) -> None:
        refusal = given(ORGANISATION).when(c.CreateOrganisation(name)).refused("unusable_name")
        assert refusal.field == "/name"

    def test_is_renamed(self) -> None:
        renamed = c.OrganisationRenamed("Südwind", "Nordwind")
        given(ORGANISATION, CREATED).when(c.RenameOrganisation("Südwind")).then(renamed)
        given(ORGANISATION, CREATED, renamed).when(c.RenameOrganisation("Südwind")).then()

    def test_takes_in_a_domain_and_lets_it_go(self) -> None:
        added, removed = c.DomainAdded(ID, NAME), c.DomainRemoved(ID, NAME)
        given(ORGANISATION, CREATED).when(c.AddDomain(ID, NAME)).then(added)
        given(ORGANISATION, CREATED, added).when(c.AddDomain(ID, NAME)).then()
        given(ORGANISATION, CREATED, added).when(c.RemoveDomain(NAME)).then(removed)
        (
            given(ORGANISATION, CREATED, added, removed)
            .when(c.RemoveDomain(NAME))
            .refused("no_such_domain")
        )

    def test_that_is_not_there_declines_a_domain_in_an_event(self) -> None:
        (
            given(ORGANISATION)
            .when(c.AddDomain(ID, NAME))
            .then(c.DomainDeclined(ID, "no_such_organisation"))
        )

    def test_shares_tickets_or_not(self) -> None:
        started, stopped = c.TicketSharingStarted(), c.TicketSharingStopped()
        given(ORGANISATION, CREATED).when(c.ShareTickets()).then(started)
        given(ORGANISATION, CREATED).when(c.UnshareTickets()).then()
        given(ORGANISATION, CREATED, started).when(c.ShareTickets()).then()
        given(ORGANISATION, CREATED, started).when(c.UnshareTickets()).then(stopped)

    def test_is_a_part_of_another(self) -> None:
        part = c.ParentOrganisationChanged(FIRM)
        given(ORGANISATION, CREATED).when(c.SetParentOrganisation(FIRM, (OTHER,))).then(part)
        given(ORGANISATION, CREATED, part).when(c.SetParentOrganisation(FIRM)).then()
        (
            given(ORGANISATION, CREATED, part)
            .when(c.SetParentOrganisation(""))
            .then(c.ParentOrganisationChanged("", FIRM))
        )

    @pytest.mark.parametrize(
        "wanted", [c.SetParentOrganisation(SELF), c.SetParentOrganisation(FIRM, (OTHER, SELF))]
    )
    def test_is_never_a_part_of_itself(self, wanted: c.SetParentOrganisation) -> None:
        refusal = given(ORGANISATION, CREATED).when(wanted).refused("own_ancestor")
        assert refusal.field == "/parent_id"

    def test_is_a_part_of_organisations_only(self) -> None:
        wanted = c.SetParentOrganisation("p-00" + "c" * 24)
        given(ORGANISATION, CREATED).when(wanted).refused("not_an_organisation")

    def test_has_plan_vip_tags_and_fields_as_a_contact_has(self) -> None:
        known = given(ORGANISATION, CREATED)
        known.when(c.SetCustomerPlan("gold")).then(c.CustomerPlanChanged("gold"))
        known.when(c.MarkCustomerVip()).then(c.CustomerMarkedVip())
        known.when(c.TagCustomer(("a",))).then(c.CustomerTagged(("a",)))
        known.when(c.SetCustomerField("seat", "1")).then(c.CustomerFieldSet("seat", "1"))

    @pytest.mark.parametrize(
        "wanted",
        [c.RenameOrganisation("x"), c.ShareTickets(), c.MarkCustomerVip(), c.RemoveDomain(NAME)],
    )
    def test_of_none_nothing_is_told(self, wanted: msgspec.Struct) -> None:
        given(ORGANISATION).when(wanted).refused("no_such_organisation")

    def test_what_only_a_contact_has_is_unknown_to_it(self) -> None:
        given(ORGANISATION, CREATED).when(c.BlockContact("abuse")).refused("unknown_command")
