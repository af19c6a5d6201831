"""Whether a sender is who they say, as a server of ours has found out (RFC 8601). Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from authres import AuthResError, all_features
from publicsuffixlist import PublicSuffixList

from adapters.email.reading.headers import Part, mailbox, texts_of

Found = Literal["unknown", "passed", "failed"]
RESULTS = "authentication-results"
_LONGEST = 4_000
_MOST_FIELDS = 10
_MOST_SEALS = 50  # RFC 8617, 4.2.1
_FEATURES = all_features()
_SUFFIXES = PublicSuffixList()
_INSTANCE = re.compile(r"^\s*i\s*=\s*(\d{1,2})\s*;")
_SEALER = re.compile(r"(?:^|;)\s*d\s*=\s*([^\s;]+)")


@dataclass(frozen=True, slots=True)
class Vouching:
    """Whose word counts. servers: authserv-ids of ours in front of this one; forwarders: domains
    whose ARC seals (RFC 8617) count, say a mailing list's."""

    servers: frozenset[str] = frozenset()
    forwarders: frozenset[str] = frozenset()

    @classmethod
    def of(cls, servers: str, forwarders: str = "") -> "Vouching":
        """From lists with commas."""
        return cls(_listed(servers), _listed(forwarders))


NOBODY = Vouching()


@dataclass(frozen=True, slots=True)
class _Result:
    """One method's result and its properties: ``header.from`` and the like, in lower case."""

    method: str
    result: str
    properties: dict[str, str]


def found(message: Part, vouching: Vouching) -> Found:
    """What the topmost ``Authentication-Results`` say, if a server of ours wrote them.

    Whoever writes a mail can write such fields, too: they are below those that our server puts on
    top, and the server is obliged to remove those that bear its name (RFC 8601, 5).
    """
    domain = author_domain(message)
    if not vouching.servers or not domain:
        return "unknown"
    results = _topmost(message, vouching.servers)
    verdict = _verdict(results, domain)
    chain_holds = any((one.method, one.result) == ("arc", "pass") for one in results)
    if verdict != "passed" and chain_holds and forwarded(message, vouching.forwarders):
        return "passed"
    return verdict


def forwarded(message: Part, forwarders: frozenset[str]) -> bool:
    """Whether a forwarder that we trust has found the author's domain aligned, or trusts in turn
    one of these that has. The chain of seals must have been verified."""
    domain = author_domain(message)
    said = _by_instance(texts_of(message, "arc-authentication-results"))
    seals = _by_instance(texts_of(message, "arc-seal"))
    for instance in sorted(seals, reverse=True)[:_MOST_SEALS]:
        sealer = _SEALER.search(seals[instance])
        if sealer is None or sealer[1].lower() not in forwarders:
            return False
        results = _read(said.get(instance, ""))[1]
        if _verdict(results, domain) == "passed":
            return bool(domain)
        if not any((one.method, one.result) == ("arc", "pass") for one in results):
            return False
    return False


def author_domain(message: Part) -> str:
    """The domain in From (lower case, IDNA); "" where there is not exactly one author."""
    if len(message.fields("from")) != 1:
        return ""
    address = mailbox(message, "from")[0]
    try:
        return address.rpartition("@")[2].lower().encode("idna").decode()
    except UnicodeError:
        return ""


def aligned(domain: str, author: str, *, strict: bool = False) -> bool:
    """Whether a domain speaks for the author's (RFC 7489, 3.1): the same, or the same
    organisation's unless strict."""
    domain = domain.lower().rstrip(".")
    if not domain or not author:
        return False
    same = organisation(domain)
    return domain == author or (not strict and bool(same) and same == organisation(author))


def organisation(domain: str) -> str:
    """The organisation's domain: ``mail.example.co.uk`` → ``example.co.uk``; "" for none."""
    return str(_SUFFIXES.privatesuffix(domain) or "")


def _topmost(message: Part, servers: frozenset[str]) -> list[_Result]:
    """The results of the topmost fields, as long as servers of ours wrote them. Some write one
    field a method; what stands below a Received came with the mail."""
    results: list[_Result] = []
    names = [name.lower() for name, _ in message.raw_items()]
    values = iter(texts_of(message, RESULTS)[:_MOST_FIELDS])
    begun = False
    for name in names:
        if name == "received" and begun:
            break
        if name != RESULTS:
            continue
        written_by, said = _read(next(values, ""))
        if written_by not in servers:
            break
        results += said
        begun = True
    return results


def _read(value: str) -> tuple[str, list[_Result]]:
    """Who wrote a field, and what it says; nothing where it is not as RFC 8601 has it."""
    # ARC's variant has its instance first (RFC 8617, 4.1.1).
    one_line = " ".join(_INSTANCE.sub("", value[:_LONGEST]).split())
    try:
        read = _FEATURES.parse_value(one_line)
    except (AuthResError, RecursionError):
        return "", []
    results = [
        _Result(
            str(one.method).lower(),
            str(one.result).lower(),
            {f"{p.type}.{p.name}".lower(): str(p.value).lower() for p in one.properties},
        )
        for one in read.results
    ]
    return str(read.authserv_id).lower(), results


def _verdict(results: Sequence[_Result], author: str) -> Found:
    """DMARC's result; where the server does not check that, an aligned signature or path."""
    for one in results:
        if one.method == "dmarc" and one.result == "fail":
            return "failed"
        if one.method == "dmarc" and one.result == "pass":
            return "passed" if one.properties.get("header.from") == author else "unknown"
    return "passed" if any(_vouches(one, author) for one in results) else "unknown"


def _vouches(one: _Result, author: str) -> bool:
    if one.result != "pass":
        return False
    said = one.properties
    if one.method == "dkim":
        signer = said.get("header.d") or said.get("header.i", "").rpartition("@")[2]
        return aligned(signer, author)
    return one.method == "spf" and aligned(said.get("smtp.mailfrom", "").rpartition("@")[2], author)


def _by_instance(values: Sequence[str]) -> dict[int, str]:
    """ARC fields by their instance; the first of two counts for neither."""
    found: dict[int, str] = {}
    for value in values[: 2 * _MOST_SEALS]:
        if instance := _INSTANCE.match(value) or re.search(r";\s*i\s*=\s*(\d{1,2})\b", value):
            number = int(instance[1])
            found[number] = "" if number in found else value
    return found


def _listed(names: str) -> frozenset[str]:
    return frozenset(filter(None, names.lower().replace(",", " ").split()))
