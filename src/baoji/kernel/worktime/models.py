"""The tables of the working calendar: office hours with their spans of validity, holidays and 调休."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from baoji.kernel.worktime.choices import Confidence, DayKind, confidence_choices, day_kind_choices
from baoji.kernel.worktime.entries import OfficeHoursEntry, SpecialDayEntry, spans_from_json


class OfficeHours(models.Model):
    """Office hours from one date up to, not including, another. Where rows overlap the later `valid_from` is in force."""

    valid_from = models.DateField(_("起始日期"), unique=True)
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    # [["08:00", "12:00"], ["14:00", "18:00"]] by the clock on the wall; "24:00" ends the day.
    spans = models.JSONField(_("办公时段"))
    name = models.CharField(_("名称"), max_length=60)
    name_en = models.CharField(max_length=80, blank=True, default="")
    source = models.CharField(_("依据"), max_length=300)
    confidence = models.CharField(_("可信程度"), max_length=2, choices=confidence_choices, default="V1")

    class Meta:
        verbose_name = _("办公时间")
        ordering = ["valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="worktime_hours_end_after_begin",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.valid_from}"

    @property
    def entry(self) -> OfficeHoursEntry:
        spans, confidence = spans_from_json(self.spans), Confidence(self.confidence)
        return OfficeHoursEntry(self.valid_from, self.valid_to, spans, self.name, self.source, confidence)


class SpecialDay(models.Model):
    """A public holiday, or a weekend day on which offices work (调休)."""

    day = models.DateField(_("日期"), unique=True)
    kind = models.CharField(_("类别"), max_length=10, choices=day_kind_choices)
    name = models.CharField(_("名称"), max_length=60)
    name_en = models.CharField(max_length=80, blank=True, default="")
    source = models.CharField(_("依据"), max_length=300)
    confidence = models.CharField(_("可信程度"), max_length=2, choices=confidence_choices, default="V1")

    class Meta:
        verbose_name = _("节假日与调休")
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["holiday", "workday"]), name="worktime_day_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"

    @property
    def entry(self) -> SpecialDayEntry:
        kind, confidence = DayKind(self.kind), Confidence(self.confidence)
        return SpecialDayEntry(self.day, kind, self.name, self.source, confidence)
