"""A real name server on loopback, which can fall silent."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from dnslib import QTYPE, RR, DNSRecord
from dnslib.dns import AAAA, TXT, A
from dnslib.server import BaseResolver, DNSHandler, DNSServer


class Zone(BaseResolver):  # type: ignore[misc]
    """Answers TXT by name, and addresses. silent: names that are never answered; addresses: of a
    name, what each next question is answered with; the last stays."""

    def __init__(
        self,
        records: Mapping[str, str],
        silent: tuple[str, ...],
        addresses: Mapping[str, Sequence[Sequence[str]]],
    ) -> None:
        self.records = dict(records)
        self.addresses = {name: list(answers) for name, answers in addresses.items()}
        self.silent = silent
        self.asked: list[str] = []

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        """dnslib calls it for every question."""
        name = str(request.q.qname).rstrip(".")
        self.asked.append(name)
        if name.endswith(self.silent):
            raise TimeoutError
        reply = request.reply()
        if name in self.addresses:
            if request.q.qtype == QTYPE.A:
                answers = self.addresses[name]
                for address in answers.pop(0) if len(answers) > 1 else answers[0]:
                    kind, data = (QTYPE.AAAA, AAAA) if ":" in address else (QTYPE.A, A)
                    reply.add_answer(RR(name, kind, rdata=data(address), ttl=0))
            return reply
        if name not in self.records:
            reply.header.rcode = 3
        elif request.q.qtype == QTYPE.TXT:
            text = self.records[name].encode()
            parts = [text[at : at + 255] for at in range(0, len(text), 255)]
            reply.add_answer(RR(name, QTYPE.TXT, rdata=TXT(parts), ttl=60))
        return reply


class _Quiet:
    """dnslib's logger, saying nothing."""

    def __getattr__(self, name: str) -> object:
        return lambda *_: None


@contextmanager
def serving(
    records: Mapping[str, str],
    silent: tuple[str, ...] = (),
    addresses: Mapping[str, Sequence[Sequence[str]]] = {},
) -> Iterator[tuple[str, Zone]]:
    """The server while the block runs: as ``DESKLEDGER_NAME_SERVERS`` names it, and its zone."""
    zone = Zone(records, silent, addresses)
    server = DNSServer(zone, port=0, address="127.0.0.1", logger=_Quiet())
    port = server.server.server_address[1]
    server.start_thread()
    try:
        yield f"127.0.0.1#{port}", zone
    finally:
        server.stop()
        server.server.server_close()
