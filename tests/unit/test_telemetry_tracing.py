"""Traces and metrics: nothing while off; through a real collector's wire format when on."""

import sys
from collections.abc import Iterator
from subprocess import run

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from libs.telemetry import Telemetry
from libs.telemetry.otlp import ExportingTelemetry
from tests.support.collector import Collector


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector.running() as collector:
        yield collector


@pytest.fixture
def telemetry(collector: Collector) -> Telemetry:
    return ExportingTelemetry(collector.endpoint, "intake", replica=2)


def test_off_there_is_no_trace_and_no_sdk() -> None:
    program = """if True:
        import sys
        from libs.settings import Settings
        from libs.telemetry import setup
        telemetry = setup(Settings(otlp_endpoint=""), "intake")
        with telemetry.span("decide", "00-" + "a" * 32 + "-" + "b" * 16 + "-01", lane=1):
            assert telemetry.inject() is None
        telemetry.metrics.refused.add(1, code="x")
        telemetry.metrics.lag.set(3, topic="tickets.events")
        telemetry.metrics.commit_time.record(0.1)
        telemetry.close()
        assert not telemetry.enabled
        assert not [name for name in sys.modules if name.startswith("opentelemetry")]
    """
    run([sys.executable, "-c", program], check=True)


def test_a_trace_goes_on_over_every_hop(telemetry: Telemetry, collector: Collector) -> None:
    # given a request that leads to a record, and the record to a projection elsewhere
    with telemetry.span("POST /tickets"):
        first_hop = telemetry.inject()
    with telemetry.span("decide", first_hop, lane=3, command="SolveTicket"):
        second_hop = telemetry.inject()
    with telemetry.span("project", second_hop), telemetry.span("write"):
        pass
    assert telemetry.inject() is None
    # when the process ends
    telemetry.close()
    # then it is one trace, each span under the one before
    spans = collector.spans()
    names = ["POST /tickets", "decide", "project", "write"]
    assert len({spans[name].trace_id for name in names}) == 1
    parents = [spans[name].parent_span_id for name in names]
    assert parents == [b"", *(spans[name].span_id for name in names[:-1])]
    attributes = {pair.key: pair.value for pair in spans["decide"].attributes}
    assert attributes["lane"].int_value == 3
    assert attributes["command"].string_value == "SolveTicket"


def test_a_failure_marks_its_span_and_goes_on(telemetry: Telemetry, collector: Collector) -> None:
    with pytest.raises(ValueError, match="no"), telemetry.span("decide"):
        raise ValueError("no")
    telemetry.close()
    assert collector.spans()["decide"].status.code == 2  # STATUS_CODE_ERROR


@pytest.mark.parametrize("traceparent", ["", "nonsense", "00-00-00-00"])
def test_a_malformed_traceparent_begins_a_new_trace(
    telemetry: Telemetry, collector: Collector, traceparent: str
) -> None:
    with telemetry.span("decide", traceparent):
        assert telemetry.inject() is not None
    telemetry.close()
    assert collector.spans()["decide"].parent_span_id == b""


def test_metrics_carry_name_unit_and_attributes(telemetry: Telemetry, collector: Collector) -> None:
    telemetry.metrics.refused.add(2, command="SolveTicket", code="already_solved")
    telemetry.metrics.lag.set(17, topic="tickets.events", partition=1)
    telemetry.metrics.commit_time.record(0.004, lane="intake-1")
    telemetry.close()
    [body] = collector.bodies["/v1/metrics"]
    [resource] = ExportMetricsServiceRequest.FromString(body).resource_metrics
    labels = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
    assert (labels["service.name"], labels["service.instance.id"]) == ("intake", "intake-2")
    metrics = {metric.name: metric for metric in resource.scope_metrics[0].metrics}
    [refused] = metrics["deskledger.commands.refused"].sum.data_points
    assert refused.as_int == 2
    assert {pair.key for pair in refused.attributes} == {"command", "code"}
    [lag] = metrics["deskledger.consumer.lag"].gauge.data_points
    assert lag.as_int == 17
    commit = metrics["deskledger.commit.duration"]
    assert commit.unit == "s"
    [point] = commit.histogram.data_points
    # 4 ms lies in a bucket of its own order, not in the first of all
    assert point.explicit_bounds[list(point.bucket_counts).index(1)] == pytest.approx(0.005)


def test_a_collector_that_is_away_holds_nobody_up() -> None:
    telemetry = ExportingTelemetry("http://127.0.0.1:9", "intake", replica=0)
    with telemetry.span("decide"):
        pass
    telemetry.close()  # pytest's timeout would tell
