"""What the outgoing side knows of tickets and people, folded from the log."""

from datetime import timedelta

import msgspec

from adapters.email.sending.follow import Pauses, entries_of
from adapters.email.sending.outbox import copy_of
from adapters.email.sending.people import address_of
from adapters.email.sending.threads import MOST_MESSAGES, THREADS, copied_to, side_of
from libs.events.envelope import Position, Recorded
from libs.events.personal import Personal
from libs.events.published.contacts import (
    AddressBounced,
    AddressRecovered,
    AddressRegistered,
    AddressReleased,
    AddressRemoved,
    ErasureRequested,
)
from libs.events.published.messages import Attachment, MessageFacts
from libs.events.published.tickets import (
    AgentReplied,
    CollaboratorAdded,
    CollaboratorRemoved,
    CustomerMessageAdded,
    MailBounced,
    MessageRedacted,
    NoteAdded,
    ReplyFailed,
    SideConversationOpened,
    SideMessageAdded,
    TicketAssigned,
    TicketOpened,
)
from libs.mongo import Document
from tests.support.messages import ADDRESS, CUSTOMER, RECEIVED, content, mail

PAUSES = Pauses(timedelta(seconds=3), timedelta(seconds=60))
TICKET = "t-00" + "1" * 24
THREAD, PERSON, *_ = THREADS.tables


def recorded(aggregate_id: str, data: object, sequence: int = 1) -> Recorded[object]:
    return Recorded(
        data=data,
        event_id=f"event-{sequence}",
        type=type(data).__name__,
        version=1,
        aggregate_id=aggregate_id,
        sequence=sequence,
        occurred_at=RECEIVED,
        recorded_at=RECEIVED + timedelta(seconds=1),
        actor="",
        correlation_id="story",
        causation_id="",
        input="",
        aggregate_prev="",
        partition_prev="",
        position=Position("tickets.events", 1, sequence),
    )


def sealed(token: str) -> Personal[str]:
    return Personal(CUSTOMER, sealed=token)


def opened(name: str) -> TicketOpened:
    return TicketOpened(
        number=1, requester_id=CUSTOMER, account="support", message=mail(name), digest=name
    )


def reply(channel: str = "email") -> AgentReplied:
    facts = MessageFacts(
        channel=channel,
        direction="out",
        role="agent",
        visibility="public",
        rendition=content("answer"),
        received_at=RECEIVED,
        attachments=(Attachment(content("file")),),
    )
    return AgentReplied(agent_id="g", to_id=CUSTOMER, account="support", message=facts)


def folded(*events: object) -> Document:
    document: Document | None = None
    for number, event in enumerate(events, 1):
        document = THREAD.fold(document, recorded(TICKET, event, number))
    assert document is not None
    return document


def test_a_thread_knows_its_messages_and_the_content_with_its_subject() -> None:
    thread = folded(opened("first"), CustomerMessageAdded(CUSTOMER, mail("second"), "d"), reply())
    assert (thread["subject"], thread["number"], thread["sequence"]) == ("first", "1", 3)
    assert thread["messages"] == [
        {"sequence": 1, "content": "first"},
        {"sequence": 2, "content": "second"},
        {"sequence": 3, "event": "event-3", "content": "answer"},
    ]


def test_copies_go_to_who_took_part_at_that_moment() -> None:
    # given two who take part, one of them for a while
    thread = folded(
        opened("first"),
        CollaboratorAdded("p-bo"),
        reply(),
        CollaboratorAdded("p-cy"),
        reply(),
        CollaboratorRemoved("p-bo"),
        reply(),
    )
    # then it depends on the answer who gets a copy of it
    assert [copied_to(thread, n) for n in (3, 5, 7)] == [["p-bo"], ["p-bo", "p-cy"], ["p-cy"]]


def test_what_is_said_aside_has_a_thread_of_its_own() -> None:
    thread = folded(
        opened("first"),
        SideConversationOpened("s.1", "g", mail("ask"), contact_id="p-bo", account="support"),
        SideMessageAdded("s.1", mail("answer"), contact_id="p-bo", digest="d"),
    )
    assert [m["content"] for m in thread["messages"]] == ["first"]
    assert side_of(thread, "s.1") == {
        "id": "s.1",
        "contact": "p-bo",
        "messages": [
            {"event": "event-2", "sequence": 2, "content": "ask"},
            {"sequence": 3, "content": "answer"},
        ],
    }
    assert side_of(thread, "s.2") is None


