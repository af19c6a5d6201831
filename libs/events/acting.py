"""What a process manager does with a batch: fold, effects, commands, documents. In that order.

A crash after any of these steps repeats the ones before it on the next try, with the same command
ids; nothing is left out, because positions move last. A bug parks the one instance that it hits.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec
from aiokafka.errors import KafkaError

from libs.events.envelope import Command, Recorded
from libs.events.instances import Instance, Instances
from libs.events.kafka import CommandSender
from libs.events.process import ProcessManager, Reaction
from libs.mongo import PyMongoError

log = logging.getLogger(__name__)

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")
# What fails when a server is away: no instance's fault, tried again for ever.
AWAY = (KafkaError, PyMongoError, OSError)
# Anything else is a bug: tried once more after each of these pauses (s).
PAUSES = (0.1, 0.5, 2.0)
Commands = Sequence[Command[object]]
# Takes the effects of one class that a batch asks for, in their order; each idempotent. May return
# commands that only it could make.
Handler = Callable[[Sequence[Any]], Awaitable[Commands]]
Handlers = Mapping[type[msgspec.Struct], Handler]
# Reads events again, by their positions.
ReadBack = Callable[[Sequence[str]], Awaitable[Sequence[Recorded[object]]]]


class Event(msgspec.Struct, frozen=True):
    """One event for one instance. silent: it has been acted on, by an earlier version."""

    instance: str
    recorded: Recorded[object]
    silent: bool = False


class Actor(Generic[S]):
    """The instances of one process manager, and what they ask for, done.

    parked: instances that a bug keeps from going on, and the kind of the failure.
    """

    def __init__(
        self,
        process: ProcessManager[S],
        instances: Instances[S],
        handlers: Handlers,
        sender: CommandSender,
    ) -> None:
        self._id = process.id
        self._process = process
        self._instances = instances
        self._handlers = handlers
        self._sender = sender
        self.parked: dict[str, str] = {}

    async def react(self, events: Sequence[Event]) -> datetime | None:
        """Fold events into their instances and do what these ask for. Returns the next deadline
        that was set, if any was."""
        grouped: dict[str, list[Event]] = {}
        for event in events:
            grouped.setdefault(event.instance, []).append(event)
        try:
            return await self._react(grouped)
        except AWAY:
            raise
        except Exception:
            log.exception("%s: a batch failed, each of its instances goes by itself", self._id)
            self._instances.forget(grouped)
            dues = [await self._with_care(id, some) for id, some in grouped.items()]
            return min((due for due in dues if due is not None), default=None)

    async def fire(self, lanes: Sequence[int], now: datetime, most: int) -> datetime | None:
        """Fire the deadlines that lie before now, each instance's next one. Returns the next due.

        One that somebody else has fired meanwhile is found again if it is still due.
        """
        due = [one.id for one in await self._instances.due(lanes, now, most)]
        try:
            await self._fire(due, now)
        except AWAY:
            raise
        except Exception:
            log.exception("%s: deadlines failed, each goes by itself", self._id)
            self._instances.forget(due)
            for id in due:
                await self._carefully(id, [], partial(self._fire, [id], now))
        return await self.next_due(lanes)

    async def release(self, lanes: Sequence[int], read_back: ReadBack) -> None:
        """Try again what a bug has kept from going on; done at every start, since a start is how
        a mended program comes."""
        for id, held in (await self._instances.parked(lanes)).items():
            missed = await read_back(held.missed)
            sentence, held.parked, held.missed = held.parked, "", []
            try:
                await self._act([[r for one in missed for r in held.fold(self._process, one)]])
                await self._instances.write([held])
                log.warning("%s: %s goes on again", self._id, id)
            except AWAY:
                raise
            except Exception as error:
                self._instances.forget([id])
                self.parked[id] = type(error).__name__
                log.error("%s: %s stays parked (%s): %r", self._id, id, sentence, error)

    async def _react(self, grouped: Mapping[str, Sequence[Event]]) -> datetime | None:
        next_due: datetime | None = None
        while grouped:
            held = await self._instances.load(grouped)
            changed: list[Instance[S]] = []
            reactions: list[list[Reaction]] = []
            for id, some in grouped.items():
                before = dict(held[id].positions)
                loud = [
                    reaction
                    for event in some
                    for reaction in held[id].react(self._process, event.recorded)
                    if not event.silent
                ]
                if held[id].positions != before:
                    changed.append(held[id])
                    reactions.append(loud)
            await self._act(reactions)
            lost = await self._instances.write(changed) if changed else set()
            grouped = {id: grouped[id] for id in lost}
            dues = [one.due for one in changed if one.due is not None]
            next_due = min([*dues, *([next_due] if next_due else [])], default=None)
        return next_due

    async def _fire(self, ids: Sequence[str], now: datetime) -> None:
        due = (await self._instances.load(ids)).values()
        reactions = [(one, one.fire(self._process, now)) for one in due]
        fired = [(one, reaction) for one, reaction in reactions if reaction is not None]
        if fired:
            await self._act([[reaction] for _, reaction in fired])
            await self._instances.write([one for one, _ in fired])

    async def _with_care(self, id: str, events: Sequence[Event]) -> datetime | None:
        return await self._carefully(id, events, partial(self._react, {id: events}))

    async def _carefully(
        self, id: str, events: Sequence[Event], attempt: Callable[[], Awaitable[T]]
    ) -> T | None:
        """Try one instance by itself; one that fails for good is parked, and the others go on."""
        failure: Exception | None = None
        for pause in PAUSES:
            try:
                return await attempt()
            except AWAY:
                raise
            except Exception as error:
                failure = error
                self._instances.forget([id])
                await asyncio.sleep(pause)
        log.error("%s: %s is parked", self._id, id, exc_info=failure)
        held = (await self._instances.load([id]))[id]
        held.parked = f"{type(failure).__name__}: {failure}"
        self.parked[id] = type(failure).__name__
        for event in events:
            held.react(self._process, event.recorded)
        await self._instances.write([held])
        return None

    async def next_due(self, lanes: Sequence[int]) -> datetime | None:
        """The next deadline of these lanes."""
        return await self._instances.next_due(lanes)

    async def _act(self, reactions: Sequence[Sequence[Reaction]]) -> None:
        """Effects first, then commands. reactions: those of each instance, in their order."""
        commands: list[Command[object]] = []
        effects = [[e for reaction in some for e in reaction.effects] for some in reactions]
        for wave in in_waves(effects):
            done = await asyncio.gather(*(self._handlers[cls](some) for cls, some in wave.items()))
            commands += [command for returned in done for command in returned]
        commands += [c for some in reactions for reaction in some for c in reaction.commands]
        if commands:
            await self._sender.send(commands)


def in_waves(
    effects: Sequence[Sequence[msgspec.Struct]],
) -> Sequence[Mapping[type[msgspec.Struct], Sequence[msgspec.Struct]]]:
    """The effects of many instances by class, in as few rounds as keep each instance's order."""
    waves: list[dict[type[msgspec.Struct], list[msgspec.Struct]]] = []
    for some in effects:
        wave, last = -1, None
        for effect in some:
            if type(effect) is not last:
                wave, last = wave + 1, type(effect)
                if wave == len(waves):
                    waves.append({})
            waves[wave].setdefault(type(effect), []).append(effect)
    return waves
