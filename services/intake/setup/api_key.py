"""An API key: issued once, rotated with an overlap, revoked for good."""

import re
from datetime import datetime, timedelta

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import setup as s
from libs.events.rules import Events, Folds, Rules
from services.intake.setup.wording import expect_name

LONGEST_LIFE = timedelta(days=731)
LONGEST_OVERLAP_SECONDS = 30 * 86_400
MOST_SCOPES, MOST_TEAMS = 50, 50
LEVELS = ("read", "write", "admin")
_SUBJECT = re.compile(r"service\.[a-z0-9][a-z0-9_.-]{0,54}")
_TEAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_AREA = re.compile(r"[a-z][a-z-]{0,39}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ApiKeyState(msgspec.Struct, omit_defaults=True):
    """A key. digest: of its present secret, "" before it is issued."""

    digest: str = ""
    revoked: bool = False


def _issue(state: ApiKeyState, wanted: s.IssueApiKey, now: datetime) -> Events:
    if state.digest:
        raise Refusal("key_issued", "This key is issued already.")
    key = wanted.key
    expect_name(key.name)
    if _SUBJECT.fullmatch(key.subject) is None:
        raise Refusal(
            "no_service_user",
            "A key is a service user's, such as service.crm: people sign in.",
            "/subject",
        )
    _expect_digest(wanted.digest)
    if not key.scopes or len(key.scopes) > MOST_SCOPES:
        raise Refusal("no_scope", f"Name what it is for, {MOST_SCOPES} scopes at most.", "/scopes")
    for place, scope in enumerate(key.scopes):
        area, _, level = scope.rpartition(":")
        if level not in LEVELS or (":" in scope and _AREA.fullmatch(area) is None):
            sentence = "A scope is read, write or admin, of everything or of an area: tickets:read."
            raise Refusal("unknown_scope", sentence, f"/scopes/{place}")
    if len(key.teams) > MOST_TEAMS or not all(map(_TEAM.fullmatch, key.teams)):
        raise Refusal("no_team", f"Name at most {MOST_TEAMS} teams, by their ids.", "/teams")
    if not now < key.expires_at <= now + LONGEST_LIFE:
        raise Refusal(
            "unusable_end",
            f"A key ends, within {LONGEST_LIFE.days} days from now.",
            "/expires_at",
        )
    return [s.ApiKeyIssued(key, wanted.digest)]


def _rotate(state: ApiKeyState, wanted: s.RotateApiKey, now: datetime) -> Events:
    _expect_alive(state)
    _expect_digest(wanted.digest)
    if not 0 <= wanted.overlap_seconds <= LONGEST_OVERLAP_SECONDS:
        raise Refusal(
            "out_of_range",
            f"Give a number of seconds from 0 to {LONGEST_OVERLAP_SECONDS}.",
            "/overlap_seconds",
        )
    return [s.ApiKeyRotated(wanted.digest, now + timedelta(seconds=wanted.overlap_seconds))]


def _revoke(state: ApiKeyState, wanted: s.RevokeApiKey, _: datetime) -> Events:
    if not state.digest:
        raise Refusal("no_such_key", "There is no key with this id.")
    return [] if state.revoked else [s.ApiKeyRevoked(wanted.reason)]


def _expect_alive(state: ApiKeyState) -> None:
    if not state.digest:
        raise Refusal("no_such_key", "There is no key with this id.")
    if state.revoked:
        raise Refusal("key_revoked", "This key was revoked; issue another.")


def _expect_digest(digest: str) -> None:
    if _DIGEST.fullmatch(digest) is None:
        raise Refusal("no_digest", "Name a secret by its SHA-256, in hex.", "/digest")


def _issued(state: ApiKeyState, event: s.ApiKeyIssued, _: Recorded[object]) -> None:
    state.digest = event.digest


def _rotated(state: ApiKeyState, event: s.ApiKeyRotated, _: Recorded[object]) -> None:
    state.digest = event.digest


def _revoked(state: ApiKeyState, event: s.ApiKeyRevoked, _: Recorded[object]) -> None:
    state.revoked = True


RULES: Rules = {s.IssueApiKey: _issue, s.RotateApiKey: _rotate, s.RevokeApiKey: _revoke}
FOLDS: Folds = {s.ApiKeyIssued: _issued, s.ApiKeyRotated: _rotated, s.ApiKeyRevoked: _revoked}
