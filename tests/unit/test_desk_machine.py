"""Several tickets and contacts at once: everything is sent in every order, tickets and contacts
merge and part, every process is as late as it likes, and they keep their promises to one another.
"""

from collections import defaultdict
from datetime import timedelta
from typing import Any, get_args

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from libs.events.deciding import Held
from libs.events.envelope import Recorded
from libs.events.ids import derived_id, digest
from libs.events.personal import Personal
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.events.testing import SOME_ID
from services.gateway.tickets import pages
from services.gateway.tickets.sentences import sentence
from services.intake.processes.linking import OURS, link_id
from services.intake.processes.merging import PATIENCE
from services.intake.tickets import TicketState
from tests.support.desk_world import AGGREGATES, World, parties
from tests.support.messages import ADDRESS, CUSTOMER, STRANGER, TRANSIT, content
from tests.support.ticket_commands import COMMANDS, DESK, Past, command
from tests.support.tickets import COLLEAGUE, OTHER_TICKET, THIRD_TICKET

# What intake alone sends, and what comes from outside.
NOT_BY_HAND = (
    t.OpenTicket,
    t.AddCustomerMessage,
    t.AddSideMessage,
    t.MergeTicket,
    t.CompleteAbsorption,
    t.CancelAbsorption,
    t.SurrenderTicket,
    t.MirrorLink,
    t.SettleChild,
    t.SplitTicket,
    t.UndoSplit,
    t.SendScheduledReply,
)
KINDS = [kind for kind in COMMANDS if kind not in NOT_BY_HAND]
# What ends a ticket and brings it back, and who is to see it.
OFTEN = [
    t.SolveTicket,
    t.SpreadSolution,
    t.ReopenTicket,
    t.MarkSpam,
    t.MarkNotSpam,
    t.ChangeRequester,
    t.AddCollaborator,
    t.RemoveCollaborator,
]
FIRST = (SOME_ID, OTHER_TICKET, THIRD_TICKET)
PEOPLE = {ADDRESS: CUSTOMER, "a-00" + "b" * 24: COLLEAGUE, "a-00" + "c" * 24: STRANGER}
SEALED: Personal[str] = Personal(TRANSIT, sealed="c2VhbGVk")
LANDED = (
    t.TicketOpened,
    t.CustomerMessageAdded,
    t.ParticipantMessageAdded,
    t.ForeignMessageAdded,
    t.SideMessageAdded,
    t.FollowUpRequested,
)
firsts, relations = st.sampled_from(FIRST), st.sampled_from(get_args(t.Relation))
addresses, people = st.sampled_from([*PEOPLE]), st.sampled_from([*PEOPLE.values()])
choice = st.randoms(use_true_random=False)


