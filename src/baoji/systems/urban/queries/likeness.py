"""Reads for 照片再用: which photo is compared with which, what waits for a person, what stands beside a case's photos."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from baoji.kernel.base import sql
from baoji.kernel.evidence.likeness.judging import Limits
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.queries.merged import of_whole

# Used when a city has not set them; see data/baoji/policies.toml.
DEFAULTS: dict[str, float] = {
    "bits": 7,
    "far_bits": 10,
    "inliers": 20,
    "alike": 0.94,
    "alike_near": 0.78,
    "least_features": 100,
    "near": 8,
    "neighbours": 8,
    "days": 30,
}
OF_CASE = 12


@dataclass(frozen=True)
class Use:
    """A photo that is looked at: on a case, or of a correction."""

    id: int
    case_id: int | None
    file_id: int
    sha256: str
    moment: str
    by_id: int | None
    org_id: int | None
    thing: str
    at: datetime
    correction: UUID | None

    def has_case_of(self, other: "Other") -> bool:
        return self.case_id is not None and self.case_id == other.case_id


@dataclass(frozen=True)
class Other:
    """A photo to compare with."""

    id: int
    case_id: int | None
    file_id: int
    sha256: str
    moment: str


def _number(name: str) -> float:
    return float(policies().get("likeness", {}).get(name, DEFAULTS[name]))


def limits() -> Limits:
    return Limits(int(_number("bits")), int(_number("inliers")), _number("alike"), _number("alike_near"))


def least_features() -> int:
    """Points below which a picture cannot be laid on another."""
    return int(_number("least_features"))


def far_bits() -> int:
    """In how many bits fingerprints may differ where none is near."""
    return int(_number("far_bits"))


def most_near() -> int:
    return int(_number("near"))


def days() -> int:
    """How far back photos of the same person, department and component are compared."""
    return int(_number("days"))


WAITING = """
SELECT u.id, u.case_id, u.file_id, f.sha256, u.moment, u.by_id, u.org_id, u.thing, u.at, u.correction
  FROM evidence_use u JOIN evidence_print p ON p.file_id = u.file_id JOIN records_file f ON f.id = u.file_id
 WHERE u.looked_at IS NULL AND p.state <> 'due' ORDER BY u.id DESC LIMIT %s
"""
OTHER = "SELECT u.id, u.case_id, u.file_id, f.sha256, u.moment"
# Reports that were merged are one case: two people met one thing, or somebody sent it twice. A correction is none.
ELSEWHERE = f"""
  JOIN records_file f ON f.id = u.file_id LEFT JOIN flow_case c ON c.id = u.case_id LEFT JOIN flow_case own ON own.id = %(case)s
 WHERE CASE WHEN u.case_id IS NULL OR own.id IS NULL
            THEN u.correction IS DISTINCT FROM %(correction)s::uuid
            ELSE u.case_id <> own.id AND {of_whole("c", "id")} <> {of_whole("own", "id")} END
"""
SAME_BYTES = f"{OTHER} FROM evidence_use u {ELSEWHERE} AND u.file_id = %(file)s AND u.id < %(id)s ORDER BY u.id LIMIT 1"
# Of each picture its first use elsewhere.
USES_OF = f"""
SELECT DISTINCT ON (u.file_id) u.id, u.case_id, u.file_id, f.sha256, u.moment FROM evidence_use u {ELSEWHERE}
   AND u.file_id = ANY(%(files)s) AND u.file_id <> %(file)s AND u.id <> %(id)s ORDER BY u.file_id, u.id
"""
# The newest so many of each; those too old are left out afterwards, so that nobody's whole history is read.
RECENT = "(SELECT * FROM evidence_use WHERE {whose} AND id < %(id)s ORDER BY id DESC LIMIT %(most)s)"
NEIGHBOURS = f"""
{OTHER} FROM ({RECENT.format(whose="by_id = %(by)s")} UNION {RECENT.format(whose="org_id = %(org)s")}
 UNION {RECENT.format(whose="thing = %(thing)s AND thing <> ''")}) u {ELSEWHERE}
   AND u.at > %(at)s - make_interval(days => %(days)s) ORDER BY u.id DESC
"""
# Photos of one report have one time and any order.
EARLIER = "u.at <= %(at)s AND u.id <> %(id)s"
OWN_CASE = f"""
{OTHER} FROM evidence_use u JOIN records_file f ON f.id = u.file_id
 WHERE u.case_id = %(case)s AND {EARLIER} AND u.file_id <> %(file)s AND u.moment <> %(moment)s ORDER BY u.id LIMIT {OF_CASE}
