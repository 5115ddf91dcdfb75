"""Addresses of the operator's desk; its pages are those of `kernel.registers`."""

from django.utils.translation import gettext_lazy as _

from baoji.kernel.registers.pages import Desk
from baoji.systems.urban.actions.tables import REGISTERS

DESK = Desk("/operator/", _("系统管理"), REGISTERS)
urlpatterns = DESK.urls("operator")
