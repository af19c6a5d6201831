"""Traces and metrics of one process: through OpenTelemetry when an endpoint is set, else nothing.

No personal data in a span's name or attributes: ids of aggregates, types, codes and counts only.
"""

from contextlib import AbstractContextManager, nullcontext

from libs.settings import Settings
from libs.telemetry.log import configure_logging
from libs.telemetry.metrics import Attribute, Meter, Metrics

_NO_SPAN = nullcontext()


class Telemetry:
    """Telemetry that is off: a span costs half a microsecond, a metric less.

    Code on a hot path may look at `enabled` first, and so may tests make one of these.
    """

    enabled = False

    def __init__(self) -> None:
        self.metrics = Metrics(Meter())

    def span(
        self, name: str, traceparent: str | None = None, **attributes: Attribute
    ) -> AbstractContextManager[None]:
        """A span around a `with` block, under the remote `traceparent`, else under the current one.

        An exception that leaves the block marks the span as failed and goes on.
        """
        return _NO_SPAN

    def inject(self) -> str | None:
        """The current span as a W3C traceparent, for a record's header; None when there is none."""
        return None

    def close(self) -> None:
        """Send what is waiting, for a few seconds at most."""


def setup(settings: Settings, service: str) -> Telemetry:
    """Configure this process's logs, traces and metrics. Call it once, first thing."""
    configure_logging(settings)
    if not settings.otlp_endpoint:
        return Telemetry()
    # Imported only here: it takes a third of a second, and most installations do without.
    from libs.telemetry.otlp import ExportingTelemetry

    return ExportingTelemetry(settings.otlp_endpoint, service, settings.replica)
