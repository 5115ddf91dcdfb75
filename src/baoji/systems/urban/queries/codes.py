"""What a query code opens: a report, a case somebody else reported (我也遇到了), or a report that is held back."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotThere
from baoji.systems.urban.queries.merged import others
from baoji.systems.urban.queries.progress import CODE_LENGTH, canonical_code

OPENED = """
SELECT 'report' AS kind, case_id AS id, query_code AS code, NULL::timestamptz AS at FROM urban_report WHERE query_code = %(code)s AND query_code <> ''
UNION ALL SELECT 'me_too', case_id, code, at FROM urban_follower WHERE code = %(code)s AND code <> ''
UNION ALL SELECT status, id, code, at FROM urban_held_report WHERE code = %(code)s AND status <> 'released'
"""


@dataclass(frozen=True)
class Opened:
    """`kind`: report, me_too (`id` is a case), held or dropped (`id` is of the report held back, `at` when it came)."""

    kind: str
    id: int
    at: datetime | None
    code: str

    @property
    def is_held(self) -> bool:
        return self.kind in {"held", "dropped"}


def opened_by(code: str) -> Opened:
    """Codes may be typed with spaces, dashes and small letters. Raises NotThere."""
    code = canonical_code(code)
    row = None
    if len(code) == CODE_LENGTH and code.isascii():
        row = sql.row(OPENED, {"code": code})
    if row is None or not compare_digest(row["code"], code):
        raise NotThere(_("没有这个查询码，请检查有没有输错"))
    return Opened(row["kind"], row["id"], row["at"], row["code"])


def held_reason(held_id: int) -> str:
    """Why a report that was held back was dropped, in the words of who decided; '' while it waits."""
    return str(sql.value("SELECT reason FROM urban_held_report WHERE id = %s", [held_id]) or "")


def follower_of(code: str) -> int:
    """The row of whoever joined in with this code, as the journal names it."""
    return int(sql.value("SELECT id FROM urban_follower WHERE code = %s AND code <> ''", [code]))


SAID_NOT_FIXED = """
SELECT EXISTS (SELECT 1 FROM urban_follower f JOIN audit_entry e ON e.subject = 'urban.follower' AND e.subject_id = f.id
WHERE f.code = %s AND f.code <> '' AND e.verb = 'not_fixed')
"""


def has_said_not_fixed(code: str) -> bool:
    """Whether whoever joined in with this code has called the case not fixed."""
    return bool(sql.value(SAID_NOT_FIXED, [code]))


TALK = "SELECT act, at, opinion FROM flow_record WHERE case_id = %s AND act IN ('ask', 'tell') ORDER BY n"


def talk(case_id: int) -> list[dict[str, Any]]:
    """What the reporter asked and what was answered to them, in order: `act` is ask or tell."""
    return sql.rows(TALK, [case_id])


MARKS = """
SELECT (SELECT count(*) FROM urban_follower WHERE case_id = %(id)s AND code <> '') AS me_too, g.grade, g.not_fixed, g.via,
       w.state AS words, w.edited AS words_edited, (SELECT simulated FROM urban_report WHERE case_id = %(id)s) AS simulated
  FROM (SELECT 1) one LEFT JOIN urban_grade g ON g.case_id = %(id)s LEFT JOIN urban_words_review w ON w.case_id = %(id)s
"""


def marks(case_id: int) -> dict[str, Any]:
    """What citizens said about a case besides its report: me_too (how many), grade, not_fixed, via (None without a grade);
    what was said of its reporter's words (`words`, `words_edited`; None where strangers do not learn of the case); and whether
    nobody reported it, because the simulation played it (`simulated`)."""
    return sql.row(MARKS, {"id": case_id}) or {}


def grade_of(case_id: int) -> dict[str, Any] | None:
    """grade, not_fixed, via, closed_at and at of the reporter's word about a case; None if none was given."""
    return sql.row(
        "SELECT grade, not_fixed, via, closed_at, at FROM urban_grade WHERE case_id = %s", [case_id]
    )


def me_too_count(case_id: int) -> int:
    """How many met the same problem besides who reported it, and said so by a press or by a report that was merged."""
    return int(sql.value(f"SELECT {others('c.id')} FROM flow_case c WHERE c.id = %s", [case_id]) or 0)


def has_mail(case_id: int, code: str = "") -> bool:
    """Whether an address was left with this report, or by whoever joined in with `code`, that has not been taken away."""
    return bool(
        sql.value(
            "SELECT EXISTS (SELECT 1 FROM urban_follower WHERE case_id = %s AND code = %s AND mail <> '')",
            [case_id, code],
        )
    )
