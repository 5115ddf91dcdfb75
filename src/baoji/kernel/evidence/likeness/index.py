"""Fingerprints by index: those near a given one among all pictures there ever were."""

from collections.abc import Iterable, Sequence
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.evidence.likeness import hashing

# Every key reads one short stretch of the index; the rest is counting bits.
FIND = """
SELECT p.file_id, min(bit_count((p.h # q.h)::bit(64))) AS distance
  FROM unnest(%s::int[], %s::bigint[]) AS q(k, h) JOIN evidence_print_key p ON p.k = q.k
 WHERE bit_count((p.h # q.h)::bit(64)) <= %s GROUP BY p.file_id ORDER BY distance, p.file_id LIMIT %s
"""
KEEP = """
INSERT INTO evidence_print_key (k, file_id, h)
SELECT k, %s, %s FROM unnest(%s::int[]) AS k ON CONFLICT (k, file_id) DO NOTHING
"""


def find(fingerprints: Sequence[int], *, bits: int, most: int, flips: int = 1) -> list[tuple[int, int]]:
    """(file, bits in which it differs from the nearest of these), the nearest first, `most` at most.

    Nothing within min(`bits`, 7) is missed with `flips` 1, within min(`bits`, 11) with 2, which reads eight times as much.
    """
    keys, of = hashing.asked(fingerprints, flips=flips)
    found: list[Any] = sql.tuples(FIND, [keys, of, bits, most])
    return found


def keep(file_id: int, fingerprint: int) -> None:
    """For a picture that has none yet: its content is its name, so its fingerprint never changes."""
    sql.execute(KEEP, [file_id, hashing.signed(fingerprint), hashing.own_keys(fingerprint)])


def forget(file_id: int, fingerprint: int) -> None:
    """By its keys: there is no index by file."""
    sql.execute(
        "DELETE FROM evidence_print_key WHERE k = ANY(%s) AND file_id = %s",
        [hashing.own_keys(fingerprint & 0xFFFFFFFFFFFFFFFF), file_id],
    )


def prints_of(file_ids: Iterable[int]) -> dict[int, int]:
    """File → its fingerprint, signed, of those that are in the index."""
    return dict(
        sql.tuples(
            "SELECT file_id, phash FROM evidence_print WHERE file_id = ANY(%s) AND state = ''",
            [list(file_ids)],
        )
    )