class DeskMachine(RuleBasedStateMachine):
    """The rules of the game; what must hold stands in ``World`` and below."""

    @initialize()
    def begin(self) -> None:
        self.world = World(DESK)
        self.written: list[str] = []
        self.splits = 0
        for address, person in PEOPLE.items():
            self.world.tell(address, c.RegisterAddress(person, "email", SEALED, SEALED))
        self.world.settle()
        for id, address in zip(FIRST, PEOPLE, strict=True):
            self.write(address, id, opens=True)
        self.world.settle()

    @rule(one=firsts, other=firsts)
    def tickets_are_to_be_one(self, one: str, other: str) -> None:
        self.world.tell(one, t.AbsorbTicket(other))

    @rule(circle=st.permutations(FIRST), size=st.sampled_from([2, 3]), served=st.booleans())
    def each_is_to_take_the_next_one_in(self, circle: list[str], size: int, served: bool) -> None:
        """served: and each has been asked to go, and not answered."""
        some = circle[:size]
        for number, id in enumerate(some):
            self.world.tell(id, t.AbsorbTicket(some[number - 1]))
        for which in [which for which, news in self.world.news.items() if news and served]:
            while self.world.news[which]:
                self.world.look(which)

    @rule(one=firsts, back=st.booleans())
    def a_ticket_is_solved_or_comes_back(self, one: str, back: bool) -> None:
        solved = t.SolveTicket("workaround", "cable", via="mass")
        self.world.tell(one, t.ReopenTicket() if back else solved)

    @rule(one=firsts)
    def a_ticket_is_to_stand_on_its_own_again(self, one: str) -> None:
        self.world.tell(one, t.UnmergeTicket())

    @rule(one=firsts, other=firsts, relation=relations, gone=st.booleans())
    def a_link_is_made(self, one: str, other: str, relation: t.Relation, gone: bool) -> None:
        """gone: and taken back before anybody heard of it."""
        self.world.tell(one, t.LinkTicket(other, relation))
        if gone:
            self.world.tell(one, t.UnlinkTicket(other, relation))

    @rule(chance=choice)
    def a_link_is_taken_back(self, chance: Any) -> None:
        links = [(id, link) for id, one in self.world.tickets().items() for link in one.links]
        if links:
            id, link = chance.choice(links)
            relation, _, other = link.partition(" ")
            self.world.tell(id, t.UnlinkTicket(other, relation))

    @rule(kind=st.sampled_from([*KINDS, *OFTEN * 8]), chance=choice, data=st.data())
    def an_agent_does_something(
        self, kind: type[msgspec.Struct], chance: Any, data: st.DataObject
    ) -> None:
        id = chance.choice([*self.world.tickets()])
        held = self.world.held[id]
        assert isinstance(held.state, TicketState)
        log = [one.data for one in self.world.logs[id] if isinstance(one.data, msgspec.Struct)]
        past = Past(held.state, log, self.world.now)
        self.world.tell(id, data.draw(command(kind, past)))

    @rule(address=addresses, chance=choice)
    def somebody_writes_to_a_ticket(self, address: str, chance: Any) -> None:
        self.write(address, chance.choice([*self.world.tickets()]), opens=False)

    @rule(into=people, source=people, one=st.booleans())
    def contacts_are_to_be_one_or_two(self, into: str, source: str, one: bool) -> None:
        data = c.PrepareContactMerge(source) if one else c.UnmergeContact(source)
        self.world.tell(into, data)

    @rule(chance=choice)
    def messages_are_split_off(self, chance: Any) -> None:
        id = chance.choice([*self.world.tickets()])
        messages = self.world.tickets()[id].messages
        some = tuple(sorted(chance.sample([*messages], min(len(messages), 2))))
        self.splits += 1
        new_id = derived_id("t", "split", str(self.splits))
        self.world.tell(id, t.SplitTicket(new_id, some, content("subject")))

    @rule(person=people, chance=choice)
    def what_was_split_off_is_somebody_elses(self, person: str, chance: Any) -> None:
        new = [id for id in self.world.tickets() if id not in FIRST]
        if new:
            self.world.tell(chance.choice(new), t.ChangeRequester(person))

    @rule(chance=choice)
    def a_split_is_undone(self, chance: Any) -> None:
        split = [(id, new) for id, one in self.world.tickets().items() for new in one.splits]
        if split:
            id, new_id = chance.choice(split)
            self.world.tell(id, t.UndoSplit(new_id))

    @rule(hours=st.sampled_from([1, 30, 200]))
    def time_passes(self, hours: int) -> None:
        self.world.wait(timedelta(hours=hours))

    @precondition(lambda self: any(self.world.inboxes.values()))
    @rule(chance=choice)
    def a_command_arrives(self, chance: Any) -> None:
        self.world.serve(chance.choice([id for id, box in self.world.inboxes.items() if box]))

    @precondition(lambda self: any(self.world.news.values()))
    @rule(chance=choice)
    def a_process_looks(self, chance: Any) -> None:
        self.world.look(chance.choice([which for which, n in self.world.news.items() if n]))

    @rule()
    def all_is_done(self) -> None:
        """Also that which waited for an answer that does not come."""
        self.world.settle()
        self.world.wait(PATIENCE)
        self.world.settle()
        self.check_rest()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.all_is_done()
            self.check_replay()

    def write(self, address: str, ticket_id: str, opens: bool) -> None:
        name = f"message {len(self.written)}"
        self.written.append(digest(name))
        self.world.writes(name, address, ticket_id, opens)

    def check_rest(self) -> None:
        """When all has been said and done, both sides of everything agree."""
        self.check_messages()
        self.check_merges()
        self.check_links()
        self.check_contacts()
        self.check_sight()

    def check_messages(self) -> None:
        """Every message is on exactly one ticket, however often that was merged."""
        landed = [event.data.digest for event in self.world.log if isinstance(event.data, LANDED)]
        followed = {
            event.data.digest
            for event in self.world.log
            if isinstance(event.data, t.FollowUpRequested)
        }
        for one in self.written:
            assert landed.count(one) == 1 + (one in followed), "it is lost, or there twice"
        merged: set[str] = set()
        for event in self.world.log:
            match event.data:
                case t.TicketMerged():
                    merged.add(event.aggregate_id)
                case t.TicketUnmerged():
                    merged.remove(event.aggregate_id)
                case data if isinstance(data, LANDED):
                    assert event.aggregate_id not in merged, "nobody reads it there"

    def check_merges(self) -> None:
        tickets = self.world.tickets()
        for id, one in tickets.items():
            assert not one.preparing, "it still waits for another"
            assert set(one.absorbed) == {
                s for s, other in tickets.items() if other.merged_into == id
            }
            seen = {id}
            while one.merged_into:
                assert one.merged_into not in seen, "a circle"
                seen.add(one.merged_into)
                one = tickets[one.merged_into]

    def check_links(self) -> None:
        tickets = self.world.tickets()
        for id, one in tickets.items():
            for relation, _, other_id in (link.partition(" ") for link in one.links):
                turned = t.TURNED[relation]  # type: ignore[index]
                assert (
                    turned == relation
                    or f"{turned} {other_id}" not in one.links
                    or (relation not in ("parent", "child", "problem", "incident"))
                ), f"{relation} and {turned} of {other_id}"
                if other_id in tickets:
                    assert f"{turned} {id}" in tickets[other_id].links, f"{relation} {other_id}"
            self.check_last_word(id)
            for child in one.open_children:
                assert not self.is_done(tickets[child]), "a child that is done counts as open"
            children = {key.partition(" ")[2] for key in one.links if key.startswith("child ")}
            for child in children - set(one.open_children):
                assert self.is_done(tickets[child]), "an open child counts as done"

    def check_last_word(self, id: str) -> None:
        """A link that people spoke of on this ticket alone is gone if they took it back last."""
        spoken: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        for event in self.world.log:
            if event.actor != OURS and isinstance(event.data, t.TicketLinked | t.TicketUnlinked):
                own, other, relation = event.aggregate_id, event.data.other_id, event.data.relation
                spoken[link_id(own, other, relation)].append(
                    (own, isinstance(event.data, t.TicketLinked))
                )
        for link in self.world.tickets()[id].links:
            turned, _, other = link.partition(" ")
            said = spoken[link_id(id, other, turned)]  # type: ignore[arg-type]
            assert len({own for own, _ in said}) > 1 or said[-1][1], f"{link} was taken back"

    def is_done(self, one: TicketState) -> bool:
        return one.status in ("solved", "closed")

    def check_contacts(self) -> None:
        contacts = self.world.contacts()
        for id, one in contacts.items():
            assert not one.prepared
            if one.standing == "merged":
                assert id in contacts[one.merged_into].absorbed
            else:
                assert all(contacts[source].merged_into == id for source in one.absorbed)
        for id, ticket in self.world.tickets().items():
            whose = contacts.get(ticket.requester_id)
            assert whose is None or whose.standing != "merged", f"{id} did not follow"

    def check_sight(self) -> None:
        """Nobody ever reads a message of a ticket in which they took no part, but their own."""
        of = parties(self.world.log)
        for person in PEOPLE.values():
            for id, sequence in self.world.seen_by(person):
                event = self.world.logs[id][sequence - 1].data
                assert pages.facts_of(event).visibility == "public"
                mine = pages.author_of(event) == f"contact:{person}"
                from_elsewhere = getattr(event, "merged_from", "")
                theirs = person in of[id] and not from_elsewhere
                assert mine or theirs, f"{person} reads {event} of {id}"

    def check_replay(self) -> None:
        """Folded from the log alone, everything is what it was live; and has a sentence."""
        for id, held in self.world.held.items():
            again = self.replayed(id, held)
            assert again == held.state
        for event in self.world.log:
            if event.aggregate_id[0] == "t":
                assert sentence(event, str)

    def replayed(self, id: str, held: Held) -> msgspec.Struct:
        aggregate = AGGREGATES[id[0]]
        state: msgspec.Struct = aggregate.state()
        events: list[Recorded[object]] = self.world.logs[id]
        for event in events:
            state = aggregate.evolve(state, event)
        assert held.sequence == len(events)
        return state


TestDeskMachine = DeskMachine.TestCase
TestDeskMachine.settings = settings(
    max_examples=200,
    stateful_step_count=120,
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
