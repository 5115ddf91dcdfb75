"""How many anonymous reports may come in at once, from one address, one device and the whole city, and what opens a place.

Counted in this process's memory alone and never written down: an address or a device is not kept with any report.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

from baoji.kernel.base import tickets
from baoji.kernel.base.errors import TooMany
from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.rules.citizens import Verdict, alike, is_solved, verdict

HOUR = 3600.0
CITY = "city"
PROOF_LIVES_S = 900
PROOF = "proof"  # the purpose of its tickets
# Each web process counts for itself.
DEFAULTS = {
    "per_hour": 10,
    "proved_per_hour": 30,
    "city_per_hour": 600,
    "city_proved_per_hour": 600,
    "same_words_per_hour": 5,
    "held_per_hour": 120,
    "held_most": 5000,
    "proof_bits": 16,
}


def setting(name: str) -> int:
    return int(policies().get("intake", {}).get(name, DEFAULTS[name]))


@lru_cache(maxsize=64)
def _bucket(name: str, an_hour: int) -> Bucket:
    return Bucket(an_hour / HOUR, an_hour)


def bucket(name: str) -> Bucket:
    """The bucket of a limit as the city has it now; another limit is another bucket, which starts full."""
    return _bucket(name, setting(name))


def forget() -> None:
    """Empties what was counted; for tests."""
    _bucket.cache_clear()


@dataclass(frozen=True)
class Asking:
    """An anonymous report as the gate sees it. `key` is its idempotency key, to which its proof of work belongs."""

    address: str
    device: str
    words: str
    key: str
    proof: str = ""


@dataclass(frozen=True)
class Judged:
    """`why`, for a report to be held: repeated (the same words came too often) or flood."""

    verdict: Verdict
    why: str = ""


def judge(asking: Asking, now: datetime) -> Judged:
    """Takes a place for this report where there is one."""
    words = alike(asking.words)
    repeated = bool(words) and not _takes("same_words_per_hour", words)
    crowded = not _is_free(asking)
    proven = bool(asking.proof) and is_proven(asking.proof, asking.key, now)
    beyond = crowded and proven and not _takes_proved(asking)
    found = verdict(crowded=crowded, repeated=repeated, proven=proven, beyond=beyond)
    return Judged(found, ("repeated" if repeated else "flood") if found is Verdict.HOLD else "")


def _is_free(asking: Asking) -> bool:
    places = [("per_hour", f"a{asking.address}"), ("city_per_hour", CITY)]
    if asking.device:
        places.append(("per_hour", f"d{asking.device}"))
    if not all(bucket(name).has(key) for name, key in places):
        return False
    return all([_takes(name, key) for name, key in places])


def _takes_proved(asking: Asking) -> bool:
    return _takes("proved_per_hour", asking.address) and _takes("city_proved_per_hour", CITY)


def _takes(name: str, key: str) -> bool:
    try:
        bucket(name).take(key)
    except TooMany:
        return False
    return True


def take_held_place(address: str, waiting: int) -> None:
    """A place among the reports held back; raises TooMany, in words, when this address or everybody has sent too many."""
    sentence = _("报得太多，这一件没有收下。请 %(n)d 分钟后再试，急事请拨 12319")
    if waiting >= setting("held_most"):
        raise TooMany(sentence % {"n": 60}, retry_after=int(HOUR))
    try:
        bucket("held_per_hour").take(address)
    except TooMany as full:
        raise TooMany(sentence % {"n": -(-full.retry_after // 60)}, retry_after=full.retry_after) from full


def is_crowded(address: str, device: str) -> bool:
    """Whether the next report from here would have to bring a proof of work."""
    places = [("per_hour", f"a{address}"), ("city_per_hour", CITY)]
    if device:
        places.append(("per_hour", f"d{device}"))
    return not all(bucket(name).has(key) for name, key in places)


def challenge(key: str, now: datetime) -> dict[str, object]:
    """What to solve for the report with this idempotency key: SHA-256 of `challenge.nonce` with so many zero bits in front."""
    bits = setting("proof_bits")
    claims = {"for": key, "bits": bits, "exp": int(now.timestamp()) + PROOF_LIVES_S}
    return {
        "challenge": tickets.sign(claims, settings.SECRET_KEY, PROOF),
        "bits": bits,
        "algorithm": "SHA-256",
        "key": key,
    }


def is_proven(proof: str, key: str, now: datetime) -> bool:
    """`proof` is `challenge:nonce`. It opens one place, because one key makes one report."""
    ticket, _colon, nonce = proof[:600].partition(":")
    try:
        claims = tickets.read(ticket, settings.SECRET_KEY, now.timestamp(), PROOF)
    except (ValueError, KeyError):
        return False
    if claims is None or not key or claims["for"] != key:
        return False
    return is_solved(ticket, nonce, int(claims["bits"]))
