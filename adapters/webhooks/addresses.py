"""Which addresses a webhook may lead to: the public internet's, and those allowed by name. Pure."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from adapters.webhooks.settings import Network

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
Address = IPv4Address | IPv6Address


def is_allowed(text: str, networks: Sequence[Network]) -> bool:
    """Whether this address, as the resolver gave it, is in one of the networks."""
    address = ip_address(text.partition("%")[0])
    return any(one in network for one in (address, *_within(address)) for network in networks)


def is_public(text: str) -> bool:
    """Whether it belongs to the public internet, and so does each address that stands in it."""
    address = ip_address(text.partition("%")[0])
    return all(
        one.is_global and not one.is_multicast and not one.is_reserved for one in _meant(address)
    )


def _meant(address: Address) -> Iterator[Address]:
    """A mapped or translated address means another; a tunnel's means both its own and others'."""
    inner = list(_within(address))
    mapped = isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or address in _NAT64
    )
    if not mapped:
        yield address
    yield from inner


def _within(address: Address) -> Iterator[Address]:
    """The IPv4 addresses that an IPv6 address carries (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
