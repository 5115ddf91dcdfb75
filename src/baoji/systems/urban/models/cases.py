"""What 数字城管 knows of a case besides what the flow room keeps."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from baoji.kernel.flow.models import Case


class Report(models.Model):
    """The report a case began with, and the facts that were found out about it."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="urban")
    kind = models.CharField(max_length=10)
    class_code = models.CharField(max_length=4, blank=True, default="")
    condition_id = models.BigIntegerField(null=True)
    component = models.CharField(max_length=16, blank=True, default="")
    description = models.TextField(blank=True, default="")
    caller_name = models.CharField(max_length=40, blank=True, default="")
    caller_phone = models.CharField(max_length=30, blank=True, default="")
    found_at = models.DateTimeField(null=True)
    self_disposed = models.BooleanField(default=False)
    query_code = models.CharField(max_length=12, blank=True, default="")
    verified_found = models.BooleanField(null=True)
    off_grid = models.BooleanField(default=False)  # reported outside the collector's own grids
    milestones = models.JSONField(default=dict)
    simulated = models.BooleanField(default=False)

    class Meta:
        db_table = "urban_report"
        verbose_name = _("上报")
        indexes = [
            models.Index(
                fields=["component", "case"],
                name="urban_report_of_component",
                condition=~models.Q(component=""),
            ),
            models.Index(
                fields=["caller_phone"], name="urban_report_by_phone", condition=~models.Q(caller_phone="")
            ),
            models.Index(
                fields=["query_code"], name="urban_report_by_query_code", condition=~models.Q(query_code="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.class_code}"


class Serial(models.Model):
    """案卷号 counter: the last serial of a division and day; gap-free because filing holds its row."""

    division = models.CharField(max_length=6)
    day = models.DateField()
    last = models.IntegerField(default=0)

    class Meta:
        db_table = "urban_serial"
        constraints = [
            models.UniqueConstraint(fields=["division", "day"], name="one_counter_a_division_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.day} {self.last}"
