"""Lines of a worklist as the template prints them: every value ready, nothing looked up a row."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban import choices, public
from baoji.systems.urban.pages.staff.words import clock, limit_words, org_name, step_title, tags

PROPOSED_AT = frozenset({"dispatch/filed", "dispatch/returned", "dispatch/arbitrating"})
DISPATCHABLE = frozenset({"dispatch/filed", "dispatch/returned"})


def lines(found: list[dict[str, Any]], now: datetime, query: str = "") -> list[dict[str, Any]]:
    """Rows of `public.cases` for `urban/worklist/_rows.html`; `query` is the list's own, so that a case knows where one came from."""
    rates, calendar = public.rates(), current_calendar()
    proposals = public.propose_bodies([row for row in found if f"{row['stage']}/{row['step']}" in PROPOSED_AT], now)
    sources = {code: str(title) for code, title in choices.SOURCE.items()}
    steps = {key: step_title(key) for key in {f"{row['stage']}/{row['step']}" for row in found}}
    conditions = public.book().by_id
    made = []
    for row in found:
        key = f"{row['stage']}/{row['step']}"
        proposal, condition = proposals.get(row["id"]), conditions.get(row["condition_id"] or 0)
        head, dash, tail = (row["case_number"] or "").rpartition("-")
        value, unit = row["limit_value"], row["limit_unit"]
        if value is None and condition is not None:
            value, unit = condition.limit_value, condition.limit_unit
        made.append({
            "id": row["number"], "number": row["number"], "url": f"/cases/{row['number']}{query}",
            "title": row["title"] or _("未定类别"), "place": row["address"], "urgent": row["severity"] == "critical",
            "head": head + dash, "tail": tail, "source": sources.get(row["source"], row["source"]), "tags": tags(row),
            "body": org_name(proposal.org_id if proposal else row["body_id"]) or "—",
            "reason": proposal.reason if proposal else "", "step": "" if proposal else steps[key],
            "limit": limit_words(value, unit), "clock": clock(row, now, rates, calendar),
            "lon": row["lon"], "lat": row["lat"], "selectable": key in DISPATCHABLE,
            "proposed": proposal.org_id if proposal else None,
        })
    return made


def markers(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows' places for the map."""
    return [
        {
            "lon": line["lon"], "lat": line["lat"], "number": line["number"], "title": line["title"], "urgent": line["urgent"],
            "light": line["clock"]["light"] if line["clock"] else "green",
        }
        for line in made
        if line["lon"] is not None
    ]
