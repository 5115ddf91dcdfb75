"""外勤 at the desk, on the ground: which unit grids nobody walked, and where one person was."""

import json
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from baoji.kernel.base.errors import NotThere
from baoji.kernel.base.phrases import headed
from baoji.kernel.identity.callers import Caller, caller_by_code
from baoji.kernel.maps.queries import nearest_addresses
from baoji.kernel.organisations.names import division_name
from baoji.kernel.wire.pages import holding, page
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff.words import span
from baoji.systems.urban.pages.street.views import SEES, tabs
from baoji.systems.urban.queries.field_track import TRACK_GAP, track_runs

COMMUNITY = 12  # digits of a unit grid's code; those after them number it there


@never_cache
@require_safe
@page
@holding(*SEES)
def grid(request: HttpRequest, caller: Caller, code: str) -> HttpResponseBase:
    """A responsibility grid on the map, and in words the unit grids of it that nobody walked on the day."""
    now = timezone.now()
    day = public.day_of(request.GET.get("day", ""), now)
    rows = public.walked_grids(code, day)
    if not rows:
        raise NotThere(_("没有这个责任网格"))
    shown = next((row for row in rows if row["code"] == request.GET.get("grid")), None)
    context = {
        "tabs": tabs("street", caller),
        "name": rows[0]["name"],
        "walked": sum(row["walked"] for row in rows),
        "whole": len(rows),
        "areas": [_area(row, row is shown) for row in rows if row["outline"]],
        "shown": shown and {**shown, "title": _title(row=shown)},
        "left": _by_community([row for row in rows if not row["walked"]], day.isoformat()),
        "day": day.isoformat(),
        "today": timezone.localdate(now).isoformat(),
    }
    return render(request, "urban/street/grid.html", context)


def _title(row: dict[str, Any]) -> str:
    """`陈仓园社区 012`, or the code where no community is known."""
    community = division_name(row["code"][:COMMUNITY])
    return f"{community} {row['code'][COMMUNITY:]}" if community else str(row["code"])


def _area(row: dict[str, Any], is_shown: bool) -> dict[str, Any]:
    """For `ui/map.html`."""
    return {
        "shape": json.loads(row["outline"])["coordinates"],
        "full": int(row["walked"]),
        "chosen": int(is_shown),
        "label": row["code"][COMMUNITY:],
        "number": row["code"],
        "title": headed(_title(row), _("走到了") if row["walked"] else _("没有走到")),
    }


def _by_community(rows: list[dict[str, Any]], day: str) -> list[dict[str, Any]]:
    """County, street and community in words, and of each its unit grids with what is near."""
    placed = [row for row in rows if row["outline"]]
    near = nearest_addresses([(row["lon"], row["lat"]) for row in placed])
    beside = {row["code"]: address for row, address in zip(placed, near, strict=True)}
    return [
        {
            "title": _division(community),
            "grids": [
                {
                    "code": row["code"],
                    "title": _title(row),
                    "near": beside.get(row["code"], ""),
                    "url": f"?day={day}&grid={row['code']}#on-map" if row["outline"] else "",
                }
                for row in found
            ],
        }
        for community, found in groupby(rows, key=lambda row: str(row["code"][:COMMUNITY]))
    ]


def _division(community: str) -> str:
    names = [name for digits in (6, 9, COMMUNITY) if (name := division_name(community[:digits]))]
    return " · ".join(names) or community


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
    runs = track_runs(found["points"])
    context = {
        "tabs": tabs("street", caller),
        "person": person,
        "track": found,
        "today": timezone.localdate(now).isoformat(),
        "runs": [[[lon, lat, _clock(at)] for at, lon, lat, _accuracy in run] for run in runs],
        "gap_minutes": TRACK_GAP // timedelta(minutes=1),
        "spans": _spans(runs, found["gaps"]),
    }
    return render(request, "urban/street/track.html", context)


def _spans(runs: list[list[list[Any]]], gaps: list[list[datetime]]) -> list[dict[str, Any]]:
    """Times with positions and times on duty without, in order."""
    rows = [(run[0][0], run[-1][0], len(run)) for run in runs] + [(since, until, 0) for since, until in gaps]
    return [
        {"from": _clock(since), "to": _clock(until), "n": n, "long": span((until - since).total_seconds())}
        for since, until, n in sorted(rows)
    ]


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"
