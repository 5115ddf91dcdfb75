"""The words of 数字城管, each with its official Chinese term."""

from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


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
    number = float(value)
    n = 1 if number == 1 else 2
    words = {
        "urgent_hour": ngettext("%(n)s 紧急工作时", "%(n)s 紧急工作时", n),
        "urgent_day": ngettext("%(n)s 紧急工作日", "%(n)s 紧急工作日", n),
        "work_hour": ngettext("%(n)s 工作时", "%(n)s 工作时", n),
        "work_day": ngettext("%(n)s 工作日", "%(n)s 工作日", n),
    }
    return words[unit] % {"n": f"{number:g}"}


STATUS = {
    "open": _("在办"),
    "suspended": _("挂账"),
    "closed": _("已结案"),
    "rejected": _("不予受理"),
    "declined": _("不予立案"),
    "void": _("已作废"),
    "merged": _("已合并"),
}
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
SIDE = {"supervision": _("监督"), "command": _("指挥"), "department": _("处置"), "system": _("系统"), "": ""}
