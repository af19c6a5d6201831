"""What a process manager does with a batch: fold, effects, commands, documents. In that order.

A crash after any of these steps repeats the ones before it on the next try, with the same command
ids; nothing is left out, because positions move last.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.instances import Instance, Instances
from libs.events.kafka import CommandSender
from libs.events.process import ProcessManager, Reaction

S = TypeVar("S", bound=msgspec.Struct)
Commands = Sequence[Command[object]]
# Takes the effects of one class that a batch asks for, in their order; each idempotent. May return
# commands that only it could make.
Handler = Callable[[Sequence[Any]], Awaitable[Commands]]
Handlers = Mapping[type[msgspec.Struct], Handler]


class Event(msgspec.Struct, frozen=True):
    """One event for one instance. silent: it has been acted on, by an earlier version."""

    instance: str
    recorded: Recorded[object]
    silent: bool = False


class Actor(Generic[S]):
    """The instances of one process manager, and what they ask for, done."""

    def __init__(
        self,
        process: ProcessManager[S],
        instances: Instances[S],
        handlers: Handlers,
        sender: CommandSender,
    ) -> None:
        self._process = process
        self._instances = instances
        self._handlers = handlers
        self._sender = sender

    async def react(self, events: Sequence[Event]) -> datetime | None:
        """Fold events into their instances and do what these ask for. Returns the next deadline
        that was set, if any was."""
        next_due: datetime | None = None
        grouped: dict[str, list[Event]] = {}
        for event in events:
            grouped.setdefault(event.instance, []).append(event)
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

    async def fire(self, lanes: Sequence[int], now: datetime, most: int) -> datetime | None:
        """Fire the deadlines that lie before now, each instance's next one. Returns the next due.

        One that somebody else has fired meanwhile is found again if it is still due.
        """
        due = await self._instances.due(lanes, now, most)
        reactions = [(one, one.fire(self._process, now)) for one in due]
        fired = [(one, reaction) for one, reaction in reactions if reaction is not None]
        if fired:
            await self._act([[reaction] for _, reaction in fired])
            await self._instances.write([one for one, _ in fired])
        return await self.next_due(lanes)

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
