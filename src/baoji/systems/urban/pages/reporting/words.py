"""Words for where a case stands, and times as people say them."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from baoji.kernel.base.instants import is_sane
from baoji.kernel.base.phrases import wild_clock
from baoji.systems.urban import choices
from baoji.systems.urban.rules.table import FLOW


def status_word(status: str) -> str:
    return str(choices.STATUS.get(status, status))


def step_word(stage: str, step: str) -> str:
    """`处置中`, `待派遣` …"""
    return _(FLOW.step(f"{stage}/{step}").title)


def moment(at: datetime, now: datetime) -> str:
    """`今天 12:54`, `明天 09:00`, `11月26日 09:00`."""
    if not is_sane(at):
        return wild_clock()
    local, today = timezone.localtime(at), timezone.localdate(now)
    clock = local.strftime("%H:%M")
    days = {today: _("今天"), today + timedelta(days=1): _("明天"), today - timedelta(days=1): _("昨天")}
    day = days.get(local.date()) or _("%(month)d月%(day)d日") % {"month": local.month, "day": local.day}
    return f"{day} {clock}"
