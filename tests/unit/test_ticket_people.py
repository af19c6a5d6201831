"""Whose ticket it is and who has it: one at a time, with a history of hands."""

import msgspec
import pytest

from libs.events.published import tickets as t
from libs.events.published.setup import Setup
from libs.events.testing import given
from services.intake.tickets import TICKET
from services.intake.tickets.people import RULES
from tests.support.messages import CUSTOMER
from tests.support.tickets import (
    ASSIGNED,
    BY_RULE,
    CLOSED,
    COLLEAGUE,
    OPENED,
    SOLVED,
    named,
)

BENS = t.TicketAssigned("ben", "network", "anna", "network")
NOBODYS = t.TicketAssigned("", "network", "anna", "network")

# What has happened, the command, and what comes of it.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    ([], t.AssignTicket("ben"), [t.TicketAssigned("ben")]),
    (
        [],
        t.AssignTicket("ben", "network", source="rule", why=BY_RULE),
        [t.TicketAssigned("ben", "network", source="rule", why=BY_RULE)],
    ),
    ([], t.AssignTicket("ben", if_unassigned=True), [t.TicketAssigned("ben")]),
    (
        [ASSIGNED],
        t.AssignTicket("ben", source="lead"),
        [t.TicketAssigned("ben", "network", "anna", "network", source="lead")],
    ),
    (
        [ASSIGNED],
        t.UnassignTicket("holiday", "lead"),
        [t.TicketAssigned("", "network", "anna", "network", "holiday", "lead")],
    ),
    (
        [],
        t.SetTier(2, "too_hard", "functional", why=BY_RULE),
        [t.TierChanged(2, 0, "functional", "too_hard", BY_RULE)],
    ),
    ([t.TierChanged(2)], t.SetTier(1), [t.TierChanged(1, 2)]),
    (
        [ASSIGNED],
        t.SetTier(1, "too_hard", team_id="second_line"),
        [
            t.TierChanged(1, reason="too_hard"),
            t.TicketAssigned("", "second_line", "anna", "network", "too_hard"),
        ],
    ),
    (
        [t.TierChanged(1)],
        t.SetTier(1, agent_id="ben"),
        [t.TicketAssigned("ben")],
    ),
    (
        [],
        t.ChangeRequester(COLLEAGUE, "wrong_person", "o-1", "gold", vip=True),
        [t.RequesterChanged(COLLEAGUE, CUSTOMER, "wrong_person", "o-1", "gold", vip=True)],
    ),
    ([], t.SetAffectedUser(COLLEAGUE), [t.AffectedUserSet(COLLEAGUE)]),
    ([t.AffectedUserSet(COLLEAGUE)], t.SetAffectedUser(""), [t.AffectedUserSet("", COLLEAGUE)]),
    (
        [t.AffectedUserSet(COLLEAGUE)],
        t.SetAffectedUser(CUSTOMER),
        [t.AffectedUserSet("", COLLEAGUE)],
    ),
    ([], t.AddFollower("ben"), [t.FollowerAdded("ben")]),
    ([t.FollowerAdded("ben")], t.RemoveFollower("ben"), [t.FollowerRemoved("ben")]),
    ([], t.AddCollaborator(COLLEAGUE), [t.CollaboratorAdded(COLLEAGUE)]),
    (
        [t.CollaboratorAdded(COLLEAGUE)],
        t.RemoveCollaborator(COLLEAGUE),
        [t.CollaboratorRemoved(COLLEAGUE)],
    ),
]
NOTHING_TO_DO: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([ASSIGNED], t.AssignTicket("anna", "network")),
    ([ASSIGNED], t.AssignTicket(team_id="network")),
    ([ASSIGNED], t.AssignTicket("ben", "billing", if_unassigned=True)),
    ([], t.UnassignTicket()),
    ([t.TicketAssigned(team_id="network")], t.UnassignTicket()),
    ([], t.SetTier(0)),
    ([], t.ChangeRequester(CUSTOMER)),
    ([], t.SetAffectedUser(CUSTOMER)),
    ([], t.RemoveFollower("ben")),
    ([], t.AddCollaborator(CUSTOMER)),
    ([], t.RemoveCollaborator(COLLEAGUE)),
]
REFUSED: list[tuple[list[msgspec.Struct], msgspec.Struct, str, str]] = [
    ([], t.AssignTicket(), "nobody_to_assign", "/agent_id"),
    ([], t.ReturnTicket(), "nobody_before", ""),
    ([ASSIGNED], t.ReturnTicket(), "nobody_before", ""),
    ([], t.SetTier(-1), "no_such_tier", "/tier"),
    ([], t.SetTier(4), "no_such_tier", "/tier"),
    ([], t.ChangeRequester(""), "nobody_named", "/contact_id"),
    ([], t.AddFollower(""), "nobody_named", "/agent_id"),
    ([], t.AddCollaborator(""), "nobody_named", "/contact_id"),
]
ONLY_WHILE_IT_LIVES: list[msgspec.Struct] = [
    t.AssignTicket("ben"),
    t.UnassignTicket(),
    t.ReturnTicket(),
    t.SetTier(1),
    t.ChangeRequester(COLLEAGUE),
    t.SetAffectedUser(COLLEAGUE),
    t.AddFollower("ben"),
    t.AddCollaborator(COLLEAGUE),
]


