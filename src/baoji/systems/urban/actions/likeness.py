"""照片再用: each photo on a case or of a correction beside those it might be again. The worker looks; what it finds waits for a person's eye."""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotAllowed
from baoji.kernel.evidence.likeness import findings, index, prints
from baoji.kernel.evidence.likeness.findings import Found
from baoji.kernel.evidence.likeness.hashing import FEW_PARTS, distance, prints_asked, prints_asked_far
from baoji.kernel.evidence.likeness.judging import Limits, Sight, sight
from baoji.kernel.evidence.likeness.looking import Eye, Gone, Measure, Patience, Seen, Unseen
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.queries import likeness as reads
from baoji.systems.urban.queries.likeness import Other, Use

log = logging.getLogger("baoji.urban")
AT_ONCE = 20
BATCH = 5000
MARGIN = 10_000  # numbers may be committed out of their order
patience = Patience()
DECIDES = frozenset({"acceptor", "chief", "head"})

# What a collector settled alone comes with both photos in one report; which is which, the phone says.
# A picture from before there were fingerprints waits for `baoji evidence fingerprint`; a drawing that stands everywhere for nothing.
ENTER = """
INSERT INTO evidence_use (id, case_id, file_id, moment, by_id, org_id, thing, at)
SELECT a.id, a.case_id, a.file_id,
       CASE WHEN t.act IN ('answer', 'co_answer') THEN 'after' WHEN a.stage = 'check' THEN 'check'
            WHEN a.stage NOT IN ('report', 'verify') THEN 'other'
            WHEN e.id IS NOT NULL AND convert_from(e.bytes, 'UTF8')::jsonb ->> 'role' = 'after' THEN 'after' ELSE 'before' END,
       t.by_id, CASE WHEN t.side = 'department' THEN coalesce(c.body_id, t.org_id) END, r.component, a.at
  FROM flow_attachment a JOIN flow_case c ON c.id = a.case_id JOIN urban_report r ON r.case_id = a.case_id
  LEFT JOIN flow_record t ON t.id = a.record_id
  LEFT JOIN evidence_envelope e ON e.id = a.envelope_id AND e.holds AND r.self_disposed
  LEFT JOIN evidence_print p ON p.file_id = a.file_id LEFT JOIN records_media m ON m.file_id = a.file_id
 WHERE {which} AND a.kind = 'photo'
   AND coalesce(p.state <> 'common', m.file_id IS NOT NULL AND m.copies_at IS NULL)
    ON CONFLICT (id) DO NOTHING
"""
ENTER_OF_CASES = ENTER.format(which="a.case_id = ANY(%s)")
ENTER_FROM_TO = ENTER.format(which="a.id > %s AND a.id <= %s")
# Corrections of the ledger; their numbers come out of the same row as those of photos on cases.
ENTER_BESIDE = """
INSERT INTO evidence_use (id, correction, nth, file_id, moment, by_id, thing, at)
SELECT nextval(pg_get_serial_sequence('flow_attachment', 'id')), k.name, x.n - 1, f.id, 'ledger', k.person_id, k.component, k.at
  FROM urban_correction k CROSS JOIN LATERAL jsonb_array_elements(k.files) WITH ORDINALITY x(file, n)
  JOIN records_file f ON f.id = (x.file ->> 0)::bigint
  LEFT JOIN evidence_print p ON p.file_id = f.id LEFT JOIN records_media m ON m.file_id = f.id
 WHERE {which} AND x.file ->> 1 = 'photo'
   AND coalesce(p.state <> 'common', m.file_id IS NOT NULL AND m.copies_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM evidence_use u WHERE u.correction = k.name AND u.nth = x.n - 1)
 ORDER BY k.at, k.name, x.n
    ON CONFLICT (correction, nth) WHERE correction IS NOT NULL DO NOTHING
"""
ENTER_OF_CORRECTION = ENTER_BESIDE.format(which="k.name = %s")
ENTER_OF_CORRECTIONS = ENTER_BESIDE.format(which="true")
LOOKED = "UPDATE evidence_use SET looked_at = %s WHERE id = %s"


def enter(case_ids: list[int]) -> None:
    """Notes where the photos of these cases are used."""
    if case_ids:
        sql.execute(ENTER_OF_CASES, [case_ids])


def enter_correction(name: UUID) -> None:
    """Notes where the photos of a correction are used, in the caller's transaction."""
    sql.execute(ENTER_OF_CORRECTION, [name])


def enter_missing() -> int:
    """Those that came while nobody was listening; how many."""
    return enter_after(int(sql.value("SELECT coalesce(max(id), 0) FROM evidence_use")) - MARGIN)


def enter_after(number: int) -> int:
    """Notes the photos of all attachments above this number, some at a time, and of all corrections; how many were new."""
    last = int(sql.value("SELECT coalesce(max(id), 0) FROM flow_attachment"))
    new, at = sql.execute(ENTER_OF_CORRECTIONS), max(0, number)
    while at < last:
        new += sql.execute(ENTER_FROM_TO, [at, at + BATCH])
        at += BATCH
    return new


def look_due(now: datetime, is_over: Callable[[], bool] = lambda: False, *, eye: Eye = prints.eye) -> int:
    """Compares photos that nobody compared yet and whose fingerprints are made, some at a time; how many."""
    looked = 0
    for use in reads.waiting(AT_ONCE):
        if is_over():
            break
        looked += _look(use, eye, now)
    return looked


