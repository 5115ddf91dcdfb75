"""上班 and 下班: pressed at once, or on a phone without a network and told hours later, by one phone or by several.

Each press is kept with the phone's time and its arrival. The duty times are made from a person's presses by `rules.duty`, so
the order in which they arrive does not matter; where a time changes, the positions of it move along or go.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.base.instants import is_sane
from baoji.kernel.base.phrases import day_and_time, listed, strung, wild_clock
from baoji.kernel.flow.run import File
from baoji.kernel.identity.callers import Caller, caller
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.words import Words
from baoji.systems.urban.actions.field_deliver import Delivered, Parcel, believed, deliver
from baoji.systems.urban.actions.field_duty import (
    LATE,
    LOCK,
    pass_tasks_on,
    require_street,
    tell_left_watches,
)
from baoji.systems.urban.queries.field_track import clock_days, longest_duty, on_duty_since
from baoji.systems.urban.rules.duty import Press, Shift, covering, shifts, time_of

SUBJECT = "urban.duty"
TOLD = timedelta(minutes=2)  # from when on the phone's time is said beside the one that counts
NEAR = """
SELECT (SELECT at FROM urban_duty_press WHERE name = %(after)s AND person_id = %(person)s),
       (SELECT min(at) FROM urban_duty_press WHERE person_id = %(person)s AND received_at >= %(recent)s AND after = %(name)s)
"""
ISSUED = (
    "SELECT issued_at FROM evidence_envelope WHERE hash = %s AND person_id = %s AND device_id IS NOT NULL"
)
PRESS = """
INSERT INTO urban_duty_press (name, person_id, begins, at, said_at, received_at, after)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (name) DO NOTHING
"""
FROM = "SELECT coalesce(max(started_at), %s) FROM urban_duty_time WHERE person_id = %s AND started_at <= %s"
PRESSES = "SELECT at, begins FROM urban_duty_press WHERE person_id = %s AND at >= %s"
ROWS = """
SELECT id, started_at, ended_at, by_rule FROM urban_duty_time WHERE person_id = %s AND started_at >= %s ORDER BY started_at
"""
ADD = "INSERT INTO urban_duty_time (person_id, started_at, ended_at, by_rule) VALUES (%s, %s, %s, %s) RETURNING id"
CHANGE = "UPDATE urban_duty_time SET started_at = %s, ended_at = %s, by_rule = %s WHERE id = %s"
CLOSE = "UPDATE urban_duty_time SET ended_at = started_at WHERE id = ANY(%s)"
DROP = "DELETE FROM urban_duty_time WHERE id = ANY(%s)"
# Positions belong to a duty time that covers them; what no duty time covers is not kept.
_COVERS = (
    "o.at >= d.started_at - %(late)s AND (d.ended_at IS NULL OR o.at <= d.ended_at) AND d.id <> ALL(%(gone)s)"
)
MOVE = f"""
UPDATE urban_position o SET duty_id = d.id FROM urban_duty_time d
 WHERE o.duty_id = ANY(%(known)s) AND d.id = ANY(%(kept)s) AND d.id <> o.duty_id AND {_COVERS}
   AND NOT EXISTS (SELECT 1 FROM urban_duty_time h WHERE h.id = o.duty_id AND {_COVERS.replace("d.", "h.")})
   AND NOT EXISTS (SELECT 1 FROM urban_position t WHERE t.duty_id = d.id AND t.at = o.at)
"""
FORGET = f"""
DELETE FROM urban_position o WHERE o.duty_id = ANY(%(known)s)
   AND NOT EXISTS (SELECT 1 FROM urban_duty_time d WHERE d.id = o.duty_id AND {_COVERS})
"""
IS_OPEN = "SELECT EXISTS (SELECT 1 FROM urban_duty_time WHERE person_id = %s AND ended_at IS NULL)"
FORGOTTEN = (
    "SELECT DISTINCT person_id FROM urban_duty_time WHERE ended_at IS NULL AND started_at < %s LIMIT 1000"
)


@dataclass(frozen=True)
class DutyTurn:
    """上班 (`begins`) or 下班; `after` is the phone's name for what it pressed before."""

    begins: bool
    after: UUID | None = None


