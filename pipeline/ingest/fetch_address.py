"""Which addresses may be fetched: public ones, and those the operator named.

The check is made on the addresses that the resolver gave, and the connection goes to one of these very
addresses: asking again would let a name answer differently the second time (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

from pipeline.errors import AddressRefused, FetchError

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port to IP addresses as text; raises ``OSError`` when there are none."""

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the well-known prefix; the last 32 bits are the IPv4 address that is really meant."""
_REFUSED_NETWORKS: tuple[_Network, ...] = tuple(
    ipaddress.ip_network(network)
    for network in (
        # The registries of special-purpose addresses (RFC 6890 and its updates): all that is not to be found
        # on the open internet. Written out, because what Python counts as private differs between releases.
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_WEB_PORTS = (80, 443)
_LONGEST_URL = 8192
_HOST = re.compile(r"[A-Za-z0-9._:-]+")


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart, as far as a request needs it."""

    scheme: str
    host: str
    """ASCII; an IPv6 address without brackets."""
    port: int
    path: str
    """Path and query, percent-encoded."""

    @property
    def host_header(self) -> str:
        """The value of ``Host``: without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address, without a fragment."""
        return f"{self.scheme}://{self.host_header}{self.path}"


def parse(url: str) -> Target:
    """Take an address apart. Raises ``AddressRefused`` for all that is not plain http or https."""
    if len(url) > _LONGEST_URL or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise AddressRefused(f"{url[:80]!r} is not a web address: it is too long or has blanks in it.")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except ValueError as error:  # a UnicodeError is one
        raise AddressRefused(f"{url} is not a web address.") from error
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        raise AddressRefused(f"{url} cannot be fetched: only http and https addresses can.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(
            "An address with a user name or password in it is not fetched: save the page and use the file."
        )
    if not _HOST.fullmatch(host):
        raise AddressRefused(f"{url} is not a web address: it names no host.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    return Target(scheme, host.lower(), port or {"http": 80, "https": 443}[scheme], path + query)


def redirected(target: Target, location: str) -> Target:
    """Where a redirect leads to."""
    # Servers put spaces and letters beyond ASCII into Location, as they stand.
    return parse(urljoin(target.url, location.strip().replace(" ", "%20")))


def permitted(target: Target, allow: Sequence[str], resolver: Resolver, deadline: float) -> list[IPAddress]:
    """The addresses of ``target`` that may be connected to, in the resolver's order; at least one.

    ``allow`` holds the hosts and networks that are permitted although private. Raises ``AddressRefused`` when
    none is permitted, ``FetchError`` when the name has no address.
    """
    hosts = {entry.lower() for entry in allow}
    networks = [network for entry in allow if (network := _network(entry)) is not None]
    trusted = target.host in hosts
    found = [ip for text in _resolve(target, resolver, deadline) if (ip := _address(text)) is not None]
    good = [ip for ip in found if trusted or is_public(ip) or _is_in(ip, networks)]
    if not good:
        raise AddressRefused(
            f"{target.url} leads to a private or reserved address ({', '.join(map(str, found)) or 'none'}), "
            "which is not fetched; the operator can allow its host or network."
        )
    if (
        target.port < 1024
        and target.port not in _WEB_PORTS
        and not (trusted or all(_is_in(i, networks) for i in good))
    ):
        raise AddressRefused(
            f"{target.url} is not fetched: port {target.port} does not belong to web servers."
        )
    return good


def is_public(ip: IPAddress) -> bool:
    """Whether an address is one of the open internet, however it is written."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(ip.ipv4_mapped)
        if ip in _NAT64:
            return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip.is_global and not any(ip in n for n in _REFUSED_NETWORKS if n.version == ip.version)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the operating system; numbers in any writing (decimal, octal ...) come back as addresses."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


def _resolve(target: Target, resolver: Resolver, deadline: float) -> Sequence[str]:
    """The resolver has no time limit of its own, so it is asked in a thread that may be left behind."""
    answer: list[Sequence[str]] = []
    failure: list[Exception] = []

    def ask() -> None:
        try:
            answer.append(resolver(target.host, target.port))
        except Exception as error:  # carried over to the asking thread
            failure.append(error)

    thread = threading.Thread(target=ask, daemon=True, name="resolve")
    thread.start()
    thread.join(max(0.0, deadline - monotonic()))
    if answer:
        return answer[0]
    if failure:
        raise FetchError(f"{target.url} could not be fetched: there is no host {target.host}.") from failure[
            0
        ]
    raise FetchError(f"{target.url} could not be fetched: looking up {target.host} took too long.")


def _address(text: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(entry: str) -> _Network | None:
    """An entry of the allow-list as a network; None when it is a host's name."""
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _is_in(ip: IPAddress, networks: Sequence[_Network]) -> bool:
    plain = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None else ip
    return any(plain in network for network in networks if network.version == plain.version)
