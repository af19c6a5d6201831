"""The page of codes says of each what the gateway answers."""

import pytest

from clients.problems import page, refusals
from libs.events.envelope import Reply
from services.gateway.http.outcomes import refusal
from services.gateway.http.problem_examples import SENTENCES


@pytest.mark.parametrize(("code", "said"), sorted(refusals().items()))
def test_a_refusal_has_the_status_that_it_is_answered_with(
    code: str, said: tuple[int, str]
) -> None:
    status, sentence = said
    reply = Reply(
        command_id="c",
        aggregate_id="t",
        partition=0,
        sequence=1,
        refusal=code,
        sentence=sentence,
        field="/field" if status == 422 else "",
    )
    assert refusal(reply).status == status


def test_the_page_has_the_codes_of_rules_and_gateway() -> None:
    written = page()
    assert "| `not_solved` | Only a solved ticket can be closed; solve it first. |" in written
    for code in {*refusals(), *(code for codes in SENTENCES.values() for code in codes)}:
        assert f"| `{code}` |" in written


def test_the_examples_of_refusals_are_codes_that_there_are() -> None:
    known = refusals()
    assert known["not_solved"] == (409, "Only a solved ticket can be …; solve it first.")
    assert known["nobody_to_assign"] == (422, SENTENCES[422]["nobody_to_assign"])
    assert known["no_such_note"] == (404, SENTENCES[404]["no_such_note"])
