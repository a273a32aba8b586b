"""Which addresses we call: none of our own network, unless the settings allow it, and only the host that was meant."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urljoin, urlsplit

from shared.web_trouble import AddressRefused

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The IP addresses of a host, best first; OSError when there are none."""

NAT64 = ip_network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}


async def resolve(host: str, port: int) -> list[str]:
    """As the system has them, each once."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(text: str) -> bool:
    """Whether an IP address belongs to somebody on the internet: not to us, to nobody and not to a group."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast


def read_address(url: str, *, plain_allowed: bool) -> SplitResult:
    """The parts of an address that may be called; AddressRefused for any other. What it says holds no secret."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise AddressRefused("This is no web address.", "Write it as https://host/path.") from None
    if parts.scheme not in PORTS or not host:
        raise AddressRefused("This is no web address.", "Write it as https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("The address holds a name or password.", "Give credentials separately.")
    if parts.scheme == "http" and not plain_allowed:
        raise AddressRefused(f"{host} would be asked without encryption.", "Use an address that begins with https://.")
    return parts


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what must be equal for two addresses to be of one server. ValueError if it is none."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower().rstrip("."), parts.port or PORTS.get(scheme, 0)


def on_the_same_host(url: str, other: str) -> str:
    """`other`, which may be relative, as an address of the server of `url`; AddressRefused if it leads elsewhere.

    A server behind a proxy may think that it is asked over http: its host counts, and the safer scheme.
    """
    try:
        joined = urljoin(url, other.strip())
        here, there = origin_of(url), origin_of(joined)
    except ValueError:
        raise AddressRefused("The server points to an address that is none.") from None
    is_downgraded = here[0] == "https" and there == ("http", here[1], 80)
    if there == here or is_downgraded:
        parts = urlsplit(joined)
        return urlsplit(url)._replace(path=parts.path, query=parts.query, fragment="").geturl()
    if here[0] == "http" and there[:2] == ("https", here[1]):
        return joined
    raise AddressRefused(
        "The server points to another host.", "Ask its operator which address is the right one, and set that."
    )
