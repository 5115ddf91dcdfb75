"""Where a visitor comes from: the one address by which limits and locks tell strangers apart."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
# `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::7`, `[2001:db8::7]:4711`
WRITTEN = re.compile(
    r"\s*(?:\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+)(?::\d+)?|(?P<bare>[\da-fA-F:.]+))\s*"
)


def address_of(request: HttpRequest) -> str:
    """The visitor's address, '' if the connection has none.

    Behind proxies that the city trusts (`TRUSTED_PROXIES`), the rightmost address of X-Forwarded-For that is none of
    theirs. What stands left of it, and the whole header from anybody else, is written by whoever likes.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    found = _parsed(peer)
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if found is None or not _is_trusted(found):
            break
        before = _parsed(hop)
        if before is None:
            break
        found = before
    return str(found or peer)


def network_of(request: HttpRequest) -> str:
    """As `address_of`; of IPv6 the network of 64 bits, in which one subscriber makes himself as many addresses as he likes."""
    address = address_of(request)
    found = _parsed(address)
    return str(IPv6Network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)


def _parsed(text: str) -> Address | None:
    written = WRITTEN.fullmatch(text)
    if written is None:
        return None
    try:
        found = ip_address(next(part for part in written.groups() if part))
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
