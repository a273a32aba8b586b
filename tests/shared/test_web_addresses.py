"""Which addresses are called, and what counts as the same host."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web_addresses import is_public, on_the_same_host, read_address
from shared.web_trouble import AddressRefused

HERE = "https://sis.example/api/v1p2/users?offset=0"


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "localhost", "",
    ],
)  # fmt: skip
def test_addresses_of_a_network_of_our_own_or_of_nobody_are_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(network="10.0.0.0/8"))
def test_a_private_address_stays_private_in_whatever_it_is_wrapped(address: object) -> None:
    number = int(ip_network(f"{address}/32").network_address)
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}"):
        assert not is_public(wrapped)


@pytest.mark.parametrize(
    "url", ["", "sis.example", "ftp://sis.example/", "file:///etc/passwd", "https://", "https://a:b@c/", "https://[x"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        read_address(url, plain_allowed=True)


@pytest.mark.parametrize(
    ("other", "leads_to"),
    [
        ("?offset=100", "https://sis.example/api/v1p2/users?offset=100"),
        ("/users?offset=1", "https://sis.example/users?offset=1"),
        ("https://SIS.example:443/users", "https://sis.example/users"),
        ("http://sis.example/users?offset=1", "https://sis.example/users?offset=1"),
    ],
)
def test_an_address_of_the_same_host_is_followed_without_giving_up_encryption(other: str, leads_to: str) -> None:
    assert on_the_same_host(HERE, other) == leads_to


@pytest.mark.parametrize(
    "other",
    [
        "https://sis.example.evil/x", "//evil.example/x", "https://sis.example:8443/x", "http://sis.example:8080/",
        "ftp://sis.example/", "https://[x",
    ],
)  # fmt: skip
def test_another_host_is_refused(other: str) -> None:
    with pytest.raises(AddressRefused):
        on_the_same_host(HERE, other)


def test_encryption_may_be_won_but_not_lost() -> None:
    assert on_the_same_host("http://sis.example/a", "https://sis.example/b") == "https://sis.example/b"