class _Row(NamedTuple):
    id: int
    start: datetime
    end: datetime | None
    by_rule: bool

    @property
    def shift(self) -> Shift:
        return Shift(self.start, self.end, self.by_rule)


class _Told(NamedTuple):
    """When a press arrived, by what name, and what the phone said."""

    name: UUID
    now: datetime
    said: datetime | None = None
    issued: datetime | None = None
    after: UUID | None = None


def start_duty(*, by: Caller, now: datetime) -> datetime:
    """Begins duty and says since when; who is on duty already goes on."""
    require_street(by)
    with transaction.atomic():
        _press(by, begins=True, told=_Told(uuid4(), now))
    return on_duty_since(by) or now


def end_duty(*, by: Caller, now: datetime) -> list[str]:
    """Ends duty; the numbers of the tasks that others go on with. Where they still stay (守候) is told."""
    require_street(by)
    with transaction.atomic():
        _press(by, begins=False, told=_Told(uuid4(), now))
        tell_left_watches(by.id or 0, now)
        return pass_tasks_on(by, now)


def deliver_duty(*, by: Caller, parcel: Parcel, turn: DutyTurn, now: datetime) -> Delivered:
    """上班 or 下班 under the phone's name for it, late or at once.

    The answer has `at` (what counts), `since` (on duty since; None when off duty), `until` (when the shift of this press
    ended, if it has), `passed` (tasks that others go on with), `stays` (cases where the caller, off duty, still stays: duty
    chief and commander hear of it) and `why`, a sentence where it came out otherwise than pressed.
    """
    found: dict[str, Any] = {}

    def take(_files: list[File]) -> str:
        require_street(by)
        claimed = parcel.captured_at
        said = believed(claimed, now)[0] if claimed is not None and is_sane(claimed) else None
        told = _Told(parcel.name, now, said, _issued(by, parcel), turn.after)
        at, made = _press(by, begins=turn.begins, told=told)
        since = on_duty_since(by)
        shift = covering(made, at)
        found.update(at=at, since=since, until=shift.end if shift else None)
        found["passed"] = [] if turn.begins or since else pass_tasks_on(by, now)
        found["stays"] = [] if turn.begins else tell_left_watches(by.id or 0, now)
        found["why"] = strung(part for part in (_why(turn, at, claimed, made), _left(found["stays"])) if part)
        return ""

    return deliver("duty", by, parcel, now, take, gone=frozenset(), more=found)


def end_forgotten(now: datetime) -> int:
    """Ends the duty of those who said no 下班 for longer than policy `field.duty_hours`, tells them, and passes their tasks
    on; how many. What their phones say of that time later still counts."""
    people = [row[0] for row in sql.tuples(FORGOTTEN, [now - longest_duty()])]
    return sum(_end_forgotten(person, now) for person in people)


@transaction.atomic
def _end_forgotten(person_id: int, now: datetime) -> bool:
    sql.value(LOCK, [person_id])
    who = caller(person_id)
    if not sql.value(IS_OPEN, [person_id]):
        return False
    ended = _settle(person_id, now, now)[-1]
    if ended.end is None:
        return False  # there was a later 上班
    audit.record(SUBJECT, person_id, "rule", {"at": ended.end.isoformat()}, None, now)
    said = {"since": day_and_time(ended.start), "until": day_and_time(ended.end), "n": hours(longest_duty())}
    notify(
        f"duty:{person_id}:{ended.end.isoformat()}",
        person=person_id,
        kind="duty",
        title=Words(noop("%(since)s 上班后满 %(n)s 小时没有下班，%(until)s 自动下班"), said),
        link="/field/#/me",
        at=now,
    )
    tell_left_watches(person_id, now)
    if who is not None:
        pass_tasks_on(who, now)
    return True


def hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g}"


def _issued(by: Caller, parcel: Parcel) -> datetime | None:
    """When the ticket was given that the phone held as it signed: before that nobody can have pressed this."""
    if parcel.words is None:
        return None
    found: datetime | None = sql.value(ISSUED, [sha256(parcel.words.envelope).hexdigest(), by.id])
    return found


