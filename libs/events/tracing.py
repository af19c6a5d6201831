"""One trace through every hop: who follows the log works in the spans that events came from."""

import contextlib
from collections.abc import Iterable, Iterator

from libs.events.envelope import Recorded
from libs.telemetry import Telemetry


@contextlib.contextmanager
def tracing(
    telemetry: Telemetry, name: str, consumer: str, events: Iterable[Recorded[object]]
) -> Iterator[None]:
    """A span for every event of a batch that belongs to a trace, while the block works on it."""
    with contextlib.ExitStack() as spans:
        if telemetry.enabled:
            for recorded in events:
                if recorded.traceparent is not None:
                    spans.enter_context(
                        telemetry.span(
                            name, recorded.traceparent, consumer=consumer, event=recorded.type
                        )
                    )
        yield
