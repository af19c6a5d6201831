"""Signed references: ours are found in whatever mail makes of them, forged ones never."""

import base64
import string

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from libs.references import References

SECRET = bytes(range(32))
REFERENCES = References(SECRET)
TICKET = "t-3f00112233445566778899aabb"
REFERENCE = REFERENCES.sign(TICKET)
ALPHABET = string.ascii_lowercase + "234567"

ticket_ids = st.binary(min_size=13, max_size=13).map(lambda raw: f"t-{raw.hex()}")


@given(ticket_ids)
def test_a_reference_leads_to_its_ticket(ticket_id: str) -> None:
    reference = REFERENCES.sign(ticket_id)
    assert len(reference) == 40
    assert set(reference) <= set(ALPHABET)
    assert REFERENCES.verify(reference) == ticket_id


@given(ticket_ids, st.lists(st.booleans(), min_size=40, max_size=40))
def test_case_does_not_matter(ticket_id: str, upper: list[bool]) -> None:
    reference = REFERENCES.sign(ticket_id)
    mixed = "".join(c.upper() if up else c for c, up in zip(reference, upper, strict=True))
    assert REFERENCES.verify(mixed) == ticket_id


@given(ticket_ids, st.integers(0, 39), st.sampled_from(ALPHABET))
def test_one_changed_character_does_not_verify(ticket_id: str, place: int, other: str) -> None:
    reference = REFERENCES.sign(ticket_id)
    assume(reference[place] != other)
    assert REFERENCES.verify(reference[:place] + other + reference[place + 1 :]) is None


@given(ticket_ids, st.integers(0, 39), st.integers(0, 39))
def test_swapped_characters_do_not_verify(ticket_id: str, i: int, j: int) -> None:
    characters = list(REFERENCES.sign(ticket_id))
    assume(characters[i] != characters[j])
    characters[i], characters[j] = characters[j], characters[i]
    assert REFERENCES.verify("".join(characters)) is None


@given(ticket_ids, ticket_ids)
def test_one_tickets_signature_does_not_fit_another(one: str, other: str) -> None:
    assume(one != other)
    signature = base64.b32decode(REFERENCES.sign(one).upper())[13:]
    forged = base64.b32encode(bytes.fromhex(other[2:]) + signature).decode().lower()
    assert REFERENCES.verify(forged) is None


@given(st.binary(min_size=25, max_size=25))
def test_forged_bytes_do_not_verify(forged: bytes) -> None:
    assert REFERENCES.verify(base64.b32encode(forged).decode()) is None


@given(st.text())
@example("")
@example(REFERENCE + "=")
@example(REFERENCE + "\n")
@example(" " + REFERENCE)
@example(REFERENCE[:-1])
@example(REFERENCE + "a")
@example(REFERENCE.replace("i", "\u0131"))  # dotless: its upper case is I
@example(REFERENCE.replace("k", "\u212a"))  # the Kelvin sign: its lower case is k
def test_any_other_text_does_not_verify(text: str) -> None:
    assert REFERENCES.verify(text) is None


def test_another_installations_references_do_not_verify() -> None:
    assert References(bytes(32)).verify(REFERENCE) is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        References(bytes(31))


@pytest.mark.parametrize(
    "ticket_id",
    ["", "t-", "c" + TICKET[1:], TICKET + "0", TICKET[:-1], TICKET.upper(), "t-" + "g" * 26],
)
def test_only_a_ticket_has_a_reference(ticket_id: str) -> None:
    with pytest.raises(ValueError, match="is no ticket id"):
        REFERENCES.sign(ticket_id)


def test_a_reply_address_fits_a_local_part() -> None:
    address = REFERENCES.reply_address("support@example.org", TICKET)
    assert address == f"support+{REFERENCE}@example.org"
    longest = REFERENCES.reply_address("a" * 23 + "@example.org", TICKET)
    assert len(longest.partition("@")[0]) == 64


@pytest.mark.parametrize("address", ["a" * 24 + "@example.org", "support", "@x", "support@", ""])
def test_an_address_that_cannot_carry_one_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"too long|no mail address"):
        REFERENCES.reply_address(address, TICKET)


def test_a_message_id_is_the_same_each_time_and_leads_to_its_ticket() -> None:
    event_id = "01936b2e-7c1a-7000-8000-000000000001"
    message_id = REFERENCES.message_id(event_id, TICKET, "example.org")
    assert message_id == f"<01936b2e7c1a70008000000000000001.{REFERENCE}@example.org>"
    assert message_id == REFERENCES.message_id(event_id, TICKET, "example.org")
    assert REFERENCES.find([message_id]) == TICKET


@pytest.mark.parametrize(
    "header",
    [
        f"support+{REFERENCE}@example.org",
        f"<support+{REFERENCE}@example.org>",
        f"<SUPPORT+{REFERENCE.upper()}@EXAMPLE.ORG>",
        f'"Support, 2nd level" <support+{REFERENCE}@example.org>, bob@example.org',
        f"=?utf-8?q?Hilfe?= <support+{REFERENCE}@example.org> (by hand)",
        f"SRS0=Xy12=ZZ=example.org=support+{REFERENCE}@forwarder.example",
        f"prvs=1234567890=support+{REFERENCE}@example.org",
        f"<aa@mail.example> <01936b2e.{REFERENCE}@example.org>\r\n <bb@mail.example>",
        f"rfc822;support+{REFERENCE}@example.org",
    ],
)
def test_a_reference_is_found_in_what_headers_look_like(header: str) -> None:
    assert REFERENCES.find(["<unrelated@example.org>", header]) == TICKET


@pytest.mark.parametrize(
    "header",
    [
        "",
        "support@example.org",
        f"support+{'a' * 40}@example.org",
        f"support+{References(bytes(32)).sign(TICKET)}@example.org",
        f"support+x{REFERENCE}@example.org",
        f"support+{REFERENCE}x@example.org",
    ],
)
def test_nothing_is_found_where_nothing_of_ours_stands(header: str) -> None:
    assert REFERENCES.find([header]) is None


def test_a_forged_reference_does_not_hide_a_true_one() -> None:
    forged = References(bytes(32)).sign("t-" + "0" * 26)
    assert REFERENCES.find([f"a+{forged}@x", f"b+{REFERENCE}@x"]) == TICKET


@given(st.text(), st.text())
def test_it_is_found_between_whatever_is_no_letter_or_digit(before: str, after: str) -> None:
    assume(not before[-1:].isalnum() and not after[:1].isalnum())
    assert REFERENCES.find([f"{before}{REFERENCE}{after}"]) == TICKET


def test_a_message_id_leads_to_its_event() -> None:
    event_id = "01a0c7f2-93ab-7c14-8d52-6be07f1d2c34"
    ours = REFERENCES.message_id(event_id, TICKET, "desk.example")
    other = REFERENCES.message_id(event_id.replace("2", "3"), "t-" + "0" * 26, "desk.example")

    assert REFERENCES.find_event([f"support+{REFERENCE}@x", other, ours], TICKET) == event_id
    assert REFERENCES.find_event([f"support+{REFERENCE}@x", other], TICKET) == ""
