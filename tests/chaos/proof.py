"""What the log, the contents and the read models say at the end, against what clients were told.

Everything here is read anew from Kafka and MongoDB; nothing is asked of the services.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from mailbox import Maildir

from bson import decode, encode

from libs.contents import Content, ContentStore, Rendition
from libs.events.builds import collection_of
from libs.events.codec import decode_event
from libs.events.envelope import Recorded
from libs.events.folding import POSITION, Held, by_document
from libs.events.kafka import Cluster, end_offsets
from libs.events.projection import Projection, Table
from libs.events.published import tickets as t
from libs.events.topics import events
from libs.mongo import Document, Mongo
from libs.mongo.collection import CODEC
from libs.references import References
from libs.settings import Settings, home
from tests.chaos.load import Promises

AGGREGATES = ("conversations", "tickets", "contacts", "setup", "senders")
MESSAGES = (t.TicketOpened, t.CustomerMessageAdded, t.ForeignMessageAdded)
TOKEN = re.compile(r"\b[0-9a-f]{6}m\d+x\d+\b")


@dataclass
class Log:
    """Every event, by topic, each partition in its order."""

    by_topic: dict[str, list[Recorded[object]]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Recorded[object]]:
        for recorded in self.by_topic.values():
            yield from recorded


async def read_log(cluster: Cluster, lanes: int) -> Log:
    """All that is committed now."""
    log = Log({events(name): [] for name in AGGREGATES})
    partitions = [cluster.partition(topic, p) for topic in log.by_topic for p in range(lanes)]
    ends = await end_offsets(cluster, partitions, "read_committed")
    unread = {tp for tp in partitions if ends[tp] > 0}
    async with cluster.consumer() as consumer:
        consumer.assign(list(unread))
        for tp in unread:
            consumer.seek(tp, 0)
        while unread:
            for tp, batch in (await consumer.getmany(timeout_ms=500)).items():
                topic = cluster.plain(tp.topic)
                log.by_topic[topic] += [decode_event(record, topic) for record in batch]
            for tp in list(unread):
                if await consumer.position(tp) >= ends[tp]:
                    unread.discard(tp)
    return log


def check_sequences(log: Log) -> Iterator[str]:
    """Every aggregate counts 1, 2, 3 …; no event stands twice."""
    last: dict[str, int] = defaultdict(int)
    ids: Counter[str] = Counter()
    for recorded in log:
        ids[recorded.event_id] += 1
        if recorded.sequence != last[recorded.aggregate_id] + 1:
            yield (
                f"{recorded.aggregate_id} has event {recorded.sequence} after event "
                f"{last[recorded.aggregate_id]} at {recorded.position}"
            )
        last[recorded.aggregate_id] = recorded.sequence
    yield from (f"the event {id} stands {n} times in the log" for id, n in ids.items() if n > 1)


async def check_mails(log: Log, contents: ContentStore, promises: Promises) -> Iterator[str]:
    """Every mail that got a 250 is in exactly one ticket, once; where it answers one, in that."""
    places = await _places_of_mails(log, contents)
    return _misplaced(places, promises)


def _misplaced(places: Mapping[str, Sequence[str]], promises: Promises) -> Iterator[str]:
    for mail in promises.mails:
        found = places.get(mail.token, [])
        if not mail.copies:
            yield f"the mail {mail.token} was never accepted"
        if mail.copies and not found:
            yield f"the mail {mail.token} got {mail.copies} × 250 and is in no ticket"
        if len(found) > 1:
            yield f"the mail {mail.token} ({mail.copies} × 250) is in {', '.join(found)}"
        if mail.answers and found and found[0] != mail.answers:
            yield f"the mail {mail.token} answers {mail.answers} and is in {found[0]}"
    known = {mail.token for mail in promises.mails}
    yield from (f"nobody ever wrote the mail {token}" for token in places.keys() - known)


async def _places_of_mails(log: Log, contents: ContentStore) -> Mapping[str, Sequence[str]]:
    """The tickets that hold a mail, by the token in its words."""
    holders: dict[str, list[str]] = defaultdict(list)
    for recorded in log.by_topic[events("tickets")]:
        if isinstance(recorded.data, MESSAGES):
            holders[recorded.data.message.rendition.id].append(recorded.aggregate_id)
    places: dict[str, list[str]] = defaultdict(list)
    ids = list(holders)
    for start in range(0, len(ids), 500):
        for id, content in (await contents.get(ids[start : start + 500])).items():
            words = Rendition.decode(content.data).text if isinstance(content, Content) else ""
            token = TOKEN.search(words)
            places[token[0] if token else f"(content {id} has no words)"] += holders[id]
    return places


def check_commands(log: Log, promises: Promises) -> Iterator[str]:
    """Every command was carried out at most once; an acknowledged one once, a refused one never."""
    led_to: dict[str, Counter[str]] = defaultdict(Counter)
    for recorded in log:
        led_to[recorded.causation_id][recorded.type] += 1
    for sent in promises.commands:
        count = sum(led_to[sent.command_id][type] for type in sent.evidence)
        least = 1 if sent.fate == "acknowledged" and sent.always else 0
        most = 0 if sent.fate == "refused" else 1
        if sent.fate == "unknown":
            yield f"nobody was ever told what became of {sent.command_id} to {sent.ticket_id}"
        if not least <= count <= most:
            yield (
                f"the command {sent.command_id} to {sent.ticket_id} was {sent.fate} "
                f"{sent.refusal} after {sent.attempts} attempts and led to {count} × "
                f"{' or '.join(sent.evidence)}"
            )


def check_deliveries(log: Log, references: References, settings: Settings) -> Iterator[str]:
    """Every reply was delivered, and it lies in the mailbox."""
    copies = copies_delivered()
    delivered = {
        (recorded.aggregate_id, recorded.data.reply_sequence)
        for recorded in log.by_topic[events("tickets")]
        if isinstance(recorded.data, t.ReplyDelivered)
    }
    for recorded in log.by_topic[events("tickets")]:
        if isinstance(recorded.data, t.AgentReplied):
            if (recorded.aggregate_id, recorded.sequence) not in delivered:
                yield f"the reply at {recorded.position} was never delivered"
            id = references.message_id(
                recorded.event_id,
                recorded.aggregate_id,
                settings.support_address.rpartition("@")[2],
            )
            if not copies[id]:
                yield f"the reply {id} is not in the mailbox"


def copies_delivered() -> Counter[str]:
    """How often each outgoing mail reached the mailbox, by Message-ID."""
    return Counter(str(mail["Message-ID"]) for mail in Maildir(home() / "mailbox", create=False))


async def check_projection(log: Log, projection: Projection, mongo: Mongo) -> Sequence[str]:
    """The documents that readers see are those that the log makes, folded here from nothing."""
    database = mongo.database(projection.service)
    alias = await database["builds"].find_one({"_id": projection.id})
    if alias is None:
        return [f"{projection.id} has no build"]
    findings: list[str] = []
    history = [recorded for topic in projection.sources for recorded in log.by_topic[topic]]
    left: dict[str, dict[str, Document]] = defaultdict(dict)
    for table in projection.tables:
        collection = database[collection_of(projection, table.name, alias["active"])]
        stored = {document.pop("_id"): document async for document in collection.find({})}
        documents, rows = _folded(table, history)
        if table.leaving is not None:
            left[table.leaving.table] = {row.pop("_id"): row for row in rows}
        made = documents | left[table.name]
        findings += _differences(f"{projection.id}.{table.name}", made, stored)
    return findings


def _folded(
    table: Table, history: Iterable[Recorded[object]]
) -> tuple[dict[str, Document], list[Document]]:
    """A table's documents, and the rows that they left behind, as BSON gives them back."""
    documents = {}
    left: list[Document] = []
    for id, recorded in by_document(table.key, history).items():
        held = Held()
        held.fold(table.fold_into(left), recorded)
        documents[id] = decode(encode(held.document or {}, codec_options=CODEC), CODEC)
    return documents, [decode(encode(row, codec_options=CODEC), CODEC) for row in left]


def _differences(
    name: str, folded: Mapping[str, Document], stored: Mapping[str, Document]
) -> Iterator[str]:
    for id in folded.keys() - stored.keys():
        yield f"{name} lacks {id}"
    for id in stored.keys() - folded.keys():
        yield f"{name} has {id}, of which the log knows nothing"
    for id in folded.keys() & stored.keys():
        document = {name: value for name, value in stored[id].items() if name != POSITION}
        if document != folded[id]:
            fields = [
                field
                for field in document.keys() | folded[id].keys()
                if document.get(field) != folded[id].get(field)
            ]
            yield f"{name}: {id} differs from the log in {', '.join(fields)}"
