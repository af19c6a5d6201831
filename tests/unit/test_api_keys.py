"""API keys: what may be issued, and which requests a key is enough for."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given as fuzzed
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.events.published import setup as s
from libs.events.testing import START, given, recorded
from libs.tokens import Role
from services.gateway.instants import text
from services.gateway.keys.known import digest_of, made
from services.gateway.keys.scopes import AREAS, LEVELS, Level, needed, permit
from services.gateway.keys.view import key_after
from services.intake.setup import API_KEY

DIGEST, OTHER = "a" * 64, "b" * 64
KEY = s.ApiKey("CRM", "service.crm", "agent", ("tickets:read",), START + timedelta(days=90))
ISSUED = s.ApiKeyIssued(KEY, DIGEST)


def test_a_key_is_issued_once() -> None:
    given(API_KEY).when(s.IssueApiKey(KEY, DIGEST)).then(ISSUED)
    given(API_KEY, ISSUED).when(s.IssueApiKey(KEY, OTHER)).refused("key_issued")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "unusable_name"),
        ({"subject": "anna"}, "no_service_user"),
        ({"subject": "service."}, "no_service_user"),
        ({"scopes": ()}, "no_scope"),
        ({"scopes": ("everything",)}, "unknown_scope"),
        ({"scopes": (":read",)}, "unknown_scope"),
        ({"scopes": ("tickets:",)}, "unknown_scope"),
        ({"teams": ("a b",)}, "no_team"),
        ({"expires_at": START}, "unusable_end"),
        ({"expires_at": START + timedelta(days=800)}, "unusable_end"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(change: dict[str, object], code: str) -> None:
    given(API_KEY).when(s.IssueApiKey(replace(KEY, **change), DIGEST)).refused(code)


def test_a_secret_itself_is_never_taken() -> None:
    _, digest = made("k-" + "0" * 26)
    given(API_KEY).when(s.IssueApiKey(KEY, "dlk_secret")).refused("no_digest")
    assert len(digest) == len(DIGEST)


def test_it_is_rotated_with_an_overlap_until_it_is_revoked() -> None:
    issued = given(API_KEY, ISSUED)
    issued.when(s.RotateApiKey(OTHER, 10**8)).refused("out_of_range")
    issued.when(s.RevokeApiKey("leaked")).then(s.ApiKeyRevoked("leaked"))
    revoked = given(API_KEY, ISSUED, s.ApiKeyRevoked("leaked"))
    revoked.when(s.RevokeApiKey()).then()
    revoked.when(s.RotateApiKey(OTHER)).refused("key_revoked")
    given(API_KEY).when(s.RotateApiKey(OTHER)).refused("no_such_key")
    given(API_KEY).when(s.RevokeApiKey()).refused("no_such_key")


def test_two_secrets_count_while_they_overlap_and_none_once_revoked() -> None:
    id, until = "k-" + "0" * 26, START + timedelta(hours=1)
    view = key_after(None, recorded(ISSUED, 1, id=id))
    view = key_after(view, recorded(s.ApiKeyRotated(OTHER, until), 2, id=id))
    assert view["digests"] == {DIGEST: text(until), OTHER: ""}
    third = key_after(view, recorded(s.ApiKeyRotated("c" * 64, until), 3, id=id))
    assert set(third["digests"]) == {OTHER, "c" * 64}
    assert key_after(view, recorded(s.ApiKeyRevoked(), 3, id=id))["digests"] == {}


def test_what_its_holder_gets_is_not_what_is_kept() -> None:
    key, digest = made("k-" + "0" * 26)
    assert digest == digest_of(key.removeprefix("dlk_" + "0" * 26 + "_"))
    assert digest not in key


STAFF: tuple[Role, ...] = ("admin", "lead", "agent")


@pytest.mark.parametrize(
    ("method", "path", "roles", "expected"),
    [
        ("GET", "/v1/tickets/7", STAFF, ("tickets", "read")),
        ("POST", "/v1/tickets/7/notes", STAFF, ("tickets", "write")),
        ("GET", "/v1/organisations/o", STAFF, ("contacts", "read")),
        ("GET", "/v1/stream/me", STAFF, ("tickets", "read")),
        ("PUT", "/v1/desk/tiers", ("admin",), ("setup", "admin")),
        ("GET", "/v1/api-keys", ("admin",), ("api-keys", "admin")),
        ("POST", "/v1/senders/block", ("admin", "lead"), ("suspended", "admin")),
    ],
)
def test_a_request_takes_a_level_of_an_area(
    method: str, path: str, roles: tuple[Role, ...], expected: tuple[str, str]
) -> None:
    assert needed(method, path, roles) == expected


@fuzzed(st.sampled_from(AREAS), st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_a_scope_holds_those_before_it_and_nothing_of_other_areas(
    area: str, has: Level, wants: Level
) -> None:
    enough = LEVELS.index(has) >= LEVELS.index(wants)
    assert permit([has], area, wants) == enough
    assert permit([f"{area}:{has}"], area, wants) == enough
    assert not permit([f"{area}x:admin"], area, wants)


def test_every_address_lies_in_an_area() -> None:
    """As the reference, which is made from the description, lists them."""
    listed = Path(__file__).parents[2] / "docs" / "reference" / "api.md"
    places = set(re.findall(r"`(/v1/[a-z-]+)", listed.read_text())) - {
        "/v1/sign-in"
    }  # no key there
    assert {needed("GET", place, STAFF)[0] for place in places} == set(AREAS)
