"""What strangers may see, how many of them may report at once, and how long what they left is kept. Plain Python."""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from math import cos, floor, radians
from typing import Any

METRES_A_DEGREE = 111_320.0
LEAST_WORDS = 8  # shorter descriptions are the same by chance
GRADES = ("very_good", "good", "fair", "poor")
NOT_FIXED = "not_fixed"
# Acts after which whoever follows a case by mail is told.
TELLS_FOLLOWERS = frozenset({"reject", "decline", "void", "settle", "close", "reopen", "tell", "merge"})
# Those of them that say how it ended, which whoever left only a telephone number reads in a text.
TEXTED = frozenset({"reject", "decline", "void", "settle", "close"})
# Those of which a city may want to tell them as well (policy `public`, `letters_each_step`).
STEPS_TOLD = frozenset({"accept", "file", "dispatch", "answer", "check_request", "suspend_decide"})


class Place(StrEnum):
    """How exactly a class is shown to everybody."""

    EXACT = "exact"
    COARSE = "coarse"
    HIDDEN = "hidden"


class Words(StrEnum):
    """Whose words of a report strangers read: nobody's, those that a person has cleared, or besides these all that came by Open311."""

    NONE = "none"
    REVIEWED = "reviewed"
    ALL = "all"


class Review(StrEnum):
    """What a person said of a reporter's words; until then they wait."""

    WAITING = "waiting"
    SHOWN = "shown"
    KEPT = "kept"


class Verdict(StrEnum):
    LET_IN = "let_in"
    PROVE = "prove"
    HOLD = "hold"


def verdict(*, crowded: bool, repeated: bool, proven: bool, beyond: bool) -> Verdict:
    """What happens to an anonymous report.

    `crowded`: its address, its device or the whole city has used up what is free; `beyond`: a proof of work opens no
    place any more; `repeated`: the same words came too often.
    """
    if repeated or (crowded and proven and beyond):
        return Verdict.HOLD
    return Verdict.LET_IN if proven or not crowded else Verdict.PROVE


def is_solved(challenge: str, nonce: str, bits: int) -> bool:
    """SHA-256 of `challenge.nonce` begins with so many zero bits."""
    digest = sha256(f"{challenge}.{nonce}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


def alike(words: str) -> str:
    """The same for descriptions that differ in spaces, punctuation and digits alone; '' for too short ones."""
    kept = "".join(letter for letter in words.lower() if letter.isalpha())
    return sha256(kept.encode()).hexdigest()[:16] if len(kept) >= LEAST_WORDS else ""


def middle_of_square(lon: float, lat: float, side_m: float) -> tuple[float, float]:
    """The middle of the square of this side in which the point lies; the same for every point of the square."""
    high = side_m / METRES_A_DEGREE
    middle = (floor(lat / high) + 0.5) * high
    wide = side_m / (METRES_A_DEGREE * cos(radians(middle)))
    return round((floor(lon / wide) + 0.5) * wide, 6), round(middle, 6)


def words_open(value: object) -> Words:
    """The policy's value; `true` and `false` are how it was written before there was a review. Anything else opens nothing."""
    if isinstance(value, bool):
        return Words.ALL if value else Words.NONE
    return Words(value) if isinstance(value, str) and value in set(Words) else Words.NONE


def places(public: Mapping[str, Any]) -> dict[str, Place]:
    """Topic (`e0101`) → how exactly it is shown; what the policy does not name is shown exactly."""
    found = {}
    for line in public.get("classes", []):
        topic = str(line.get("kind", ""))[:1] + str(line.get("class", ""))
        found[topic] = Place(str(line.get("place", Place.COARSE)))
    return found
