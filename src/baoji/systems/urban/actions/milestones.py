"""阶段反馈: the stages of a condition, each with a deadline of its own, counted from the dispatch."""

from datetime import datetime

from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid
from baoji.kernel.flow.run import Doing
from baoji.kernel.worktime.limits import Limit, LimitUnit, measure_for
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.queries.book import book


def set_milestones(doing: Doing, condition_id: int | None, since: datetime, done: dict[str, str]) -> None:
    """The stages of this condition replace those the case had; what is `done` stays so under the same number."""
    condition = book().by_id.get(condition_id or 0)
    stages = {str(stage.n): stage for stage in (condition.milestones if condition else ())}
    drop_milestones(doing)
    doing.report_changes["milestones"] = {n: at for n, at in done.items() if n in stages}
    for n, stage in stages.items():
        if n not in done:
            limit = Limit(stage.limit_value, LimitUnit(stage.limit_unit))
            time = measure_for(limit.measure, current_calendar())
            doing.timers[f"m{n}"] = time.add(since, limit.seconds)


def drop_milestones(doing: Doing) -> None:
    """No stage is waited for, and none counts as reported, where nobody is responsible any more."""
    doing.clear_timers += [f"m{n}" for n in range(1, doing.extra["milestone_count"] + 1)]
    doing.report_changes["milestones"] = {}


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
