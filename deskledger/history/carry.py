"""Tickets with their steps become contents and commands, some tickets at a time, each step once."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from deskledger.history.attached import Attached, pieces
from deskledger.history.memory import Memory, Taken, short
from deskledger.history.model import File, NotTaken, Said, Ticket
from deskledger.history.plan import Planned, Step, Who, Words, planned
from deskledger.history.telling import Telling, note, told_as
from deskledger.history.words import LONGEST_TEXT, Stored, is_cut, media_type, rendition, spoken
from libs.contents import RENDITION_TYPE, NewContent
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.resources import Resources

Status = Literal["taken", "changed", "known", "refused"]


class Line(msgspec.Struct):
    """What became of a ticket. id: there; ticket_id: here; taken: how many steps were new."""

    id: str
    ticket_id: str
    status: Status
    taken: int = 0
    not_taken: list[NotTaken] = []


class _Job(msgspec.Struct):
    """A ticket on its way. steps: those that were not taken before."""

    ticket: Ticket
    line: Line
    plan: Planned
    before: Taken
    steps: list[Step]


class Carrier:
    """Carries tickets. In a dry run nothing is sent, and nothing stored."""

    def __init__(
        self,
        resources: Resources,
        memory: Memory,
        who: Who,
        attached: Attached,
        telling: Telling,
    ) -> None:
        self._resources = resources
        self._memory = memory
        self._who = who
        self._attached = attached
        self._telling = telling

    async def carry(self, tickets: Sequence[Ticket]) -> list[Line]:
        """What became of these, or would. Raises Problem, KafkaError, PyMongoError, KeyringError:
        then it may be called again with the same ones."""
        ids = {ticket.id: self._who.ticket(ticket.id) for ticket in tickets}
        known = await self._memory.of(ids.values())
        lines: list[Line] = []
        jobs: list[_Job] = []
        for ticket in tickets:
            before = known.get(ids[ticket.id], Taken())
            line = Line(ticket.id, ids[ticket.id], "known" if before.done else "taken")
            lines.append(line)
            plan = planned(ticket, self._who, before.stands)
            if isinstance(plan, NotTaken):
                line.status, line.not_taken = "refused", [plan]
                continue
            steps = [step for step in plan.steps if short(step.key) not in before.done]
            line.not_taken += plan.not_taken
            if steps and before.done:
                line.status = "changed"
            line.taken = len(steps)
            jobs.append(_Job(ticket, line, plan, before, steps))
        await self._send(jobs)
        return lines

    async def _send(self, jobs: Sequence[_Job]) -> None:
        stored = await self._stored(jobs)
        if self._telling.dry:
            return
        steps = [(job, step) for job in jobs for step in job.steps]
        commands = [self._command(job, step, stored) for job, step in steps]
        for (job, step), refusal in zip(steps, await self._telling.tell(commands), strict=True):
            if not note(job.before, step.key, refusal):
                continue
            job.plan.stands.pop(step.field, None)
            job.line.taken -= 1
            job.line.not_taken.append(NotTaken("ticket", job.ticket.id, step.what, refusal))
        for job in jobs:
            if job.steps and not job.line.taken:
                job.line.status = "known" if job.before.done else "refused"
            job.before.stands = job.plan.stands
        await self._memory.store([(job.line.ticket_id, job.before) for job in jobs if job.steps])

    async def _stored(self, jobs: Sequence[_Job]) -> dict[str, Stored]:
        """The words and files of these, in the content store; by the command of their step."""
        wordy = [
            (job, step, step.data)
            for job in jobs
            for step in job.steps
            if isinstance(step.data, Words)
        ]
        files = {self._id(job, step): self._files(job, words) for job, step, words in wordy}
        if self._telling.dry or not wordy:
            return {}
        contents = self._resources.contents
        await self._resources.keyring.load({words.owner for _, _, words in wordy}, create=True)
        renditions = []
        for job, step, words in wordy:
            subject = job.ticket.subject if words.kind == "opening" else ""
            named = [file for file, _ in files[self._id(job, step)]]
            renditions.append(rendition(subject, words.said, named))
        refs = await contents.put(
            [
                NewContent(words.owner, one.encode(), RENDITION_TYPE, self._id(job, step))
                for (job, step, words), one in zip(wordy, renditions, strict=True)
            ]
        )
        stored: dict[str, Stored] = {}
        for (job, step, words), one, ref in zip(wordy, renditions, refs, strict=True):
            theirs = files[self._id(job, step)]
            attached = [
                await contents.put_stream(
                    words.owner, media_type(file), pieces(path), self._id(job, step, file.id)
                )
                for file, path in theirs
            ]
            inline = tuple(file.inline for file, _ in theirs)
            stored[self._id(job, step)] = Stored(ref, len(one.text), tuple(attached), inline)
        return stored

    def _files(self, job: _Job, words: Words) -> list[tuple[File, Path]]:
        """The files of a message that are there; the others are told of."""
        found: list[tuple[File, Path]] = []
        said = words.said
        if said is None:
            return found
        if is_cut(said):
            cut = f"Only its first {LONGEST_TEXT:,} characters are taken."
            job.line.not_taken.append(NotTaken("ticket", job.ticket.id, f"message {said.id}", cut))
        for file in said.files:
            place = self._attached.find(file)
            if isinstance(place, Path):
                found.append((file, place))
            else:
                job.line.not_taken.append(
                    NotTaken("ticket", job.ticket.id, f"file {file.id}", place)
                )
        return found

    def _id(self, job: _Job, step: Step, *more: str) -> str:
        """Of a step's command, and of the contents that it names: the same at every import."""
        return told_as(job.line.ticket_id, step.key, *more)

    def _command(self, job: _Job, step: Step, stored: Mapping[str, Stored]) -> Command[object]:
        data, ticket_id = step.data, job.line.ticket_id
        if isinstance(data, Words):
            seen_as = digest("import", ticket_id, step.key)
            words = stored[self._id(job, step)]
            data = spoken(data, words, step.at, job.ticket, self._who.account, seen_as)
        return self._telling.command(ticket_id, step.key, data, step.actor, step.at, job.before)


def batches(
    tickets: Iterator[Ticket | NotTaken], at_once: int, heaviest: int
) -> Iterator[list[Ticket | NotTaken]]:
    """As many as go together: so many, with no more than so many characters said."""
    batch: list[Ticket | NotTaken] = []
    weight = 0
    for ticket in tickets:
        batch.append(ticket)
        if isinstance(ticket, Ticket):
            said = (entry for entry in ticket.entries if isinstance(entry, Said))
            weight += sum(1_000 + len(one.text) + len(one.html) for one in said)
        if len(batch) == at_once or weight >= heaviest:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch
