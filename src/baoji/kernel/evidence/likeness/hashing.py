"""64-bit fingerprints as they are kept and looked up. Plain: the process that makes them is another one (`eye.phash`).

Two fingerprints of one picture differ in few bits. By the pigeonhole two that differ in at most 7 bits have, among four quarters
of 16 bits, one that differs in at most one bit: 68 keys find them all. In at most 11 bits, one that differs in at most two: 548.
"""

from collections.abc import Sequence

QUARTERS, BITS = 4, 16
ONE_FLIP = (0, *(1 << n for n in range(BITS)))
TWO_FLIPS = tuple(sorted({a ^ b for a in ONE_FLIP for b in ONE_FLIP}))
WHOLE = (1 << 64) - 1


def signed(fingerprint: int) -> int:
    """As PostgreSQL's int8 keeps it."""
    return fingerprint - (1 << 64) if fingerprint >> 63 else fingerprint


def distance(a: int, b: int) -> int:
    """In how many bits two fingerprints differ, signed or not."""
    return ((a ^ b) & WHOLE).bit_count()


def _quarters(fingerprint: int) -> list[int]:
    return [fingerprint >> (BITS * n) & 0xFFFF for n in range(QUARTERS)]


def own_keys(fingerprint: int) -> list[int]:
    """The four keys under which a fingerprint is kept: which quarter << 16 | its 16 bits."""
    return [n << BITS | bits for n, bits in enumerate(_quarters(fingerprint))]


def near_keys(fingerprint: int, *, flips: int = 1) -> list[int]:
    """Keys that find every fingerprint within 7 bits (`flips` 1: 68 keys), or within 11 (2: 548 keys)."""
    around = ONE_FLIP if flips == 1 else TWO_FLIPS
    return [n << BITS | bits ^ flip for n, bits in enumerate(_quarters(fingerprint)) for flip in around]


def asked(fingerprints: Sequence[int], *, flips: int = 1) -> tuple[list[int], list[int]]:
    """Keys, and beside each the fingerprint (signed) it stands for; for `index.FIND`."""
    keys: list[int] = []
    of: list[int] = []
    for fingerprint in dict.fromkeys(fingerprints):
        found = near_keys(fingerprint, flips=flips)
        keys += found
        of += [signed(fingerprint)] * len(found)
    return keys, of
