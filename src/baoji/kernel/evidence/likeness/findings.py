"""What a person should look at, and what that person said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_hex

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotThere, Stale
from baoji.kernel.evidence.likeness.looking import Measure

SUBJECT = "evidence.likeness"
VERDICTS = ("same", "different", "unsure")
LEAST_REASON = 2
FIND = """
INSERT INTO evidence_likeness (later_id, earlier_id, later_case, earlier_case, kind, distance, inliers, alike, mirrored, found_at,
                               salt, verdict, reason)
SELECT l.id, e.id, l.case_id, e.case_id, %s, %s, %s, %s, %s, %s, %s, '', '' FROM evidence_use l, evidence_use e
 WHERE l.id = ANY(%s) AND e.id = ANY(%s) AND (l.at, l.id) > (e.at, e.id)
    ON CONFLICT (later_id, earlier_id) DO NOTHING RETURNING id, later_id, earlier_id
"""
PAIR = """
INSERT INTO evidence_pair (after_id, before_id, case_id, same_bytes, distance, inliers, alike)
SELECT a.id, b.id, a.case_id, a.file_id = b.file_id, %s, %s, %s FROM evidence_use a, evidence_use b WHERE a.id = %s AND b.id = %s
    ON CONFLICT (after_id, before_id) DO NOTHING
"""
LOCKED = "SELECT verdict, reason, decided_by_id, salt FROM evidence_likeness WHERE id = %s FOR UPDATE"
DECIDE = """
UPDATE evidence_likeness SET verdict = %s, reason = %s, decided_by_id = %s, decided_at = %s WHERE id = %s
"""


@dataclass(frozen=True)
class Found:
    """`kind`: exact (the same bytes), near (fingerprints), feature (laid on each other), after (the photo from before),
    again (the same bytes on two acts of one case)."""

    other: int  # a use
    kind: str
    distance: int | None = None
    measure: Measure = Measure()


def write_findings(use: int, found: Iterable[Found], now: datetime) -> int:
    """What is new of it, in the caller's transaction; how many. Each stands in the journal.

    Which of two uses is the later one does not hang on which was looked at first, so that a pair is one finding.
    """
    written = 0
    for one in found:
        measure, both = one.measure, [use, one.other]
        values = [
            one.kind,
            one.distance,
            measure.inliers,
            measure.alike,
            measure.mirrored,
            now,
            token_hex(16),
        ]
        for id_, later, earlier in sql.tuples(FIND, [*values, both, both]):
            facts = {"kind": one.kind, "later": later, "earlier": earlier, "inliers": measure.inliers}
            audit.record(SUBJECT, id_, "find", facts, None, now)
            written += 1
    return written


def write_pair(after: int, before: int, distance: int | None, measure: Measure) -> None:
    """A case's photo after the work beside one from before, in the caller's transaction."""
    sql.execute(PAIR, [distance, measure.inliers, measure.alike, after, before])


@transaction.atomic
def decide_likeness(*, by: int, id_: int, seen: str, verdict: str, reason: str, now: datetime) -> None:
    """A person's word on a finding. `seen` is the verdict that stood on their page; who may, the caller has asked.

    Raises NotThere, Invalid, Stale (somebody was quicker). The same word again changes nothing.
    """
    words = _worded(verdict, reason)
    stands = sql.row(LOCKED, [id_])
    if stands is None:
        raise NotThere(_("没有这条提示"))
    if (stands["verdict"], stands["reason"], stands["decided_by_id"]) == (verdict, words, by):
        return
    if stands["verdict"] != seen:
        raise Stale(_("没有保存：这两张照片刚被别人看过。看最新"))
    sql.execute(DECIDE, [verdict, words, by, now, id_])
    salted = sha256(f"{stands['salt']}\n{words}".encode()).hexdigest()
    audit.record(SUBJECT, id_, "decide", {"verdict": verdict, "reason": salted}, by, now)


def _worded(verdict: str, reason: str) -> str:
    errors: dict[str, list[str]] = {}
    words = " ".join(reason.split())[:200]
    if verdict not in VERDICTS:
        errors["verdict"] = [_("请选看下来怎么样")]
    if len(words) < LEAST_REASON:
        errors["reason"] = [_("请写理由，至少 %(n)d 个字") % {"n": LEAST_REASON}]
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)
    return words
