"""外勤 at the desk: who is on duty and where, coverage by grid and hour, the 15-minute promise, calls for help."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from baoji.kernel.base.errors import NotThere, Refused
from baoji.kernel.base.phrases import remarked, strung, up_to
from baoji.kernel.identity.callers import Caller, caller_by_code
from baoji.kernel.organisations.names import division_name
from baoji.kernel.wire.pages import holding, page
from baoji.systems.urban import public
from baoji.systems.urban.actions.field_help import may_help
from baoji.systems.urban.actions.likeness import may_decide_likeness
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.pages.staff.watches import watch
from baoji.systems.urban.pages.staff.words import span
from baoji.systems.urban.queries.discretion import places
from baoji.systems.urban.queries.field_track import TRACK_GAP, corrections_waiting, track_runs
from baoji.systems.urban.queries.likeness import likenesses_open
from baoji.systems.urban.queries.watches import open_watches

SEES = ("acceptor", "chief", "commander", "head", "operator")
DAY_HOURS = range(6, 24)
MOST_COUNTED = 99
HEARD_LATE = timedelta(minutes=2)  # from when on the desk reads when a phone's word arrived


def tabs(current: str, caller: Caller) -> list[dict[str, Any]]:
    """For `ui/tabs.html`, with what waits; those for supervision only for those who answer for it."""
    found: list[dict[str, Any]] = [
        {"title": _("在岗与覆盖"), "url": reverse("street"), "current": current == "street"},
        {
            "title": _("部件纠错"),
            "url": reverse("street-corrections"),
            "count": up_to(corrections_waiting(), MOST_COUNTED),
            "current": current == "corrections",
        },
        {"title": _("管控区"), "url": reverse("street-control"), "current": current == "control"},
    ]
    found += _used_again(current) if may_decide_likeness(caller) else []
    return found + (_weighing(current) if public.may_weigh(caller) else [])


def _used_again(current: str) -> list[dict[str, Any]]:
    return [
        {
            "title": _("照片再用"),
            "url": reverse("street-likeness"),
            "count": up_to(likenesses_open(), MOST_COUNTED),
            "current": current == "likeness",
        }
    ]


def _weighing(current: str) -> list[dict[str, Any]]:
    """For those who answer for supervision."""
    return [
        {
            "title": _("核对"),
            "url": reverse("street-plausibility"),
            "count": up_to(public.findings_waiting(), MOST_COUNTED),
            "current": current == "plausibility",
        },
        {"title": _("协作分析"), "url": reverse("street-pairs"), "current": current == "pairs"},
    ]


@never_cache
@require_safe
@page
@holding(*SEES)
def overview(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """One day: calls for help, who is out, what was walked, how soon photos came in."""
    now = timezone.now()
    day = public.day_of(request.GET.get("day", ""), now)
    arrived = public.arrivals(day)
    out, grids = public.on_duty(), public.coverage(day)
    context = {
        "tabs": tabs("street", caller),
        "day": day.isoformat(),
        "cries": [_cry(row, now) for row in public.cries()],
        "may_help": may_help(caller),
        "figures": _figures(arrived, grids, is_today=day == timezone.localdate(now)),
        "watches": [_watched(row, now) for row in places(caller, open_watches())],
        "out": [_out(row, now) for row in out],
        "markers": [
            {"lon": row["lon"], "lat": row["lat"], "title": row["name"], "light": "green"}
            for row in out
            if row["lon"] is not None
        ],
        "grids": [_grid(row, day.isoformat(), now) for row in grids],
        "hours": _hours(day, now),
        "arrivals": _arrivals(arrived),
        "kept_days": public.kept_days(),
    }
    return render(request, "urban/street/overview.html", context)


def _cry(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    where = f"{row['lat']:.5f}, {row['lon']:.5f}" if row["lon"] is not None else _("位置不明")
    return {**row, "when": moment(row["at"], now), "where": where, "open": row["ended_at"] is None}


def _watched(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Where nobody has confirmed to be there, with who was there last: whoever worries can ask them."""
    *before, last = row["history"]
    shown = watch(last, now)
    there = next((one["who"] for one in reversed(before) if one["arrived_at"] is not None), "")
    asked = _("此前在场：%(who)s") % {"who": there} if shown["waits"] and there else ""
    return {
        **shown,
        "asked": asked,
        "place": row["title"],
        "address": row["address"],
        "number": row["number"],
        "url": reverse("case", args=[row["number"]]),
    }


