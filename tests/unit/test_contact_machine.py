"""Several contacts, addresses and organisations at once: whatever is sent in whatever order, with
every process as late as it likes, they keep their promises to one another."""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import timedelta

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from libs.events.aggregate import AnyAggregate, Moment, Refusal
from libs.events.envelope import Command, Recorded
from libs.events.personal import Personal
from libs.events.process import ProcessManager
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.events.published.setup import DEFAULT
from libs.events.testing import START, recorded
from services.intake.contacts import (
    ADDRESS,
    CONTACT,
    DOMAIN,
    ORGANISATION,
    AddressState,
    ContactState,
    DomainState,
    OrganisationState,
)
from services.intake.contacts.steps import TOGETHER
from services.intake.processes import ERASURE, RECEPTION, SAME_PERSON
from services.intake.tickets import TICKET, TicketState
from tests.support.messages import TRANSIT, content, mail

AGGREGATES: dict[str, AnyAggregate] = {
    one.kind: one for one in (ADDRESS, CONTACT, DOMAIN, ORGANISATION, TICKET)
}
PROCESSES: tuple[ProcessManager, ...] = (TOGETHER, ERASURE, RECEPTION, SAME_PERSON)  # type: ignore[type-arg]
PEOPLE = [f"p-{n:02x}" + "c" * 24 for n in range(4)]
ADDRESSES = [f"a-{n:02x}" + "a" * 24 for n in range(5)]
FIRMS = [f"o-{n:02x}" + "f" * 24 for n in range(3)]
TICKETS = [f"t-{n:02x}" + "2" * 24 for n in range(3)]
NAMES = ["north.example", "south.example", "gmail.com", "nonsense"]

people, addresses, firms = map(st.sampled_from, (PEOPLE, ADDRESSES, FIRMS))
names, codes = st.sampled_from(NAMES), st.sampled_from(["gold", "pilot", ""])
sealed = st.just(Personal[str](TRANSIT, sealed="c2VhbGVk"))
of_people = st.one_of(
    st.builds(c.RenameContact, sealed),
    st.builds(c.SetContactLanguage, st.sampled_from(["de", "pt-BR", "", "?"])),
    st.builds(c.SetContactTimeZone, st.sampled_from(["Europe/Berlin", "", "Mars/Base"])),
    st.builds(c.SetExternalId, codes, sealed),
    st.builds(c.RemoveExternalId, codes),
    st.builds(c.SetPersonalField, codes, sealed),
    st.builds(c.BlockContact, codes),
    st.builds(c.UnblockContact, codes),
    st.builds(c.JoinOrganisation, st.one_of(firms, people), st.sampled_from(["hand", "domain"])),
    st.builds(c.LeaveOrganisation),
    st.builds(c.VerifyAddress, addresses),
    st.builds(c.RecordBounce, addresses),
    st.builds(c.RecordRecovery, addresses),
)
of_both = st.one_of(
    st.builds(c.SetCustomerPlan, codes, st.lists(codes, max_size=2).map(tuple)),
    st.builds(c.MarkCustomerVip),
    st.builds(c.UnmarkCustomerVip),
    st.builds(c.TagCustomer, st.lists(codes, max_size=2).map(tuple)),
    st.builds(c.UntagCustomer, st.lists(codes, max_size=2).map(tuple)),
    st.builds(c.AddCustomerNote, st.just(content("note"))),
    st.builds(c.RemoveCustomerNote, st.just("note")),
    st.builds(c.SetCustomerField, codes, st.sampled_from(["a", "b", "", "x" * 501])),
    st.builds(c.ClearCustomerField, codes),
)
of_firms = st.one_of(
    st.builds(c.CreateOrganisation, st.sampled_from(["North", "South", " "])),
    st.builds(c.RenameOrganisation, st.sampled_from(["North", "South", " "])),
    st.builds(c.RemoveDomain, names),
    st.builds(c.ShareTickets),
    st.builds(c.UnshareTickets),
    st.builds(c.SetParentOrganisation, st.one_of(firms, st.just(""))),
)
# What says the same again, since nobody can compare what is sealed, or is said each time.
REPEATABLE = (c.RenameContact, c.SetExternalId, c.SetPersonalField, c.AddCustomerNote)
DECLINED = (
    c.AddressDeclined,
    c.ContactMergeDeclined,
    c.ContactAbsorptionDeclined,
    c.DomainDeclined,
)


