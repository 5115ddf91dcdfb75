"""外勤 at the desk: who is on duty and where, coverage by grid and hour, the 15-minute promise, calls for help."""

import json
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

from baoji.kernel.base.errors import Refused
from baoji.kernel.base.numbers import uuid
from baoji.kernel.base.phrases import headed, remarked, strung, up_to
from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.queries import nearest_addresses
from baoji.kernel.organisations.names import division_name
from baoji.kernel.wire.pages import holding, page
from baoji.systems.urban import public
from baoji.systems.urban.actions.field_help import may_help
from baoji.systems.urban.actions.likeness import may_decide_likeness
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.pages.staff.watches import watch
from baoji.systems.urban.pages.staff.words import span
from baoji.systems.urban.queries.discretion import places
from baoji.systems.urban.queries.field_track import corrections_waiting
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
    cries = _cries(caller, day, now)
    context = {
        "tabs": tabs("street", caller),
        "day": day.isoformat(),
        "cries": cries,
        "may_help": may_help(caller),
        "figures": _figures(arrived, grids, is_today=day == timezone.localdate(now)),
        "watches": [_watched(row, now) for row in places(caller, open_watches())],
        "out": [_out(row, now) for row in out],
        "map": _map(out, cries, uuid(request.GET.get("sos", ""))),
        "grids": [_grid(row, day.isoformat(), now) for row in grids],
        "areas": [_area(row) for row in grids],
        "grid_url": f"{reverse('street-grid', args=['CODE']).replace('CODE', '{number}')}?day={day.isoformat()}",
        "hours": _hours(day, now),
        "arrivals": _arrivals(arrived),
        "kept_days": public.kept_days(),
    }
    return render(request, "urban/street/overview.html", context)


def _cries(caller: Caller, day: date, now: datetime) -> list[dict[str, Any]]:
    """With the nearest address; the telephone for those who look after calls."""
    rows, helps = public.cries(), may_help(caller)
    placed = [row for row in rows if row["lon"] is not None]
    near = nearest_addresses([(row["lon"], row["lat"]) for row in placed])
    addresses = {row["name"]: address for row, address in zip(placed, near, strict=True)}
    return [
        {
            **row,
            "when": moment(row["at"], now),
            "address": addresses.get(row["name"], ""),
            "where": f"{row['lat']:.5f}, {row['lon']:.5f}" if row["name"] in addresses else _("位置不明"),
            "map_url": f"?day={day.isoformat()}&sos={row['name']}#on-map" if row["name"] in addresses else "",
            "phone": row["phone"] if helps else "",
            "call": helps and row["ended_at"] is None,
            "open": row["ended_at"] is None,
        }
        for row in rows
    ]


def _map(out: list[dict[str, Any]], cries: list[dict[str, Any]], shown: UUID | None) -> dict[str, Any] | None:
    """Who is out, and who calls for help, from where: it begins with the call that was asked for, else with the newest."""
    calls = [row for row in cries if row["map_url"] and (row["open"] or row["name"] == shown)]
    calls.sort(key=lambda row: row["name"] != shown)
    marks = [
        *(
            {"title": _("%(who)s 求助") % {"who": row["who"]}, "light": "here", "sos": 1, **_at(row)}
            for row in calls
        ),
        *({"title": row["name"], "light": "green", **_at(row)} for row in out if row["lon"] is not None),
    ]
    return {"marks": marks, **_at(marks[0]), "zoom": 16 if calls else 13} if marks else None


def _at(row: dict[str, Any]) -> dict[str, Any]:
    return {"lon": row["lon"], "lat": row["lat"]}


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
            "title": _("从拍照到传到，一半的件用时"),
            "value": span(arrived["p50"]) if n else "—",
            "note": _("95%% 的件用时 %(p95)s") % {"p95": span(arrived["p95"])} if n else none,
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


def _area(row: dict[str, Any]) -> dict[str, Any]:
    """For `ui/map.html`."""
    count = f"{row['walked']} / {row['grids']}"
    return {
        "shape": json.loads(row["outline"])["coordinates"],
        "full": 0 if not row["walked"] else 1 if row["walked"] == row["grids"] else 2,
        "label": count,
        "number": row["code"],
        "title": headed(row["name"], count),
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
    areas = [_arrival(row, {"text": _area_name(row["area"])}) for row in arrived["areas"]]
    people = [
        _arrival(row, {"text": row["name"], "url": reverse("street-track", args=[row["code"]])})
        for row in arrived["rows"]
    ]
    return [
        {"id": "areas", "title": _("按区域"), "first": _("区域"), "rows": areas},
        {"id": "people", "title": _("按人员"), "first": _("人员"), "rows": people},
    ]


def _area_name(code: str) -> str:
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