@dataclass(frozen=True)
class _Beside:
    """What a photo is compared with: `near` says in how many bits the fingerprints differ, for files found by them."""

    others: list[Other]
    near: dict[int, int]


def _look(use: Use, eye: Eye, now: datetime) -> bool:
    """False where it is to be tried again."""
    limits = reads.limits()
    found = [Found(one.id, "exact", 0) for one in reads.same_bytes(use)]
    pairs: list[tuple[Other, int | None, Measure]] = []
    try:
        beside = _beside(use, eye, limits)
        measures = eye.compare(use.sha256, [one.sha256 for one in beside.others])
        for other, measure in zip(beside.others, measures, strict=True):
            bits = beside.near.get(other.file_id)
            if use.has_case_of(other):
                pairs.append((other, bits, measure))
            kind = _kind(use, other, bits, measure, limits)
            found += [Found(other.id, kind, bits, measure)] if kind else []
    except Unseen as fault:
        log.warning("the photo %s is compared by its bytes alone: %s", use.sha256, fault)
        if isinstance(fault, Gone) and not patience.is_over(use.id):
            return False
    _write(use, found, pairs, now)
    return True


def _beside(use: Use, eye: Eye, limits: Limits) -> _Beside:
    seen = eye.look(use.sha256)
    near = {} if seen.is_flat else _by_index(use, seen, limits)
    parts = _by_parts(use, seen)
    near |= {file: bits for file, bits in _nearness(seen.prints, parts).items() if bits <= limits.bits}
    files = [*near, *parts]
    own_case = reads.of_own_case(use)
    near |= _nearness(seen.prints, [one.file_id for one in own_case]) if not seen.is_flat else {}
    others = [*own_case, *reads.uses_of(use, files), *reads.neighbours(use)]
    once = {one.file_id: one for one in reversed(others) if one.file_id != use.file_id}
    return _Beside(list(once.values()), near)


def _by_index(use: Use, seen: Seen, limits: Limits) -> dict[int, int]:
    """Further away only where nothing is near and parts say little: that reads eight times as much."""
    most, asked = reads.most_near() + 1, prints_asked(seen.prints, seen.parts)
    near = _without(use, index.find(asked, bits=limits.bits, most=most))
    if near or len(seen.parts) >= FEW_PARTS:
        return near
    far = prints_asked_far(seen.prints)
    return _without(use, index.find(far, bits=reads.far_bits(), most=most, flips=2))


def _by_parts(use: Use, seen: Seen) -> list[int]:
    """Files that may show a part of this one, or this one a part of them."""
    found = [] if seen.is_flat else index.find_parts(seen.parts, most=reads.most_near() + 1)
    return [file for file in found if file != use.file_id]


def _without(use: Use, found: list[tuple[int, int]]) -> dict[int, int]:
    return {file: bits for file, bits in found if file != use.file_id}


def _nearness(own: Iterable[int], files: Collection[int]) -> dict[int, int]:
    """In how many bits fingerprints of these differ, near or not, in whichever way they are shown."""
    known = index.prints_of(files) if files else {}
    fingerprints = list(own)
    return {file: min(distance(one, other) for one in fingerprints) for file, other in known.items()}


def _kind(use: Use, other: Other, bits: int | None, measure: Measure, limits: Limits) -> str:
    """What kind of a finding it is, '' if it is none."""
    is_near = bits is not None and bits <= limits.bits
    is_picture = sight(measure, bits, limits) is Sight.PICTURE
    if use.has_case_of(other):
        return "after" if is_picture and _is_told_apart(use, other) else ""
    if is_picture:
        return "feature" if bits is None else "near"
    # Too little in it to lay one on the other: the fingerprints alone have to do.
    return "near" if is_near and measure.features < reads.least_features() else ""


def _is_told_apart(use: Use, other: Other) -> bool:
    """Photos of one case that must not be the same picture: from before, after the work, of the check."""
    return use.moment != other.moment and {"after", "check"} & {use.moment, other.moment} != set()


def _write(
    use: Use, found: list[Found], pairs: list[tuple[Other, int | None, Measure]], now: datetime
) -> None:
    with transaction.atomic():
        for other, bits, measure in pairs:
            if other.moment == "before" and use.moment in {"after", "check"}:
                findings.write_pair(use.id, other.id, bits, measure)
        for same in reads.same_bytes_before(use):
            findings.write_pair(use.id, same.id, 0, Measure())
            found.append(Found(same.id, "after", 0))
        found += [Found(same.id, "again", 0) for same in reads.same_bytes_again(use)]
        findings.write_findings(use.id, found, now)
        sql.execute(LOOKED, [now, use.id])


def may_decide_likeness(by: Caller) -> bool:
    return bool(by.kinds() & DECIDES)


def decide_likeness(*, by: Caller, id_: int, seen: str, verdict: str, reason: str, now: datetime) -> None:
    """A person's word on two photos: same, different, unsure. Raises NotAllowed, NotThere, Invalid, Stale."""
    if not may_decide_likeness(by) or by.id is None:
        raise NotAllowed(_("照片再用由受理员、值班长和中心主任看"))
    findings.decide_likeness(by=by.id, id_=id_, seen=seen, verdict=verdict, reason=reason, now=now)


def sweep_features() -> int:
    """Deletes what was kept to compare quickly once nobody compares with it; how many files."""
    return prints.forget_features(reads.days())
