"""Which network addresses a crawler may connect to: the public ones, and those a person allowed."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Return whether an IP address is a public unicast one, also inside IPv6 forms that embed IPv4.

    Loopback, private, link-local (cloud metadata included), shared, multicast and reserved ranges are not.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(
        part.is_global and not part.is_multicast and not part.is_reserved for part in (ip, *_embedded(ip))
    )


def is_allowed(host: str, port: int, allow: Collection[str]) -> bool:
    """Return whether `allow` names the host, alone or as host:port."""
    name = host.lower().strip("[]")
    return bool({name, f"{name}:{port}", f"[{name}]:{port}"} & {entry.lower() for entry in allow})


def _embedded(ip: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    if isinstance(ip, IPv4Address):
        return ()
    nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
    teredo = ip.teredo[1] if ip.teredo else None
    return tuple(part for part in (ip.ipv4_mapped, ip.sixtofour, teredo, nat64) if part is not None)
