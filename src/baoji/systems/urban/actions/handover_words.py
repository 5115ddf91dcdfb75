"""Notices about orders handed over."""

from django.utils.translation import gettext_noop as _

NOTICES = {
    "case": _("%(platform)s 转来一件特急，已登记，请受理（对方编号 %(number)s）"),
    "waiting": _("%(platform)s 转来一件，请登记或退回（对方编号 %(number)s）"),
    "out-accepted": _("对方已接收转办（对方编号 %(number)s）：%(case)s。我方可以当场办结%(reason)s"),
    "out-declined": _("对方退回转办：%(case)s，由我方继续办理。理由：%(reason)s（对方编号 %(number)s）"),
    "out-done": _("对方已办结转办：%(case)s（对方编号 %(number)s）。%(reason)s"),
}
