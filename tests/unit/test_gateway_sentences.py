"""A ticket's history, readable by a support manager."""

from pathlib import Path

import msgspec
import pytest

from libs.events.catalogue import CATALOGUE, Entry
from libs.events.published import tickets as t
from services.gateway.tickets.sentences import LANGUAGES, Language, sentence
from tests.support.gateway_story import CUSTOMER, STRANGER, recorded, story

GOLDEN = Path(__file__).parents[1] / "golden"
NAMES = {
    f"contact:{CUSTOMER}": "Ada",
    f"contact:{STRANGER}": "Eve",
    "agent:anna": "anna",
    "agent:bob": "bob",
    "service:intake.closing": "Deskledger",
}

TOLD = """\
Ada wrote by e-mail; ticket 7 was opened.
anna took the ticket for team billing: knows the customer.
anna answered.
The answer of step 3 could not be delivered yet: 450 try later.
The answer of step 3 could not be delivered after 5 attempts, and nobody tries again: 550 no such mailbox.
anna left an internal note.
anna is waiting for the customer: needs serial number.
Ada wrote again.
The customer's message ended the waiting.
Eve, who takes no part in this ticket, wrote; only agents see it.
bob took the ticket.
bob solved the ticket (with a workaround): cable.
The answer of step 3 was delivered after 6 attempts.
Ada rated the solution by bob 5 of 5, with a comment.
bob reopened the ticket: broke again.
bob solved the ticket (solved for good).
Deskledger closed the ticket, which had been solved on 2026-03-01.
Ada wrote to the closed ticket, which opened a follow-up."""  # noqa: E501

GERMAN = """\
Ada hat per E-Mail geschrieben; Ticket 7 wurde eröffnet.
anna hat das Ticket für Team billing übernommen: knows the customer.
anna hat geantwortet.
Die Antwort von Schritt 3 war noch nicht zustellbar: 450 try later.
Die Antwort von Schritt 3 war nach 5 Versuchen nicht zustellbar, und niemand versucht es noch einmal: 550 no such mailbox.
anna hat eine interne Notiz hinterlassen.
anna wartet auf den Kunden: needs serial number.
Ada hat wieder geschrieben.
Die Nachricht des Kunden hat das Warten beendet.
Eve, hier nicht beteiligt, hat geschrieben; nur Agenten sehen es.
bob hat das Ticket übernommen.
bob hat das Ticket gelöst (mit einer Umgehung): cable.
Die Antwort von Schritt 3 wurde nach 6 Versuchen zugestellt.
Ada hat die Lösung von bob bewertet: 5 von 5, mit einem Kommentar.
bob hat das Ticket wieder geöffnet: broke again.
bob hat das Ticket gelöst (dauerhaft gelöst).
Deskledger hat das Ticket geschlossen, das am 01.03.2026 gelöst worden war.
Ada hat zum geschlossenen Ticket geschrieben; das gab ein Folgeticket."""  # noqa: E501


def name(actor: str) -> str:
    return NAMES.get(actor, actor.partition(":")[2])


def test_a_whole_life_reads_as_a_story() -> None:
    assert "\n".join(sentence(happened, name) for happened in story()) == TOLD


def test_it_reads_as_one_in_another_language() -> None:
    assert "\n".join(sentence(happened, name, "de") for happened in story()) == GERMAN


@pytest.mark.parametrize(
    ("assigned", "told"),
    [
        (t.TicketAssigned(agent_id="bob"), "lea gave the ticket to bob."),
        (t.TicketAssigned(team_id="it"), "lea gave the ticket to team it."),
        (t.TicketAssigned(agent_id="bob", team_id="it"), "lea gave the ticket to bob, team it."),
        (t.TicketAssigned(from_agent_id="bob"), "lea took the ticket from bob."),
        (t.TicketAssigned(from_team_id="it"), "lea took the ticket from team it."),
        (t.TicketAssigned(agent_id="lea"), "lea took the ticket."),
    ],
)
def test_who_gave_the_ticket_to_whom(assigned: t.TicketAssigned, told: str) -> None:
    assert sentence(recorded(assigned, 2, "agent:lea"), name) == told


EVENTS = [e for e in CATALOGUE.entries("event") if e.cls.__module__.startswith(t.__name__)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("entry", EVENTS, ids=lambda entry: entry.name)
def test_every_type_there_is_has_a_sentence_of_its_own(entry: Entry, language: Language) -> None:
    # given an event with every field filled
    golden = (GOLDEN / f"{entry.name}.v{entry.version}.json").read_bytes()
    event = recorded(t.TicketCancelled("open"), 2, "agent:lea")
    full = msgspec.structs.replace(event, data=CATALOGUE.decode(entry.header, golden)[1])
    # then its sentence is not the one of a type that nobody knows, and is one line
    told = sentence(msgspec.structs.replace(full, type=entry.name), name, language)
    unknown = msgspec.structs.replace(full, data={}, type=entry.name)
    assert told != sentence(unknown, name, language)
    assert told.endswith(".")
    assert "\n" not in told


def test_a_type_that_nobody_knows_still_gets_a_sentence() -> None:
    unknown = msgspec.structs.replace(story()[1], data={}, type="TicketSnoozed")
    assert sentence(unknown, name) == "anna: ticket snoozed."
