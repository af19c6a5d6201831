"""A canned reply: an answer in one language, a team's or everybody's."""

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import setup as s
from libs.events.rules import Events, Folds, Rules
from services.intake.setup.wording import expect_language, expect_name, expect_text


class CannedReplyState(msgspec.Struct, omit_defaults=True):
    """A canned reply. defined: None before its first event; retired: not offered any more."""

    defined: s.CannedReplyDefined | None = None
    retired: bool = False


def _define(state: CannedReplyState, wanted: s.DefineCannedReply, _: None) -> Events:
    expect_name(wanted.name)
    expect_text(wanted.text, "/text")
    expect_language(wanted.language, "/language")
    defined = s.CannedReplyDefined(wanted.name, wanted.text, wanted.language, wanted.team_id)
    return [] if state.defined == defined and not state.retired else [defined]


def _retire(state: CannedReplyState, wanted: s.RetireCannedReply, _: None) -> Events:
    if state.defined is None:
        raise Refusal("no_such_canned_reply", "There is no canned reply with this id.")
    return [] if state.retired else [s.CannedReplyRetired()]


def _defined(state: CannedReplyState, event: s.CannedReplyDefined, _: Recorded[object]) -> None:
    state.defined, state.retired = event, False


def _retired(state: CannedReplyState, event: s.CannedReplyRetired, _: Recorded[object]) -> None:
    state.retired = True


RULES: Rules = {s.DefineCannedReply: _define, s.RetireCannedReply: _retire}
FOLDS: Folds = {s.CannedReplyDefined: _defined, s.CannedReplyRetired: _retired}
