"""Strangers write in one thread at once: in whatever order the desk gets to know them, every
message comes to one ticket, and nobody reads what was not meant for them."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.published import conversations as c
from libs.events.published import tickets as t
from libs.events.published.setup import DEFAULT
from services.gateway.tickets import pages
from tests.support.desk_world import World
from tests.support.messages import arrival

PEOPLE = [f"a-00{letter * 24}" for letter in "abc"]
THREAD = "c-00" + "7" * 24
LANDED = (
    t.TicketOpened,
    t.CustomerMessageAdded,
    t.ParticipantMessageAdded,
    t.ForeignMessageAdded,
)


class Said(msgspec.Struct, frozen=True):
    """A message in the thread. copied: to whom else it was sent."""

    author: str
    copied: tuple[str, ...] = ()


people = st.sampled_from(PEOPLE)
threads = st.lists(
    st.builds(Said, people, st.lists(people, unique=True, max_size=2).map(tuple)),
    min_size=2,
    max_size=6,
)


@given(thread=threads, chance=st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_every_message_of_a_thread_comes_to_one_ticket(thread: list[Said], chance: Any) -> None:
    # given a thread of people whom the desk does not know
    world = World(DEFAULT)
    world.is_stored = lambda: bool(chance.random() < 0.5)
    for number, said in enumerate(thread):
        came = msgspec.structs.replace(
            arrival(f"message {number}"), address_id=said.author, copied_ids=said.copied
        )
        receive = c.ReceiveMessage(came)
        world.decide(Command(data=receive, aggregate_id=THREAD, actor="adapter:email"))
    # when every process and every aggregate takes its own time
    while world.busy():
        waiting = [which for which, news in world.news.items() if news]
        boxes = [id for id, box in world.inboxes.items() if box]
        if waiting and (not boxes or chance.random() < 0.5):
            world.look(chance.choice(waiting))
        else:
            world.serve(chance.choice(boxes))
    # then each message is on one ticket
    landed = Counter(one.data.digest for one in world.log if isinstance(one.data, LANDED))
    assert landed == {digest(f"message {number}"): 1 for number in range(len(thread))}
    # and nobody reads a message of somebody with whom no copies connect them
    contacts = {id: set(one.addresses) for id, one in world.contacts().items()}
    for reader, addresses in contacts.items():
        for id, sequence in world.seen_by(reader):
            by = pages.author_of(world.logs[id][sequence - 1].data) or ""
            author = by.removeprefix("contact:")
            known = acquainted(thread, addresses)
            assert author == reader or known & contacts[author], story(thread, world)


def story(thread: list[Said], world: World) -> str:
    """What was said, and what came of it."""
    said = [f"{one.author[-1]} to {[other[-1] for other in one.copied]}" for one in thread]
    came = [f"{one.aggregate_id[:6]} {type(one.data).__name__}" for one in world.log]
    return f"{said}: {came}"


def acquainted(thread: list[Said], addresses: set[str]) -> set[str]:
    """Whom somebody has copied, who has copied them, and so on."""
    pairs = {(said.author, other) for said in thread for other in said.copied}
    known: set[str] = set()
    found = set(addresses)
    while found - known:
        known |= found
        found = {b for a, b in pairs if a in known} | {a for a, b in pairs if b in known}
    return known
