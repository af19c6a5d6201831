"""Macros, canned replies and views: what may stand in them, and what is told where it may not."""

import msgspec
import pytest

from libs.events.catalogue import CATALOGUE
from libs.events.published import setup as s
from libs.events.published import tickets as t
from libs.events.testing import given
from services.intake.setup import CANNED_REPLY, MACRO, VIEW
from services.intake.setup.macro import MOST_STEPS
from services.intake.setup.wording import LONGEST_TEXT

SAY = t.Step("ReplyToCustomer", {"text": 'Dear {{contact.first_name | "you"}}', "language": "en"})
TAG = t.Step("ChangeTags", {"add": ["asked"]})
WAIT = t.Step("MarkPending", {"reason": "needs_serial_number"})
ASK = s.MacroDefined("Ask", (SAY, TAG, WAIT))
HELLO = s.CannedReplyDefined("Hello", 'Hi {{contact.name | "there"}}', "en-GB", "network")


class TestAMacro:
    def test_is_defined_once_and_again_in_another_version(self) -> None:
        other = s.MacroDefined("Ask", (SAY,))

        given(MACRO).when(s.DefineMacro("Ask", (SAY, TAG, WAIT))).then(ASK)
        given(MACRO, ASK).when(s.DefineMacro("Ask", (SAY, TAG, WAIT))).then()
        given(MACRO, ASK).when(s.DefineMacro("Ask", (SAY,))).then(other)

    def test_retires_once_and_may_come_back(self) -> None:
        gone = given(MACRO, ASK, s.MacroRetired())

        given(MACRO, ASK).when(s.RetireMacro()).then(s.MacroRetired())
        gone.when(s.RetireMacro()).then()
        gone.when(s.DefineMacro("Ask", (SAY, TAG, WAIT))).then(ASK)
        given(MACRO).when(s.RetireMacro()).refused("no_such_macro")

    @pytest.mark.parametrize("name", sorted(t.MACRO_STEPS))
    def test_step_is_known_by_the_name_of_a_tickets_command(self, name: str) -> None:
        entry = CATALOGUE.entry(t.MACRO_STEPS[name])

        assert (entry.name, entry.kind, entry.aggregate) == (name, "command", "tickets")

    @pytest.mark.parametrize(
        ("step", "code", "where"),
        [
            (t.Step("CloseTicket"), "unknown_step", "/steps/1/command"),
            (t.Step("ApplyMacro", {"macro_id": "m"}), "unknown_step", "/steps/1/command"),
            (t.Step("RedactMessage"), "unknown_step", "/steps/1/command"),
            (t.Step("TicketSolved"), "unknown_step", "/steps/1/command"),
            (t.Step("SolveTicket", {}), "wrong_step", "/steps/1/data"),
            (
                t.Step("SolveTicket", {"resolution_code": "Not A Code"}),
                "wrong_step",
                "/steps/1/data",
            ),
            (
                t.Step("SolveTicket", {"resolution_code": "done", "when": "now"}),
                "wrong_step",
                "/steps/1/data",
            ),
            (t.Step("SolveTicket", {"resolution_code": "a"}, 9), "wrong_step", "/steps/1/data"),
            (t.Step("AddNote", {}), "wrong_step", "/steps/1/data"),
            (t.Step("AddNote", {"text": "a", "mentions": ["ben"]}), "wrong_step", "/steps/1/data"),
            (t.Step("AddNote", {"text": " "}), "unusable_text", "/steps/1/data/text"),
            (
                t.Step("AddNote", {"text": "a" * (LONGEST_TEXT + 1)}),
                "unusable_text",
                "/steps/1/data/text",
            ),
            (t.Step("AddNote", {"text": "{{secret}}"}), "bad_placeholder", "/steps/1/data/text"),
            (
                t.Step("AddNote", {"text": "{{contact.name}}"}),
                "bad_placeholder",
                "/steps/1/data/text",
            ),
            (
                t.Step(
                    "SetFields",
                    {"changes": [{"field": "a", "personal": {"key": "p-1", "sealed": "eA"}}]},
                ),
                "personal_field",
                "/steps/1/data",
            ),
        ],
    )
    def test_has_no_step_that_no_ticket_would_take(
        self, step: t.Step, code: str, where: str
    ) -> None:
        refusal = given(MACRO).when(s.DefineMacro("Ask", (TAG, step))).refused(code)

        assert refusal.field == where

    def test_has_steps_and_a_name(self) -> None:
        given(MACRO).when(s.DefineMacro("Ask", ())).refused("no_steps")
        given(MACRO).when(s.DefineMacro("Ask", (TAG,) * (MOST_STEPS + 1))).refused("no_steps")
        for name in ("", "  ", "a" * 101, "a\nb"):
            given(MACRO).when(s.DefineMacro(name, (TAG,))).refused("unusable_name")


