"""Senders are checked by the DNS: SPF, DKIM, DMARC and ARC, by libraries that are kept for it.

What the DNS does not say in time is not known; nobody's mail fails for that, or waits longer.
"""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import dkim
import dns.exception
import dns.name
import dns.resolver
import spf
from dns.nameserver import Do53Nameserver
from dns.rdata import Rdata
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from adapters.email.reading import authentication, headers
from adapters.email.reading.authentication import Found, Vouching, aligned, organisation
from adapters.email.settings import EmailSettings, Network

_WORKERS = 8
_MOST_SIGNATURES = 3
_MOST_MULTIPARTS = 0
_LOG = logging.getLogger("mail.checking")


class Client(NamedTuple):
    """Who handed a mail in: IP address, the name that it gave (EHLO)."""

    address: str
    name: str


class Checker:
    """Checks senders, a few at a time, each for so many seconds at most.

    own_networks: of servers of ours: what they hand on says nothing of where it came from;
    forwarders: domains whose ARC seals count.
    """

    def __init__(
        self,
        resolver: dns.resolver.Resolver,
        seconds: float,
        own_networks: Sequence[Network] = (),
        forwarders: frozenset[str] = frozenset(),
    ) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._own_networks = own_networks
        self._forwarders = forwarders
        self._pool = ThreadPoolExecutor(_WORKERS, "checking")

    @classmethod
    def of(cls, settings: EmailSettings) -> "Checker":
        """As the settings say. Raises ValueError where there is no name server to ask."""
        try:
            resolver = dns.resolver.Resolver(configure=not settings.name_servers)
        except dns.resolver.NoResolverConfiguration:
            raise ValueError(
                "this system knows no name server: name one by DESKLEDGER_NAME_SERVERS"
            ) from None
        if settings.name_servers:
            resolver.nameservers = [_server(one) for one in settings.name_servers.split(",")]
        forwarders = Vouching.of("", settings.trusted_forwarders).forwarders
        seconds = settings.authentication_seconds
        return cls(resolver, seconds, settings.own_networks, forwarders)

    async def verdict(self, raw: bytes, return_path: str | None, client: Client | None) -> Found:
        """Whether the author's domain stands behind a mail. Raises nothing, takes ``seconds``."""
        if client is not None and self._is_own(client.address):
            client = None
        asked = asyncio.get_running_loop().run_in_executor(
            self._pool, self.check, raw, return_path, client
        )
        try:
            return await asyncio.wait_for(asked, self._seconds)
        except TimeoutError:
            return "unknown"

    def check(self, raw: bytes, return_path: str | None, client: Client | None) -> Found:
        """The same in this thread. client: None where it is not the sender's."""
        message = headers.read(raw, _MOST_MULTIPARTS)
        author = authentication.author_domain(message)
        if not author:
            return "unknown"
        lookup = _Lookup(self._resolver, time.monotonic() + self._seconds)
        policy = _policy(lookup, author)
        if _signed(lookup, raw, author, strict=policy.get("adkim") == "s") or (
            client is not None
            and _sent(lookup, client, return_path or "", author, strict=policy.get("aspf") == "s")
        ):
            return "passed"
        if authentication.forwarded(message, self._forwarders) and _sealed(lookup, raw):
            return "passed"
        if lookup.unanswered or client is None or not policy:
            return "unknown"
        return "failed"

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _is_own(self, address: str) -> bool:
        try:
            client = ipaddress.ip_address(address)
        except ValueError:
            return True  # no address of the network: a neighbour
        return any(client in network for network in self._own_networks)


class _Unanswered(Exception):
    """The DNS says neither yes nor no."""


