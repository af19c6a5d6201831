"""What the gateway makes of a desk's setup: its page, its history, its words for one ticket."""

from pathlib import Path

import msgspec
import pytest

from libs import placeholders
from libs.contents import ContentRef
from libs.events.catalogue import CATALOGUE
from libs.events.published import setup as s
from libs.events.published import tickets as t
from libs.events.testing import given_projection, recorded
from services.gateway.setup import filling, pages
from services.gateway.setup.sentences import sentence
from services.gateway.setup.view import CANNED_REPLIES, DESK, MACROS, DefinedView, setup_in

MACRO, REPLY = "m-" + "0" * 26, "r-" + "0" * 26
COLOUR = s.FieldDefinition(
    "choice", choices=("red", "blue"), visible_when=(s.Condition("type", ("incident",)),)
)
SAY = t.Step(
    "ReplyToCustomer", {"text": 'Dear {{contact.first_name | "customer"}}', "language": "en"}
)
NOTE = t.Step("AddNote", {"text": "{{agent.name}} asked about {{ticket.number}}"})
TAG = t.Step("ChangeTags", {"add": ["asked"]})
ASK = s.MacroDefined("Ask", (SAY, TAG, NOTE))
CONTENT = ContentRef("c", 1, "text/plain", "0")
TABLES = (DESK, MACROS, CANNED_REPLIES)
GOLDEN = Path(__file__).parents[1] / "golden"
KNOWN = placeholders.values(
    number="NW-7", subject="", contact_name="Maya Okafor", agent_name="anna"
)


class TestTheDesk:
    def test_shows_what_rules_read(self) -> None:
        events = (s.TiersDefined(1), s.FieldDefined("colour", COLOUR), s.UndoSendDefined(20))
        happened = [recorded(event, n, id=s.DESK_ID) for n, event in enumerate(events, 1)]
        [view] = given_projection(DESK, *happened).documents.values()
        expected = s.DEFAULT
        for number, event in enumerate(events, 1):
            expected = s.setup_after(expected, event, number)

        assert setup_in({"setup": view["setup"], "sequence": view["sequence"]}) == expected
        page = pages.desk_page(expected)
        assert (page["version"], page["tiers"], page["undo_send"]) == (3, 1, 20)
        assert page["fields"] == [
            {
                "field": "colour",
                "type": "choice",
                "personal": False,
                "choices": ["red", "blue"],
                "pattern": "",
                "visible_when": [{"field": "type", "one_of": ["incident"]}],
            }
        ]

    def test_is_the_default_before_anything_is_defined(self) -> None:
        assert setup_in(None) == s.DEFAULT

    def test_has_one_table_for_each_kind(self) -> None:
        desk = recorded(s.TiersDefined(1), id=s.DESK_ID)
        macro, reply = recorded(ASK, id=MACRO), recorded(s.CannedReplyDefined("a", "b"), id=REPLY)

        keys = [[table.key(one) for one in (desk, macro, reply)] for table in TABLES]
        assert keys == [[s.DESK_ID, None, None], [None, MACRO, None], [None, None, REPLY]]


class TestAMacro:
    def test_stays_readable_when_it_is_retired_and_is_back_when_defined_again(self) -> None:
        gone = given_projection(
            MACROS,
            recorded(ASK, 1, id=MACRO),
            recorded(s.MacroRetired(), 2, id=MACRO),
        )
        [view] = gone.documents.values()
        assert (view["retired"], view["version"], view["sequence"]) == (True, 1, 2)

        [view] = gone.when(recorded(ASK, 3, id=MACRO)).documents.values()
        assert (view["retired"], view["version"], view["sequence"]) == (False, 3, 3)
        page = pages.macro_page(MACRO, _defined(ASK))
        assert page["steps"][1] == {"command": "ChangeTags", "data": {"add": ["asked"]}}

    def test_says_what_it_says_and_leaves_other_commands_as_they_are(self) -> None:
        said = filling.texts(ASK, KNOWN)
        commands = filling.commands(ASK, said, lambda place: CONTENT)

        assert said == {0: "Dear Maya", 2: "anna asked about NW-7"}
        assert commands[1] == TAG
        assert [t.contained(one) for one in commands] == [
            t.ReplyToCustomer(CONTENT, length=9, language="en"),
            t.ChangeTags(("asked",)),
            t.AddNote(CONTENT, 21),
        ]

    def test_says_something_for_an_erased_customer_too(self) -> None:
        nobody = placeholders.values(number="7", subject="", contact_name="", agent_name="anna")

        assert filling.texts(ASK, nobody)[0] == "Dear customer"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Maya Okafor", "Maya"),
        ("Okafor, Maya", "Maya"),
        ("Okafor,", "Okafor"),
        ("Dr. Maya Okafor", "Maya"),
        ("Prof. Dr. Okafor", "Okafor"),
        ("Maya", "Maya"),
        ("maya@example.org", ""),
        ("", ""),
    ],
)
def test_a_first_name_is_what_people_are_called_by(name: str, first: str) -> None:
    assert placeholders.first_name(name) == first


def test_canned_replies_come_by_language_then_team_then_name() -> None:
    replies = {
        "own": s.CannedReplyDefined("b", "x", "pt-BR", "it"),
        "other_team": s.CannedReplyDefined("a", "x", "pt", "billing"),
        "everybody's": s.CannedReplyDefined("z", "x", "pt"),
        "any": s.CannedReplyDefined("c", "x", "", "it"),
        "foreign": s.CannedReplyDefined("a", "x", "de", "it"),
        "own too": s.CannedReplyDefined("A", "x", "PT", "it"),
    }
    offered = [(id, _defined(canned)) for id, canned in replies.items()]

    found = [id for id, _ in pages.in_order(offered, "it", "pt-PT")]

    assert found == ["own too", "own", "everybody's", "other_team", "any", "foreign"]


def test_every_event_has_a_sentence_of_its_own() -> None:
    told = set()
    for entry in CATALOGUE.entries("event"):
        if entry.aggregate == "setup":
            golden = (GOLDEN / f"{entry.name}.v{entry.version}.json").read_bytes()
            data = msgspec.json.decode(golden, type=entry.cls)
            told.add(sentence(recorded(data, actor="agent:lea")))

    assert len(told) == 35
    assert "lea demanded serial number, cause of solutions." in told
    assert "lea changed the setup." not in told
    assert all(one.startswith("lea ") and one.endswith(".") for one in told)


def _defined(event: s.MacroDefined | s.CannedReplyDefined) -> DefinedView:
    return DefinedView(
        name=event.name,
        definition=msgspec.json.encode(event).decode(),
        version=1,
        defined_at="",
        defined_by="agent:lea",
        retired=False,
        sequence=1,
        agent_id="",
    )
