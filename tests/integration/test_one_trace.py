"""One trace leads from a message that came in over every hop in Kafka to its ticket."""

import pytest

from libs.events.published import tickets as t
from libs.settings import Settings
from tests.support.collector import Collector
from tests.support.desk import Desk

pytestmark = pytest.mark.integration
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


async def test_a_message_is_one_trace_from_its_channel_to_its_ticket(
    ledger: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Collector.running() as collector:
        monkeypatch.setenv("DESKLEDGER_OTLP_ENDPOINT", collector.endpoint)
        # given intake that tells a collector what it does
        async with Desk.on(ledger) as desk, desk.intake():
            # when an adapter publishes a message within a trace of its own
            await desk.publish(traceparent=f"00-{TRACE_ID}-b7ad6b7169203331-01")
            await desk.until(t.TicketOpened)
        # then the decisions of all aggregates and the process between them are in that trace
        spans = [s for s in collector.all_spans() if s.trace_id.hex() == TRACE_ID]
    told = {
        (span.name, pair.value.string_value)
        for span in spans
        for pair in span.attributes
        if pair.key in ("command", "consumer")
    }
    decided = {("decide", c) for c in ("ReceiveMessage", "RegisterAddress", "OpenTicket")}
    assert decided | {("process", "intake.reception")} <= told
