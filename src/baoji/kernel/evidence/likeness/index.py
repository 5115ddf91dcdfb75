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
# A key under which very many pictures are kept (a sign that hangs everywhere) says little: of each some are read.
MOST_OF_A_KEY = 64
FIND_PARTS = f"""
SELECT file_id, count(*) AS parts, min(bits) AS bits FROM (
    SELECT p.file_id, q.part, min(q.changed + bit_count((p.h # q.h)::bit(32))) AS bits
      FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[]) AS q(k, h, part, changed),
           LATERAL (SELECT e.file_id, e.h FROM evidence_part_key e WHERE e.k = q.k LIMIT {MOST_OF_A_KEY}) p
     WHERE bit_count((p.h # q.h)::bit(32)) <= {hashing.PART_BITS} GROUP BY p.file_id, q.part) found
 GROUP BY file_id ORDER BY parts DESC, bits, file_id LIMIT %s
"""
KEEP_PARTS = """
INSERT INTO evidence_part_key (k, h, file_id)
SELECT k, h, %s FROM unnest(%s::int[], %s::int[]) AS q(k, h) ON CONFLICT (k, h, file_id) DO NOTHING
"""


def find(fingerprints: Sequence[int], *, bits: int, most: int, flips: int = 1) -> list[tuple[int, int]]:
    """(file, bits in which it differs from the nearest of these), the nearest first, `most` at most.

    Nothing within min(`bits`, 7) is missed with `flips` 1, within min(`bits`, 11) with 2, which reads eight times as much.
    """
    keys, of = hashing.asked(fingerprints, flips=flips)
    found: list[Any] = sql.tuples(FIND, [sql.array(keys), sql.array(of), bits, most])
    return found


def keep(file_id: int, fingerprint: int) -> None:
    """For a picture that has none yet: its content is its name, so its fingerprint never changes."""
    sql.execute(KEEP, [file_id, hashing.signed(fingerprint), hashing.own_keys(fingerprint)])


def find_parts(parts: Sequence[hashing.Part], *, most: int) -> list[int]:
    """Files that have parts of this picture, mirrored and turned or not, those with most of them first; whether it is so, features say."""
    if not parts:
        return []
    found = sql.tuples(FIND_PARTS, [*map(sql.array, hashing.parts_asked(parts)), most])
    return [file_id for file_id, _parts, _bits in found]


def keep_parts(file_id: int, parts: Sequence[hashing.Part]) -> None:
    sql.execute(KEEP_PARTS, [file_id, *hashing.part_rows(parts)])


def forget_parts(file_ids: Sequence[int]) -> None:
    """There is no index by file, so it reads the whole; which pictures have parts, `evidence_print` knows."""
    if sql.value(
        "SELECT EXISTS (SELECT 1 FROM evidence_print WHERE file_id = ANY(%s) AND parts > 0)", [file_ids]
    ):
        sql.execute("DELETE FROM evidence_part_key WHERE file_id = ANY(%s)", [file_ids])


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
