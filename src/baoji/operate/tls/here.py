"""What this machine is called and reached by on its networks: what a certificate of ours may name."""

import fcntl
import re
import socket
import struct
from array import array
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from pathlib import Path

Interface = IPv4Interface | IPv6Interface
SIOCGIFCONF, SIOCGIFNETMASK = 0x8912, 0x891B
IFREQ = 16 + (24 if struct.calcsize("P") == 8 else 16)  # bytes of a `struct ifreq`
MOST = 128
LOOPBACK: tuple[Interface, ...] = (ip_interface("127.0.0.1/8"), ip_interface("::1/128"))
# Bridges of containers and virtual machines: no phone comes that way, and they come and go.
VIRTUAL = re.compile(r"(docker|br-|veth|virbr|cni|flannel|cali|lxc|lxdbr|podman|vmnet|tailscale)")
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
SCOPE_GLOBAL = 0x00


@dataclass(frozen=True)
class Here:
    """`names` are DNS names; `interfaces` are addresses, each with its network."""

    names: tuple[str, ...]
    interfaces: tuple[Interface, ...]


def look_around() -> Here:
    """As it is now."""
    found = [*_ipv4(), *_ipv6()]
    return Here(names_of(socket.gethostname()), (*LOOPBACK, *sorted(set(found), key=_order)))


def names_of(host: str) -> tuple[str, ...]:
    """`localhost`, the machine's name and that name on the local link (RFC 6762)."""
    host = host.lower().rstrip(".")
    if not NAME.fullmatch(host) or len(host) > 200 or host == "localhost":
        return ("localhost",)
    local = host.split(".")[0] + ".local"
    return tuple(dict.fromkeys(("localhost", host, local)))


def outward() -> str:
    """The address with which this machine would reach others, '' without a network. Nothing is sent."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # reserved for documentation (RFC 5737)
        return str(probe.getsockname()[0])
    return ""


def _order(one: Interface) -> tuple[int, int]:
    return one.version, int(one.ip)


def _ipv4() -> list[Interface]:
    """What the kernel lists by interface (netdevice(7)); `array` because it wants to be told where to write."""
    room = array("B", bytes(MOST * IFREQ))
    written: list[tuple[str, str]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        answer = fcntl.ioctl(asked, SIOCGIFCONF, struct.pack("iP", len(room), room.buffer_info()[0]))
        listed = bytes(room)[: struct.unpack("iP", answer)[0]]
        for start in range(0, len(listed), IFREQ):
            name, ip = listed[start : start + 16].split(b"\0")[0], listed[start + 20 : start + 24]
            with suppress(OSError):
                mask = fcntl.ioctl(asked, SIOCGIFNETMASK, struct.pack("256s", name))[20:24]
                written.append((name.decode(), f"{socket.inet_ntoa(ip)}/{socket.inet_ntoa(mask)}"))
    return [ip_interface(one) for name, one in written if _is_lan(name, one)]


def _is_lan(name: str, written: str) -> bool:
    return not ip_interface(written).ip.is_loopback and VIRTUAL.match(name) is None


def _ipv6() -> list[Interface]:
    """Addresses that a browser can be given; link-local ones need a zone and are left out."""
    lines: list[str] = []
    with suppress(OSError):
        lines = Path("/proc/net/if_inet6").read_text().splitlines()
    found: list[Interface] = []
    for line in lines:
        raw, _index, prefix, scope, _flags, name = line.split()
        if int(scope, 16) == SCOPE_GLOBAL and VIRTUAL.match(name) is None:
            found.append(ip_interface((bytes.fromhex(raw), int(prefix, 16))))
    return found
