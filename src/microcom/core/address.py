"""Addresses that media may be fetched from: how they are written, and where they may lead."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, unquote, urljoin, urlsplit

from microcom.errors import UserError
from microcom.values import dataclass

NAT64 = IPv6Network("64:ff9b::/96")
NAT64_HOME = IPv6Network("64:ff9b:1::/48")
"""RFC 6052 and 8215: IPv6 addresses that stand for IPv4 ones, out there and at home."""
INSIDE = (
    IPv4Network("168.63.129.16/32"),  # the inner service of Azure's machines (learn.microsoft.com)
    IPv4Network("192.0.0.0/24"),  # protocols' own; older Pythons take parts of it for public
    IPv4Network("192.88.99.0/24"),  # relays that nobody runs any more (RFC 7526)
)
"""What looks public and is not."""
SAFE = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class Address:
    """An address in parts; ``shown`` is for messages: what follows a ? may be a secret."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def shown(self) -> str:
        """Return the address without its query."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target.partition('?')[0]}"

    @property
    def name(self) -> str:
        """Return what a file from there is called: the end of the path, else the host."""
        return unquote(self.target.partition("?")[0].rpartition("/")[2]) or self.host

    def onward(self, location: str) -> str:
        """Return the address that a redirect from here names."""
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return urljoin(f"{self.scheme}://{host}{port}{self.target}", location)


PORTS = {"https": 443, "http": 80}


def address_of(url: str, *, rehearsal: bool = False) -> Address:
    """Return an address in parts; raise UserError ``media.fetch.address`` for one not to be used.

    It is https, without a name or password in it; in a ``rehearsal`` it may be http, which then
    leads to this machine alone.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
        port = parts.port
    except (ValueError, UnicodeError) as error:
        raise _unfit(url, "it cannot be read as an address") from error
    if parts.username is not None or parts.password is not None:
        raise _unfit(url, "it holds a name or a password, which would be kept with the post")
    if parts.scheme != "https" and not (rehearsal and parts.scheme == "http"):
        raise _unfit(url, "only https is fetched")
    if not host or any(ord(letter) <= ord(" ") for letter in url.strip()):
        raise _unfit(url, "it cannot be read as an address")
    target = quote(parts.path or "/", safe=SAFE)
    query = f"?{quote(parts.query, safe=SAFE + '?[]')}" if parts.query else ""
    return Address(parts.scheme, host, port or PORTS[parts.scheme], target + query)


def is_public(text: str) -> bool:
    """Say whether an IP address is one of the open internet, by all that it stands for."""
    address = ip_address(text.partition("%")[0])
    return all(
        one.is_global
        and not one.is_multicast
        and not one.is_reserved
        and not any(one in net for net in INSIDE)
        for one in _meant(address)
    )


def is_loopback(text: str) -> bool:
    """Say whether an IP address is this machine."""
    return ip_address(text.partition("%")[0]).is_loopback


def _meant(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """Return the addresses that one leads to: IPv6 can hold an IPv4 one in several ways."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in NAT64:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    if address in NAT64_HOME:
        return [IPv4Address("127.0.0.1")]
    inner = [address.sixtofour, *(address.teredo or ())]
    return [address, *(one for one in inner if one is not None)]


def _unfit(url: str, why: str) -> UserError:
    shown = url.partition("?")[0].rpartition("@")[2] if "@" in url else url.partition("?")[0]
    message = f"{shown} cannot be fetched: {why}."
    hint = "Write https://HOST/PATH, or download it and name the file."
    return UserError(message, code="media.fetch.address", hint=hint)
