"""What people without an account do about a case that is known already: me too, fixed or not, how satisfied, forget me."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.flow.run import Doing, File
from baoji.kernel.identity.callers import SYSTEM
from baoji.systems.urban import access
from baoji.systems.urban.actions.help_retention import forget_caller
from baoji.systems.urban.actions.perform import perform_inside
from baoji.systems.urban.actions.report import new_code
from baoji.systems.urban.queries.cases import load_by_id
from baoji.systems.urban.queries.codes import follower_of, grade_of, has_said_not_fixed
from baoji.systems.urban.queries.proposals import draw_collector
from baoji.systems.urban.rules.citizens import GRADES, NOT_FIXED

WORDS_NOT_FIXED = "上报人说没有解决"  # content, where nothing else was written
LEAST_WORDS = 5


@transaction.atomic
def join_in(case_id: int, mail: str, language: str, now: datetime) -> str:
    """我也遇到了: no new case, but a code of one's own to follow the one there is. Raises Refused when it has ended."""
    if load_by_id(case_id).case.status not in {"open", "suspended"}:
        raise Refused(_("这件已经办完。问题还在的话，请另报一件"), code="wrong-stage")
    code = new_code()
    sql.execute(
        "INSERT INTO urban_follower (case_id, code, mail, language, at) VALUES (%s, %s, %s, %s, %s)",
        [case_id, code, mail, language, now],
    )
    return code


def not_fixed(
    case_id: int,
    words: str,
    files: Sequence[File],
    now: datetime,
    *,
    via: str = "follow",
    reporter: bool = True,
) -> Doing:
    """没解决: one press. The case is open again and a collector is sent to look; whoever says so needs no reasons. Where somebody
    else was quicker the case is open already: words and photos are added to it.

    Call it inside a transaction. `reporter` is false for whoever only joined in: their word is no grade.
    """
    case = load_by_id(case_id, lock=True).case
    words = words.strip()
    said = words if len(words) >= LEAST_WORDS else " · ".join([WORDS_NOT_FIXED, words]).rstrip(" ·")
    is_first = case.status == "closed"
    doing = perform_inside(
        number=case.number,
        act="reopen" if is_first else "also_not_fixed",
        by=access.code_holder(case.number),
        facts={"reason" if is_first else "opinion": said},
        now=now,
        files=files,
    )
    if reporter:
        ended = case.closed_at or sql.value(LAST_END, [case_id])
        # Who presses on two phones has said it once.
        if is_first or not _has_graded(case_id, NOT_FIXED, ended):
            _write_grade(case_id, NOT_FIXED, via, case.body_id, ended, now)
    return (_send_somebody(doing) if is_first else None) or doing


def joined_not_fixed(code: str, case_id: int, words: str, files: Sequence[File], now: datetime) -> Doing:
    """没解决 of whoever only joined in, once for their code: anybody can join in, and each press sends a collector out.

    `case_id` is where the case went on. Call it inside a transaction. Raises Refused.
    """
    if has_said_not_fixed(code):
        raise Refused(_("您已经说过一次没解决。问题还在的话，请另报一件"), code="only-once")
    doing = not_fixed(case_id, words, files, now, reporter=False)
    record("urban.follower", follower_of(code), NOT_FIXED, {}, None, now)
    return doing


def _send_somebody(doing: Doing) -> Doing | None:
    """The 核查 task, at once: the system draws who looks; where it can draw nobody, the acceptor does."""
    if f"{doing.case.stage}/{doing.case.step}" != "check/to_check":
        return None
    drawn = draw_collector(doing.case, "check_request", doing.now)
    if drawn is None:
        return None
    return perform_inside(
        number=doing.case.number,
        act="check_request",
        by=SYSTEM,
        facts={"collector": drawn[0].code},
        now=doing.now,
    )


# The end that is spoken about may have been undone by somebody who was quicker.
LAST_END = "SELECT max(at) FROM flow_record WHERE case_id = %s AND to_step IN ('evaluate/closed', 'evaluate/settled') AND act IN ('close', 'settle')"


def _has_graded(case_id: int, grade: str, ended: datetime | None) -> bool:
    earlier = grade_of(case_id)
    return earlier is not None and (earlier["grade"], earlier["closed_at"]) == (grade, ended)


def rate(case_id: int, grade: str, now: datetime, *, via: str = "follow") -> None:
    """满意度 of a closed report, one of four; the last word about the last closing counts. Call it inside a transaction."""
    if grade not in GRADES:
        raise Invalid(_("请选一个评价"), errors={"grade": [_("请选一个评价")]})
    case = load_by_id(case_id).case
    if case.status != "closed":
        raise Refused(_("还没有办完，办完后再评价"), code="wrong-stage")
    _write_grade(case_id, grade, via, case.body_id, case.closed_at, now)


WRITE_GRADE = """
INSERT INTO urban_grade (case_id, grade, not_fixed, via, body_id, closed_at, at)
VALUES (%(case)s, %(grade)s, %(bad)s, %(via)s, %(body)s, %(closed_at)s, %(at)s)
ON CONFLICT (case_id) DO UPDATE SET grade = excluded.grade, not_fixed = urban_grade.not_fixed + excluded.not_fixed, via = excluded.via,
  body_id = excluded.body_id, closed_at = excluded.closed_at, at = excluded.at
"""


def _write_grade(
    case_id: int, grade: str, via: str, body: int | None, closed_at: datetime | None, now: datetime
) -> None:
    facts: dict[str, Any] = {"grade": grade, "via": via, "body": body}
    sql.execute(
        WRITE_GRADE,
        {"case": case_id, "bad": int(grade == NOT_FIXED), "closed_at": closed_at, "at": now, **facts},
    )
    record("urban.grade", case_id, "grade", facts, None, now)


@transaction.atomic
def forget_follower(case_id: int, code: str, now: datetime) -> None:
    """Takes the mail of whoever joined in with this code away, on their own word; they still follow by the code."""
    if sql.execute(
        "UPDATE urban_follower SET mail = '' WHERE case_id = %s AND code = %s AND mail <> ''", [case_id, code]
    ):
        record("urban.report", case_id, "erase", {"rule": "asked", "what": ["mail"]}, None, now)


@transaction.atomic
def forget_me(case_id: int, now: datetime) -> None:
    """Takes phone, name and mail of the reporter out of the report, on their own word; the journal says that it was done."""
    sql.execute("UPDATE urban_report SET caller_name = '', caller_phone = '' WHERE case_id = %s", [case_id])
    sql.execute("UPDATE urban_follower SET mail = '' WHERE case_id = %s AND code = ''", [case_id])
    forget_caller(case_id)
    record(
        "urban.report",
        case_id,
        "erase",
        {"rule": "asked", "what": ["caller_name", "caller_phone", "mail"]},
        None,
        now,
    )
