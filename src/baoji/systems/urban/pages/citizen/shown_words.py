"""A public case in plain words."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from baoji.kernel.organisations.names import division_name, org_name
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.worktime.clock import light
from baoji.systems.urban import public
from baoji.systems.urban.pages.reporting.follow import BEHIND, Point
from baoji.systems.urban.pages.reporting.words import moment

Shown = dict[str, Any]
COUNTY, STREET = 6, 9
CHECK = 3  # the point of the check on the spot


def line(row: Shown, now: datetime) -> Shown:
    """What lists, feeds and the page of a public case say of it."""
    body = organisations().known.get(row["body_id"] or 0)
    return {
        "number": row["number"],
        "title": public.case_title(row["title"]),
        "topic": row["topic"],
        "place": place_words(row),
        "coarse": row["coarse"],
        "lon": row["lon"],
        "lat": row["lat"],
        "state": state(row),
        "is_open": row["status"] != "closed",
        "light": light_of(row, now),
        "due": due(row, now),
        "body": org_name(body, short=True) if body else "",
        "me_too": row["me_too"],
        "filed": moment(row["filed_at"] or row["created_at"], now),
        "closed": moment(row["closed_at"], now) if row["closed_at"] else "",
        "url": reverse("public-case", args=[row["number"]]),
        "urgent": row["severity"] == "critical",
    }


def place_words(row: Shown) -> str:
    """County and address; of a coarse place the street office's area alone."""
    names = [division_name(row["area"][:COUNTY])]
    if row["coarse"]:
        names.append(division_name(row["area"][:STREET]) if len(row["area"]) >= STREET else "")
        return _("%(place)s一带") % {"place": " ".join(name for name in names if name)}
    return " ".join(name for name in (*names, row["address"]) if name)


def light_of(row: Shown, now: datetime) -> str | None:
    if row["status"] == "suspended":
        return "pause"
    return light(now, row["due_at"], row["near_at"]) if row["status"] == "open" else None


def state(row: Shown) -> str:
    if row["status"] == "closed":
        return _("已结案")
    if row["status"] == "suspended":
        return _("经批准暂缓处置")
    return {
        "file": _("重新审核"),
        "dispatch": _("正在确定由谁处置"),
        "handle": _("正在处置"),
        "feedback": _("处置单位已回复，正在复核"),
        "check": _("正在现场核查"),
    }.get(row["stage"], _("在办"))


def due(row: Shown, now: datetime) -> str:
    """Until when the step that runs now should be done."""
    if row["status"] != "open" or row["due_at"] is None:
        return ""
    words = _("应在%(at)s 前完成，已经超过") if now > row["due_at"] else _("应在%(at)s 前完成")
    return words % {"at": moment(row["due_at"], now)}


def points(row: Shown, now: datetime) -> list[Point]:
    """The way of a public case for `ui/progress_public.html`; no words of people, no inside steps."""
    behind, body = BEHIND[row["stage"]], line(row, now)["body"]
    titles = [
        (_("已立案"), moment(row["filed_at"], now) if row["filed_at"] else ""),
        (_("派给%(body)s") % {"body": body} if body else _("派给负责的单位"), ""),
        (_("处置"), ""),
        (_("现场核查"), ""),
        (_("结案"), moment(row["closed_at"], now) if row["closed_at"] else ""),
    ]
    # The first two of the seven points of a reporter's own page lie before what is public.
    done = max(1, behind - 2)
    way = [
        Point(title, "ok" if n < done else "now" if n == done else "", at)
        for n, (title, at) in enumerate(titles)
    ]
    past = (
        way[0].title,
        _("已派给%(body)s") % {"body": body or _("负责的单位")},
        _("已处置"),
        _("已核查"),
        _("已结案"),
    )
    for point, title in zip(way[:done], past, strict=False):
        point.title = title
    for point in way:
        if point.state == "now":
            point.title, point.text = state(row), due(row, now)
        if point.state != "ok":
            point.at = ""
    if row["status"] == "closed" and not row["checked"]:
        way[CHECK] = Point(_("未经核查"))
    return way
