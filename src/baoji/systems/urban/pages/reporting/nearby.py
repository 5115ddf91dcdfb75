"""What lies around a place: components to choose from, likely duplicates."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from baoji.kernel.maps.queries import in_bounds
from baoji.systems.urban import public
from baoji.systems.urban.pages.reporting import topics
from baoji.systems.urban.pages.reporting.form import Form
from baoji.systems.urban.pages.reporting.words import status_word

REACH_M = 60.0
LOOK_AT = 60
SHOWN = 8
AT_HAND_M = 3.0


@dataclass(frozen=True)
class Near:
    """`tail` is the end of the 16-digit code, as it is painted on the thing."""

    code: str
    name: str
    address: str
    tail: str
    metres: int
    topic: str
    checked: bool


def components_near(form: Form) -> list[Near]:
    """Components round the form's point; those of the class already chosen first, then the nearest."""
    point = form.point
    if point is None or not in_bounds(*point):
        return []
    wanted, chosen = form.topic, form.values.get("component", "")
    rows = public.nearest(*point, within_m=REACH_M, limit=LOOK_AT)
    rows.sort(key=lambda row: (wanted is not None and row["class"] != wanted.code, row["metres"]))
    rows = rows[:SHOWN]
    if not any(row["code"] == chosen for row in rows):
        chosen = _pointed_at(rows, wanted)
    return [_near(row, chosen) for row in rows]


def _pointed_at(rows: list[dict[str, Any]], wanted: topics.Topic | None) -> str:
    """The component that the place was put right on, unless another kind of thing is reported."""
    if not rows or rows[0]["metres"] > AT_HAND_M:
        return ""
    fits = wanted is None or (wanted.kind == "component" and wanted.code == rows[0]["class"])
    return str(rows[0]["code"]) if fits else ""


def _near(row: dict[str, Any], chosen: str) -> Near:
    found = topics.topic("c" + row["class"])
    return Near(
        row["code"],
        found.title if found else row["name"],
        row["address"],
        row["code"][-6:],
        round(row["metres"]),
        "c" + row["class"],
        row["code"] == chosen,
    )


def effective_topic(form: Form, near: list[Near]) -> topics.Topic | None:
    """The class that the report will have: that of its component, else the one chosen."""
    code = form.values.get("component") or next((one.code for one in near if one.checked), "")
    if len(code) == 16 and code.isdigit():
        found = public.component(code)
        if found is not None:
            return topics.topic("c" + found["class"])
    return form.topic


def likely_duplicates(form: Form, near: list[Near]) -> list[dict[str, Any]]:
    """Reports of the same thing, as soon as place and class (or component) are known."""
    topic, point = effective_topic(form, near), form.point
    component = form.values.get("component") or next((one.code for one in near if one.checked), "")
    if point is None or not in_bounds(*point) or (topic is None and not component):
        return []
    found = public.duplicates(0, topic.key if topic else "", component, *point, timezone.now())
    return [
        {**row, "metres": round(row["metres"]), "status_word": status_word(row["status"])} for row in found
    ]
