"""考核评价: the page, exactly the cases behind each figure, the export, the definitions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baoji.kernel.base.errors import NotThere
from baoji.kernel.identity.callers import Caller
from baoji.kernel.ui.pages import moment_cursor, read_moment_cursor
from baoji.kernel.wire.pages import page
from baoji.kernel.wire.spreadsheets import spreadsheet
from baoji.systems.urban import choices
from baoji.systems.urban.pages.score import asked as asking
from baoji.systems.urban.pages.score import rates, shown, words
from baoji.systems.urban.pages.score.asked import Asked
from baoji.systems.urban.queries import score, score_attention, score_posts, score_voices
from baoji.systems.urban.queries.cases import seen_among
from baoji.systems.urban.queries.discretion import one_act, places
from baoji.systems.urban.rules.score import FIGURES, RATES, VOICES

PAGE = 200


def title_of(asked: Asked) -> str:
    """Of the page and of its export."""
    return {"area": _("区域考评"), "department": _("部门考评"), "post": _("岗位考评")}[asked.by]


@require_safe
@page
def overview(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The figures of a period by area, department or post; a department sees its own row."""
    asked = asking.read(request, caller)
    context: dict[str, Any] = {
        "asked": asked,
        "title": title_of(asked),
        "tabs": shown.tabs(asked) if asked.bodies is None else [],
        "picker": shown.picker(asked),
        "stamp": words.stamp(asked.over),
        "csv_url": f"csv?{asked.query()}",
        "own": asked.bodies is not None,
    }
    if asked.by == "post":
        return render(request, "urban/score/posts.html", context | {"posts": shown.posts(asked)})
    found = score.score(asked.over, level=asked.level, bodies=asked.bodies)
    earlier = asked.span.before()
    before = score.total(score.of_days(earlier.first, earlier.end, asked.over.as_of), asked.bodies)
    context |= {
        "figures": shown.figures(asked, found.total, before),
        "chart": shown.chart(asked, found),
        "rows": shown.rows(asked, found, request.GET.get("open", ""), caller),
        "total": shown.total(asked, found),
        "every_rate": rates.every_rate(asked, found.total),
        "opened_rates": rates.opened(asked, found, request.GET.get("open", "")),
        "heads": [words.FIGURE[name] for name in shown.SHOWN],
        "levels": _levels(asked),
        "attention": shown.attention(asked, asked.over.as_of) if asked.bodies is None else None,
    }
    return render(request, "urban/score/overview.html", context)


def _levels(asked: Asked) -> list[dict[str, Any]]:
    if asked.by != "area":
        return []
    names = {6: _("区县"), 9: _("街镇"), 12: _("社区")}
    return [
        {"title": names[n], "url": f"?{asked.moved(level=n).query()}", "current": n == asked.level}
        for n in names
    ]


