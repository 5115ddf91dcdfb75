"""回访: one call about one report, one question. Whoever says that it is not solved is taken at their word."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access
from baoji.systems.urban.actions.citizen_follow import not_fixed
from baoji.systems.urban.queries.call_backs import KEEPS, call_backs_due
from baoji.systems.urban.queries.progress import root_of

SUBJECT = "urban.call_back"
TAKE = """
INSERT INTO urban_call_back (case_id, by_id, taken_at, answer, words) VALUES (%(case)s, %(by)s, %(now)s, '', '')
ON CONFLICT (case_id) DO UPDATE SET by_id = excluded.by_id, taken_at = excluded.taken_at
 WHERE urban_call_back.answer = '' AND urban_call_back.taken_at <= %(kept)s
"""
ANSWERS = ("solved", "not_solved", "no_word", "unreached")
LONGEST_WORDS = 500


class Said(NamedTuple):
    """`opened` says that the case is being looked at again; `why_not` is the rule that forbade it."""

    answer: str
    opened: bool = False
    why_not: str = ""


def _must_call(by: Caller) -> None:
    if access.door_of(by) != "hotline":
        raise NotAllowed(_("回访由热线坐席办理"))


@transaction.atomic
def take_call_back(*, by: Caller, case_id: int, now: datetime) -> None:
    """Reserves the one call for this seat, so that nobody is called twice; for a day, since a seat may go home with it. Raises
    Refused `already-called`, NotThere."""
    _must_call(by)
    kept = now - KEEPS
    taken = sql.row("SELECT by_id, answer, taken_at FROM urban_call_back WHERE case_id = %s", [case_id])
    if taken is not None and taken["by_id"] == by.id and not taken["answer"]:
        return
    is_free = taken is None or (not taken["answer"] and taken["taken_at"] <= kept)
    if is_free and case_id not in {row["id"] for row in call_backs_due(now, limit=1000)}:
        raise NotThere(_("这件不需要回访"))
    if not sql.execute(TAKE, {"case": case_id, "by": by.id, "now": now, "kept": kept}):
        raise Refused(_("这件已有人回访。每件只回访一次"), code="already-called")


@transaction.atomic
def put_back(*, by: Caller, case_id: int) -> None:
    """The number was not dialled: somebody else may call. Raises NotThere."""
    _must_call(by)
    gone = sql.execute(
        "DELETE FROM urban_call_back WHERE case_id = %s AND by_id = %s AND answer = ''", [case_id, by.id]
    )
    if not gone:
        raise NotThere(_("这件不在您这里"))


@transaction.atomic
def answer_call_back(*, by: Caller, case_id: int, answer: str, words: str, now: datetime) -> Said:
    """Writes the one answer down. 没有解决 opens the case again and has somebody look, where the rules still allow it.

    Raises Invalid, NotThere.
    """
    _must_call(by)
    words = words.strip()
    if answer not in ANSWERS:
        raise Invalid(_("请选一项"), errors={"answer": [_("请选一项")]})
    if len(words) > LONGEST_WORDS:
        raise Invalid(_("有内容需要改正"), errors={"words": [_("最多 %(n)d 个字") % {"n": LONGEST_WORDS}]})
    written = sql.execute(
        "UPDATE urban_call_back SET answer = %s, words = %s, at = %s WHERE case_id = %s AND by_id = %s AND answer = ''",
        [answer, words, now, case_id, by.id],
    )
    if not written:
        raise NotThere(_("这件不在您这里"))
    record(SUBJECT, case_id, answer, {}, by.id, now)
    return _opened_again(case_id, words, now) if answer == "not_solved" else Said(answer)


def _opened_again(case_id: int, words: str, now: datetime) -> Said:
    try:
        with transaction.atomic():
            went_to = root_of(case_id)  # a report that was merged: the case where it went on
            not_fixed(went_to, words, [], now, via="call", reporter=went_to == case_id)
    except Refused as refused:
        return Said("not_solved", why_not=refused.message)
    return Said("not_solved", opened=True)