"""
SAME_BYTES_BEFORE = f"""
{OTHER} FROM evidence_use u JOIN records_file f ON f.id = u.file_id
 WHERE u.case_id = %(case)s AND {EARLIER} AND u.file_id = %(file)s AND u.moment <> %(moment)s
   AND %(moment)s IN ('after', 'check') ORDER BY u.id LIMIT 1
"""

# Photos of one act may be the same twice; those of another act were to be taken anew.
SAME_BYTES_AGAIN = f"""
{OTHER} FROM evidence_use u JOIN records_file f ON f.id = u.file_id JOIN flow_attachment a ON a.id = u.id, flow_attachment own
 WHERE own.id = %(id)s AND u.case_id = %(case)s AND u.file_id = %(file)s AND u.id < %(id)s
   AND a.record_id IS DISTINCT FROM own.record_id ORDER BY u.id LIMIT 1
"""


def waiting(most: int) -> list[Use]:
    """Photos that nobody compared yet and whose fingerprints are made; the newest first."""
    return [Use(*row) for row in sql.tuples(WAITING, [most])]


def _others(statement: str, params: dict[str, Any]) -> list[Other]:
    return [Other(*row) for row in sql.tuples(statement, params)]


def _own(use: Use) -> dict[str, Any]:
    return {
        "id": use.id,
        "case": use.case_id,
        "correction": use.correction,
        "file": use.file_id,
        "moment": use.moment,
        "at": use.at,
    }


def same_bytes(use: Use) -> list[Other]:
    """The first use of the very same file in another case, or nothing."""
    return _others(SAME_BYTES, _own(use))


def same_bytes_before(use: Use) -> list[Other]:
    """The same file from another moment of the same case, for photos after the work and of the check."""
    return _others(SAME_BYTES_BEFORE, _own(use))


def same_bytes_again(use: Use) -> list[Other]:
    """The first use of the same file on an earlier act of the same case, or nothing."""
    return _others(SAME_BYTES_AGAIN, _own(use))


def uses_of(use: Use, file_ids: Iterable[int]) -> list[Other]:
    return _others(USES_OF, {**_own(use), "files": list(file_ids)})


def of_own_case(use: Use) -> list[Other]:
    """Earlier photos of the case from other moments."""
    return _others(OWN_CASE, _own(use)) if use.moment in {"after", "check"} else []


def neighbours(use: Use) -> list[Other]:
    """The newest photos by the same person, for the same department, of the same component, in other cases."""
    most = int(_number("neighbours"))
    place = {"by": use.by_id, "org": use.org_id, "thing": use.thing}
    return _others(NEIGHBOURS, {**_own(use), **place, "most": most, "days": days()})


SIDE = """
       {s}u.id AS {n}_id, {s}u.at AS {n}_at, {s}u.moment AS {n}_moment, {s}c.number AS {n}_number,
       {s}u.correction AS {n}_correction, {s}u.nth AS {n}_nth, coalesce({s}k.class_code, '') AS {n}_class,
       coalesce({s}c.case_number, {s}c.number, nullif({s}k.component, ''), {s}k.class_code) AS {n}_shown,
       coalesce({s}c.title, {s}t.name, '') AS {n}_title, coalesce({s}c.address, {s}t.address, '') AS {n}_address, {s}p.name AS {n}_by
"""
ON_SIDE = """
  JOIN evidence_use {s}u ON {s}u.id = l.{n}_id LEFT JOIN flow_case {s}c ON {s}c.id = {s}u.case_id
  LEFT JOIN urban_correction {s}k ON {s}k.name = {s}u.correction LEFT JOIN urban_component {s}t ON {s}t.code = {s}k.component
  LEFT JOIN identity_person {s}p ON {s}p.id = {s}u.by_id
