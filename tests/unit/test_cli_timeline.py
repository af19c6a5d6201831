"""A ticket as people read it on a terminal."""

from deskledger.timeline import QUOTED_LINES, conversation, facts, person, story
from deskledger_client.models import AddressPage, ContactPage
from libs.contents import Rendition
from services.gateway.tickets.pages import (
    AttachmentPage,
    HistoryPage,
    MessagePage,
    Person,
    TicketPage,
    message_page,
    ticket_page,
)
from services.gateway.tickets.view import ticket_at
from tests.support.gateway_story import story as story_of_a_ticket

MAYA = Person(id="p-1", name="Maya Okafor")
MARA = Person(id="mara", name="mara")


def step(sequence: int, at: str, sentence: str) -> HistoryPage:
    return HistoryPage(
        sequence=sequence,
        at=at,
        recorded_at=at,
        type="TicketOpened",
        actor=MAYA,
        sentence=sentence,
        command_id="c",
    )


def name(actor: str) -> str:
    return "Maya Okafor" if actor.startswith("contact:") else actor.partition(":")[2]


def message(sequence: int, text: str, *, internal: bool = False, file: str = "") -> MessagePage:
    words = {"first": Rendition("Printer", text)}
    page = message_page(story_of_a_ticket()[0], [], words, name, for_agents=True)
    attachment = AttachmentPage(
        id="f",
        name=file,
        size=1234,
        media_type="application/pdf",
        really="",
        inline=False,
        content_id="",
        redacted=False,
    )
    return {
        **page,
        "sequence": sequence,
        "at": "2026-03-01T09:30:00.000000Z",
        "author": MARA if internal else MAYA,
        "visibility": "internal" if internal else "public",
        "attachments": [attachment] if file else [],
    }


def ticket(**changes: object) -> TicketPage:
    view = ticket_at(None, story_of_a_ticket()[0])
    page = ticket_page("t-1", view, {"first": Rendition("Printer")}, {}, name)
    return {**page, **changes}  # type: ignore[typeddict-item]


def test_a_story_names_each_day_once_and_quotes_who_wrote() -> None:
    # given three steps on two days, the first with words and a file
    history = [
        step(1, "2026-03-01T09:30:00.123456Z", "Maya Okafor wrote by e-mail."),
        step(2, "2026-03-01T23:59:59.000000Z", "mara took the ticket."),
        step(3, "2026-03-02T08:00:00.000000Z", "mara solved the ticket."),
    ]
    said = [message(1, "Hello,\n\nit is broken.", file="photo.pdf")]
    # then
    assert [line.plain for line in story(history, said)] == [
        "2026-03-01",
        "09:30:00  Maya Okafor wrote by e-mail.",
        "          │ Hello,",
        "          │ it is broken.",
        "          │ [photo.pdf, 1,234 bytes]",
        "23:59:59  mara took the ticket.",
        "2026-03-02",
        "08:00:00  mara solved the ticket.",
    ]


def test_a_long_message_is_cut_and_says_by_how_much() -> None:
    said = message(1, "\n".join(f"line {n}" for n in range(1, 31)))

    quoted = [line.plain for line in conversation([said])][1:]

    assert len(quoted) == QUOTED_LINES
    assert quoted[-2:] == [f"  │ line {QUOTED_LINES - 1}", "  │ … and 23 more lines"]


def test_what_is_internal_says_so() -> None:
    [heading, _] = conversation([message(2, "a bad batch?", internal=True)])

    assert heading.plain == "mara (internal)  2026-03-01 09:30:00"


def test_facts_that_are_not_there_yet_are_left_out() -> None:
    new = dict(facts(ticket()))
    assert new["agent"] == "nobody"
    assert new.keys().isdisjoint({"team", "solved", "closed", "rating"})

    solved = dict(
        facts(
            ticket(
                team_id="hardware",
                solved_at="2026-03-02T08:00:00.000000Z",
                resolution_code="workaround",
                rating=4,
            )
        )
    )
    assert solved["team"] == "hardware"
    assert solved["solved"] == "2026-03-02 08:00:00, workaround"
    assert solved["rating"] == "4 of 5"


def test_a_person_who_is_being_erased_has_no_name_any_more() -> None:
    contact = ContactPage(
        id="p-1",
        name="(erased)",
        addresses=[
            AddressPage(
                id="a-1",
                channel="email",
                address="(erased)",
                registered_at="",
                released=True,
                verified=False,
                bounced="",
                came_from="",
            )
        ],
        language="de",
        time_zone="Europe/Berlin",
        created_at="2026-03-01T09:30:00.000000Z",
        erasure_requested_at="2026-03-05T09:30:00.000000Z",
        erased_at="",
        sequence=2,
    )

    assert dict(person(contact)) == {
        "name": "(erased)",
        "email": "(erased), released",
        "since": "2026-03-01 09:30:00",
        "erased": "under way",
    }