def test_redacted_words_are_not_quoted() -> None:
    left = mail("left").rendition
    thread = folded(opened("first"), reply(), MessageRedacted(2, ("answer",), "card", left))
    assert thread["messages"][1]["content"] == "left"


def test_a_long_thread_keeps_its_beginning_and_its_end() -> None:
    added = [CustomerMessageAdded(CUSTOMER, mail(f"m{n}"), "d") for n in range(50)]
    messages = folded(opened("first"), *added)["messages"]
    assert len(messages) == MOST_MESSAGES
    assert messages[0]["content"] == "first"
    assert messages[-1]["content"] == "m49"


def test_notes_are_no_part_of_a_thread() -> None:
    thread = folded(opened("first"), NoteAdded("g", mail("note")))
    assert [m["content"] for m in thread["messages"]] == ["first"]
    assert thread["sequence"] == 2


def test_a_person_has_a_sealed_mail_address_until_erased() -> None:
    # given an address that is registered
    registered = AddressRegistered(CUSTOMER, "email", sealed("A"), sealed("N"))
    event = recorded(ADDRESS, registered)
    assert PERSON.key(event) == CUSTOMER
    person = PERSON.fold(None, event)
    assert person == {
        "key": CUSTOMER,
        "name": "N",
        "addresses": [{"id": ADDRESS, "sealed": "A"}],
    }
    assert address_of(person) == "A"
    # when the person is to be erased, nothing goes to them any more
    erasure = recorded(CUSTOMER, ErasureRequested("asked", (ADDRESS,)))
    assert PERSON.key(erasure) == CUSTOMER
    assert PERSON.fold(person, erasure)["erased"]


def test_mail_goes_to_the_address_known_longest_that_takes_it() -> None:
    # given a person with two addresses
    second = "a-00" + "b" * 24
    registered = [
        (ADDRESS, AddressRegistered(CUSTOMER, "email", sealed("A"), sealed("N"))),
        (second, AddressRegistered(CUSTOMER, "email", sealed("B"), sealed(""))),
    ]
    person: Document | None = None
    for number, (id, event) in enumerate(registered, 1):
        person = PERSON.fold(person, recorded(id, event, number))
    assert person is not None
    assert (address_of(person), person["name"]) == ("A", "N")
    # when mail to the first comes back, it goes to the other until the first has recovered
    person = PERSON.fold(person, recorded(CUSTOMER, AddressBounced(ADDRESS), 3))
    assert address_of(person) == "B"
    # and nobody is written to where it always comes back
    nowhere = PERSON.fold(person, recorded(CUSTOMER, AddressBounced(second), 4))
    assert address_of(nowhere) is None
    person = PERSON.fold(person, recorded(CUSTOMER, AddressRecovered(ADDRESS), 4))
    assert address_of(person) == "A"
    # and to what is left when one is removed, and then to nobody
    person = PERSON.fold(person, recorded(CUSTOMER, AddressRemoved(ADDRESS), 5))
    assert address_of(person) == "B"
    assert address_of(PERSON.fold(person, recorded(second, AddressReleased(CUSTOMER), 6))) is None


def test_addresses_of_other_channels_are_none_to_send_mail_to() -> None:
    registered = AddressRegistered(CUSTOMER, "chat", sealed("A"), sealed("N"))
    assert PERSON.key(recorded(ADDRESS, registered)) is None