def _press(by: Caller, *, begins: bool, told: _Told) -> tuple[datetime, list[Shift]]:
    """Keeps a press, in the caller's transaction; the time that counts, and the shifts from then on with the one it fell into."""
    person = by.id or 0
    sql.value(LOCK, [person])  # two phones of one person, one after the other
    asked = {"person": person, "name": told.name, "after": told.after, "recent": told.now - 2 * clock_days()}
    after, before = sql.tuples(NEAR, asked)[0]
    at = time_of(told.said, told.now, issued=told.issued, after=after, before=before)
    sql.execute(PRESS, [told.name, person, begins, at, told.said, told.now, told.after])
    facts = {"at": at.isoformat(), "said": told.said.isoformat() if told.said else None}
    audit.record(SUBJECT, person, "begin" if begins else "end", facts, person, told.now)
    return at, _settle(person, at, told.now)


def _settle(person: int, at: datetime, now: datetime) -> list[Shift]:
    """Makes the duty times anew from the one that began last before `at`; those."""
    since = sql.value(FROM, [at, person, at])
    presses = [Press(*row) for row in sql.tuples(PRESSES, [person, since])]
    made = shifts(presses, now, longest_duty())
    known = [_Row(*row) for row in sql.tuples(ROWS, [person, since])]
    if [one.shift for one in known] != made:
        _write(person, known, made)
    return made


def _write(person: int, known: list[_Row], made: list[Shift]) -> None:
    """Rows are changed in place, because positions hang on them. One at most is open at any moment."""
    homes = _homes(known, made)
    gone = [row.id for row in known if row not in homes]
    sql.execute(CLOSE, [gone])
    kept = []
    for shift, row in zip(made, homes, strict=True):
        if row is None:
            kept.append(sql.value(ADD, [person, *shift]))
            continue
        kept.append(row.id)
        if row.shift != shift:
            sql.execute(CHANGE, [*shift, row.id])
    if known:
        asked = {"known": [row.id for row in known], "kept": kept, "gone": gone, "late": LATE}
        sql.execute(MOVE, asked)
        sql.execute(FORGET, asked)
        sql.execute(DROP, [gone])


def _homes(known: list[_Row], made: list[Shift]) -> list[_Row | None]:
    """For each shift the row that holds it: of the same beginning, or one that overlaps it; None for a new one."""
    left = list(known)
    found: list[_Row | None] = []
    for shift in made:
        same = next((row for row in left if row.start == shift.start), None)
        found.append(same)
        if same is not None:
            left.remove(same)
    for n, shift in enumerate(made):
        if found[n] is None and (row := next((one for one in left if _overlap(one, shift)), None)):
            found[n] = row
            left.remove(row)
    return found


def _overlap(row: _Row, shift: Shift) -> bool:
    return (shift.end is None or row.start < shift.end) and (row.end is None or shift.start < row.end)


def _why(turn: DutyTurn, at: datetime, claimed: datetime | None, made: list[Shift]) -> str:
    """What its owner should know: where the shift is another than was pressed, and which time counts."""
    shift = covering(made, at)
    said = []
    if claimed is not None and abs(claimed - at) >= TOLD:
        clock = day_and_time(claimed) if is_sane(claimed) else wild_clock()
        said.append(_("手机记的时间是 %(said)s，按 %(at)s 算") % {"said": clock, "at": day_and_time(at)})
    if turn.begins and shift is not None and shift.start < at:
        said.append(_("%(when)s 起已经在上班") % {"when": day_and_time(shift.start)})
    if turn.begins and shift is not None and shift.end is not None:
        said.append(_ended(shift))
    if not turn.begins and (shift is None or shift.end != at):
        before = [one for one in made if one.end is not None and one.end <= at]
        said.append(_ended(before[-1]) if before else _("还没有收到这一班的上班，已记下，收到后接上"))
    if not turn.begins and (again := next((one for one in made if one.start > at and one.end is None), None)):
        said.append(_("%(when)s 又上班了") % {"when": day_and_time(again.start)})
    return strung(said)


def _left(numbers: list[str]) -> str:
    if not numbers:
        return ""
    return _("您还在守候（%(numbers)s），已告诉值班长和指挥长，请交给当班的人") % {"numbers": listed(numbers)}


def _ended(shift: Shift) -> str:
    said = {"when": day_and_time(shift.end) if shift.end else "", "n": hours(longest_duty())}
    if shift.by_rule:
        return _("这一班满 %(n)s 小时没有下班，%(when)s 已自动下班") % said
    return _("这一班 %(when)s 已经下班") % said
