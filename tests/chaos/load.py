"""A steady load, and an exact memory of what it was promised.

Mails come from clients that behave as mail servers do: they try again after 451 or a lost
connection until they hear 250, and sometimes deliver twice. Commands come from agents who repeat a
request under its Idempotency-Key until they know what became of it.
"""

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Literal

import aiosmtplib
import httpx

from libs.events.published.setup import DEFAULT
from libs.references import References
from libs.settings import Settings
from libs.tokens import local_issuer
from services.gateway.commanding.draft import command_id
from services.gateway.principal import Principal, principal

MAIL_CLIENTS, AGENTS = 8, 8
MAILS_PER_SECOND, COMMANDS_PER_SECOND = 12.0, 12.0
SENDERS = 60
ATTEMPT_SECONDS = 8.0
PATIENCE_SECONDS = 90.0
KNOWN_TICKETS = 150

Fate = Literal["unknown", "acknowledged", "refused"]


@dataclass
class Mail:
    """One mail. token: stands in its body and nowhere else; copies: how often it got a 250."""

    token: str
    answers: str
    copies: int = 0


@dataclass
class Sent:
    """One command. evidence: the event that it leads to, once; always: whether an acknowledged one
    must have led to it (another may find that nothing is left to do)."""

    command_id: str
    ticket_id: str
    evidence: tuple[str, ...]
    always: bool
    fate: Fate = "unknown"
    refusal: str = ""
    attempts: int = 0


@dataclass
class Promises:
    """Everything that clients were told, and when (monotonic seconds).

    mail_moments, command_moments: of each success, when its attempt began and when it was answered.
    surprises: answers that no client should ever get.
    """

    mails: list[Mail] = field(default_factory=list)
    commands: list[Sent] = field(default_factory=list)
    mail_moments: list[tuple[float, float]] = field(default_factory=list)
    command_moments: list[tuple[float, float]] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def served_since(self, moment: float) -> float | None:
        """When the first command that was sent after this moment was acknowledged."""
        return _first(self.command_moments, moment)

    def accepted_since(self, moment: float) -> float | None:
        """When the first mail that was sent after this moment got its 250."""
        return _first(self.mail_moments, moment)


def _first(moments: Sequence[tuple[float, float]], since: float) -> float | None:
    return min((end for begin, end in reversed(moments[-500:]) if begin > since), default=None)


@dataclass(frozen=True)
class Action:
    """Something an agent may do to a ticket."""

    place: str
    evidence: tuple[str, ...]
    always: bool
    weight: int


ACTIONS = (
    Action("notes", ("NoteAdded",), True, 30),
    Action("assignment", ("TicketAssigned",), True, 30),
    Action("replies", ("AgentReplied",), True, 15),
    Action("pending", ("TicketMarkedPending",), False, 8),
    Action("solution", ("TicketSolved",), False, 8),
    Action("reopening", ("TicketReopened", "TicketWoken"), False, 8),
)


