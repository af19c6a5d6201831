"""Liveness by progress: a process is alive while its components get on with their work.

An event loop that still answers says nothing: a consumer can sit stuck after a rebalance for ever.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec


class ComponentReport(msgspec.Struct, frozen=True):
    """How one component is. `silent_seconds`: since it last got on, while it had work."""

    ready: bool
    stalled: bool
    silent_seconds: float


@dataclass(slots=True)
class _Component:
    within_seconds: float
    has_work: Callable[[], bool] | None
    ready: bool
    last_step: float


class Progress:
    """The components of one process. Every step of one is a `beat`; `ready` is said once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._components: dict[str, _Component] = {}

    def expect(
        self,
        name: str,
        within_seconds: float = 30.0,
        has_work: Callable[[], bool] | None = None,
    ) -> None:
        """Announce a component: the process is not ready before it is.

        It is stalled when it makes no step for `within_seconds`. One that beats only when there is
        something to do gives `has_work`, which must not depend on the component's own view, e.g. a
        lag that another consumer measures.
        """
        self._components[name] = _Component(within_seconds, has_work, False, self._clock())

    def beat(self, name: str) -> None:
        """The component made a step. One that nobody announced is announced hereby."""
        if name not in self._components:
            self.expect(name)
        self._components[name].last_step = self._clock()

    def ready(self, name: str) -> None:
        """The component serves. It stays ready; whether it gets on is what beats tell."""
        self.beat(name)
        self._components[name].ready = True

    def report(self) -> dict[str, ComponentReport]:
        """Every component, now. Asking is part of the measurement: ask every few seconds."""
        now = self._clock()
        reports = {}
        for name, component in self._components.items():
            # Work that was not there when somebody last asked cannot have waited for longer.
            if component.has_work is not None and not component.has_work():
                component.last_step = now
            silent = now - component.last_step
            reports[name] = ComponentReport(
                component.ready, silent >= component.within_seconds, round(silent, 3)
            )
        return reports
