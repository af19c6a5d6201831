"""A canned reply: an answer in one language, a team's or everybody's."""

import re

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import setup as s
from libs.events.rules import Events, Folds, Rules
from services.intake.setup.wording import expect_name, expect_text

# The shape of RFC 5646, 2.1; which subtags there are is not for us to know.
_LANGUAGE = re.compile(r"([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4})?")


class CannedReplyState(msgspec.Struct, omit_defaults=True):
    """A canned reply. defined: None before its first event; retired: not offered any more."""

    defined: s.CannedReplyDefined | None = None
    retired: bool = False


def _define(state: CannedReplyState, wanted: s.DefineCannedReply, _: None) -> Events:
    expect_name(wanted.name)
    expect_text(wanted.text, "/text")
    if _LANGUAGE.fullmatch(wanted.language) is None:
        raise Refusal("unknown_language", "Write a language such as de or pt-BR.", "/language")
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
