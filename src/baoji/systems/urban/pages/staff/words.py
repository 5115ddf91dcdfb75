"""Words of lists and cases: lights with time left, limits, numbers, posts."""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from baoji.kernel.base.instants import is_sane
from baoji.kernel.base.phrases import wild_clock
from baoji.kernel.flow.clockwork import Rates
from baoji.kernel.organisations import names
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.ui.templatetags.ui import day, left_or_over
from baoji.kernel.worktime.calendar import NoWorkingTime, WorkCalendar
from baoji.kernel.worktime.clock import light
from baoji.kernel.worktime.limits import PLAIN_TIME, Measure, OfficeTime
from baoji.systems.urban import choices
from baoji.systems.urban.rules.table import FLOW

SIDES = {"supervision": "sup", "command": "cmd", "department": "dep", "system": "sys"}


def step_title(key: str) -> str:
    return _(FLOW.step(key).title)


def measure_of(severity: str, limit_unit: str, handling: bool, calendar: WorkCalendar) -> Measure:
    """In what a step's time is counted: the body's clock in its limit's own measure, desks' steps as `clockwork` does."""
    urgent = limit_unit.startswith("urgent") or (severity != "normal" and not handling)
    return PLAIN_TIME if urgent else OfficeTime(calendar)


def clock(row: dict[str, Any], now: datetime, rates: Rates, calendar: WorkCalendar) -> dict[str, Any] | None:
    """What `ui/clock.html` shows of a row with the columns of `queries.lists`; None where nothing runs."""
    if row["status"] == "suspended":
        return {
            "light": "pause",
            "seconds": "",
            "limit": 0,
            "running": False,
            "stands": "",
            "turns": "",
            "word": _("挂账"),
            "percent": 0,
            "text": _("挂账"),
        }
    if row["status"] != "open" or row["due_at"] is None:
        return None
    handling = row["stage"] == "handle"
    measure = measure_of(row["severity"], row["limit_unit"], handling, calendar)
    limit = row["clock_limit_s"] if handling else rates.minutes.get(f"{row['stage']}/{row['step']}", 0) * 60
    seconds = measure.between(now, row["due_at"])
    if seconds == 0 and now > row["due_at"]:
        seconds = -1
    running = measure is PLAIN_TIME or calendar.is_working(now)
    return {
        "light": light(now, row["due_at"], row["near_at"]),
        "seconds": seconds,
        "limit": limit,
        "running": running,
        "stands": "" if running else _("下班时间不计时"),
        "turns": "" if measure is PLAIN_TIME else _seconds_to_turn(now, calendar),
        "word": "",
        "text": left_or_over(seconds),
        "percent": max(0, min(100, round(100 * (limit - seconds) / limit))) if limit else 100,
    }


def _seconds_to_turn(now: datetime, calendar: WorkCalendar) -> int | str:
    """Until the office closes or opens again; '' where no more office hours are on record."""
    try:
        return ceil((calendar.turns_at(now) - now).total_seconds())
    except NoWorkingTime:
        return ""


def with_return(ticking: dict[str, Any] | None, now: datetime) -> dict[str, Any] | None:
    """The clock as a page of one case shows it: one that stands outside office hours says when it goes on."""
    if ticking is None or not ticking["stands"] or ticking["turns"] == "":
        return ticking
    opens = now + timedelta(seconds=ticking["turns"])
    return ticking | {"stands": _("下班时间不计时，%(at)s 继续") % {"at": moment(opens, now)}}


def holidays_unknown(due_at: datetime | None, measure: Measure, calendar: WorkCalendar) -> str:
    """That a deadline in office time was worked out without the holidays of its year; '' where they are on record."""
    if due_at is None or measure is PLAIN_TIME or not is_sane(due_at):
        return ""
    year = timezone.localtime(due_at).year
    if year in calendar.known_years:
        return ""
    return _("%(year)d 年的节假日还没有登记，时限暂按周一至周五算") % {"year": year}


def moment(at: datetime | None, now: datetime) -> str:
    """`10:55` today, else `11月25日 周三 10:55`."""
    if at is None:
        return ""
    if not is_sane(at):
        return wild_clock()
    local = timezone.localtime(at)
    hour = local.strftime("%H:%M")
    return hour if local.date() == timezone.localtime(now).date() else f"{day(at)} {hour}"


def limit_words(value: Any, unit: str) -> str:
    return choices.limit_words(value, unit) if value is not None and unit else ""


def tags(row: dict[str, Any]) -> list[dict[str, str]]:
    """Returned, redone, under supervision: what a reader of the list must know besides the title."""
    found = []
    if row["returns"]:
        word = ngettext("退回 %(n)d 次", "退回 %(n)d 次", row["returns"]) % {"n": row["returns"]}
        found.append({"word": word, "kind": "hot"})
    if row["rework"]:
        found.append(
            {
                "word": ngettext("返工 %(n)d 次", "返工 %(n)d 次", row["rework"]) % {"n": row["rework"]},
                "kind": "hot",
            }
        )
    if row["supervised"]:
        found.append({"word": pgettext("list", "督办"), "kind": "hot"})
    if row.get("asked"):
        found.append({"word": _("上报人留言"), "kind": "prop"})
    return found


def org_name(id_: int | None) -> str:
    org = organisations().known.get(id_ or 0)
    return names.org_name(org, short=True) if org else ""


def org_name_of(code: str | None) -> str:
    org = organisations().known_codes.get(code or "")
    return names.org_name(org) if org else ""


def post_word(kind: str) -> str:
    if kind in {"", "reporter"}:
        return _("上报人") if kind else ""
    return {"section_head": _("科室负责人"), "system": _("系统"), "citizen": _("市民")}.get(
        kind, str(choices.POST.get(kind, kind))
    )


def span(seconds: float) -> str:
    """How long something took: `3 分`, `1 小时 35 分`, `2 天 3 小时`."""
    minutes = int(seconds) // 60
    if minutes < 1:
        return _("不到 1 分")
    if minutes < 60:
        return _("%(m)d 分") % {"m": minutes}
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _("%(h)d 小时 %(m)d 分") % {"h": hours, "m": minutes}
    return _("%(d)d 天 %(h)d 小时") % {"d": hours // 24, "h": hours % 24}


def placed_by(seen: dict[str, Any]) -> str:
    """Whose word the place is."""
    if seen["component"]:
        return _("位置取自部件台账")
    return _("位置在地图上点的") if seen["place_by"] == "hand" else _("位置由上报人标注")