@require_safe
@page
def cases(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Exactly the cases, or acts, that the figure counted; 200 a page."""
    asked = asking.read(request, caller)
    figure = request.GET.get("figure", "")
    found, title, note = _behind(request, asked, figure)
    more = len(found) > PAGE
    is_acts = figure in {"act", "returned", "wrong"}
    seen = seen_among(caller, [one["number"] for one in found[:PAGE]])
    rows = [
        shown.line(one | {"opinion": one_act(caller, one)} if is_acts else one, asked.over.as_of, seen)
        for one in places(caller, found[:PAGE])
    ]
    context = {
        "rows": rows,
        "title": title,
        "note": note,
        "asked": asked,
        "stamp": words.stamp(asked.over),
        "acts": is_acts,
        "back": f"./?{asked.query()}",
        "next": _next(request, found[PAGE - 1]) if more else "",
        "span": words.span_title(asked.span),
        "first": _first(request) if request.GET.get("after") else "",
    }
    return render(request, "urban/score/cases.html", context)


Found = tuple[list[dict[str, Any]], str, str]  # the cases or acts, the page's title, how they are counted


@dataclass(frozen=True)
class _Wanted:
    """What the address asks for, within what the reader may see; `page` says where the list goes on."""

    asked: Asked
    given: QueryDict
    place: dict[str, Any]
    page: dict[str, Any]


def _behind(request: HttpRequest, asked: Asked, figure: str) -> Found:
    given = request.GET
    area = given.get("area", "") if given.get("area", "").isdigit() else ""
    wanted = _Wanted(
        asked,
        given,
        {"bodies": asking.body_named(asked, given.get("body", "")), "area": area},
        {"after": read_moment_cursor(given.get("after", "")), "limit": PAGE + 1},
    )
    listed = _counted(wanted, figure)
    if listed is not None:
        definition = words.DEFINITION.get(figure, words.DEFINITION["graded"])
        return listed, _named(asked, words.FIGURE[figure], given), str(definition)
    found = OTHERS[figure](wanted) if figure in OTHERS and asked.bodies is None else None
    if found is None:
        raise NotThere(_("没有这个指标"))
    return found


def _counted(wanted: _Wanted, figure: str) -> list[dict[str, Any]] | None:
    """Behind a figure of the table; None for what is none."""
    over = wanted.asked.over
    if figure in FIGURES:
        day = asking.day_of(wanted.given.get("day", ""))
        return score.behind(over, figure, day=day, **wanted.place, **wanted.page)
    if figure in VOICES:
        return score_voices.behind(over, figure, **wanted.place, **wanted.page)
    return score_posts.returns_behind(over, **wanted.place, **wanted.page) if figure == "returned" else None


def _late_now(wanted: _Wanted) -> Found | None:
    bodies, now = wanted.place["bodies"], wanted.asked.over.as_of
    if not bodies:
        return None
    found = score_attention.late_behind(bodies, now, **wanted.page)
    return found, _("现在超期未处置"), _("处置时限已过，还没有回复的在办案卷")


def _repeated(wanted: _Wanted) -> Found:
    topic, now = wanted.given.get("topic", ""), wanted.asked.over.as_of
    found = score_attention.repeated_behind(topic, wanted.place["area"], now, **wanted.page)
    return found, _("30 天内重复发生"), _("同一单元网格、同一类别")


def _asleep(wanted: _Wanted) -> Found:
    return score_attention.asleep_behind(**wanted.page), _("挂账"), _("按恢复时间排列")


def _acts(wanted: _Wanted) -> Found | None:
    """What one person did at the post, act by act."""
    asked, given = wanted.asked, wanted.given
    act, person, is_late = given.get("act"), given.get("person", ""), bool(given.get("late"))
    if act not in score_posts.ACTS:
        return None
    found = score_posts.acts_behind(
        asked.over,
        person,
        asked.post,
        act,
        late=True if is_late else None,
        valid=bool(given.get("valid")),
        **wanted.page,
    )
    title = f"{choices.POST[asked.post]} {person} · {words.POST_ACT[act]}"
    return found, title, _("只列超期的") if is_late else _("一次办理一行")


def _wrong(wanted: _Wanted) -> Found | None:
    """Each act by which something that this person did at the post proved wrong, with its reason."""
    asked, act, person = wanted.asked, wanted.given.get("act"), wanted.given.get("person", "")
    if act not in words.WRONG:
        return None
    found = score_posts.wrong_behind(asked.over, person, asked.post, act, **wanted.page)
    title, definition = words.WRONG[act]
    return found, f"{choices.POST[asked.post]} {person} · {title}", str(definition)


# What the page leads to besides the figures of its table, for who sees the whole city.
OTHERS: dict[str, Callable[[_Wanted], Found | None]] = {
    "late_now": _late_now,
    "repeated": _repeated,
    "asleep": _asleep,
    "act": _acts,
    "wrong": _wrong,
}


def _named(asked: Asked, word: Any, given: Any) -> str:
    from_code = given.get("body") or given.get("area") or ""
    return " · ".join(
        part for part in (str(word), from_code and score.name_of(from_code), given.get("day", "")) if part
    )


def _next(request: HttpRequest, last: dict[str, Any]) -> str:
    query = request.GET.copy()
    query["after"] = moment_cursor(last.get("at") or last["due"], last["id"])
    return f"?{query.urlencode()}"


def _first(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    return f"?{query.urlencode()}"


@require_safe
@page
def export(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The same rows as a file that a spreadsheet opens with its Chinese intact."""
    asked = asking.read(request, caller)
    name = f"score-{asked.by}-{asked.span.first}-{asked.span.last}.csv"
    head = words.head_lines(title_of(asked), asked.span, asked.over)
    return spreadsheet(name, [*head, *(_post_table(asked) if asked.by == "post" else _table(asked))])


def _post_table(asked: Asked) -> list[list[str]]:
    rows = score_posts.posts(asked.over)
    return [words.post_columns(), *(words.post_line(row, str(choices.POST[row.post])) for row in rows)]


def _table(asked: Asked) -> list[list[str]]:
    found, grades = score.score(asked.over, level=asked.level, bodies=asked.bodies), score.grades()
    rows = found.areas if asked.by == "area" else found.departments
    return [
        words.columns({"area": _("区域"), "department": _("部门")}[asked.by]),
        *(words.line(row, grades) for row in [*rows, found.total]),
    ]


@require_safe
@page
def definitions(request: HttpRequest, caller: Caller) -> HttpResponse:
    """计算口径: how each figure is counted, with the limits and grades now in force."""
    asked = asking.read(request, caller)
    grades = score.grades()
    return render(
        request,
        "urban/score/definitions.html",
        {
            "figures": [
                {"term": words.FIGURE[name], "text": words.DEFINITION[name]} for name in words.DEFINITION
            ],
            "rates": [
                {"term": words.RATE[name], "text": f"{words.FIGURE[top]} ÷ {words.FIGURE[bottom]}"}
                for name, (top, bottom) in RATES.items()
            ],
            "minutes": score.closing_seconds() // 60,
            "grades": [(letter, f"{least * 100:g}") for letter, least in sorted(grades.items())],
            "back": f"./?{asked.query()}",
            "now": timezone.now(),
        },
    )
