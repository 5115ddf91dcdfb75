"""Lines of a worklist as the template prints them: every value ready, nothing looked up a row."""

from datetime import datetime
from math import log2
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban import choices, public
from baoji.systems.urban.pages.staff.row_markup import markup
from baoji.systems.urban.pages.staff.words import clock, limit_words, org_name, step_title, tags

PROPOSED_AT = frozenset({"dispatch/filed", "dispatch/returned", "dispatch/arbitrating"})
MAP_WIDTH_PX = 420
LONG = 10 * 3600
Line = dict[str, Any]
DISPATCHABLE = frozenset({"dispatch/filed", "dispatch/returned"})


def lines(
    found: list[dict[str, Any]],
    now: datetime,
    query: str = "",
    *,
    proposing: bool = True,
    steps_too: bool = True,
    selectable: bool = False,
) -> list[Line]:
    """Rows of `public.cases` for `urban/worklist/_table.html`; `query` is the list's own, so that a case knows where one came from.

    `proposing` shows the proposed body where one is to be chosen, `steps_too` the step besides its reason.
    """
    rates, calendar = public.rates(), current_calendar()
    wanting = [row for row in found if f"{row['stage']}/{row['step']}" in PROPOSED_AT] if proposing else []
    proposals = public.propose_bodies(wanting, now)
    sources = {code: str(title) for code, title in choices.SOURCE.items()}
    steps = {key: step_title(key) for key in {f"{row['stage']}/{row['step']}" for row in found}}
    made = []
    for row in found:
        key = f"{row['stage']}/{row['step']}"
        proposal, ticking = proposals.get(row["id"]), clock(row, now, rates, calendar)
        head, dash, tail = (row["case_number"] or "").rpartition("-")
        line = {
            "number": row["number"],
            "url": f"/cases/{row['number']}{query}",
            "title": public.case_title(row["title"]) or _("未定类别"),
            "place": row["address"],
            "urgent": row["severity"] == "critical",
            "head": head + dash,
            "tail": tail,
            "source": sources.get(row["source"], row["source"]),
            "tags": tags(row),
            "body": org_name(proposal.org_id if proposal else row["body_id"]) or "—",
            "step": steps[key],
            "reason": _reason(proposal.reason, steps[key] if steps_too else "") if proposal else "",
            "limit": _limit(row),
            "clock": ticking,
            "light": ticking["light"] if ticking else "",
            "lon": row["lon"],
            "lat": row["lat"],
            "selectable": key in DISPATCHABLE,
            "proposed": proposal.org_id if proposal else None,
        }
        made.append(line | {"html": markup(line, selectable)})
    return made


def _limit(row: dict[str, Any]) -> str:
    """The case's own limit; before it has one, that of its condition."""
    if row["limit_value"] is not None:
        return limit_words(row["limit_value"], row["limit_unit"])
    condition = public.book().by_id.get(row["condition_id"] or 0)
    return limit_words(condition.limit_value, condition.limit_unit) if condition else ""


def _reason(reason: str, step: str) -> str:
    return f"{step} · {reason}" if step else reason


def has_long_clock(made: list[Line]) -> bool:
    """Whether a clock says hours and minutes in words, which takes more room."""
    return any(line["clock"] and abs(line["clock"]["seconds"] or 0) >= LONG for line in made)


def view_of(made: list[Line]) -> dict[str, float]:
    """Where the map looks so that most rows are in sight: their middle, and a zoom by how far they lie apart."""
    places = [(line["lon"], line["lat"]) for line in made if line["lon"] is not None]
    if not places:
        return {}
    lons, lats = sorted(lon for lon, _lat in places), sorted(lat for _lon, lat in places)
    span = max(lons[-1] - lons[0], (lats[-1] - lats[0]) * 1.2, 0.004)
    return {
        "lon": (lons[0] + lons[-1]) / 2,
        "lat": (lats[0] + lats[-1]) / 2,
        "zoom": round(max(10.0, min(16.0, log2(MAP_WIDTH_PX / 512 * 360 / span))), 1),
    }
