"""阶段反馈: the stages of a condition, each with a deadline of its own, counted from the dispatch.

They stand while the case is suspended, as its clock does: `notes["stages"]` keeps the seconds that each has left.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.run import Doing
from baoji.kernel.worktime.limits import Limit, LimitUnit, Measure, measure_for
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.queries.book import MilestoneRow, book
from baoji.systems.urban.rules.clock_story import Span, spans

LEFT = "stages"


def set_milestones(
    doing: Doing, condition_id: int | None, spans: Iterable[Span], done: dict[str, str]
) -> None:
    """The stages of this condition replace those the case had; what is `done` stays so under the same number.

    `spans` is when the body's time ran since the dispatch (see `ran`).
    """
    stages = _stages(condition_id)
    drop_milestones(doing)
    doing.report_changes["milestones"] = {n: at for n, at in done.items() if n in stages}
    left = {}
    for n, stage in stages.items():
        if n in done:
            continue
        due = _due(_measure(stage), _limit(stage).seconds, spans)
        if isinstance(due, datetime):
            doing.timers[f"m{n}"] = due
        else:
            left[n] = due
    if left:
        doing.case.notes[LEFT] = left


def _stages(condition_id: int | None) -> dict[str, MilestoneRow]:
    condition = book().by_id.get(condition_id or 0)
    return {str(stage.n): stage for stage in (condition.milestones if condition else ())}


def _limit(stage: MilestoneRow) -> Limit:
    return Limit(stage.limit_value, LimitUnit(stage.limit_unit))


def _measure(stage: MilestoneRow) -> Measure:
    return measure_for(_limit(stage).measure, current_calendar())


def _due(time: Measure, seconds: int, spans: Iterable[Span]) -> datetime | int:
    """When so many seconds are used up; how many are left where time stands before."""
    for since, until in spans:
        used = seconds if until is None else max(0, time.between(since, until))
        if used >= seconds:
            return time.add(since, seconds)
        seconds -= used
    return seconds


STANDS = """
SELECT at, to_step = 'handle/suspended' AS stands FROM flow_record
 WHERE case_id = %s AND at >= %s AND (to_step = 'handle/suspended' AND from_step <> to_step
       OR from_step = 'handle/suspended' AND from_step <> to_step) ORDER BY n
"""


def ran(case: Case, now: datetime) -> list[Span]:
    """When the body's time ran since the dispatch: without the times the case was suspended."""
    since = case.dispatched_at or now
    return spans(since, sql.tuples(STANDS, [case.pk, since]))


def stood(case: Case, now: datetime) -> timedelta:
    """How long the case has been suspended since the dispatch."""
    since = case.dispatched_at or now
    return now - since - sum(((until or now) - begun for begun, until in ran(case, now)), timedelta())


def pause_milestones(doing: Doing) -> None:
    """Stages not due yet wait with the case."""
    if not doing.extra["milestone_count"]:
        return
    waiting = dict(
        sql.tuples(
            "SELECT substr(kind, 2), due_at FROM flow_timer WHERE case_id = %s AND kind ~ '^m[0-9]+$' AND due_at > %s",
            [doing.case.pk, doing.now],
        )
    )
    left = {
        n: _measure(stage).between(doing.now, waiting[n])
        for n, stage in _stages(doing.extra["condition_id"]).items()
        if n in waiting
    }
    if left:
        doing.case.notes[LEFT] = left
        doing.clear_timers += [f"m{n}" for n in left]


def resume_milestones(doing: Doing) -> None:
    stages = _stages(doing.extra["condition_id"])
    for n, seconds in doing.case.notes.pop(LEFT, {}).items():
        if n in stages:
            doing.timers[f"m{n}"] = _measure(stages[n]).add(doing.now, seconds)


def drop_milestones(doing: Doing) -> None:
    """No stage is waited for, and none counts as reported, where nobody is responsible any more."""
    doing.clear_timers += [f"m{n}" for n in range(1, doing.extra["milestone_count"] + 1)]
    doing.report_changes["milestones"] = {}
    doing.case.notes.pop(LEFT, None)


def milestone(doing: Doing) -> str:
    n = doing.facts["n"]
    done = dict(doing.extra["milestones"])
    if str(n) in done:
        raise Invalid(_("这个阶段已经反馈过"), errors={"n": [_("这个阶段已经反馈过")]})
    done[str(n)] = doing.now.isoformat()
    doing.report_changes["milestones"] = done
    doing.clear_timers.append(f"m{n}")
    doing.record_facts["n"] = n
    return ""
