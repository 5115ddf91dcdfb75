"""A device's chain of envelopes: what is missing, where it forks. What is known may come in any order."""

from collections import defaultdict
from collections.abc import Iterable

from baoji.kernel.base import sql
from baoji.kernel.evidence.models import Device
from baoji.kernel.evidence.verification.marks import Numbered, is_forked

MOST_GAPS = 100
NEIGHBOURS = """
SELECT seq, hash, prev FROM evidence_envelope WHERE device_id = %s AND seq BETWEEN %s AND %s ORDER BY seq, hash
"""
GAPS = """
SELECT before + 1, seq - 1 FROM (
    SELECT seq, lag(seq, 1, %s::bigint) OVER (ORDER BY seq) AS before FROM evidence_envelope WHERE device_id = %s AND seq > %s
) x WHERE seq > before + 1 ORDER BY seq LIMIT %s
"""
# Moves head and completeness on (a long run is walked once, when the last gap before it closes), and reads what stands
# beside the number; a snapshot taken after the device's row was locked.
ADVANCE = """
WITH RECURSIVE run AS (
    SELECT %(seq)s::bigint AS seq
    UNION SELECT e.seq FROM run JOIN evidence_envelope e ON e.device_id = %(device)s AND e.seq = run.seq + 1
), moved AS (
    UPDATE evidence_device SET head_seq = %(head_seq)s, head_hash = %(head_hash)s,
           complete_seq = CASE WHEN complete_seq = %(seq)s - 1 THEN (SELECT max(seq) FROM run) ELSE complete_seq END
     WHERE id = %(device)s
)
SELECT seq, hash, prev FROM evidence_envelope WHERE device_id = %(device)s AND seq BETWEEN %(seq)s - 1 AND %(seq)s + 1
 ORDER BY seq, hash
"""
# Each envelope of a device with what is known beside its number, and whether a freeze of the device lists it with one that never
# came: of two that did come, what is known by now decides, in whatever order they came.
NEAR = """
SELECT e.id, e.hash, e.seq, e.prev, n.hash, n.seq, n.prev, EXISTS (
    SELECT FROM evidence_event v WHERE v.device_id = e.device_id AND v.verb = 'freeze' AND v.facts->'envelopes' ? e.hash AND EXISTS (
        SELECT FROM jsonb_array_elements_text(v.facts->'envelopes') AS l(hash)
         WHERE NOT EXISTS (SELECT FROM evidence_envelope x WHERE x.device_id = v.device_id AND x.hash = l.hash)
      )
  )
  FROM evidence_envelope e
  JOIN evidence_envelope n ON n.device_id = e.device_id AND n.seq BETWEEN e.seq - 1 AND e.seq + 1
 WHERE e.id = ANY(%s)
"""
FORKS = """
SELECT seq, array_agg(hash ORDER BY hash) FROM evidence_envelope WHERE device_id = %s GROUP BY seq
HAVING count(*) > 1 ORDER BY seq LIMIT %s
"""


def advance(device: Device, seq: int, hash_: str, prev: str) -> list[str]:
    """After an envelope was added: the hashes of two that cannot both be of one phone's chain; [] while all agrees.

    Head and completeness end alike whatever the order. The device's row is locked.
    """
    if seq > device.head_seq:
        device.head_seq, device.head_hash = seq, hash_
    elif seq == device.head_seq:
        device.head_hash = min(device.head_hash, hash_)
    given = {"device": device.pk, "seq": seq, "head_seq": device.head_seq, "head_hash": device.head_hash}
    return _conflict(sql.tuples(ADVANCE, given), seq, hash_, prev)


def _conflict(near: list[tuple[int, str, str]], seq: int, hash_: str, prev: str) -> list[str]:
    twins = [other for at, other, _named in near if at == seq and other != hash_]
    before = [other for at, other, _named in near if at == seq - 1]
    after = [other for at, other, named in near if at == seq + 1 and named != hash_]
    if twins:
        return sorted([hash_, *twins])
    if before and prev not in before:
        return sorted([hash_, *before])
    return sorted([hash_, *after]) if after else []


def contradicts(device: Device, seq: int, hash_: str) -> str:
    """The hash known under this number when it is another one than the phone names; else ''."""
    known = [other for _seq, other, _prev in sql.tuples(NEIGHBOURS, [device.pk, seq, seq])]
    return known[0] if known and hash_ not in known else ""


def gaps(device: Device) -> list[list[int]]:
    """The missing numbers below the head, as [from, to], the first hundred."""
    if device.complete_seq == device.head_seq:
        return []
    found = sql.tuples(GAPS, [device.complete_seq, device.pk, device.complete_seq, MOST_GAPS])
    return [list(pair) for pair in found]


def forked(envelope_ids: Iterable[int]) -> set[int]:
    """Those of these envelopes that contradict another one of their device."""
    near: dict[tuple[int, Numbered], list[Numbered]] = defaultdict(list)
    found = set()
    for id_, hash_, seq, prev, other, at, named, is_listed in sql.tuples(NEAR, [list(envelope_ids)]):
        near[id_, Numbered(hash_, seq, prev)].append(Numbered(other, at, named))
        if is_listed:
            found.add(id_)
    return found | {id_ for (id_, one), others in near.items() if is_forked(one, others)}


def twins(device_id: int) -> list[tuple[int, list[str]]]:
    """Numbers that stand on several envelopes, with their hashes; the first hundred."""
    return [(seq, list(hashes)) for seq, hashes in sql.tuples(FORKS, [device_id, MOST_GAPS])]
