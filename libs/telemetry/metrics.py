"""Every metric's name, unit and meaning, in one table. Off, each is an object that does nothing.

Attributes are few and have few values (a topic, a lane, a code): never an id, never personal data.
"""

Attribute = str | int | float | bool


class Counter:
    """Counts up."""

    def add(self, amount: int = 1, **attributes: Attribute) -> None:
        """Nothing, while telemetry is off."""


class Histogram:
    """How values are spread."""

    def record(self, value: float, **attributes: Attribute) -> None:
        """Nothing, while telemetry is off."""


class Gauge:
    """What is so now."""

    def set(self, value: float, **attributes: Attribute) -> None:
        """Nothing, while telemetry is off."""


class Meter:
    """Makes instruments: here those of telemetry that is off. Units are UCUM codes."""

    def counter(self, name: str, unit: str, meaning: str) -> Counter:
        return Counter()

    def histogram(self, name: str, unit: str, meaning: str) -> Histogram:
        return Histogram()

    def gauge(self, name: str, unit: str, meaning: str) -> Gauge:
        return Gauge()


class Metrics:
    """The instruments of a process. Attributes stand in brackets."""

    def __init__(self, meter: Meter) -> None:
        self.lag = meter.gauge(
            "deskledger.consumer.lag",
            "{record}",
            "committed records that a consumer has still to read [consumer, topic, partition]",
        )
        self.stable_offset_gap = meter.gauge(
            "deskledger.consumer.stable_offset_gap",
            "{record}",
            "records behind an open transaction, which the lag does not show [topic, partition]",
        )
        self.batch_size = meter.histogram(
            "deskledger.batch.size", "{record}", "records of one poll [consumer]"
        )
        self.decide_time = meter.histogram(
            "deskledger.decide.duration", "s", "deciding a batch of commands [lane]"
        )
        self.commit_time = meter.histogram(
            "deskledger.commit.duration", "s", "sending and committing a transaction [lane]"
        )
        self.write_time = meter.histogram(
            "deskledger.write.duration", "s", "writing states or a projection to MongoDB [writer]"
        )
        self.projection_delay = meter.histogram(
            "deskledger.projection.delay", "s", "from recorded_at until it can be read [projection]"
        )
        self.decided = meter.counter(
            "deskledger.commands.decided", "{command}", "commands decided [command]"
        )
        self.refused = meter.counter(
            "deskledger.commands.refused", "{command}", "commands refused [command, code]"
        )
        self.dead_letters = meter.counter(
            "deskledger.dead_letters", "{record}", "records put aside [service, kind]"
        )
        self.quarantined = meter.gauge(
            "deskledger.quarantined", "{aggregate}", "aggregates in quarantine [service]"
        )
        self.mails_received = meter.counter(
            "deskledger.mails.received", "{mail}", "mails answered over SMTP [answer]"
        )
        self.mails_fetched = meter.counter(
            "deskledger.mails.fetched",
            "{mail}",
            "messages of hosted mailboxes that were taken, or passed over [outcome]",
        )
        self.mails_sent = meter.counter(
            "deskledger.mails.sent", "{mail}", "attempts to deliver a mail [outcome]"
        )