class Load:
    """The clients. References: so that some mails answer tickets, as customers' replies do."""

    def __init__(self, settings: Settings, references: References, seed: int) -> None:
        tokens = local_issuer(settings)
        token = tokens.issue("chaos", ["agent"], timedelta(hours=2), "Chaos")
        self._agent: Principal = principal(tokens.verify(token), DEFAULT)
        self.promises = Promises()
        self._settings = settings
        self._references = references
        self._random = random.Random(seed)
        self._tickets: list[str] = []
        self._stopping = asyncio.Event()
        self._give_up = float("inf")
        self._run = secrets.token_hex(3)
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{settings.http_port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=ATTEMPT_SECONDS,
            trust_env=False,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load while the block runs; at its end every client finishes what it has begun, or gives
        up after PATIENCE_SECONDS."""
        async with self._http, asyncio.TaskGroup() as group:
            group.create_task(self._look_around())
            for number in range(MAIL_CLIENTS):
                group.create_task(self._write_mails(number))
            for number in range(AGENTS):
                group.create_task(self._work(number))
            try:
                yield
            finally:
                self._give_up = time.monotonic() + PATIENCE_SECONDS
                self._stopping.set()

    async def _pause(self, mean_seconds: float) -> None:
        """A random pause, cut short by the end."""
        with contextlib.suppress(TimeoutError):
            seconds = self._random.expovariate(1 / mean_seconds)
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _look_around(self) -> None:
        """Learn which tickets there are."""
        while not self._stopping.is_set():
            with contextlib.suppress(httpx.HTTPError):
                answer = await self._http.get("/v1/tickets", params={"limit": KNOWN_TICKETS})
                if answer.is_success:
                    self._tickets = [item["id"] for item in answer.json()["items"]]
            await self._pause(2.0)

    async def _write_mails(self, client: int) -> None:
        count = 0
        while not self._stopping.is_set():
            await self._pause(MAIL_CLIENTS / MAILS_PER_SECOND)
            count += 1
            message = self._mail(f"{self._run}m{client}x{count}")
            await self._deliver(message)
            if self._random.random() < 0.1:
                await self._deliver(message)

    def _mail(self, token: str) -> tuple[Mail, EmailMessage]:
        answered = ""
        if self._tickets and self._random.random() < 0.35:
            answered = self._random.choice(self._tickets)
        sender = f"customer{self._random.randrange(SENDERS)}@example.org"
        message = EmailMessage()
        message["From"] = f"Customer <{sender}>"
        message["To"] = (
            self._references.reply_address(self._settings.support_address, answered)
            if answered
            else self._settings.support_address
        )
        message["Subject"] = "It does not work"
        message["Message-ID"] = make_msgid(domain="example.org")
        message.set_content(f"Please help.\n\n{token}\n")
        mail = Mail(token, answered)
        self.promises.mails.append(mail)
        return mail, message

    async def _deliver(self, written: tuple[Mail, EmailMessage]) -> None:
        """Try until there is a 250. The mail counts as accepted from then on."""
        mail, message = written
        while time.monotonic() < self._give_up:
            began = time.monotonic()
            try:
                await aiosmtplib.send(
                    message,
                    hostname="127.0.0.1",
                    port=self._settings.smtp_port,
                    timeout=ATTEMPT_SECONDS,
                    start_tls=False,
                )
            except aiosmtplib.SMTPResponseException as error:
                if error.code >= 500:
                    self.promises.surprises.append(f"SMTP {error.code} {error.message}")
                    return
            except (aiosmtplib.SMTPException, OSError):
                pass  # nobody listens, or nobody answers any more: the client cannot know
            else:
                mail.copies += 1
                self.promises.mail_moments.append((began, time.monotonic()))
                return
            await asyncio.sleep(0.2 + self._random.random() * 0.3)

    async def _work(self, agent: int) -> None:
        count = 0
        while not self._stopping.is_set():
            await self._pause(AGENTS / COMMANDS_PER_SECOND)
            if self._tickets:
                count += 1
                await self._command(f"{self._run}c{agent}x{count}")

    async def _command(self, key: str) -> None:
        [action] = self._random.choices(ACTIONS, [action.weight for action in ACTIONS])
        ticket_id = self._random.choice(self._tickets)
        sent = Sent(command_id(self._agent, key), ticket_id, action.evidence, action.always)
        self.promises.commands.append(sent)
        while sent.fate == "unknown" and time.monotonic() < self._give_up:
            began = time.monotonic()
            sent.attempts += 1
            try:
                answer = await self._http.post(
                    f"/v1/tickets/{ticket_id}/{action.place}",
                    json=_body(action.place, key),
                    headers={"Idempotency-Key": key},
                )
            except httpx.HTTPError:
                pass
            else:
                if self._is_acknowledged(sent, answer):
                    self.promises.command_moments.append((began, time.monotonic()))
                    return
            await asyncio.sleep(0.1 + self._random.random() * 0.3)

    def _is_acknowledged(self, sent: Sent, answer: httpx.Response) -> bool:
        """Take an answer. 202 with an ETag is decided, without one nobody knows yet."""
        if answer.status_code == 200 or (answer.status_code == 202 and "ETag" in answer.headers):
            sent.fate = "acknowledged"
        elif answer.status_code == 409:
            sent.fate = "refused"
            sent.refusal = answer.json()["code"]
        elif answer.status_code not in (202, 503):
            sent.fate = "refused"
            self.promises.surprises.append(f"HTTP {answer.status_code} {answer.text[:200]}")
        return sent.fate == "acknowledged"


def _body(place: str, key: str) -> dict[str, str]:
    match place:
        case "notes" | "replies":
            return {"text": f"This is {key}."}
        case "assignment":
            return {"agent_id": f"agent-{key}"}  # never the one who has it
        case "solution":
            return {"resolution_code": "workaround", "cause": key}
        case _:
            return {"reason": key}
