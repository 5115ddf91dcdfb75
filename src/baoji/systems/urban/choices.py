"""The words of 数字城管, each with its official Chinese term."""

from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    COMPONENT = "component"
    EVENT = "event"


KIND = {Kind.COMPONENT: _("部件"), Kind.EVENT: _("事件")}
SOURCE = {
    "collector": _("采集员上报"),
    "officer": _("执法员上报"),
    "cleaner": _("环卫工人上报"),
    "hotline": _("12319 热线"),
    "citizen": _("市民上报"),
}
SEVERITY = {"normal": _("一般"), "urgent": _("紧急"), "critical": _("特急")}
UNIT = {
    "urgent_hour": _("紧急工作时"),
    "urgent_day": _("紧急工作日"),
    "work_hour": _("工作时"),
    "work_day": _("工作日"),
}


def limit_words(value: float | Decimal, unit: str) -> str:
    """`2 工作日`, `1 working day`."""
    return _limit_words(float(value), unit, get_language() or "")


@lru_cache(maxsize=1024)  # a city knows some dozens of limits, a page says fifty
def _limit_words(number: float, unit: str, _language: str) -> str:
    n = 1 if number == 1 else 2
    words = {
        "urgent_hour": ngettext("%(n)s 紧急工作时", "%(n)s 紧急工作时", n),
        "urgent_day": ngettext("%(n)s 紧急工作日", "%(n)s 紧急工作日", n),
        "work_hour": ngettext("%(n)s 工作时", "%(n)s 工作时", n),
        "work_day": ngettext("%(n)s 工作日", "%(n)s 工作日", n),
    }
    return words[unit] % {"n": f"{number:g}"}


STATE = {"完好": _("完好"), "破损": _("破损"), "丢失": _("丢失"), "废弃": _("废弃")}
STATUS = {
    "open": _("在办"),
    "suspended": _("挂账"),
    "closed": _("已结案"),
    "rejected": _("不予受理"),
    "declined": _("不予立案"),
    "void": _("已作废"),
    "merged": _("已合并"),
}
# What is being done at a step, as a reporter is told; `OUTCOME` is how a report ended that became no case.
DOING = {
    "collect/reported": _("等待受理"),
    "file/accepted": _("正在审核，决定是否立案"),
    "file/verifying": _("正在派人到现场核实"),
    "file/verified": _("已到现场核实，等待立案"),
    "dispatch/filed": _("正在确定由谁处置"),
    "dispatch/returned": _("正在另选处置单位"),
    "dispatch/arbitrating": _("正在裁定由谁处置"),
    "handle/to_sign": _("等待处置单位签收"),
    "handle/handling": _("正在处置"),
    "handle/suspended": _("经批准暂缓处置"),
    "feedback/answered": _("处置单位已回复，正在复核"),
    "check/to_check": _("等待现场核查"),
    "check/checking": _("正在现场核查"),
    "check/passed": _("核查通过，等待结案"),
}
OUTCOME = {"rejected": _("没有受理"), "declined": _("没有立案"), "void": _("已作废")}
POST = {
    "collector": _("采集员"),
    "officer": _("执法员"),
    "cleaner": _("环卫工人"),
    "hotline": _("热线话务员"),
    "acceptor": _("受理员"),
    "chief": _("值班长"),
    "dispatcher": _("派遣员"),
    "commander": _("指挥长"),
    "handler": _("处置责任人"),
    "section_head": _("科室负责人"),
    "crew": _("处置班组"),
    "head": _("中心主任"),
    "operator": _("运行维护员"),
    "mayor": _("市领导"),
}
GRADE = {
    "very_good": _("很满意"),
    "good": _("满意"),
    "fair": _("一般"),
    "poor": _("不满意"),
    "not_fixed": _("没解决"),
}
SIDE = {"supervision": _("监督"), "command": _("指挥"), "department": _("处置"), "system": _("系统"), "": ""}
