"""Where a webhook may lead: to the public internet, whatever an address is written like."""

from ipaddress import ip_network

import pytest

from adapters.webhooks.addresses import is_allowed, is_public

OURS = [ip_network("10.20.0.0/16")]


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",  # shared by carriers (RFC 6598)
        "169.254.169.254",  # clouds' metadata
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "64:ff9b::a00:1",  # NAT64 of 10.0.0.1
        "::127.0.0.1",
    ],
)
def test_what_is_ours_or_nobodys_is_not(address: str) -> None:
    assert not is_public(address)


def test_a_network_is_allowed_by_setting_alone() -> None:
    assert is_allowed("10.20.3.4", OURS)
    assert is_allowed("::ffff:10.20.3.4", OURS)
    assert not is_allowed("10.21.0.1", OURS)