def _figures(arrived: dict[str, Any], grids: list[dict[str, Any]], *, is_today: bool) -> list[dict[str, Any]]:
    walked, whole = sum(row["walked"] for row in grids), sum(row["grids"] for row in grids)
    n = arrived["n"]
    none = _("今天还没有") if is_today else _("这一天没有")
    odd = [_("另有 %(n)d 件手机时钟不可信，不计入") % {"n": arrived["odd"]}] if arrived["odd"] else []
    kept = _("%(kept)d ÷ %(n)d 件；拍照时间是手机说的") % {"kept": arrived["kept"], "n": n} if n else none
    return [
        {
            "title": _("15 分钟内传到"),
            "value": f"{100 * arrived['kept'] / n:.1f}" if n else "—",
            "unit": "%" if n else "",
            "note": strung([kept, *odd]),
        },
        {
            "title": _("从拍照到传到，一半不超过"),
            "value": span(arrived["p50"]) if n else "—",
            "note": _("95%% 不超过 %(p95)s") % {"p95": span(arrived["p95"])} if n else none,
        },
        {
            "title": _("其中手机没有联系"),
            "value": str(arrived["away"]),
            "unit": _("件"),
            "note": _("没有网络，或没开应用；一半 / 95%%：没有联系 %(away)s，联系上以后 %(near)s")
            % {
                "away": _both(arrived["away_p50"], arrived["away_p95"]),
                "near": _both(arrived["near_p50"], arrived["near_p95"]),
            }
            if n
            else none,
        },
        {
            "title": _("走到的单元网格"),
            "value": str(walked),
            "note": _("共 %(n)d 个；没有走到的 %(left)d 个") % {"n": whole, "left": whole - walked},
        },
    ]


