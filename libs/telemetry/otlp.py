"""Telemetry that is on: OpenTelemetry's SDK, sending over OTLP/HTTP from threads of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter as OtelMeter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from libs.telemetry.metrics import Attribute, Counter, Gauge, Histogram, Meter, Metrics
from libs.telemetry.telemetry import Telemetry

_EXPORT_TIMEOUT_SECONDS = 3
_METRICS_EVERY_SECONDS = 15
# OpenTelemetry's default bounds are made for milliseconds; ours: seconds from 0.1 ms to 10 s.
_SECONDS = [m * 10.0**e for e in range(-4, 1) for m in (1, 2, 5)] + [10.0]
_RECORDS = [1.0, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]
_PROPAGATOR = TraceContextTextMapPropagator()


class ExportingTelemetry(Telemetry):
    """Spans and metrics of one process to one collector (`endpoint`: http://host:4318).

    Sampling and limits are OpenTelemetry's own settings (OTEL_TRACES_SAMPLER and others). A
    collector that is away costs nothing but the telemetry: the SDK drops what it cannot send.
    """

    enabled = True

    def __init__(self, endpoint: str, service: str, replica: int) -> None:
        resource = Resource.create(
            {
                "service.namespace": "deskledger",
                "service.name": service,
                "service.instance.id": f"{service}-{replica}",
            }
        )
        base = endpoint.rstrip("/")
        spans = OTLPSpanExporter(f"{base}/v1/traces", timeout=_EXPORT_TIMEOUT_SECONDS)
        self._traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._traces.add_span_processor(BatchSpanProcessor(spans))
        self._tracer = self._traces.get_tracer("deskledger")
        points = OTLPMetricExporter(f"{base}/v1/metrics", timeout=_EXPORT_TIMEOUT_SECONDS)
        reader = PeriodicExportingMetricReader(points, _METRICS_EVERY_SECONDS * 1_000)
        self._points = MeterProvider([reader], resource, shutdown_on_exit=False)
        self.metrics = Metrics(_Meter(self._points.get_meter("deskledger")))

    @contextmanager
    def span(
        self, name: str, traceparent: str | None = None, **attributes: Attribute
    ) -> Iterator[None]:
        parent: Context | None = None
        if traceparent is not None:
            parent = _PROPAGATOR.extract({"traceparent": traceparent}, Context())
        with self._tracer.start_as_current_span(name, parent, attributes=attributes):
            yield

    def inject(self) -> str | None:
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get("traceparent")

    def close(self) -> None:
        limit = _EXPORT_TIMEOUT_SECONDS * 1_000
        self._traces.force_flush(limit)
        self._traces.shutdown()
        self._points.shutdown(limit)


class _Meter(Meter):
    def __init__(self, meter: OtelMeter) -> None:
        self._meter = meter

    def counter(self, name: str, unit: str, meaning: str) -> Counter:
        counter = self._meter.create_counter(name, unit, meaning)

        class Exporting(Counter):
            def add(self, amount: int = 1, **attributes: Attribute) -> None:
                counter.add(amount, attributes)

        return Exporting()

    def histogram(self, name: str, unit: str, meaning: str) -> Histogram:
        bounds = _SECONDS if unit == "s" else _RECORDS
        histogram = self._meter.create_histogram(
            name, unit, meaning, explicit_bucket_boundaries_advisory=bounds
        )

        class Exporting(Histogram):
            def record(self, value: float, **attributes: Attribute) -> None:
                histogram.record(value, attributes)

        return Exporting()

    def gauge(self, name: str, unit: str, meaning: str) -> Gauge:
        gauge = self._meter.create_gauge(name, unit, meaning)

        class Exporting(Gauge):
            def set(self, value: float, **attributes: Attribute) -> None:
                gauge.set(value, attributes)

        return Exporting()