def test_replies_by_mail_go_to_the_outbox_and_those_of_chats_do_not() -> None:
    event = msgspec.structs.replace(reply(), cc_ids=("p-bo",))
    [entry] = entries_of(recorded(TICKET, event, 4), PAUSES)
    assert (entry.id, entry.lane, entry.ticket_id, entry.sequence) == ("event-4", 1, TICKET, 4)
    assert (entry.to_id, entry.rendition, entry.attachments) == (CUSTOMER, "answer", ["file"])
    assert (entry.kind, entry.cc_ids, entry.wanted) == ("reply", ["p-bo"], True)
    copy = copy_of(entry, "p-bo")
    assert (copy.id, copy.kind, copy.to_id, copy.cc_ids) == ("event-4:p-bo", "copy", "p-bo", [])
    assert entries_of(recorded(TICKET, reply("chat")), PAUSES) == []
    assert entries_of(recorded(TICKET, NoteAdded("g", mail("note"))), PAUSES) == []


def test_history_sends_nothing_to_anybody() -> None:
    past = (
        opened("first"),
        reply(),
        TicketAssigned("ann"),
        NoteAdded("ann", mail("n"), ("bob",)),
        CustomerMessageAdded(CUSTOMER, mail("m"), "d"),
    )
    for event in past:
        live = recorded(TICKET, event)
        assert entries_of(live, PAUSES) != []
        assert entries_of(msgspec.structs.replace(live, origin="import"), PAUSES) == []


def told(event: object, actor: str = "") -> list[tuple[str, str]]:
    """The news that an event is, and to whom."""
    happened = msgspec.structs.replace(recorded(TICKET, event), actor=actor)
    return [(one.news, one.to_id) for one in entries_of(happened, PAUSES)]


def test_agents_are_told_what_others_do_with_their_tickets() -> None:
    assert told(TicketAssigned("ann"), "agent:bob") == [("assigned", "ann")]
    assert told(TicketAssigned("ann"), "agent:ann") == []
    assert told(TicketAssigned(team_id="net"), "agent:bob") == []
    assert told(NoteAdded("ann", mail("n"), ("bob", "ann"))) == [("mentioned", "bob")]
    assert told(CustomerMessageAdded(CUSTOMER, mail("m"), "d")) == [("replied", "")]
    assert told(ReplyFailed(2, 1, "550")) == [("undelivered", "")]
    assert told(MailBounced(CUSTOMER, mail("r"), "d", "5.1.1", True)) == [("undelivered", "")]
    none = Pauses(timedelta(), None)
    assert entries_of(recorded(TICKET, ReplyFailed(2, 1, "550")), none) == []


def acknowledged(**how: object) -> bool:
    """Whether a request that differs from a person's mail like this is acknowledged."""
    event = msgspec.structs.replace(opened("first"), **how)
    found = entries_of(recorded(TICKET, event), PAUSES)
    assert all(one.due_at == RECEIVED + timedelta(seconds=4) for one in found)
    return [one.kind for one in found] == ["acknowledgement"]


def test_a_persons_request_is_acknowledged_and_nothing_else_is() -> None:
    first = opened("first").message
    assert acknowledged()
    assert acknowledged(follow_up_of="t-00" + "2" * 24)
    assert acknowledged(message=msgspec.structs.replace(first, channel="web"))
    assert not acknowledged(message=msgspec.structs.replace(first, automatic="auto_submitted"))
    assert not acknowledged(message=msgspec.structs.replace(first, role="system"))
    assert not acknowledged(message=msgspec.structs.replace(first, channel="phone"))
    assert not acknowledged(origin="import")
    assert not acknowledged(split_from="t-00" + "2" * 24)
    sent_on = msgspec.structs.replace(recorded(TICKET, opened("first")), actor="agent:g")
    assert entries_of(sent_on, PAUSES) == []


def test_what_is_said_aside_goes_to_whom_it_is_said() -> None:
    talk = SideConversationOpened("s1", "g", mail("ask"), contact_id="p-bo", account="support")
    [entry] = entries_of(recorded(TICKET, talk, 2), PAUSES)
    assert (entry.kind, entry.to_id, entry.side_id) == ("side", "p-bo", "s1")
    team = SideConversationOpened("s1", "g", mail("ask"), team_id="network")
    assert entries_of(recorded(TICKET, team, 2), PAUSES) == []
    from_outside = SideMessageAdded("s1", mail("answer"), contact_id="p-bo", digest="d")
    assert entries_of(recorded(TICKET, from_outside, 3), PAUSES) == []
