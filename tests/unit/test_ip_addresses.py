"""One host is one, in whichever notation its address is written; another one is another."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.values.ip_addresses import address_of, ends_with_mac, is_own_host, one_host
from auditor.values.named_hosts import host_of
from auditor.values.networks import UnclearNetworkError, parse_network

SAME = [
    "10.0.0.5", " 10.0.0.5 ", "10.0.0.5:5060", "10.0.0.5.", "010.000.000.005", "[10.0.0.5]",
    "::ffff:10.0.0.5", "::FFFF:10.0.0.5", "::ffff:a00:5", "0:0:0:0:0:ffff:0a00:0005",
    "[::ffff:10.0.0.5]", "[::ffff:10.0.0.5]:443", "::ffff:10.0.0.5%2", "::10.0.0.5",
    "64:ff9b::10.0.0.5", "2002:a00:5::1", "::ffff:0:10.0.0.5", "64:ff9b:1::10.0.0.5",
]  # fmt: skip
SAME_6 = [
    "fd00::1", "FD00::1", "[fd00::1]", "[FD00:0:0::0001]:5061", "fd00:0000:0000:0000::1%eth0",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_one_address_of_ipv4(text):
    assert one_host(text) == "10.0.0.5"


@pytest.mark.parametrize("text", SAME_6)
def test_one_address_of_ipv6(text):
    assert one_host(text) == "fd00::1"


@pytest.mark.parametrize(
    "text", ["PBX.example.com", "pbx.example.com.", "pbx.example.com:443", " pbx.example.com"]
)
def test_one_name(text):
    assert one_host(text) == "pbx.example.com"


@pytest.mark.parametrize("text", ["", ".", "nowhere", "10.0.0", "10.0.0.256", "1:2:3", "[x]", "%"])
def test_what_is_no_address(text):
    assert address_of(text) is None


@given(st.ip_addresses(v=4))
def test_what_carries_an_address_is_that_address(address):
    assert address_of(f"[::ffff:{address}]:80") == address
    assert one_host(str(address)) == one_host(
        f"::ffff:{int(address) >> 16:x}:{int(address) & 65535:x}"
    )


@given(st.ip_addresses(), st.ip_addresses())
def test_two_addresses_of_one_family_stay_two(one, other):
    if one.version == other.version == 4:
        assert (one_host(str(one)) == one_host(str(other))) == (one == other)


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "127.8.9.1", "::1", "[::1]:80", "0.0.0.0:80", "::", "::ffff:127.0.0.1",
     "::ffff:0.0.0.0", "localhost", "LOCALHOST.", "127.000.000.001"],
)  # fmt: skip
def test_this_host(text):
    assert is_own_host(text)


@pytest.mark.parametrize("text", ["", "10.0.0.5", "fe80::1", "169.254.1.1", "::2:0:0", "128.0.0.1"])
def test_another_host(text):
    assert not is_own_host(text)


@pytest.mark.parametrize("text", ["fe80::290:33ff:fe00:1", "FE80::0290:33FF:FE00:0001%eth0"])
def test_an_address_that_is_made_of_a_hardware_address(text):
    assert ends_with_mac(text, "009033000001")
    assert not ends_with_mac(text, "009033000002")
    assert not ends_with_mac(text, "")


@pytest.mark.parametrize(
    ("entry", "network"),
    [
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:10.0.0.5", "10.0.0.5/32"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("64:ff9b::10.20.0.0/112", "10.20.0.0/16"),
        ("64:ff9b::/96", "0.0.0.0/0"),
        ("64:ff9b:1::/96", "0.0.0.0/0"),
        ("::ffff:0:0:0/96", "0.0.0.0/0"),
        ("::/96", "0.0.0.0/0"),
        ("::/97", "0.0.0.0/1"),
        ("::10.0.0.0/104", "10.0.0.0/8"),
        ("::1", "::1/128"),
        ("::1/112", "::/112"),
        ("2002::/16", "0.0.0.0/0"),
        ("2002:a00::/24", "10.0.0.0/8"),
        ("2002:a00:5::/48", "10.0.0.5/32"),
        ("2002:a00:5:1::/64", "10.0.0.5/32"),
        ("::/0", "::/0"),
        ("fd00::/8", "fd00::/8"),
    ],
)
def test_a_network_that_carries_ipv4_is_that(entry, network):
    assert parse_network(entry) == ip_network(network)


@pytest.mark.parametrize(
    "entry",
    ["::", "::ffff:0.0.0.0", "64:ff9b::", "64:ff9b:1::", "2002::", "::ffff:0:0:0"],
)
def test_no_address_without_a_mask_may_be_every_one(entry):
    with pytest.raises(UnclearNetworkError):
        parse_network(entry)


@pytest.mark.parametrize("text", ["::1:443", "::0.1.4.67"])
def test_what_may_be_the_loopback_with_a_port_carries_nothing(text):
    assert isinstance(address_of(text), IPv6Address)


def test_halves_in_two_notations_are_of_one_family():
    halves = [parse_network(one) for one in ("0.0.0.0/1", "::ffff:128.0.0.0/97")]
    assert all(isinstance(one, IPv4Network) for one in halves)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ntp.example.com", "NTP.example.com."),
        ("https://[::ffff:10.0.0.5]:443", "10.0.0.5:443"),
        ("10.0.0.5", "::ffff:10.0.0.5"),
        ("fd00::1", "[FD00:0::1]"),
        ("::", "::ffff:0.0.0.0"),
    ],
)
def test_hosts_that_people_enter_are_one(one, other):
    assert host_of(one) == host_of(other)
