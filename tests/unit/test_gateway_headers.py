"""What headers ask for and promise."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.http import headers
from services.gateway.http.problems import Problem


def test_what_an_etag_says_is_what_if_match_expects() -> None:
    assert headers.expected_sequence(headers.etag(17, "agent"), "agent") == 17
    assert headers.expected_sequence(headers.etag(17, "agent", erased=True), "agent") == 17


@pytest.mark.parametrize("if_match", [None, "*", " * "])
def test_without_a_version_every_version_will_do(if_match: str | None) -> None:
    assert headers.expected_sequence(if_match, "agent") is None


def test_an_etag_of_another_role_is_another_page() -> None:
    with pytest.raises(Problem) as caught:
        headers.expected_sequence(headers.etag(17, "agent"), "customer")
    assert (caught.value.status, caught.value.code) == (412, "changed_meanwhile")


@pytest.mark.parametrize("if_match", ["17", '"17"', 'W/"17.agent"', '"1.agent", "2.agent"', '"x"'])
def test_what_is_none_of_our_etags_is_a_bad_header(if_match: str) -> None:
    with pytest.raises(Problem) as caught:
        headers.expected_sequence(if_match, "agent")
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("if_none_match", "current"),
    [
        (None, False),
        ("*", True),
        ('"3.agent"', True),
        ('W/"3.agent"', True),
        ('"2.agent", "3.agent"', True),
        ('"2.agent"', False),
        ('"3.agent.erased"', False),
    ],
)
def test_if_none_match_knows_the_current_page(if_none_match: str | None, current: bool) -> None:
    assert headers.is_current(if_none_match, headers.etag(3, "agent")) is current


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (None, 5),
        ("", 5),
        ("wait=2", 2),
        ('wait="2"', 2),
        ("wait=0", 0),
        ("WAIT=7; foo=bar", 7),
        ("wait=3600", 30),
        ("respond-async", 0),
        ("respond-async, wait=10", 10),
        ("wait=1, wait=9", 1),
        ("wait=soon", 5),
        ("return=minimal", 5),
    ],
)
def test_prefer_says_how_long_to_wait(prefer: str | None, seconds: float) -> None:
    assert headers.wait_seconds(prefer) == seconds


def test_an_idempotency_key_may_be_quoted_or_bare() -> None:
    assert headers.idempotency_key('"8e03978e"') == headers.idempotency_key("8e03978e")
    assert headers.idempotency_key(None) is None


@pytest.mark.parametrize(
    "key", ["", '""', '"one', 'one"', "two words", "\xa0one", "x" * 256, "ключ"]
)
def test_a_key_that_is_none_is_a_bad_header(key: str) -> None:
    with pytest.raises(Problem) as caught:
        headers.idempotency_key(key)
    assert caught.value.status == 400


def test_only_a_well_formed_trace_context_goes_on() -> None:
    good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert headers.traceparent(good) == good
    for bad in (None, "", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", good + "x", "cc" + good[2:]):
        assert headers.traceparent(bad) is None


@given(st.text())
def test_whatever_stands_in_a_header_gets_an_answer(text: str) -> None:
    headers.wait_seconds(text)
    headers.is_current(text, '"1.agent"')
    headers.traceparent(text)
    for read in (headers.idempotency_key, lambda t: headers.expected_sequence(t, "agent")):
        with contextlib.suppress(Problem):
            read(text)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("de", "de"),
        ("de-AT, en;q=0.5", "de"),
        ("fr, de;q=0.3, en;q=0.2", "de"),
        ("de;q=0.4, en", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("en;q=0, *;q=0.1", "de"),
        ("de;q=2, \x00, ;;;" + ",fr" * 100_000, "en"),
    ],
)
def test_the_language_is_the_one_that_is_read_best(accepted: str | None, language: str) -> None:
    assert headers.preferred(accepted, ("en", "de")) == language
