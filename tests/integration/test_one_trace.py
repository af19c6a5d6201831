"""One trace leads from what came in, by a channel or over HTTP, over every hop in Kafka to the
read model that shows it."""

from collections.abc import AsyncIterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from libs.events.published import tickets as t
from libs.settings import Settings
from services.gateway.tickets.projection import TICKETS
from tests.support.collector import Collector
from tests.support.desk import Desk
from tests.support.gateway import gateway

pytestmark = pytest.mark.integration
MAIL, CLICK = "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"
SHOWN = ("project", f"gateway.tickets.v{TICKETS.version}-1")


@pytest.fixture
async def collector(ledger: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """Everything that opens connections in this test tells it what it does."""
    with Collector.running() as collector:
        monkeypatch.setenv("DESKLEDGER_OTLP_ENDPOINT", collector.endpoint)
        yield collector


def told(collector: Collector, trace_id: str) -> set[tuple[str, str]]:
    """The spans of a trace: name, and which command or consumer it is about ("": neither)."""
    return {
        (span.name, said(span, "command") or said(span, "consumer"))
        for span in collector.all_spans()
        if span.trace_id.hex() == trace_id
    }


def said(span: Span, key: str) -> str:
    """An attribute of a span."""
    return next((pair.value.string_value for pair in span.attributes if pair.key == key), "")


async def test_from_a_message_or_a_request_to_what_is_shown(
    ledger: Settings, collector: Collector
) -> None:
    told_to = ledger.model_copy(update={"otlp_endpoint": collector.endpoint})
    # given intake and a gateway that tell a collector what they do
    async with gateway(told_to) as served, Desk.on(ledger) as desk, desk.intake():
        # when an adapter publishes a message within a trace of its own
        await desk.publish(traceparent=f"00-{MAIL}-b7ad6b7169203331-01")
        [opened] = await desk.until(t.TicketOpened)
        # and an agent's program sends a command within another one
        async with served.client("agent") as agent:
            done = await agent.post(
                f"/v1/tickets/{opened.aggregate_id}/notes",
                json={"text": "Rang her."},
                headers={"traceparent": f"00-{CLICK}-00f067aa0ba902b7-01", "prefer": "wait=20"},
            )
        assert done.status_code == 200
    # then the decisions of all aggregates, the process between them and the projection are in
    # the trace of the message
    decided = {("decide", c) for c in ("ReceiveMessage", "RegisterAddress", "OpenTicket")}
    assert decided | {("process", "intake.reception"), SHOWN} <= told(collector, MAIL)
    # and the request, its decision and its projection in that of the command
    assert {("http POST", ""), ("decide", "AddNote"), SHOWN} <= told(collector, CLICK)