@pytest.mark.parametrize(("before", "wanted", "facts"), FACTS, ids=named)
def test_who_has_what_part_becomes_a_fact_once(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then(*facts)
    given(TICKET, OPENED, *before, *facts).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted"), NOTHING_TO_DO, ids=named)
def test_what_is_so_already_changes_nothing(
    before: list[msgspec.Struct], wanted: msgspec.Struct
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted", "code", "field"), REFUSED, ids=named)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(
    before: list[msgspec.Struct], wanted: msgspec.Struct, code: str, field: str
) -> None:
    assert given(TICKET, OPENED, *before).when(wanted).refused(code).field == field


@pytest.mark.parametrize("wanted", ONLY_WHILE_IT_LIVES, ids=named)
def test_nobody_takes_up_a_ticket_that_has_ended_or_never_was(wanted: msgspec.Struct) -> None:
    given(TICKET).when(wanted).refused("no_such_ticket")
    given(TICKET, OPENED, SOLVED, CLOSED).when(wanted).refused("ticket_closed")


@pytest.mark.parametrize(
    "wanted", [t.RemoveFollower("ben"), t.RemoveCollaborator(COLLEAGUE)], ids=named
)
def test_one_may_leave_a_closed_ticket_but_not_one_that_never_was(wanted: msgspec.Struct) -> None:
    there = [t.FollowerAdded("ben"), t.CollaboratorAdded(COLLEAGUE)]

    given(TICKET).when(wanted).refused("no_such_ticket")
    assert given(TICKET, OPENED, *there, SOLVED, CLOSED).when(wanted).events


def test_every_rule_of_the_room_is_tested() -> None:
    tested = {type(wanted) for _, wanted, _ in FACTS} | {
        t.ReturnTicket,
        t.FollowContact,
        t.RevokeLinks,
    }

    assert tested == set(RULES)


class TestGivingBack:
    @pytest.mark.parametrize("since", [BENS, NOBODYS], ids=["from another", "from nobody"])
    def test_goes_to_who_had_it_before(self, since: t.TicketAssigned) -> None:
        (
            given(TICKET, OPENED, ASSIGNED, since)
            .when(t.ReturnTicket("not_mine"))
            .then(
                t.TicketAssigned("anna", "network", since.agent_id, "network", "not_mine", "return")
            )
        )

    def test_goes_to_the_team_that_had_it(self) -> None:
        teams = [
            t.TicketAssigned(team_id="billing"),
            t.TicketAssigned("anna", "network", "", "billing"),
        ]
        (
            given(TICKET, OPENED, *teams)
            .when(t.ReturnTicket())
            .then(t.TicketAssigned("", "billing", "anna", "network", source="return"))
        )


class TestSource:
    def test_whoever_takes_it_pulls_it(self) -> None:
        (
            given(TICKET, OPENED)
            .when(t.AssignTicket("ben"), actor="agent:ben")
            .then(t.TicketAssigned("ben", source="pull"))
        )

    def test_what_is_said_of_it_stands(self) -> None:
        (
            given(TICKET, OPENED)
            .when(t.AssignTicket("anna", source="lead"))
            .then(t.TicketAssigned("anna", source="lead"))
        )

    def test_a_team_alone_is_pulled_by_nobody(self) -> None:
        (
            given(TICKET, OPENED)
            .when(t.AssignTicket(team_id="network"), actor="service:routing")
            .then(t.TicketAssigned(team_id="network"))
        )


class TestTiers:
    def test_a_desk_has_as_many_as_it_says(self) -> None:
        ticket = given(TICKET, OPENED)

        ticket.when(t.SetTier(5), setup=Setup(tiers=5)).then(t.TierChanged(5))
        ticket.when(t.SetTier(1), setup=Setup(tiers=0)).refused("no_such_tier")


class TestAnotherRequester:
    def test_is_no_collaborator_and_no_affected_user_of_their_own(self) -> None:
        before = [t.CollaboratorAdded(COLLEAGUE), t.AffectedUserSet(COLLEAGUE)]
        state = given(TICKET, OPENED, *before, t.RequesterChanged(COLLEAGUE, CUSTOMER)).state

        assert (state.requester_id, state.affected_id) == (COLLEAGUE, "")
        assert not state.collaborators


class TestSamePerson:
    FIRST, SECOND = "p-1", "p-2"
    THERE = t.TicketFollowedContact(FIRST, CUSTOMER)
    FURTHER = t.TicketFollowedContact(SECOND, FIRST)

    def test_a_ticket_follows_its_requester_also_when_it_is_closed(self) -> None:
        follow = t.FollowContact(self.FIRST, CUSTOMER)

        given(TICKET, OPENED).when(follow).then(self.THERE)
        given(TICKET, OPENED, SOLVED, CLOSED).when(follow).then(self.THERE)

    def test_somebody_else_s_ticket_does_not(self) -> None:
        follow = t.FollowContact(self.FIRST, CUSTOMER)

        given(TICKET, OPENED, t.RequesterChanged(COLLEAGUE, CUSTOMER)).when(follow).then()

    def test_it_comes_back_when_the_merge_is_undone(self) -> None:
        back = t.FollowContact(CUSTOMER, self.FIRST, undone=True)
        returned = t.TicketFollowedContact(CUSTOMER, self.FIRST, undone=True)

        given(TICKET, OPENED, self.THERE).when(back).then(returned)
        given(TICKET, OPENED, self.THERE, returned).when(back).then()
        given(TICKET, OPENED).when(back).then()

    def test_it_stays_with_whom_it_was_given_to_meanwhile(self) -> None:
        by_hand = t.RequesterChanged(COLLEAGUE, self.FIRST)
        back = t.FollowContact(CUSTOMER, self.FIRST, undone=True)

        given(TICKET, OPENED, self.THERE, by_hand).when(back).then()

    def test_of_two_merges_each_can_be_undone(self) -> None:
        ticket = given(TICKET, OPENED, self.THERE, self.FURTHER)

        ticket.when(t.FollowContact(self.FIRST, self.SECOND, undone=True)).then(
            t.TicketFollowedContact(self.FIRST, self.SECOND, undone=True)
        )
        # the earlier one, too, if its undoing overtakes that of the later one
        ticket.when(t.FollowContact(CUSTOMER, self.FIRST, undone=True)).then(
            t.TicketFollowedContact(CUSTOMER, self.SECOND, undone=True)
        )


def test_links_are_revoked_as_often_as_somebody_wants_also_of_a_closed_ticket() -> None:
    revoked = t.LinksRevoked("p-other")
    given(TICKET, OPENED, revoked).when(t.RevokeLinks("p-other")).then(revoked)
    ended = t.TicketCancelled("new")
    given(TICKET, OPENED, ended).when(t.RevokeLinks()).then(t.LinksRevoked())
