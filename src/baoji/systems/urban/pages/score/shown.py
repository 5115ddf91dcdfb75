"""What the score page shows, as plain dicts for its templates."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban import choices, public
from baoji.systems.urban.pages.score import words
from baoji.systems.urban.pages.score.asked import Asked
from baoji.systems.urban.pages.staff.words import org_name, span
from baoji.systems.urban.queries import score, score_attention, score_posts
from baoji.systems.urban.queries.cases import seen_among
from baoji.systems.urban.queries.discretion import places
from baoji.systems.urban.queries.score import Score
from baoji.systems.urban.rules import periods
from baoji.systems.urban.rules.score import RATES, Row

MAIN = ("in_time_rate", "close_rate", "close_in_time_rate", "rework_rate")
HIGHER_IS_WORSE = frozenset({"rework_rate"})
SHOWN = ("need_dispose", "in_time", "overdue_disposed", "overdue_undone", "reworked", "returned")
OPEN_ROWS = 5
WRONG_ACT = {"chief": "file", "dispatcher": "dispatch"}


def cases_url(asked: Asked, figure: str, row: Row | None = None, **more: Any) -> str:
    """Where exactly the cases of a figure are listed."""
    if row is not None and row.code:
        more["body" if asked.by == "department" else "area"] = row.code
    return f"{reverse('score-cases')}?{asked.query(figure=figure, **more)}"


def tabs(asked: Asked) -> list[dict[str, Any]]:
    """The three objects of the score."""
    titles = {"area": _("区域"), "department": _("部门"), "post": _("岗位")}
    return [
        {"title": titles[by], "url": f"?{asked.moved(by=by).query()}", "current": by == asked.by}
        for by in titles
    ]


def picker(asked: Asked) -> dict[str, Any]:
    """The period, those beside it, and the other kinds of period around the same day."""
    return {
        "title": words.span_title(asked.span),
        "kind": asked.span.kind,
        "on": asked.span.first.isoformat(),
        "first": asked.span.first.isoformat(),
        "last": asked.span.last.isoformat(),
        "before": f"?{asked.moved(span=asked.span.before()).query()}",
        "after": f"?{asked.moved(span=asked.span.after()).query()}",
        "kinds": [
            {
                "title": words.KIND[kind],
                "url": f"?{asked.moved(span=periods.of(kind, _anchor(asked.span))).query()}",
                "current": kind == asked.span.kind,
            }
            for kind in periods.KINDS
            if kind != "any"
        ],
    }


def _anchor(found: periods.Span) -> Any:
    """Today if the period holds it, else its first day: what a change of the kind of period keeps in view."""
    today = timezone.localdate()
    return today if found.first <= today < found.end else found.first


def figures(asked: Asked, now: Row, before: Row) -> list[dict[str, Any]]:
    """Each rate with numerator and denominator, both leading to their cases, and how it was in the period before."""
    word = words.span_title(asked.span.before())
    made = []
    for name in MAIN:
        top, bottom = RATES[name]
        a, b = now.rate(name)
        made.append(
            {
                "title": words.RATE[name],
                "value": words.percent(now.share(name)),
                "unit": "%" if b else "",
                "numerator": {"text": f"{a:,}", "url": cases_url(asked, top), "word": words.FIGURE[top]},
                "denominator": {
                    "text": f"{b:,}",
                    "url": cases_url(asked, bottom),
                    "word": words.FIGURE[bottom],
                },
                "change": _change(now.share(name), before.share(name), word, worse=name in HIGHER_IS_WORSE),
            }
        )
    return [*made, _critical(asked, now, before, word)]


def _critical(asked: Asked, now: Row, before: Row, word: str) -> dict[str, Any]:
    """How long the two-hour kind took; both numbers lead to the same cases."""
    n, url = now.counts["critical_disposed"], cases_url(asked, "critical_disposed")
    return {
        "title": _("特急平均用时"),
        "value": words.clock_hours(now.critical_average_s),
        "unit": pgettext("unit", "小时") if n else "",
        "numerator": {"text": words.clock_hours(now.critical_used_s), "url": url, "word": _("总用时")},
        "denominator": {"text": f"{n:,}", "url": url, "word": _("特急件")},
        "change": _change_of_minutes(now.critical_average_s, before.critical_average_s, word),
    }


def _change(now: float | None, before: float | None, word: str, *, worse: bool) -> dict[str, Any] | None:
    if now is None or before is None:
        return None
    points = round((now - before) * 100, 1)
    return _arrow(points, word, _("%(n)s 个百分点") % {"n": abs(points)}, good=(points < 0) is worse)


def _change_of_minutes(now: float | None, before: float | None, word: str) -> dict[str, Any] | None:
    if now is None or before is None:
        return None
    minutes = round((now - before) / 60)
    return _arrow(minutes, word, span(abs(minutes) * 60), good=minutes < 0)


def _arrow(value: float, word: str, text: str, *, good: bool) -> dict[str, Any]:
    if not value:
        return {"word": word, "text": _("持平"), "tone": ""}
    return {"word": word, "text": f"{'▲' if value > 0 else '▼'} {text}", "tone": "well" if good else "bad"}


def chart(asked: Asked, found: Score) -> dict[str, Any]:
    """Daily bars: in time below, overdue above; each day of the period that has passed or has something due."""
    good = {day: n for day, n, _bad in found.days}
    bad = {day: n for day, _good, n in found.days}
    days = sorted({*good})
    worst = max(found.days, key=lambda one: one[2], default=None)
    return {
        "categories": [_("%(m)d月%(d)d日") % {"m": day.month, "d": day.day} for day in days],
        "series": [
            {"name": _("按期"), "values": [good[day] for day in days], "tone": "blue"},
            {"name": _("超期"), "values": [bad[day] for day in days], "tone": "over"},
        ],
        "reading": _reading(worst) if worst else "",
        "worst_url": cases_url(asked, "overdue", day=worst[0].isoformat()) if worst and worst[2] else "",
        "worst": worst[2] if worst else 0,
    }


def _reading(worst: tuple[Any, int, int]) -> str:
    day, good, bad = worst
    kind = current_calendar().exceptions.get(day)
    note = {"workday": _("，调休上班"), "holiday": _("，放假")}.get(kind or "", "")
    return _("%(m)d月%(d)d日%(note)s：应处置 %(n)d，超期 %(bad)d") % {
        "m": day.month,
        "d": day.day,
        "note": note,
        "n": good + bad,
        "bad": bad,
    }


def rows(asked: Asked, found: Score, opened: str, reader: Caller) -> list[dict[str, Any]]:
    """A line an object; the one that is `opened` shows its first overdue cases."""
    listed = found.departments if asked.by == "department" else found.areas
    grades = score.grades()
    return [
        {
            **_cells(asked, row, grades),
            "code": row.code,
            "name": row.name,
            "open": row.code == opened,
            "toggle": f"?{asked.query(open='' if row.code == opened else row.code)}#row-{row.code}",
            "late": _late(asked, row, reader) if row.code == opened else None,
        }
        for row in listed
    ]


def _cells(asked: Asked, row: Row, grades: Any) -> dict[str, Any]:
    top, bottom = row.rate("in_time_rate")
    share = row.share("in_time_rate")
    return {
        "percent": words.percent(share),
        "width": min(100, round((share or 0) * 100)),
        "ratio": f"{top:,}/{bottom:,}" if bottom else "",
        "cells": [
            {
                "text": f"{row.counts[name]:,}",
                "url": cases_url(asked, name, row) if row.counts[name] else "",
                "bad": name == "overdue_undone" and row.counts[name] > 0,
            }
            for name in SHOWN
        ],
        "average": words.hours(row.average_s),
        "satisfied": _satisfied(asked, row),
        "grade": words.grade_of(row, grades),
        "close": words.percent(row.share("close_in_time_rate")),
    }


def _satisfied(asked: Asked, row: Row) -> dict[str, Any]:
    """What reporters said: the share of the satisfied with its two numbers, and how many were ever called not fixed."""
    top, bottom = row.rate("satisfied_rate")
    return {
        "percent": words.percent(row.share("satisfied_rate")),
        "top": {"text": f"{top:,}", "url": cases_url(asked, "satisfied", row)},
        "bottom": {"text": f"{bottom:,}", "url": cases_url(asked, "graded", row) if bottom else ""},
        "not_fixed": {
            "text": f"{row.counts['said_not_fixed']:,}",
            "url": cases_url(asked, "said_not_fixed", row) if row.counts["said_not_fixed"] else "",
        },
    }


def total(asked: Asked, found: Score) -> dict[str, Any]:
    """All of them together, under the same columns."""
    return _cells(asked, found.total, score.grades())


def _late(asked: Asked, row: Row, reader: Caller) -> dict[str, Any]:
    """The first overdue cases of an opened row."""
    place = (
        {"area": row.code} if asked.by == "area" else {"bodies": [organisations().known_codes[row.code].id]}
    )
    found = score.behind(asked.over, "overdue", limit=OPEN_ROWS, **place)
    seen = seen_among(reader, [one["number"] for one in found])
    return {
        "rows": [line(one, asked.over.as_of, seen) for one in places(reader, found)],
        "n": row.counts["overdue"],
        "url": cases_url(asked, "overdue", row),
    }


def line(one: dict[str, Any], now: datetime, seen: Collection[str]) -> dict[str, Any]:
    """A case in a list behind a figure; it leads to those that the reader may open: a body's figure also counts what other
    sections of it had."""
    number = one["case_number"] or one["number"]
    head, _dash, tail = number.rpartition("-")
    answered, due = one.get("answered"), one.get("due")
    over = ((answered or now) - due).total_seconds() if due else 0
    return {
        "url": f"/cases/{one['number']}" if one["number"] in seen else "",
        "number": number,
        "head": f"{head}-" if head else "",
        "tail": tail,
        "title": public.case_title(one["title"]),
        "place": one["address"],
        "body": org_name(one.get("body_id")),
        "step": choices.STATUS.get(one["status"], one["status"]),
        "due": due,
        "answered": answered,
        "closed": one.get("closed"),
        "at": one.get("at"),
        "over": span(over) if over > 0 else "",
        "late": bool(one.get("overdue")),
        "opinion": one.get("opinion", ""),
        "close_due": one.get("close_due"),
    }


def posts(asked: Asked) -> dict[str, Any]:
    """People at one post with what they did, each number leading to the acts it counts."""
    acts = score_posts.POST_ACTS[asked.post]
    reports = "report" in acts
    found = score_posts.posts(asked.over, [asked.post])
    return {
        "chips": [
            {
                "title": choices.POST[kind],
                "url": f"?{asked.moved(post=kind).query()}",
                "current": kind == asked.post,
            }
            for kind in score_posts.POST_ACTS
        ],
        "acts": [words.POST_ACT[act] for act in acts],
        "reports": reports,
        "wrong": words.WRONG[WRONG_ACT[asked.post]][0] if asked.post in WRONG_ACT else "",
        "rows": [_post_row(asked, row, acts, reports) for row in found],
    }


def _post_row(asked: Asked, row: score_posts.PostRow, acts: tuple[str, ...], reports: bool) -> dict[str, Any]:
    def url(act: str, **more: Any) -> str:
        return f"{reverse('score-cases')}?{asked.query(figure='act', act=act, person=row.code, **more)}"

    share, reported = row.in_time_share, row.done.get("report", 0)
    return {
        "name": row.name,
        "code": row.code,
        "percent": words.percent(share),
        "width": min(100, round((share or 0) * 100)),
        "ratio": f"{row.timed - row.timed_late}/{row.timed}" if row.timed else "",
        "average": words.hours(row.average_s),
        "cells": [
            {
                "text": str(row.done.get(act, 0)),
                "url": url(act) if row.done.get(act) else "",
                "late": row.late.get(act, 0),
                "late_url": url(act, late=1),
            }
            for act in acts
        ],
        "valid": {
            "text": f"{row.valid_reports}/{reported}",
            "url": url("report", valid=1),
            "percent": words.percent(row.valid_reports / reported),
        }
        if reports and reported
        else None,
        "wrong": _wrong(asked, row),
    }


def _wrong(asked: Asked, row: score_posts.PostRow) -> dict[str, str]:
    """How often what this person did proved wrong, and where to read why."""
    act = WRONG_ACT.get(asked.post, "")
    n = row.wrong.get(act, 0)
    url = f"{reverse('score-cases')}?{asked.query(figure='wrong', act=act, person=row.code)}" if n else ""
    return {"text": str(n), "url": url}


def attention(asked: Asked, now: datetime) -> list[dict[str, Any]]:
    """需要您过问: one line a matter, the worst first, each leading to its cases."""
    found = score_attention.attention(asked.over, now)
    by_department = asked.moved(by="department")
    return [
        *(_late_now(asked, *one, now) for one in found.late[: score_attention.MOST // 2]),
        *(_returned(by_department, *one) for one in found.returned),
        *(_repeated(asked, *one) for one in found.repeated),
        *_asleep(asked, *found.asleep),
    ]


def _late_now(asked: Asked, body: int, n: int, since: datetime, now: datetime) -> dict[str, Any]:
    return {
        "light": "red",
        "title": _("%(org)s %(n)d 件超期未处置") % {"org": org_name(body), "n": n},
        "note": _("最长已超 %(span)s") % {"span": span((now - since).total_seconds())},
        "url": cases_url(asked, "late_now", body=organisations().code(body)),
    }


def _returned(asked: Asked, body: int, n: int, upheld: int) -> dict[str, Any]:
    return {
        "light": "yellow",
        "title": _("%(org)s退回 %(n)d 件次") % {"org": org_name(body), "n": n},
        "note": _("其中 %(n)d 件次改派，退回成立") % {"n": upheld},
        "url": cases_url(asked, "returned", body=organisations().code(body)),
    }


def _repeated(asked: Asked, topic: str, area: str, n: int, address: str, title: str) -> dict[str, Any]:
    problem = public.case_title(title.partition(" · ")[0])
    return {
        "light": "yellow",
        "title": _("%(place)s %(n)d 件 30 天内重复发生") % {"place": address or area, "n": n},
        "note": _("%(title)s，同一单元网格") % {"title": problem},
        "url": cases_url(asked, "repeated", topic=topic, area=area),
    }


def _asleep(asked: Asked, n: int, waking: int, soonest: datetime | None) -> list[dict[str, Any]]:
    """挂账 cases, and how many of them wake within a week."""
    if not n:
        return []
    day = timezone.localdate(soonest).isoformat() if soonest else ""
    return [
        {
            "light": "pause",
            "title": _("挂账 %(n)d 件，%(soon)d 件七天内到期") % {"n": n, "soon": waking},
            "note": _("最早 %(day)s 恢复") % {"day": day} if day else "",
            "url": cases_url(asked, "asleep"),
        }
    ]
