"""Titles, definitions and shapes of the score's figures: the page, the export and the command line say the same."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy as counted

from baoji.kernel.base.phrases import day_and_time, remarked, strung
from baoji.systems.urban.rules.periods import Span
from baoji.systems.urban.rules.score import Period, Row, grade

FIGURE = {
    "need_dispose": lazy("应处置"),
    "disposed": counted("figure", "处置"),
    "in_time": lazy("按期处置"),
    "overdue_disposed": lazy("超期处置"),
    "overdue_undone": lazy("超期未处置"),
    "overdue": lazy("超期"),
    "need_close": lazy("应结案"),
    "closed": counted("figure", "结案"),
    "closed_in_time": lazy("按期结案"),
    "closed_late": lazy("超期结案"),
    "reworked": counted("figure", "返工"),
    "returned": counted("figure", "退回"),
    "critical_disposed": lazy("特急处置"),
    "exempted": lazy("申诉免计"),
    "deferred": lazy("缓办不计"),
    "graded": lazy("上报人评价"),
    "satisfied": lazy("满意件"),
    "graded_very_good": lazy("评价：很满意"),
    "graded_good": lazy("评价：满意"),
    "graded_fair": lazy("评价：一般"),
    "graded_poor": lazy("评价：不满意"),
    "graded_not_fixed": lazy("评价：没解决"),
    "said_not_fixed": lazy("说过没解决"),
}
RATE = {
    "dispose_rate": lazy("处置率"),
    "in_time_rate": lazy("按期处置率"),
    "overdue_rate": lazy("超期率"),
    "close_rate": lazy("结案率"),
    "close_in_time_rate": lazy("按期结案率"),
    "close_late_rate": lazy("超期结案率"),
    "rework_rate": lazy("返工率"),
    "return_rate": lazy("退回率"),
    "satisfied_rate": lazy("满意率"),
}
DEFINITION = {
    "need_dispose": lazy(
        "处置时限落在本期，且到数据截止时已经到期或已经处置。作废、合并、不予立案、当场办结的不计；缓办和申诉成立的不计"
    ),
    "disposed": lazy("应处置中，责任单位的回复有效。回复被退回重办或核查不通过，按没有回复算"),
    "in_time": lazy("处置中，有效回复不晚于处置时限"),
    "overdue_disposed": lazy("处置中，有效回复晚于处置时限"),
    "overdue_undone": lazy("应处置中，到数据截止时还没有有效回复"),
    "overdue": lazy("超期处置加超期未处置"),
    "need_close": lazy(
        "结案时限落在本期，且到数据截止时已经到期或已经结案。结案时限等于处置时限加复核、派核查、核查、结案四个环节的时限"
    ),
    "closed": lazy("应结案中已经结案的"),
    "closed_in_time": lazy("结案中，不晚于结案时限的"),
    "closed_late": lazy("结案中，晚于结案时限的"),
    "reworked": lazy("处置中，核查不通过至少一次的"),
    "returned": lazy("本期责任单位退回的次数。一件退回两次计两次"),
    "critical_disposed": lazy("处置中，严重程度为特急的"),
    "exempted": lazy("申诉两级都同意、不计入统计的。曾经超期仍在案卷里写明"),
    "deferred": lazy("批准缓办、不进分母的"),
    "graded": lazy(
        "本期结案、上报人给过评价的。一件一个评价，按最后一次算；不评价的不算。只列出，不影响按期处置率和等级"
    ),
    "satisfied": lazy("上报人评价中，最后一次是很满意或满意的"),
    "said_not_fixed": lazy("上报人评价中，说过没解决的，后来又满意的也算"),
}
POST_ACT = {
    "report": lazy("上报"),
    "verify_answer": lazy("核实"),
    "check_answer": lazy("核查"),
    "accept": lazy("受理"),
    "reject": lazy("不予受理"),
    "settle": lazy("当场办结"),
    "verify_request": lazy("派核实"),
    "check_request": lazy("派核查"),
    "file": lazy("立案"),
    "decline": lazy("不予立案"),
    "close": lazy("结案"),
    "void": lazy("作废"),
    "dispatch": lazy("派遣"),
    "review": lazy("复核"),
    "send_back": lazy("退回重办"),
    "refer_back": lazy("退回立案"),
    "extend_decide": lazy("审批延期"),
    "arbitrate": lazy("裁定"),
    "suspend_decide": lazy("审批挂账"),
    "supervise": lazy("督办"),
    "sign": lazy("签收"),
    "answer": lazy("回复"),
    "return": lazy("退回"),
    "pass_on": lazy("转办"),
}
# What an act proved to be, by the act: its title, and what is counted.
WRONG = {
    "file": (lazy("错立案"), lazy("派遣员退回立案的，算在最后立案的人")),
    "dispatch": (lazy("错派遣"), lazy("单位退回后改派或裁定的，算在最后派遣的人")),
}
KIND = {
    "day": lazy("日"),
    "week": lazy("周"),
    "month": lazy("月"),
    "quarter": lazy("季"),
    "half": lazy("半年"),
    "year": lazy("年"),
    "any": lazy("任意时段"),
}
# Columns of 区域 and 部门, in the order of the page and of the export.
COLUMNS = (
    "need_dispose",
    "disposed",
    "in_time",
    "overdue_disposed",
    "overdue_undone",
    "need_close",
    "closed",
    "closed_in_time",
    "closed_late",
    "reworked",
    "returned",
    "exempted",
    "deferred",
    "graded",
    "graded_very_good",
    "graded_good",
    "graded_fair",
    "graded_poor",
    "graded_not_fixed",
    "said_not_fixed",
)
EXPORTED_RATES = (
    "in_time_rate",
    "dispose_rate",
    "close_rate",
    "close_in_time_rate",
    "rework_rate",
    "return_rate",
    "satisfied_rate",
)


def span_title(span: Span) -> str:
    """`2026 年 10 月`, `2026 年第 41 周（10 月 5 日至 11 日）`."""
    year, n = span.first.year, span.number
    if span.kind == "any":
        return _("%(a)s 至 %(b)s") % {"a": span.first.isoformat(), "b": span.last.isoformat()}
    if span.kind == "day":
        return _("%(y)d 年 %(m)d 月 %(d)d 日") % {"y": year, "m": span.first.month, "d": span.first.day}
    if span.kind == "week":
        return _("%(y)d 年第 %(n)d 周") % {"y": span.first.isocalendar().year, "n": n}
    if span.kind == "half":
        return _("%(y)d 年上半年") % {"y": year} if n == 1 else _("%(y)d 年下半年") % {"y": year}
    shapes = {"month": _("%(y)d 年 %(n)d 月"), "quarter": _("%(y)d 年第 %(n)d 季度"), "year": _("%(y)d 年")}
    return shapes[span.kind] % {"y": year, "n": n}


def percent(share: float | None) -> str:
    """One decimal, never rounded up to a full hundred; more than that where something may happen to one case more than once."""
    if share is None:
        return "—"
    if share == 1:
        return "100"
    return f"{min(share * 100, 99.9) if share < 1 else share * 100:.1f}"


def hours(seconds: float | None) -> str:
    return "—" if seconds is None else f"{seconds / 3600:.1f}"


def clock_hours(seconds: float | None) -> str:
    """`1:22`: hours and minutes."""
    if seconds is None:
        return "—"
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def stamp(over: Period) -> str:
    return day_and_time(over.as_of)


def grade_of(row: Row, grades: Any) -> str:
    return grade(row.share("in_time_rate"), grades)


def head_lines(title: str, span: Span, over: Period) -> list[list[str]]:
    """What an export says of itself above its columns."""
    local = timezone.localtime(over.as_of)
    return [
        [title, span_title(span)],
        [
            _("时段"),
            f"{span.first.isoformat()} 00:00",
            f"{(span.last + timedelta(days=1)).isoformat()} 00:00",
            _("不含止时"),
        ],
        [_("数据截至"), local.strftime("%Y-%m-%d %H:%M")],
        [_("口径"), _("案卷按时限所在时段计；由流程记录自动算出，不可填写")],
        *([str(FIGURE[name]), str(DEFINITION[name])] for name in COLUMNS if name in DEFINITION),
        [],
    ]


def columns(first: str) -> list[str]:
    return [
        _("代码"),
        first,
        *(str(FIGURE[name]) for name in COLUMNS),
        *(remarked(RATE[name], "%") for name in EXPORTED_RATES),
        _("平均用时（时）"),
        _("特急平均用时（时）"),
        _("等级"),
    ]


def line(row: Row, grades: Any) -> list[str]:
    return [
        row.code,
        row.name,
        *(str(row.counts[name]) for name in COLUMNS),
        *(percent(row.share(name)) for name in EXPORTED_RATES),
        hours(row.average_s),
        hours(row.critical_average_s),
        grade_of(row, grades),
    ]


def post_columns() -> list[str]:
    return [
        _("代码"),
        _("姓名"),
        _("岗位"),
        _("有时限的办理"),
        _("按期"),
        _("超期"),
        _("按期率（%）"),
        _("平均用时（时）"),
        _("上报"),
        _("有效上报"),
        _("有效上报率（%）"),
        _("错立案"),
        _("错派遣"),
        _("各项办理"),
    ]


def post_line(row: Any, post_word: str) -> list[str]:
    reports = row.done.get("report", 0)
    valid = (
        [str(reports), str(row.valid_reports), percent(row.valid_reports / reports)]
        if reports
        else ["", "", ""]
    )
    return [
        row.code,
        row.name,
        post_word,
        str(row.timed),
        str(row.timed - row.timed_late),
        str(row.timed_late),
        percent(row.in_time_share),
        hours(row.average_s),
        *valid,
        str(row.wrong.get("file", 0)),
        str(row.wrong.get("dispatch", 0)),
        strung(f"{POST_ACT[act]} {n}" for act, n in sorted(row.done.items())),
    ]
