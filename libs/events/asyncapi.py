"""The published language as an AsyncAPI 3.0 document, made from the catalogue."""

import inspect
import json
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import get_origin

import msgspec

from libs.events import published, topics
from libs.events.catalogue import CATALOGUE, Entry, Json, Kind
from libs.events.envelope import Reply
from libs.events.personal import Personal
from libs.events.published.channels import InboundMessage

AGGREGATES = (
    published.conversations,
    published.tickets,
    published.contacts,
    published.setup,
    published.senders,
)
_SCHEMAS = "#/components/schemas/"

# Every header is UTF-8 text.
EVENT_HEADERS = {
    "ce_specversion": "`1.0` (CloudEvents, binary mode of its Kafka binding)",
    "ce_id": "the event's id, a UUID of version 7",
    "ce_type": "`deskledger.<type>.v<version>`",
    "ce_source": "`/<aggregate>`",
    "ce_subject": "the aggregate's id, which is the record's key, too",
    "ce_time": "when it happened in the world",
    "ce_recordedtime": "when the log took it; never goes back within a partition",
    "ce_sequence": "1, 2, 3 … within the aggregate, without gaps",
    "ce_actor": "who did it, as `kind:id`",
    "ce_correlationid": "what it all began with",
    "ce_causationid": "the id of the command that caused it",
    "ce_input": "where that command stands, as `topic/partition/offset`",
    "ce_aggregateprev": "hash of the aggregate's previous event, empty for its first",
    "ce_partitionprev": "hash of the partition's previous event, empty for its first",
    "ce_origin": "`import` for history that was brought in: nobody is told of it (optional)",
    "ce_traceparent": "W3C trace context (optional)",
}
COMMAND_HEADERS = {
    "ce_specversion": "`1.0`",
    "ce_id": "the command's id; sent again within seven days it gets the first answer",
    "ce_type": "`deskledger.<type>.v<version>`",
    "ce_source": "`/<kind of actor>`",
    "ce_actor": "who wants it, as `kind:id`",
    "ce_correlationid": "what it all began with (optional)",
    "ce_causationid": "the event that led to it (optional)",
    "ce_replyto": "who waits for the reply (optional)",
    "ce_expectedsequence": "refuse it unless the aggregate stands exactly there (optional)",
    "ce_notafter": "refuse it when it is decided later than this (optional)",
    "ce_time": "when it happened in the world, if not when it is decided (optional)",
    "ce_origin": "`import` for history: nobody is told of what comes of it (optional)",
    "ce_traceparent": "W3C trace context (optional)",
}


def aggregate_of(module: ModuleType) -> str:
    """The aggregate, as its topics name it, whose language a module holds."""
    return module.__name__.rpartition(".")[2]


def entries(aggregate: str, kind: str) -> Sequence[Entry]:
    """An aggregate's events or commands, module by module in the order of their declaration."""
    wanted: Kind = "event" if kind == "event" else "command"
    found = [
        entry
        for entry in CATALOGUE.entries(wanted)
        if entry.aggregate == aggregate and entry.cls.__module__.startswith(published.__name__)
    ]
    return sorted(
        found, key=lambda entry: (entry.cls.__module__, inspect.getsourcelines(entry.cls)[1])
    )


def document() -> str:
    """The document as JSON text."""
    messages: Json = {
        "InboundMessage": _message("InboundMessage", InboundMessage),
        "Reply": _message("Reply", Reply),
    }
    channels: Json = {
        topics.INBOUND: _channel(topics.INBOUND, published.channels, ["InboundMessage"])
    }
    operations: Json = {topics.INBOUND: _operation(topics.INBOUND, "receive")}
    classes: list[type[msgspec.Struct]] = [Reply]
    for module in AGGREGATES:
        aggregate = aggregate_of(module)
        for kind, topic, action in (
            ("event", topics.events(aggregate), "send"),
            ("command", topics.commands(aggregate), "receive"),
        ):
            found = entries(aggregate, kind)
            classes += [entry.cls for entry in found]
            for entry in found:
                messages[entry.name] = {
                    **_message(entry.name, entry.cls),
                    "title": f"{entry.name} (version {entry.version})",
                    "headers": {"$ref": f"{_SCHEMAS}{kind.title()}Headers"},
                }
            channels[topic] = _channel(topic, module, [entry.name for entry in found])
            operations[topic] = _operation(topic, action)
        replies = topics.replies(aggregate)
        channels[replies] = _channel(replies, module, ["Reply"])
        operations[replies] = _operation(replies, "send")
    whole = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Deskledger",
            "version": "1",
            "description": "The commands that its services take, and the events they record.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": _schemas(classes)},
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _message(name: str, cls: type) -> Json:
    text = inspect.getdoc(cls) or ""
    return {
        "name": name,
        "summary": text.partition("\n\n")[0].replace("\n", " "),
        "contentType": "application/json",
        "payload": {"$ref": _SCHEMAS + name},
    }


def _channel(topic: str, module: ModuleType, names: Sequence[str]) -> Json:
    return {
        "address": topic,
        "description": (inspect.getdoc(module) or "").partition("\n\n")[0].replace("\n", " "),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _operation(topic: str, action: str) -> Json:
    return {"action": action, "channel": {"$ref": f"#/channels/{topic}"}}


def _schemas(classes: Sequence[type[msgspec.Struct]]) -> Json:
    _, found = msgspec.json.schema_components(
        classes, schema_hook=_of_our_own, ref_template=_SCHEMAS + "{name}"
    )
    inbound = InboundMessage.model_json_schema(ref_template=_SCHEMAS + "{model}")
    parts: Json = inbound.pop("$defs")
    schemas: Json = {
        **found,
        **parts,
        "InboundMessage": inbound,
        "EventHeaders": _headers(EVENT_HEADERS),
        "CommandHeaders": _headers(COMMAND_HEADERS),
    }
    for schema in schemas.values():
        if isinstance(schema, dict) and isinstance(text := schema.get("description"), str):
            schema["description"] = inspect.cleandoc(text)
    return dict(sorted(schemas.items()))


def _of_our_own(annotation: type) -> Json:
    if annotation is object:
        return {"description": "Any value."}
    if (get_origin(annotation) or annotation) is not Personal:
        raise NotImplementedError(f"{annotation} has no schema")
    return {
        "description": "A personal value, encrypted under the key that it names.",
        "type": "object",
        "properties": {"key": {"type": "string"}, "sealed": {"type": "string"}},
        "required": ["key", "sealed"],
    }


def _headers(meanings: Mapping[str, str]) -> Json:
    return {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": meaning} for name, meaning in meanings.items()
        },
        "required": [n for n, meaning in meanings.items() if not meaning.endswith("(optional)")],
    }
