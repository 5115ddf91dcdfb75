"""How many wrong passwords may come: for one person, then their account waits; from one address, then that address waits."""

from typing import NamedTuple

from baoji.kernel.registry.manifest import load, manifests


class Limits(NamedTuple):
    """`failures` in a row lock one account for `lock_minutes`. One address may send `address_failures` at once, whomever they
    are for, and as many again in each `address_minutes`. These values hold where no system brings the city's."""

    failures: int = 5
    lock_minutes: int = 15
    address_failures: int = 50
    address_minutes: int = 30


def limits() -> Limits:
    """As the city has them now."""
    brought = next((one.passwords for one in manifests() if one.passwords), "")
    found: Limits = load(brought)() if brought else Limits()
    return found