"""
OF_ONE = " AND (l.later_case = %(case)s OR l.earlier_case = %(case)s)"
# Of a picture sent ten times each is like each: 45 pairs, and 9 to look at. A pair is left out while a photo between the two in
# time is like both, and nobody has said otherwise of either; not what a case shows before and after the work.
ASKED = """l.verdict = '' AND (l.kind IN ('after', 'again') OR NOT EXISTS (
   SELECT 1 FROM evidence_likeness m JOIN evidence_likeness n ON n.later_id = m.earlier_id AND n.earlier_id = l.earlier_id
    WHERE m.later_id = l.later_id AND m.verdict IN ('', 'same') AND n.verdict IN ('', 'same')))"""
REVIEW = f"""
SELECT l.id, l.kind, l.distance, l.inliers, l.alike, l.mirrored, l.found_at, l.verdict, l.reason, l.decided_at, d.name AS decided_by,
       (SELECT count(*) FROM evidence_likeness o WHERE o.later_id = l.later_id AND o.id <> l.id AND o.verdict = '') AS others,
       {SIDE.format(s="l", n="later")}, {SIDE.format(s="e", n="earlier")}
  FROM evidence_likeness l {ON_SIDE.format(s="l", n="later")} {ON_SIDE.format(s="e", n="earlier")}
  LEFT JOIN identity_person d ON d.id = l.decided_by_id
 WHERE {{which}} AND (%(before)s::bigint IS NULL OR l.id < %(before)s::bigint) ORDER BY l.id DESC LIMIT %(limit)s
"""
OF_CORRECTION = " AND (lu.correction = %(correction)s OR eu.correction = %(correction)s)"
# By whether they wait, and whether one case or one correction is asked for: each has its index.
REVIEWS = {
    (is_open, of): REVIEW.format(which=state + clause)
    for is_open, state in ((True, "l.verdict = ''"), (False, "l.verdict <> ''"))
    for of, clause in (("", ""), ("case", OF_ONE), ("correction", OF_CORRECTION))
} | {(True, ""): REVIEW.format(which=ASKED)}
PAGE = 10


def likenesses(
    *, is_open: bool, case: int | None = None, correction: UUID | None = None, before: int | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Pairs that wait for a person, or that one has looked at, the newest first; and the `before` of the next page. Of one case or
    correction all that wait, else those that follow from no other (ASKED)."""
    of = "case" if case is not None else "correction" if correction is not None else ""
    asked = {"case": case, "correction": correction, "before": before, "limit": PAGE + 1}
    rows = sql.rows(REVIEWS[is_open, of], asked)
    return rows[:PAGE], rows[PAGE - 1]["id"] if len(rows) > PAGE else None


def likenesses_open() -> int:
    """How many are asked about, exact to 99."""
    return int(
        sql.value(f"SELECT count(*) FROM (SELECT 1 FROM evidence_likeness l WHERE {ASKED} LIMIT 100) x")
    )


MARKS = """
SELECT l.id, l.kind, l.verdict, l.later_id, l.earlier_id, l.later_case, l.earlier_case,
       coalesce(c.case_number, c.number) AS shown, c.number
  FROM (SELECT * FROM evidence_likeness WHERE later_case = %(case)s
        UNION SELECT * FROM evidence_likeness WHERE earlier_case = %(case)s ORDER BY id DESC LIMIT 60) l
  LEFT JOIN flow_case c ON c.id = CASE WHEN l.later_case = %(case)s THEN l.earlier_case ELSE l.later_case END
 ORDER BY l.id
"""
PAIRS = """
SELECT after_id, before_id, same_bytes, distance, inliers, alike FROM evidence_pair WHERE case_id = %s ORDER BY after_id, before_id
"""


def marks_of(case_id: int) -> list[dict[str, Any]]:
    """What was found about the photos of a case, with the case that the other photo stands on (`shown` None: a correction)."""
    return sql.rows(MARKS, {"case": case_id})


CORRECTIONS = """
WITH own AS (SELECT id, correction FROM evidence_use WHERE correction = ANY(%s::uuid[])), found AS (
    SELECT own.correction, l.id, l.verdict, l.earlier_id AS other FROM own JOIN evidence_likeness l ON l.later_id = own.id
    UNION SELECT own.correction, l.id, l.verdict, l.later_id FROM own JOIN evidence_likeness l ON l.earlier_id = own.id)
SELECT found.correction, found.verdict, coalesce(c.case_number, c.number) AS shown
  FROM found JOIN evidence_use u ON u.id = found.other LEFT JOIN flow_case c ON c.id = u.case_id ORDER BY found.id DESC LIMIT 500
"""


def marks_of_corrections(names: Iterable[UUID]) -> list[dict[str, Any]]:
    """What was found about the photos of these corrections, the newest first; `shown` as in `marks_of`."""
    return sql.rows(CORRECTIONS, [list(names)])


def pairs_of(case_id: int) -> list[dict[str, Any]]:
    """The case's photos after the work beside those from before."""
    return sql.rows(PAIRS, [case_id])
