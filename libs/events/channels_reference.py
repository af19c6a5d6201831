"""Writes docs/reference/channels-inbound.md from the contract's classes; --check fails on drift."""

import argparse
import sys
from collections.abc import Mapping

from libs.events.published.channels import (
    Content,
    InboundAttachment,
    InboundMessage,
    Part,
    Sealed,
    Sender,
)
from libs.events.topics import DAY_MS, INBOUND, MAX_RECORD_BYTES, TOPICS
from libs.settings import CHECKOUT

PAGE = CHECKOUT / "docs" / "reference" / "channels-inbound.md"
EXAMPLE = """\
{
  "channel": "chat",
  "account": "website",
  "id": "ana-1",
  "thread": "ana",
  "sender": {"address": "ana", "name": "Ana Weber"},
  "received_at": "2026-03-02T09:30:00+01:00",
  "text": "My printer burns."
}
"""
HEAD = """\
# channels.inbound: the contract for channel adapters

An adapter brings messages from outside: mail, chat, whatever people write through. To be one, a
program publishes JSON objects to the topic `channels.inbound` (behind the namespace, if the
installation has one), one for each message and account. It needs a Kafka client, no library of
ours and no header. [How to write one](../how-to/write-a-channel-adapter.md).
Written by `make docs` from the classes: do not edit.

## The smallest message

```json
{example}```

## What is promised

- **What Kafka has taken is never refused.** Each message becomes a ticket or joins one, or is
  suspended with a reason that a person can look at.
- **Once.** Messages with one digest are one message, however often they are delivered. Without a
  `digest` it is made of account, id, sender, subject and text, so a retry must repeat all five.
- **In order within a thread.** Messages with the same account and thread (or, without one, id)
  are one conversation.
- **Any partition will do.** A conversation lives in one partition; clients hash keys differently,
  so a message that comes to another one is forwarded to its own. That costs a hop and no more. An
  adapter that wants to spare it computes the conversation's id, `c-` and the first 26 hex digits
  of the SHA-256 over the MessagePack array [account, thread]; its key is that id, its partition the
  number in the id's first two hex digits modulo the topic's partition count.
- **What cannot be understood is kept.** A record that is not JSON of this shape, or whose sender
  was sealed under a key that is gone, becomes a dead letter with a sentence that says what is wrong
  (`deskledger dead-letters list`), and holds nobody up.
- Records are at most {bytes:,} bytes, and are kept for {days} days.

Publish with `acks=all`, and tell your channel "received" only when Kafka has answered.

Values in clear are encrypted as soon as they are read, but stand in Kafka until then and for the
days that the topic is kept, or until somebody is erased: then it is cut off up to where it has been
read. So do not use them where the broker's disk is not yours. Our own adapters seal the sender and
put words and files into the content store, under a transit key that is the message's own.
"""
SHAPES: tuple[type[Part], ...] = (InboundMessage, Sender, Sealed, Content, InboundAttachment)


def page() -> str:
    """The reference page."""
    InboundMessage.model_validate_json(EXAMPLE)
    [topic] = [topic for topic in TOPICS if topic.name == INBOUND]
    head = HEAD.format(example=EXAMPLE, bytes=MAX_RECORD_BYTES, days=topic.retention_ms // DAY_MS)
    return "\n".join([head, *map(_section, SHAPES)])


def _section(shape: type[Part]) -> str:
    schema = shape.model_json_schema()
    required = schema.get("required", [])
    rows = "\n".join(
        f"| `{name}` | {_words(field)} | {'yes' if name in required else ''} "
        f"| {field['description']} |"
        for name, field in schema["properties"].items()
    )
    title = shape.__name__
    return (
        f"## {title}\n\n{shape.__doc__}\n\n"
        f"| field | type | required | meaning |\n|---|---|---|---|\n{rows}\n"
    )


def _words(field: Mapping[str, object]) -> str:
    """A JSON Schema type in words, with its limits."""
    if options := field.get("anyOf"):
        assert isinstance(options, list)
        return " or ".join(_words(one) for one in options if one.get("type") != "null")
    if reference := field.get("$ref"):
        name = str(reference).rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    limits = [
        f"{word} {field[name]}"
        for name, word in (("maxLength", "at most"), ("maxItems", "at most"), ("minimum", "from"))
        if name in field
    ]
    if pattern := field.get("pattern"):
        limits.append(f"`{str(pattern).strip('^$')}`")
    kind = str(field.get("format", field.get("type")))
    if items := field.get("items"):
        assert isinstance(items, dict)
        kind = f"list of {_words(items)}"
    return f"{kind} ({', '.join(limits)})" if limits else kind


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    if not parser.parse_args().check:
        PAGE.write_text(page())
    elif not PAGE.exists() or PAGE.read_text() != page():
        sys.exit(f"{PAGE.relative_to(CHECKOUT)} is out of date: run `make docs` and commit it")


if __name__ == "__main__":
    main()