def _out(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    last = (
        _("%(when)s，误差 %(m)d 米") % {"when": moment(row["at"], now), "m": row["accuracy_m"]}
        if row["at"]
        else _("还没有位置")
    )
    link = {"text": row["name"], "url": reverse("street-track", args=[row["code"]])}
    begun = _("%(when)s 上班") % {"when": moment(row["started_at"], now)}
    heard = row["started_received"]
    if heard is not None and heard - row["started_at"] >= HEARD_LATE:
        begun = remarked(begun, _("%(when)s 收到") % {"when": moment(heard, now)})
    return {"cells": [link, begun, last]}


def _grid(row: dict[str, Any], day: str, now: datetime) -> dict[str, Any]:
    left = row["grids"] - row["walked"]
    link = {"text": row["name"], "url": f"{reverse('street-grid', args=[row['code']])}?day={day}"}
    return {
        "cells": [
            link,
            row["collector_name"] or "—",
            {"text": f"{row['walked']} / {row['grids']}", "number": True},
            {"text": str(left), "number": True},
            moment(row["last_at"], now) if row["last_at"] else _("没有人走过"),
        ]
    }


def _hours(day: date, now: datetime) -> list[dict[str, Any]]:
    """An hour without positions is `none`; those that have not begun are one line, `later`: an empty bar says neither. Of the
    night only the hours with positions are shown."""
    walked, local = public.walked_by_hour(day), timezone.localtime(now)
    most = max(walked.values(), default=0) or 1
    begun = [hour for hour in DAY_HOURS if (day, hour) <= (local.date(), local.hour)]
    at_night = [hour for hour in sorted(walked) if hour not in DAY_HOURS]
    shown = [*at_night, *(hour for hour in DAY_HOURS if hour in begun or hour in walked)]
    later = [hour for hour in DAY_HOURS if hour not in shown]
    rows = [
        {
            "hour": f"{hour:02}",
            "n": walked.get(hour, 0),
            "percent": round(100 * walked.get(hour, 0) / most),
            "state": "some" if hour in walked else "none",
        }
        for hour in shown
    ]
    if later:
        span = f"{later[0]:02}–{later[-1]:02}" if len(later) > 1 else f"{later[0]:02}"
        rows.append({"hour": span, "n": 0, "percent": 0, "state": "later"})
    return rows


def _arrivals(arrived: dict[str, Any]) -> list[dict[str, Any]]:
    """The same columns by area and by person."""
    if not arrived["n"]:
        return []
    areas = [_arrival(row, {"text": _area(row["area"])}) for row in arrived["areas"]]
    people = [
        _arrival(row, {"text": row["name"], "url": reverse("street-track", args=[row["code"]])})
        for row in arrived["rows"]
    ]
    return [
        {"id": "areas", "title": _("按区域"), "first": _("区域"), "rows": areas},
        {"id": "people", "title": _("按人员"), "first": _("人员"), "rows": people},
    ]


def _area(code: str) -> str:
    names = [name for part in (code[:6], code) if (name := division_name(part))]
    return " · ".join(dict.fromkeys(names)) or code or "—"


def _arrival(row: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    return {
        "cells": [
            first,
            {"text": str(row["n"]), "number": True},
            span(row["p50"]),
            span(row["p95"]),
            {"text": f"{row['kept']} / {row['n']}", "number": True},
            {"text": str(row["away"]), "number": True},
            _both(row["away_p50"], row["away_p95"]),
            _both(row["near_p50"], row["near_p95"]),
        ]
    }


def _both(half: float | None, most: float | None) -> str:
    return f"{span(half)} / {span(most)}" if half is not None and most is not None else "—"


@never_cache
@require_safe
@page
@holding(*SEES)
def grid(request: HttpRequest, caller: Caller, code: str) -> HttpResponseBase:
    """The unit grids of a responsibility grid that nobody walked on the day."""
    day = public.day_of(request.GET.get("day", ""), timezone.now())
    found = next((row for row in public.coverage(day) if row["code"] == code), None)
    if found is None:
        raise NotThere(_("没有这个责任网格"))
    context = {
        "tabs": tabs("street", caller),
        "grid": found,
        "left": public.unwalked(code, day),
        "day": day.isoformat(),
    }
    return render(request, "urban/street/grid.html", context)


@never_cache
@require_safe
@page
@holding(*SEES)
def track(request: HttpRequest, caller: Caller, code: str) -> HttpResponseBase:
    """One person's day: a line through what follows each other, and gaps as gaps."""
    now = timezone.now()
    person = caller_by_code(code)
    if person is None or person.id is None:
        raise NotThere(_("没有这个人"))
    found = public.track(person.id, public.day_of(request.GET.get("day", ""), now), now)
    context = {
        "tabs": tabs("street", caller),
        "person": person,
        "track": found,
        "runs": [
            [[lon, lat, f"{timezone.localtime(at):%H:%M}"] for at, lon, lat, _accuracy in run]
            for run in track_runs(found["points"])
        ],
        "gap_minutes": TRACK_GAP // timedelta(minutes=1),
        "gaps": [(moment(a, now), moment(b, now), span((b - a).total_seconds())) for a, b in found["gaps"]],
    }
    return render(request, "urban/street/track.html", context)


@require_POST
@page
@holding("chief", "commander", "head")
def cry(request: HttpRequest, caller: Caller, name: UUID) -> HttpResponseBase:
    """Taking up a call for help, or its end."""
    now = timezone.now()
    try:
        if request.POST.get("do") == "end":
            public.end_distress(by=caller, name=name, outcome=request.POST.get("outcome", ""), now=now)
        else:
            public.take_distress(by=caller, name=name, now=now)
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("street")
