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


# Parts of a picture (`parts.parts`): 63 bits, of which the 32 of the lowest frequencies are the key. What is asked for is changed in
# its weakest bits, each way they might have fallen, so that one key for each part that is kept is enough.
FREQUENCIES = tuple(
    sorted(((v, u) for v in range(8) for u in range(8) if v or u), key=lambda one: (sum(one), one))
)
KEY_BITS, WEAK = 32, 4
PART_BITS = 6  # of the 31 others in which a part may differ
PARTS_KEPT, PARTS_ASKED = 16, 24
FEW_PARTS = 4  # a picture with fewer cannot be known by them again
KEY = (1 << KEY_BITS) - 1
LOWEST_FIRST = f"0{KEY_BITS}b"
# In its mirror image the waves that are odd from left to right go the other way; upside down, also those that are odd downwards.
ACROSS, DOWN = (sum(1 << n for n, one in enumerate(FREQUENCIES) if one[way] % 2) for way in (1, 0))
# A picture turned by a quarter is its mirror image over the diagonal, mirrored once more: each wave across is one downwards.
OVER = tuple(FREQUENCIES.index((u, v)) for v, u in FREQUENCIES)
# Of these one bit each is changed: most that was turned was not also cut, and 24 parts are many.
WEAK_TURNED = 1
TURNED = 2  # the last of a picture's prints (`eye.variants`) are those of it turned by a quarter, either way
Part = tuple[int, Sequence[int]]  # its bits, and which of its key are weak


def upright(bits: int) -> int:
    """The same for a part, its mirror image and both upside down: that in which the two lowest waves go one way."""
    if bits & 1:
        bits ^= ACROSS
    return bits ^ DOWN if bits & 2 else bits


def turned(bits: int) -> int:
    """Of a part as its mirror image over the diagonal has it; `upright` makes the same of both turns by a quarter."""
    return sum(1 << OVER[n] for n in range(len(OVER)) if bits >> n & 1)


def prints_asked(prints: Sequence[int], parts: Sequence[Part]) -> Sequence[int]:
    """The picture as it is; mirrored, turned and without bars only where there are no parts that know it so."""
    return prints if len(parts) < FEW_PARTS else prints[:1]


def prints_asked_far(prints: Sequence[int]) -> Sequence[int]:
    """Within more bits a print costs eight times as much: turned by a quarter it is asked for within few alone."""
    return prints[:-TURNED]


def _key(bits: int) -> int:
    """Of an upright part, below 2^30. Its lowest wave is the highest bit: high waves are the weak ones, so that the keys asked for one
    part mostly lie side by side in the index."""
    return int(format(bits & KEY, LOWEST_FIRST)[::-1], 2)


def part_rows(parts: Sequence[Part]) -> tuple[list[int], list[int]]:
    """Key and other bits of the parts under which a picture is kept."""
    kept = list(dict.fromkeys(upright(bits) for bits, _weak in parts[:PARTS_KEPT]))
    return [_key(bits) for bits in kept], [bits >> KEY_BITS for bits in kept]


def parts_asked(parts: Sequence[Part]) -> tuple[list[int], list[int], list[int], list[int]]:
    """Keys (384, and 48 turned by a quarter) that find a picture with these parts, mirrored or turned as well; beside each the other
    bits, which part it is, and in how many bits it was changed; for `index.FIND_PARTS`."""
    rows = [
        (upright(shown ^ change), n, change.bit_count())
        for n, (bits, weak) in enumerate(parts[:PARTS_ASKED])
        for shown, open_ in ((bits, weak), (turned(bits), _weak_turned(weak)))
        for change in _changes(open_)
    ]
    return (
        [_key(bits) for bits, _n, _changed in rows],
        [bits >> KEY_BITS for bits, _n, _changed in rows],
        [n for _bits, n, _changed in rows],
        [changed for _bits, _n, changed in rows],
    )


def _weak_turned(weak: Sequence[int]) -> list[int]:
    """The weakest that is in the key that way too."""
    return [OVER[bit] for bit in weak if OVER[bit] < KEY_BITS][:WEAK_TURNED]


def _changes(weak: Sequence[int]) -> list[int]:
    found = [0]
    for bit in weak:
        found += [change | 1 << bit for change in found]
    return found