class _Lookup:
    """Questions to the DNS up to an instant. unanswered: one had no answer."""

    def __init__(self, resolver: dns.resolver.Resolver, until: float) -> None:
        self._resolver = resolver
        self._until = until
        self.unanswered = False

    def ask(self, name: str, kind: str) -> list[Rdata]:
        """The records; none where there are none. Raises _Unanswered."""
        left = self._until - time.monotonic()
        try:
            if left <= 0:
                raise _Unanswered
            return list(self._resolver.resolve(name, kind, lifetime=left, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError, _Unanswered):
            self.unanswered = True
            raise _Unanswered from None

    def text(self, name: str) -> list[str]:
        """The TXT records of a name; none, too, where the DNS does not answer."""
        try:
            found = self.ask(name, "TXT")
        except _Unanswered:
            return []
        texts = (one.strings for one in found if isinstance(one, TXT))
        return [b"".join(strings).decode("utf-8", "replace") for strings in texts]

    def key(self, name: bytes, timeout: float = 0) -> bytes | None:
        """As dkimpy asks for a key; it takes silence for a key that is not there."""
        found = self.text(name.decode("utf-8", "replace"))
        return found[0].encode() if found else None


class _Path(spf.query):  # type: ignore[misc]
    """pyspf's walk through a domain's SPF record, with our questions to the DNS."""

    def __init__(self, lookup: _Lookup, client: Client, sender: str) -> None:
        super().__init__(client.address, sender, client.name)
        self._lookup = lookup

    def dns(
        self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False
    ) -> list[object]:
        """What pyspf expects of its own: a list of values by kind (RFC 7208, 4.6.4 for voids)."""
        if qtype == "SPF":
            return []  # RFC 7208, 3.1: TXT alone
        try:
            found = [_value(one) for one in self._lookup.ask(str(name), qtype)]
        except _Unanswered:
            raise spf.TempError("the DNS does not answer") from None
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many names that do not exist")
        return found


def _server(name: str) -> Do53Nameserver:
    address, _, port = name.strip().partition("#")
    return Do53Nameserver(address, int(port or 53))


def _value(record: Rdata) -> object:
    match record:
        case MX():
            return record.preference, record.exchange.to_text(omit_final_dot=True)
        case PTR():
            return record.target.to_text(omit_final_dot=True)
        case TXT():
            return record.strings
        case A() | AAAA():
            return record.address
    raise TypeError(f"SPF asks for no {type(record).__name__}")


def _policy(lookup: _Lookup, author: str) -> dict[str, str]:
    """The tags of the author's DMARC record, or of their organisation's; none without one."""
    for domain in dict.fromkeys([author, organisation(author)]):
        records = [one for one in lookup.text(f"_dmarc.{domain}") if domain and _is_dmarc(one)]
        if len(records) == 1:
            tags = (tag.partition("=") for tag in records[0].split(";"))
            return {name.strip().lower(): value.strip().lower() for name, _, value in tags}
    return {}


def _is_dmarc(record: str) -> bool:
    return record.replace(" ", "").lower().startswith("v=dmarc1;")


def _signed(lookup: _Lookup, raw: bytes, author: str, *, strict: bool) -> bool:
    """Whether a signature of the author's domain holds, over the whole body."""
    try:
        message = dkim.DKIM(raw, logger=_LOG)
    except dkim.DKIMException:
        return False
    for place in _aligned_signatures(message, author, strict=strict)[:_MOST_SIGNATURES]:
        try:
            if message.verify(place, dnsfunc=lookup.key):
                return True
        except Exception as error:  # whatever strangers' signatures make of it, it is none
            _LOG.debug("a signature that cannot be read: %s", type(error).__name__)
    return False


def _aligned_signatures(message: dkim.DKIM, author: str, *, strict: bool) -> list[int]:
    signatures = [value for name, value in message.headers if name.lower() == b"dkim-signature"]
    found = []
    for place, value in enumerate(signatures):
        try:
            tags = dkim.util.parse_tag_value(value)
            domain = tags.get(b"d", b"").decode("ascii")
        except (dkim.util.InvalidTagValueList, UnicodeDecodeError):
            continue
        # What l= leaves out anybody could have written.
        if b"l" not in tags and aligned(domain, author, strict=strict):
            found.append(place)
    return found


def _sent(lookup: _Lookup, client: Client, return_path: str, author: str, *, strict: bool) -> bool:
    """Whether the author's domain lets this client send."""
    domain = return_path.rpartition("@")[2] or client.name
    if not aligned(domain, author, strict=strict):
        return False
    try:
        return bool(_Path(lookup, client, return_path).check()[0] == "pass")
    except Exception as error:  # whatever strangers' records make of it, it is no yes
        _LOG.debug("an SPF record that cannot be read: %s", type(error).__name__)
        return False


def _sealed(lookup: _Lookup, raw: bytes) -> bool:
    """Whether the chain of ARC seals holds."""
    try:
        return bool(dkim.ARC(raw, logger=_LOG).verify(dnsfunc=lookup.key)[0] == dkim.CV_Pass)
    except Exception as error:  # likewise
        _LOG.debug("seals that cannot be read: %s", type(error).__name__)
        return False