class TestACannedReply:
    def test_is_defined_retired_and_defined_again(self) -> None:
        wanted = s.DefineCannedReply(HELLO.name, HELLO.text, HELLO.language, HELLO.team_id)

        given(CANNED_REPLY).when(wanted).then(HELLO)
        given(CANNED_REPLY, HELLO).when(wanted).then()
        given(CANNED_REPLY, HELLO).when(s.RetireCannedReply()).then(s.CannedReplyRetired())
        given(CANNED_REPLY, HELLO, s.CannedReplyRetired()).when(s.RetireCannedReply()).then()
        given(CANNED_REPLY, HELLO, s.CannedReplyRetired()).when(wanted).then(HELLO)

    @pytest.mark.parametrize(
        ("wanted", "code"),
        [
            (s.DefineCannedReply("", "Hi"), "unusable_name"),
            (s.DefineCannedReply("Hello", "\n"), "unusable_text"),
            (s.DefineCannedReply("Hello", "{{x}}"), "bad_placeholder"),
            (s.DefineCannedReply("Hello", "Hi", "English!"), "unknown_language"),
            (s.RetireCannedReply(), "no_such_canned_reply"),
        ],
    )
    def test_is_refused_when_it_makes_no_sense(self, wanted: msgspec.Struct, code: str) -> None:
        given(CANNED_REPLY).when(wanted).refused(code)


class TestAView:
    MINE = s.ViewDefined("Mine", {"agent_id": ("me",)}, ("number",), "own", "anna")

    def wanted(self, **changes: object) -> s.DefineView:
        """Mine, but for this."""
        same = {field: getattr(self.MINE, field) for field in self.MINE.__struct_fields__}
        return s.DefineView(**{**same, **changes})

    def test_is_defined_retired_and_defined_again(self) -> None:
        given(VIEW).when(self.wanted()).then(self.MINE)
        given(VIEW, self.MINE).when(self.wanted()).then()
        given(VIEW, self.MINE).when(s.RetireView()).then(s.ViewRetired())
        given(VIEW, self.MINE, s.ViewRetired()).when(s.RetireView()).then()
        given(VIEW, self.MINE, s.ViewRetired()).when(self.wanted()).then(self.MINE)
        given(VIEW).when(s.RetireView()).refused("no_such_view")

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"name": ""}, "unusable_name"),
            ({"filter": {"Agent Id": ("me",)}}, "unusable_filter"),
            ({"filter": {"agent_id": ()}}, "unusable_filter"),
            ({"filter": {"agent_id": ("x" * 201,)}}, "unusable_filter"),
            ({"filter": {f"p{n}": ("x",) for n in range(31)}}, "unusable_filter"),
            ({"columns": ("$where",)}, "unknown_columns"),
            ({"columns": ("number",) * 61}, "unknown_columns"),
            ({"agent_id": ""}, "nobodys_view"),
            ({"sharing": "team"}, "nobodys_view"),
        ],
    )
    def test_is_refused_when_it_makes_no_sense(self, changes: dict[str, object], code: str) -> None:
        given(VIEW).when(self.wanted(**changes)).refused(code)

    def test_of_an_agent_stays_theirs_and_a_shared_one_stays_shared(self) -> None:
        shared = s.ViewDefined("All", {}, sharing="all")
        given(VIEW, self.MINE).when(self.wanted(agent_id="bob")).refused("stays_own")
        given(VIEW, self.MINE).when(self.wanted(agent_id="", sharing="all")).refused("stays_own")
        given(VIEW, shared).when(self.wanted()).refused("stays_own")
