"""Letters of what stands in the outbox: words, thread and address, read at the moment of sending.

Unlike the receiving side this one holds a full keyring: to deliver a reply, its words and the
address that it goes to have to be read. The two sides share no keyring and no content store.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

import msgspec

from adapters.email.accounts import Accounts
from adapters.email.sending import wording
from adapters.email.sending.addressees import Addressees, NotReady, Person, Unwanted
from adapters.email.sending.answers import Answers
from adapters.email.sending.codes import code_letter
from adapters.email.sending.compose import Enclosure, Letter, Undeliverable, answering
from adapters.email.sending.outbox import CodeEntry, Entry, PauseEntry
from adapters.email.sending.threads import THREADS, copied_to, setup_in, side_of
from adapters.email.sending.webhooks import Known, pause_letter
from adapters.email.settings import EmailSettings
from libs.contents import Content, ContentStore, Rendition
from libs.events.builds import Builds
from libs.events.kafka import utc_now
from libs.events.published.setup import DEFAULT, DESK_ID
from libs.keyring import Keyring
from libs.letters import Kind, Letters
from libs.mongo import Document
from libs.references import References
from libs.tokens import Links, SignInCodes


class _MessageIds(NamedTuple):
    """The Message-IDs of mails about a ticket; ours are at the domain that they come from."""

    references: References
    ticket_id: str
    domain: str

    def of(self, event_id: str) -> str:
        """Of the mail that tells of an event."""
        return self.references.message_id(event_id, self.ticket_id, self.domain)

    def of_message(self, message: Document, words: Mapping[str, Rendition]) -> str:
        """Of a message of the thread; "" where it had none."""
        if "event" in message:
            return self.of(message["event"])
        return words.get(message["content"], Rendition()).message_id


class Desk:
    """Where letters are written."""

    def __init__(
        self,
        settings: EmailSettings,
        builds: Builds,
        keyring: Keyring,
        contents: ContentStore,
        references: References,
        links: Links,
        answers: Answers,
        accounts: Accounts,
        codes: SignInCodes,
    ) -> None:
        self._settings = settings
        self._builds = builds
        self._addressees = Addressees(builds, keyring)
        self._codes = codes
        self._contents = contents
        self._references = references
        self._links = links
        self._answers = answers
        self._accounts = accounts
        self._agents = {agent: address for address, agent in settings.agent_addresses.items()}
        self._setup, self._letters = DEFAULT, Letters()

    async def addressed(self, entry: Entry) -> Entry:
        """With its addressee, where its event does not name one. Raises NotReady, PyMongoError."""
        if entry.to_id:
            return entry
        if entry.pause is not None:
            webhook = await self._webhook(entry, entry.pause)
            return msgspec.structs.replace(entry, to_id=webhook["definer"])
        thread = await self._thread(entry)
        match entry.kind:
            case "survey":
                to_id = thread["requester"]
            case "notice":
                to_id = thread.get("agent", "")
            case _:
                side = side_of(thread, entry.side_id)
                to_id = side["contact"] if side else ""
        return msgspec.structs.replace(entry, to_id=to_id)

    async def copied_to(self, entry: Entry) -> Sequence[str]:
        """The contacts who get a copy of a reply: collaborators of that moment, and those that its
        author named. Raises NotReady, PyMongoError."""
        thread = await self._thread(entry)
        people = dict.fromkeys([*copied_to(thread, entry.sequence), *entry.cc_ids])
        return [id for id in people if id != entry.to_id]

    async def followers(self, notice: Entry) -> Sequence[str]:
        """The agents who follow its ticket, but for the one who has it. Raises NotReady,
        PyMongoError."""
        thread = await self._thread(notice)
        return [id for id in thread["followers"] if id != thread.get("agent", "")]

    async def letter(self, entry: Entry, also: Sequence[Entry] = ()) -> Letter:
        """The mail as a letter. also: notices that it tells, too.

        Raises NotReady, Unwanted, Undeliverable, PyMongoError.
        """
        if entry.code is not None:
            return await self._code(entry, entry.code)
        if entry.pause is not None:
            return await self._pause(entry, entry.pause)
        thread = await self._thread(entry)
        if entry.kind == "notice":
            return await self._notice(entry, also, thread)
        person = await self._addressees.contact(entry.to_id)
        if entry.kind in ("acknowledgement", "survey"):
            return await self._automatic(entry, thread, person)
        return await self._said(entry, thread, person)

    async def _said(self, entry: Entry, thread: Document, person: Person) -> Letter:
        """What somebody here has written."""
        talk = side_of(thread, entry.side_id) if entry.side_id else thread
        if talk is None:
            raise NotReady
        before = [m for m in talk["messages"] if m["sequence"] < entry.sequence]
        # Who is talked with beside a ticket is not told what it is about.
        subject_id = "" if entry.side_id else thread["subject"]
        going = _going(entry.sizes, self._settings.attachments_bytes)
        files = [id for id, goes in zip(entry.attachments, going, strict=True) if goes]
        contents = await self._read(
            [entry.rendition, subject_id, *(m["content"] for m in before), *files]
        )
        words = _words(contents, entry.attachments)
        rendition = words.get(entry.rendition)
        if rendition is None:
            raise Undeliverable("its text was deleted before it could be sent")
        plain = self._plain(entry, thread, person, words, before, subject_id)
        written = replace(
            plain,
            subject=rendition.subject or plain.subject,
            text=rendition.text,
            html=rendition.html,
            enclosures=[
                Enclosure(name, content.ref.media_type, content.data, content_id)
                for id, name, content_id in zip(
                    entry.attachments,
                    _names(entry, rendition),
                    _content_ids(entry, rendition),
                    strict=True,
                )
                if (content := contents.get(id)) is not None
            ],
        )
        brand, letters = await self._writing(thread)
        if entry.side_id:
            return replace(written, sender_name=brand.name)
        link = self._link(entry)
        last = words.get(before[-1]["content"]) if before and brand.writing.quote else None
        left = [
            wording.File(name, size, f"{link}/files/{id}" if link else "")
            for id, name, size, goes in zip(
                entry.attachments, _names(entry, rendition), entry.sizes, going, strict=True
            )
            if not goes
        ]
        subject = words.get(subject_id, Rendition()).subject
        said, shown = wording.reply(
            wording.about(thread, brand, subject, person.name, link),
            rendition.text,
            rendition.html,
            last.visible if last else "",
            left,
        )
        told = wording.write(letters, "reply", brand, thread, person.language, said, shown)
        return replace(written, text=told.text, html=told.html, sender_name=brand.name)

    async def _automatic(self, entry: Entry, thread: Document, person: Person) -> Letter:
        """What the desk says of its own accord."""
        brand, letters = await self._writing(thread)
        if thread["ended"]:
            raise Unwanted(f"the ticket is {thread['ended']}")
        if person.blocked:
            raise Unwanted("the addressee is blocked")
        link = self._link(entry)
        before = [m for m in thread["messages"] if m["sequence"] <= entry.sequence]
        words = _words(await self._read([thread["subject"], *(m["content"] for m in before)]), ())
        opening = words.get(thread["subject"], Rendition())
        values = wording.about(thread, brand, opening.subject, person.name, link)
        plain = self._plain(entry, thread, person, words, before, thread["subject"])
        kind: Kind
        if entry.kind == "acknowledgement":
            if opening.no_answer:
                raise Unwanted("its sender wants no automatic answers")
            await self._expect_wanted(entry, brand)
            kind, filled = (
                "acknowledgement",
                wording.acknowledgement(values, thread, person.time_zone),
            )
            plain = replace(plain, automatic="auto-replied")
        else:
            if not link:
                raise Unwanted("without DESKLEDGER_PUBLIC_URL it could not be answered")
            kind, filled = "survey", wording.survey(values, f"{link}/rating")
            plain = replace(
                plain, automatic="auto-generated", unsubscribe=f"{link}/no-more-questions"
            )
        told = wording.write(letters, kind, brand, thread, person.language, filled, {})
        return replace(
            plain,
            subject=told.subject or plain.subject,
            text=told.text,
            html=told.html,
            sender_name=brand.name,
        )

    async def _notice(self, entry: Entry, also: Sequence[Entry], thread: Document) -> Letter:
        """What an agent is told about a ticket of theirs."""
        declined = self._settings.notices_declined.get(entry.to_id, ())
        news = list(dict.fromkeys(one.news for one in (entry, *also) if one.news not in declined))
        address = self._agents.get(entry.to_id)
        if address is None or not news or thread["ended"]:
            raise Unwanted("no agent wants to hear of it")
        brand, letters = await self._writing(thread)
        last = thread["messages"][-1:] if "replied" in news else []
        words = _words(await self._read([thread["subject"], *(m["content"] for m in last)]), ())
        subject = words.get(thread["subject"], Rendition()).subject
        said = words[last[0]["content"]].visible if last and last[0]["content"] in words else ""
        agent = Person(address, "", brand.writing.language, "", blocked=False)
        values = wording.about(thread, brand, subject, "", "")
        filled, shown = wording.notice(values, news, said, brand.writing.language)
        told = wording.write(letters, "notice", brand, thread, agent.language, filled, shown)
        plain = self._plain(entry, thread, agent, words, (), thread["subject"])
        return replace(
            plain,
            subject=told.subject or plain.subject,
            text=told.text,
            html=told.html,
            sender_name=brand.name,
            automatic="auto-generated",
        )

    async def _code(self, entry: Entry, asked: CodeEntry) -> Letter:
        """A code to sign in with, while it counts."""
        if utc_now() >= asked.until:
            raise Unwanted("the code counts no longer")
        person = await self._addressees.address(asked.address_id, entry.to_id)
        if person.blocked:
            raise Unwanted("the addressee is blocked")
        brand, letters = await self._writing({"brand": asked.brand})
        known = self._setup.brands.get(brand.code)
        senders = filter(None, map(self._accounts.address_of, known.accounts if known else ()))
        sender = next(senders, self._settings.support_address)
        code = self._codes.code(asked.address_id, asked.code_id)
        return code_letter(entry, person, code, brand, letters, sender)

    async def _pause(self, entry: Entry, pause: PauseEntry) -> Letter:
        """What who defined a webhook is told of its pause, while that lasts."""
        address = self._agents.get(entry.to_id)
        if address is None or entry.news in self._settings.notices_declined.get(entry.to_id, ()):
            raise Unwanted("no agent wants to hear of it")
        webhook = await self._webhook(entry, pause)
        if webhook["paused"] != entry.sequence:
            raise Unwanted("the webhook is paused no longer")
        known = Known(pause.webhook_id, webhook["name"], webhook["host"])
        brand, letters = await self._writing({})
        sender, public_url = self._settings.support_address, self._settings.public_url
        return pause_letter(entry, known, address, brand, letters, sender, public_url)

    async def _expect_wanted(self, entry: Entry, brand: wording.Brand) -> None:
        if not brand.writing.acknowledge:
            raise Unwanted("requests are not acknowledged")
        most, window = self._settings.acknowledge_most, self._settings.acknowledge_window
        if not await self._answers.may(entry.to_id, entry.id, most, window):
            raise Unwanted("its customer was told often enough")

    def _plain(
        self,
        entry: Entry,
        thread: Document,
        person: Person,
        words: Mapping[str, Rendition],
        before: Sequence[Document],
        subject_id: str,
    ) -> Letter:
        """A letter with its place in the thread, and no words."""
        about = words.get(subject_id, Rendition()).subject or f"#{thread.get('number', '')}"
        sender = self._accounts.address_of(thread.get("account", ""))
        sender = sender or self._settings.support_address
        ours = _MessageIds(self._references, entry.ticket_id, sender.rpartition("@")[2])
        return Letter(
            message_id=ours.of(entry.event_id),
            written_at=entry.written_at,
            sender=sender,
            reply_to=self._references.reply_address(sender, entry.ticket_id),
            address=person.address,
            name=person.name,
            subject=answering(about),
            text="",
            html=None,
            thread=[id for m in before if (id := ours.of_message(m, words))],
        )

    def _link(self, entry: Entry) -> str:
        """The addressee's page of the ticket; "" where the desk has none."""
        if not self._settings.public_url:
            return ""
        made = (entry.written_at, self._settings.link_days)
        token = self._links.token(entry.ticket_id, entry.to_id, *made)
        return f"{self._settings.public_url}/t/{token}"

    async def _writing(self, thread: Document) -> tuple[wording.Brand, Letters]:
        """How a ticket's brand writes, and the desk's letters."""
        view = await self._builds.view(THREADS)
        setup = setup_in(await view.collection("desk").find_one({"_id": DESK_ID}))
        if setup.version != self._setup.version:
            self._setup, self._letters = setup, wording.letters_of(setup)
        return wording.brand_of(setup, thread), self._letters

    async def _thread(self, entry: Entry) -> Document:
        """The ticket's document, once it has come as far as the entry."""
        return await self._as_far("threads", entry.ticket_id, entry)

    async def _webhook(self, entry: Entry, pause: PauseEntry) -> Document:
        """The webhook's document, once it has come as far as the entry."""
        return await self._as_far("webhooks", pause.webhook_id, entry)

    async def _as_far(self, table: str, id: str, entry: Entry) -> Document:
        view = await self._builds.view(THREADS)
        found = await view.collection(table).find_one({"_id": id})
        if found is None or found["sequence"] < entry.sequence:
            raise NotReady
        return found

    async def _read(self, ids: Sequence[str]) -> dict[str, Content]:
        """Those that are still to be read."""
        found = await self._contents.get(dict.fromkeys(filter(None, ids)))
        return {id: one for id, one in found.items() if isinstance(one, Content)}


def _names(entry: Entry, rendition: Rendition) -> list[str]:
    """The attachments' names, one each."""
    missing = len(entry.attachments) - len(rendition.attachments)
    return [*rendition.attachments, *(["attachment"] * missing)][: len(entry.attachments)]


def _content_ids(entry: Entry, rendition: Rendition) -> list[str]:
    """By which its HTML names the attachments, "" for those that it does not."""
    known = rendition.content_ids[: len(entry.attachments)]
    return [*known, *([""] * (len(entry.attachments) - len(known)))]


def _words(contents: Mapping[str, Content], files: Collection[str]) -> Mapping[str, Rendition]:
    return {
        id: Rendition.decode(content.data) for id, content in contents.items() if id not in files
    }


def _going(sizes: Sequence[int], most: int) -> Sequence[bool]:
    """Which files go along: the first ones, as far as all of them stay within so many bytes."""
    return [size <= most for size in accumulate(sizes)]
