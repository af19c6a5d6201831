"""Records of ``channels.inbound`` become commands, dead letters, or go to their own partition.

A batch costs one load, one tying and one making of keys, and one write of contents, whatever its
size. When it leaves here everything personal is under a transit key that is the message's own and
tied to the sender's address, so that an erasure finds it wherever the message got stuck.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from pydantic import ValidationError

from libs.contents import RENDITION_TYPE, ContentStore, NewContent, Rendition
from libs.events.codec import KafkaRecord
from libs.events.envelope import Command
from libs.events.ids import partition_of
from libs.events.kafka import utc_now
from libs.events.lane_input import DeadLetter, Forward
from libs.events.personal import Personal
from libs.events.published.channels import InboundMessage, Sealed, Sender
from libs.events.published.contacts import address_id
from libs.events.published.conversations import Bounce, Complaint, Standing
from libs.events.published.senders import domain_address_id
from libs.keyring import Keyring, Tampered
from libs.references import References
from services.intake.agents import AgentOf, no_agents
from services.intake.reception import (
    command_for,
    content_ref,
    digest_of,
    mail_domain,
    plain_address,
    whats_wrong,
)

# W3C Trace Context; whatever else stands in the header is an outsider's and stays outside.
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class _Readable(NamedTuple):
    """A message whose sender could be read.

    place: in the batch; who: its sender, or whoever wrote first what an agent sends on; address:
    theirs, in clear, and sender_id: its aggregate; agent_id: the agent whose mail it is; ticket_id:
    of our signed reference in it; automatic: why a
    machine wrote it where the adapter could not know; bounce: a mail of ours did not reach ``who``;
    complaint: somebody complained of one, ``who`` if they are named.
    """

    place: int
    message: InboundMessage
    digest: str
    who: Sender
    address: str
    sender_id: str
    agent_id: str
    ticket_id: str
    automatic: str
    bounce: Bounce | None = None
    complaint: Complaint | None = None

    @property
    def forwarded(self) -> bool:
        """Whether an agent sent on what somebody else had written."""
        return self.who is self.message.forwarded

    @property
    def is_anothers(self) -> bool:
        """Whether whom it was sent to says nothing of whom ``who`` writes to."""
        return self.forwarded or self.bounce is not None or self.complaint is not None

    @property
    def keys(self) -> list[str]:
        """The transit keys that it came with; none for one in clear."""
        values = self.message.personal
        return list(dict.fromkeys(v.key for v in values if isinstance(v, Sealed)))


class _Who(msgspec.Struct):
    address: str


class _Said(msgspec.Struct):
    """What a malformed message may still say."""

    channel: str
    sender: _Who


StandingOf = Callable[[tuple[str, ...], datetime], Standing]


def nobody_known(address_ids: tuple[str, ...], at: datetime) -> Standing:
    """Everybody is as good as anybody."""
    return Standing()


class Inbound:
    """Reception's shell, one for all lanes of a process.

    secret: the installation's ``addresses``; lanes: partitions of ``channels.inbound``; standing:
    what the desk thinks of these address aggregates (an address, its domain) at an instant;
    agent_of: the agent whose an address is.
    """

    def __init__(
        self,
        keyring: Keyring,
        contents: ContentStore,
        references: References,
        secret: bytes,
        lanes: int,
        standing: StandingOf = nobody_known,
        agent_of: AgentOf = no_agents,
    ) -> None:
        self._keyring = keyring
        self._contents = contents
        self._references = references
        self._secret = secret
        self._lanes = lanes
        self._standing = standing
        self._agent_of = agent_of

    async def receive(
        self, records: Sequence[KafkaRecord]
    ) -> Sequence[Command[object] | DeadLetter | Forward]:
        """What each record is, in the order of the records.

        Raises KeyringError or PyMongoError when the infrastructure fails: nothing is lost, since
        the batch is then not committed.
        """
        parsed = [self._parse(record) for record in records]
        messages = [
            (place, item) for place, item in enumerate(parsed) if isinstance(item, InboundMessage)
        ]
        await self._keyring.load(
            value.key
            for _, message in messages
            for value in message.personal
            if isinstance(value, Sealed)
        )
        results: list[Command[object] | DeadLetter | Forward] = [
            item if not isinstance(item, InboundMessage) else _UNREADABLE for item in parsed
        ]
        read = (self._read(place, message) for place, message in messages)
        readable = [item for item in read if item is not None]
        transit = await self._transit(readable)
        for item, command in zip(readable, await self._commands(readable, transit), strict=True):
            command.traceparent = _traceparent(records[item.place])
            results[item.place] = command
        return results

    def _parse(self, record: KafkaRecord) -> InboundMessage | DeadLetter | Forward:
        try:
            message = InboundMessage.model_validate_json(record.value or b"")
        except ValidationError as error:
            return DeadLetter(whats_wrong(error), self._sender_of(record.value or b""))
        conversation_id = message.conversation_id
        partition = partition_of(conversation_id, self._lanes)
        if partition != record.partition:
            return Forward(partition, conversation_id)
        return message

    def _read(self, place: int, message: InboundMessage) -> _Readable | None:
        """Who wrote it; None where that cannot be read.

        Writing an agent's address makes nobody an agent: the channel must vouch for the sender.
        """
        address = self._clear(message.sender.address)
        if address is None:
            return None
        digest, who = digest_of(message, address), message.sender
        sender_id = address_id(self._secret, message.channel, address)
        vouched = message.authentication == "passed"
        agent_id = self._agent_of(sender_id) if vouched else ""
        ticket_id = self._references.find(message.references) or ""
        first = message.forwarded if agent_id and not ticket_id else None
        if first is not None and (written_by := self._clear(first.address)):
            who, address = first, written_by
            sender_id = address_id(self._secret, message.channel, address)
        automatic = "own-message" if self._references.find((message.id,)) else ""
        bounce, complaint = None, None
        if ticket_id and message.origin == "live":  # old news is none
            about = self._references.find_event(message.references, ticket_id)
            told = message.bounce or message.complaint
            reached = self._clear(told.recipient) if told and told.recipient else None
            if told and told.recipient and reached:
                # It concerns whom we wrote to: their key, their erasure, whoever reports it.
                who, address = Sender(address=told.recipient), reached
                sender_id = address_id(self._secret, message.channel, address)
            if message.bounce and reached:
                bounce = Bounce(message.bounce.status, message.bounce.permanent, about)
            elif message.complaint:
                complaint = Complaint(message.complaint.kind, about, bool(reached))
        what = (agent_id, ticket_id, automatic, bounce, complaint)
        return _Readable(place, message, digest, who, address, sender_id, *what)

    def _sender_of(self, value: bytes) -> str:
        """The address that a malformed message came from, if it says as much in clear."""
        try:
            said = msgspec.json.decode(value, type=_Said)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return ""
        return address_id(self._secret, said.channel, said.sender.address)

    async def _transit(self, readable: Sequence[_Readable]) -> Mapping[int, str]:
        """The transit key of each message by its place; what came in clear gets one here."""
        await self._keyring.tie({key: item.sender_id for item in readable for key in item.keys})
        clear = [item for item in readable if not item.keys]
        made = await self._keyring.transit_keys(utc_now(), [item.sender_id for item in clear])
        return {item.place: item.keys[0] for item in readable if item.keys} | {
            item.place: key for item, key in zip(clear, made, strict=True)
        }

    def _copied(self, message: InboundMessage) -> tuple[str, ...]:
        """The address aggregates of those who got a copy; whom nobody can read got none."""
        known = filter(None, map(self._clear, message.copied))
        return tuple(address_id(self._secret, message.channel, address) for address in known)

    def _plain(self, item: _Readable) -> str:
        """The address aggregate of a plus address's plain one; "" for any other."""
        channel = item.message.channel
        plain = plain_address(item.address) if channel == "email" else item.address
        return "" if plain == item.address else address_id(self._secret, channel, plain)

    def _domain(self, item: _Readable) -> str:
        """The sender's mail domain in the place of an address; "" for a public provider's."""
        domain = mail_domain(item.address) if item.message.channel == "email" else ""
        return domain_address_id(self._secret, domain) if domain else ""

    def _clear(self, value: str | Sealed) -> str | None:
        if isinstance(value, str):
            return value
        try:
            clear = self._keyring.unseal(value.key, value.sealed)
        except Tampered:
            return None
        return clear.decode() if isinstance(clear, bytes) else None

    async def _commands(
        self, readable: Sequence[_Readable], transit: Mapping[int, str]
    ) -> Sequence[Command[object]]:
        stored = await self._contents.put(
            [
                NewContent(
                    transit[item.place],
                    Rendition(
                        item.message.subject,
                        item.message.text,
                        no_answer=item.message.no_answer,
                        authentication=item.message.authentication,
                        away_until=item.message.away_until,
                    ).encode(),
                    RENDITION_TYPE,
                    f"words-{item.digest}",
                )
                for item in readable
                if item.message.text is not None
            ]
        )
        renditions = iter(stored)
        commands = []
        now = utc_now()
        for item in readable:
            message = item.message
            domain_id = self._domain(item)
            if message.rendition is not None:
                rendition = content_ref(message.rendition)
            else:
                rendition = next(renditions)
            commands.append(
                command_for(
                    message,
                    message_digest=item.digest,
                    sender_id=item.sender_id,
                    address=_personal(item.who.address, transit[item.place]),
                    name=_personal(item.who.name, transit[item.place]),
                    rendition=rendition,
                    ticket_id=item.ticket_id,
                    copied_ids=() if item.is_anothers else self._copied(message),
                    plain_id=self._plain(item),
                    domain_id=domain_id,
                    standing=self._standing((item.sender_id, domain_id), now),
                    agent_id=item.agent_id,
                    forwarded=item.forwarded,
                    automatic=item.automatic,
                    bounce=item.bounce,
                    complaint=item.complaint,
                )
            )
        return commands


_UNREADABLE = DeadLetter(
    "The sender cannot be read: it was not sealed under the transit key that it names, or that "
    "key was destroyed, 37 days after it was made. Publish the message again under a new one."
)


def _traceparent(record: KafkaRecord) -> str | None:
    found = _TRACEPARENT.fullmatch(dict(record.headers).get("ce_traceparent", b""))
    return found[0].decode() if found else None


def _personal(value: str | Sealed, transit: str) -> Personal[str]:
    if isinstance(value, Sealed):
        return Personal(value.key, sealed=value.sealed)
    return Personal.of(value, transit)