class ContactMachine(RuleBasedStateMachine):
    """Aggregates that decide, processes that carry news between them, each when it likes.

    inboxes: commands by aggregate; news: events that an instance of a process has not seen yet.
    Both keep their order, as partitions do.
    """

    @initialize()
    def begin(self) -> None:
        self.states: dict[str, msgspec.Struct] = {}
        self.logs: dict[str, list[Recorded[object]]] = defaultdict(list)
        self.inboxes: dict[str, deque[msgspec.Struct]] = defaultdict(deque)
        self.news: dict[tuple[int, str], deque[Recorded[object]]] = defaultdict(deque)
        self.memories: dict[tuple[int, str], msgspec.Struct] = {}
        self.waves: set[str] = set()
        self.time = START
        for person, address in zip(PEOPLE[:3], ADDRESSES, strict=False):
            self.an_address_is_wanted(address, person, Personal(TRANSIT, sealed="c2VhbGVk"), False)
        self.all_is_done()

    @rule(id=people, data=st.one_of(of_people, of_both))
    def of_a_contact(self, id: str, data: msgspec.Struct) -> None:
        self.decide(id, data)

    @rule(id=firms, data=st.one_of(of_firms, of_both))
    def of_an_organisation(self, id: str, data: msgspec.Struct) -> None:
        self.decide(id, data)

    @rule(id=addresses, owner=people, value=sealed, claimed=st.booleans())
    def an_address_is_wanted(
        self, id: str, owner: str, value: Personal[str], claimed: bool
    ) -> None:
        wanted = c.ClaimAddress if claimed else c.RegisterAddress
        self.decide(id, wanted(owner, "email", value, value))

    @rule(id=addresses, owner=people)
    def a_release_comes_too_late(self, id: str, owner: str) -> None:
        state = self.states.get(id, AddressState())
        if isinstance(state, AddressState) and state.contact_id != owner:
            self.decide(id, c.ReleaseAddress(owner))

    @rule(id=people, address=addresses)
    def an_address_is_removed(self, id: str, address: str) -> None:
        self.decide(id, c.RemoveAddress(address))

    @rule(name=names, firm=firms)
    def a_domain_is_claimed(self, name: str, firm: str) -> None:
        self.decide(c.domain_id(name), c.ClaimDomain(firm, name))

    @rule(into=people, source=people)
    def a_merge_is_wanted(self, into: str, source: str) -> None:
        self.decide(into, c.PrepareContactMerge(source))

    @rule(into=people, source=people)
    def a_merge_goes_through(self, into: str, source: str) -> None:
        self.decide(into, c.PrepareContactMerge(source))
        self.all_is_done()

    @rule(into=people, source=people)
    def a_merge_is_undone(self, into: str, source: str) -> None:
        self.decide(into, c.UnmergeContact(source))

    @rule(id=st.sampled_from(TICKETS), requester=people)
    def a_ticket_is_opened_or_given_to_somebody(self, id: str, requester: str) -> None:
        if self.logs[id]:
            self.decide(id, t.ChangeRequester(requester))
        else:
            self.decide(id, t.OpenTicket(requester, "support", mail("question"), id))

    @precondition(lambda self: self.waves)
    @rule()
    def a_wave_goes_out(self) -> None:
        contact_id = self.waves.pop()
        which = (PROCESSES.index(SAME_PERSON), contact_id)
        assert SAME_PERSON.on_due is not None
        state = self.memories[which]
        self.send(SAME_PERSON.on_due(state, contact_id, self.time).commands)  # type: ignore[arg-type]

    @rule(id=people)
    def an_erasure_is_wanted(self, id: str) -> None:
        self.decide(id, c.EraseContact("asked"))

    @precondition(lambda self: any(self.inboxes.values()))
    @rule(choice=st.randoms(use_true_random=False))
    def a_command_arrives(self, choice: object) -> None:
        waiting = [id for id, inbox in self.inboxes.items() if inbox]
        id = choice.choice(waiting)  # type: ignore[attr-defined]
        self.decide(id, self.inboxes[id].popleft())

    @precondition(lambda self: any(self.news.values()))
    @rule(choice=st.randoms(use_true_random=False))
    def a_process_looks(self, choice: object) -> None:
        self.look(choice.choice([which for which, news in self.news.items() if news]))  # type: ignore[attr-defined]

    @rule()
    def all_is_done(self) -> None:
        while any(self.inboxes.values()) or any(self.news.values()) or self.waves:
            if self.waves:
                self.a_wave_goes_out()
            for which in list(self.news):
                while self.news[which]:
                    self.look(which)
            for id in list(self.inboxes):
                while self.inboxes[id]:
                    self.decide(id, self.inboxes[id].popleft())
        self.check_rest()

    def decide(self, id: str, data: msgspec.Struct) -> None:
        """Decide a command, fold its events, and tell the processes."""
        aggregate = AGGREGATES[id[0]]
        state = self.states.setdefault(id, aggregate.state())
        before = msgspec.msgpack.encode(state)
        events = self.decided(id, data)
        assert msgspec.msgpack.encode(state) == before, "decide changed the state"
        self.time += timedelta(minutes=1)
        for event in events:
            log = self.logs[id]
            log.append(recorded(event, len(log) + 1, id=id, at=self.time))
            self.states[id] = aggregate.evolve(self.states[id], log[-1])
            for number, process in enumerate(PROCESSES):
                key = process.key(log[-1])
                if type(event) in process.interests and key is not None:
                    self.news[number, key].append(log[-1])
        if not isinstance(data, REPEATABLE) and not any(isinstance(e, DECLINED) for e in events):
            # What was to be so is so now: at once again, nothing more is to be done.
            assert not events or not self.decided(id, data), f"{data} twice"

    def decided(self, id: str, data: msgspec.Struct) -> list[msgspec.Struct]:
        command: Command[object] = Command(data=data, aggregate_id=id, actor="agent:anna")
        try:
            moment = Moment(self.time, 1, DEFAULT)
            return list(AGGREGATES[id[0]].decide(self.states[id], command, moment))
        except Refusal as refusal:
            understandable = refusal.code.isidentifier() and refusal.sentence.endswith(".")
            if not understandable:
                raise
            return []

    def look(self, which: tuple[int, str]) -> None:
        """An instance of a process reads its next event and sends what it wants."""
        process = PROCESSES[which[0]]
        memory = self.memories.setdefault(which, process.state())
        reaction = process.react(memory, self.news[which].popleft())
        if process is SAME_PERSON and reaction.due is not None:
            self.waves.add(which[1])
        self.send(reaction.commands)

    def send(self, commands: Iterable[Command[object]]) -> None:
        for command in commands:
            if command.aggregate_id[0] in AGGREGATES:
                assert isinstance(command.data, msgspec.Struct)
                self.inboxes[command.aggregate_id].append(command.data)

    def contacts(self) -> Iterable[tuple[str, ContactState]]:
        for id, state in self.states.items():
            if isinstance(state, ContactState):
                yield id, state

    def contact(self, id: str) -> ContactState:
        state = self.states[id]
        assert isinstance(state, ContactState)
        return state

    @invariant()
    def an_address_has_one_contact(self) -> None:
        held = [a for _, one in self.contacts() if one.standing == "known" for a in one.addresses]
        assert len(held) == len(set(held))

    @invariant()
    def merges_have_no_circle(self) -> None:
        for id, one in self.contacts():
            seen = {id}
            while one.merged_into:
                assert one.merged_into not in seen
                seen.add(one.merged_into)
                one = self.contact(one.merged_into)

    @invariant()
    def an_undone_merge_gives_back_exactly_what_came(self) -> None:
        for id, log in self.logs.items():
            came: dict[str, set[str]] = {}
            for event in (one.data for one in log):
                match event:
                    case c.ContactAbsorbed(source_id=source):
                        came[source] = {address.address_id for address in event.addresses}
                    case c.AddressRemoved(address_id=gone):
                        for those in came.values():
                            those.discard(gone)
                    case c.ContactReturned(source_id=source):
                        returned = {address.address_id for address in event.addresses}
                        assert returned == came.pop(source), id

    @invariant()
    def replayed_they_are_the_same(self) -> None:
        for id, state in self.states.items():
            aggregate = AGGREGATES[id[0]]
            again = aggregate.state()
            for event in self.logs[id]:
                again = aggregate.evolve(again, event)
            assert again == state
            body = msgspec.msgpack.encode(state)
            assert msgspec.msgpack.decode(body, type=aggregate.state) == state

    def check_rest(self) -> None:
        """When all has been said and done, both sides of everything agree."""
        owners = {id: s.contact_id for id, s in self.states.items() if isinstance(s, AddressState)}
        for id, one in self.contacts():
            owned = {address for address, owner in owners.items() if owner == id}
            assert owned == (set(one.addresses) if one.standing == "known" else set()), id
            assert not one.prepared or one.standing == "erased"
            if one.standing == "merged":
                assert id in self.contact(one.merged_into).absorbed
            if one.standing == "known":
                for source in one.absorbed:
                    assert self.contact(source).merged_into == id
            if one.standing == "erased":
                for source in one.absorbed:
                    assert self.contact(source).standing == "erased"
        for id, state in self.states.items():
            if isinstance(state, TicketState):
                assert state.requester_id == self.who_stands_for(self.last_named(id)), id
            if isinstance(state, DomainState) and state.organisation_id:
                firm = self.states[state.organisation_id]
                assert isinstance(firm, OrganisationState)
                assert id in firm.domains
            if isinstance(state, OrganisationState):
                for domain in state.domains:
                    found = self.states[domain]
                    assert isinstance(found, DomainState)
                    assert found.organisation_id == id

    def last_named(self, ticket: str) -> str:
        """Whose ticket somebody has said that it is."""
        named = ""
        for event in (one.data for one in self.logs[ticket]):
            match event:
                case t.TicketOpened(requester_id=id) | t.RequesterChanged(contact_id=id):
                    named = id
        return named

    def who_stands_for(self, id: str) -> str:
        while id in self.states and self.contact(id).merged_into:
            id = self.contact(id).merged_into
        return id


TestContactMachine = ContactMachine.TestCase
TestContactMachine.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
