"""What an inbound message means: its sender, its digest, its conversation, its faults."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from pydantic import ValidationError

from libs.contents import RENDITION_TYPE, ContentRef
from libs.events.ids import is_id, partition_of
from libs.events.personal import Personal
from libs.events.published.channels import InboundMessage, conversation_id
from libs.events.published.contacts import address_id
from libs.events.published.conversations import ReceiveMessage
from services.intake.reception import command_for, digest_of, plain_address, whats_wrong
from tests.support.messages import content

SECRET = b"s" * 32
GOLDEN = Path(__file__).parents[1] / "golden" / "inbound"


def inbound(**fields: Any) -> InboundMessage:
    message = {
        "channel": "chat",
        "account": "support",
        "id": "message-1",
        "sender": {"address": "Anna@example.org", "name": "Anna"},
        "received_at": "2026-03-02T08:59:00Z",
        "text": "It does not work.",
    }
    return InboundMessage.model_validate_json(json.dumps(message | fields))


def refusal(**fields: Any) -> str:
    with pytest.raises(ValidationError) as wrong:
        inbound(**fields)
    return whats_wrong(wrong.value)


@pytest.mark.parametrize(
    "name", ["least", "most", "most-2", "most-3", "most-4", "most-5", "most-6"]
)
def test_what_an_adapter_could_publish_once_it_can_publish_for_ever(name: str) -> None:
    published = (GOLDEN / f"{name}.json").read_bytes()
    message = InboundMessage.model_validate_json(published)

    assert message.model_fields_set == json.loads(published).keys()
    if name == "most-6":
        assert message.model_fields_set == InboundMessage.model_fields.keys() - {"text"}


class TestSender:
    def test_a_mail_address_counts_in_any_case(self) -> None:
        one = address_id(SECRET, "email", "Anna@Example.org")

        assert one == address_id(SECRET, "email", " anna@example.ORG ")
        assert is_id(one, "a")

    def test_a_handle_counts_as_it_is(self) -> None:
        assert address_id(SECRET, "chat", "Anna") != address_id(SECRET, "chat", "anna")

    def test_the_same_text_on_two_channels_is_two_addresses(self) -> None:
        assert address_id(SECRET, "chat", "anna") != address_id(SECRET, "phone", "anna")

    def test_nobody_finds_it_without_the_secret(self) -> None:
        mine = address_id(SECRET, "email", "anna@example.org")

        assert mine != address_id(b"t" * 32, "email", "anna@example.org")

    def test_composed_and_decomposed_letters_are_one_address(self) -> None:
        assert address_id(SECRET, "email", "jos\u00e9@example.org") == address_id(
            SECRET, "email", "jose\u0301@example.org"
        )

    @pytest.mark.parametrize(
        ("address", "plain"),
        [
            ("ada+x@example.org", "ada@example.org"),
            ("ada+x+y@example.org", "ada@example.org"),
            ("ada@example.org", "ada@example.org"),
            ("+x@example.org", "+x@example.org"),
            ("ada", "ada"),
        ],
    )
    def test_a_plus_address_has_a_plain_one(self, address: str, plain: str) -> None:
        assert plain_address(address) == plain


class TestDigest:
    def test_is_the_adapters_where_it_gives_one(self) -> None:
        assert digest_of(inbound(digest="a" * 64), "anna") == "a" * 64

    def test_is_the_same_for_the_same_message(self) -> None:
        later = inbound(received_at="2026-03-02T10:00:00Z")

        assert digest_of(inbound(), "anna") == digest_of(later, "anna")

    @pytest.mark.parametrize(
        "fields", [{"account": "sales"}, {"id": "2"}, {"subject": "Help"}, {"text": "It works."}]
    )
    def test_differs_with_whatever_makes_it_another_message(self, fields: dict[str, str]) -> None:
        assert digest_of(inbound(), "anna") != digest_of(inbound(**fields), "anna")

    def test_a_stranger_who_copies_the_id_and_the_words_suppresses_nothing(self) -> None:
        assert digest_of(inbound(), "anna") != digest_of(inbound(), "eve")


class TestConversation:
    def test_is_the_threads_on_its_account(self) -> None:
        root, answer = inbound(id="root", thread="root"), inbound(id="answer", thread="root")

        assert root.conversation_id == answer.conversation_id == conversation_id("support", "root")
        assert inbound(thread="root", account="sales").conversation_id != root.conversation_id

    def test_a_message_without_thread_is_a_thread_of_its_own(self) -> None:
        assert inbound(id="root").conversation_id == conversation_id("support", "root")

    def test_adapters_and_intake_find_the_same_partition(self) -> None:
        assert partition_of(conversation_id("support", "root"), 12) in range(12)


class TestCommand:
    def test_hands_over_every_fact(self) -> None:
        message = inbound(
            thread="root",
            language="en",
            automatic="auto-replied",
            sent_at="2026-03-02T08:00:00Z",
            original={
                "id": "raw",
                "size": 900,
                "media_type": "message/rfc822",
                "sha256": "b" * 64,
            },
            attachments=[
                {
                    "content": {
                        "id": "photo",
                        "size": 5,
                        "media_type": "image/png",
                        "sha256": "c" * 64,
                    },
                    "inline": True,
                }
            ],
            digest="a" * 64,
        )
        command = command_for(
            message,
            message_digest="a" * 64,
            sender_id="a-" + "0" * 26,
            address=Personal.of("anna", "transit-2026w10"),
            name=Personal.of("Anna", "transit-2026w10"),
            rendition=content("words"),
            ticket_id="t-" + "0" * 26,
        )

        assert isinstance(command.data, ReceiveMessage)
        arrival = command.data.arrival
        assert command.aggregate_id == conversation_id("support", "root")
        assert command.actor == "adapter:chat"
        assert (arrival.account, arrival.ticket_id) == ("support", "t-" + "0" * 26)
        facts = arrival.message
        assert (facts.direction, facts.role, facts.visibility) == ("in", "customer", "public")
        assert (facts.language, facts.automatic) == ("en", "auto-replied")
        assert (facts.received_at, facts.sent_at) == (message.received_at, message.sent_at)
        assert facts.length == len("It does not work.")
        assert facts.original == ContentRef("raw", 900, "message/rfc822", "b" * 64)
        assert facts.attachments[0].inline
        assert facts.content_ids == ("words", "raw", "photo")

    def test_of_the_same_message_is_the_same_command(self) -> None:
        ids = {
            command_for(
                inbound(received_at=at),
                message_digest="a" * 64,
                sender_id="a-" + "0" * 26,
                address=Personal.of("anna", "transit-2026w10"),
                name=Personal.of("Anna", "transit-2026w10"),
                rendition=content("words"),
                ticket_id="",
            ).command_id
            for at in ("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z")
        }

        assert len(ids) == 1


class TestWhatIsWrong:
    def test_says_where(self) -> None:
        assert refusal(sender={}).startswith("Not an inbound message: sender.address: ")
        assert refusal(received_at="2026-03-02T08:59:00").startswith(
            "Not an inbound message: received_at: "
        )

    def test_says_how_many(self) -> None:
        assert refusal(channel="E Mail", account="").endswith(", and 1 more.")

    def test_words_are_needed_once(self) -> None:
        rendition = {"id": "r", "size": 1, "media_type": RENDITION_TYPE, "sha256": "0" * 64}

        assert "either as text or as rendition" in refusal(text=None)
        assert "either as text or as rendition" in refusal(rendition=rendition)

    def test_what_we_cannot_see_into_needs_a_digest(self) -> None:
        rendition = {"id": "r", "size": 1, "media_type": RENDITION_TYPE, "sha256": "0" * 64}

        assert "give a digest" in refusal(text=None, rendition=rendition)
        assert "give a digest" in refusal(attachments=[{"content": rendition}])

    def test_a_sender_is_sealed_in_transit_or_not_at_all(self) -> None:
        sealed = {"key": "p-0123", "sealed": "c2VhbGVk"}

        assert "sender.address" in refusal(sender={"address": sealed})

    def test_quotes_nothing_of_the_message(self) -> None:
        assert "anna@example.org" not in refusal(sender={"address": ["anna@example.org"]})
        assert "anna@example.org" not in refusal(**{"anna@example.org": "hello"})

    @any_of(st.binary(max_size=200))
    def test_any_bytes_get_a_sentence(self, value: bytes) -> None:
        with pytest.raises(ValidationError) as wrong:
            InboundMessage.model_validate_json(value)
        assert whats_wrong(wrong.value).startswith("Not an inbound message: ")
