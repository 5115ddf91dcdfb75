"""Class tables, filing conditions, the duty matrix and policies: all data, all editable, each with its source."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from baoji.kernel.organisations.models import Organisation


class Edition(models.Model):
    """A version of the class tables: 2007, 2013, local. Codes are never reused inside one."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=80)
    in_force = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "urban_edition"
        verbose_name = _("分类版本")

    def __str__(self) -> str:
        return self.code


class CaseClass(models.Model):
    """部件或事件类别: major + minor, four digits (GB/T 30428.2); means nothing without `kind`."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="classes")
    kind = models.CharField(max_length=10)  # component, event
    code = models.CharField(max_length=4)
    major_name = models.CharField(max_length=40)
    major_name_en = models.CharField(max_length=80, blank=True, default="")
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=100, blank=True, default="")
    geometry = models.CharField(max_length=8, blank=True, default="point")
    accuracy = models.CharField(max_length=1, blank=True, default="")
    confidence = models.CharField(max_length=4, blank=True, default="")
    source = models.CharField(max_length=200, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "urban_class"
        verbose_name = _("类别")
        constraints = [models.UniqueConstraint(fields=["edition", "kind", "code"], name="one_class_a_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CrossWalk(models.Model):
    """How a class of one edition is called in another."""

    kind = models.CharField(max_length=10)
    from_edition = models.CharField(max_length=10)
    from_code = models.CharField(max_length=4)
    to_edition = models.CharField(max_length=10)
    to_code = models.CharField(max_length=4, blank=True, default="")
    relation = models.CharField(max_length=10)
    note = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "urban_crosswalk"

    def __str__(self) -> str:
        return f"{self.from_edition} {self.from_code} → {self.to_edition} {self.to_code}"


class Condition(models.Model):
    """立案条件: what must be seen, by when it must be put right, and what counts as right (GB/T 30428.8 in kind)."""

    kind = models.CharField(max_length=10)
    class_code = models.CharField(max_length=4)
    n = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)
    text_en = models.CharField(max_length=200, blank=True, default="")
    limit_value = models.DecimalField(max_digits=6, decimal_places=2)
    limit_unit = models.CharField(max_length=12)
    severity = models.CharField(max_length=10, default="normal")
    closing = models.CharField(max_length=200)
    closing_en = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=200, blank=True, default="")
    wording = models.CharField(max_length=20, blank=True, default="")
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "urban_condition"
        verbose_name = _("立案条件")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "class_code", "n"], name="one_condition_a_class_and_number"
            ),
            models.CheckConstraint(condition=models.Q(limit_value__gt=0), name="a_limit_is_positive"),
            models.CheckConstraint(
                condition=models.Q(limit_unit__in=["urgent_hour", "urgent_day", "work_hour", "work_day"]),
                name="a_limit_has_a_known_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.class_code}-{self.n} {self.text}"


class Milestone(models.Model):
    """阶段时限: one of several staged deadlines of a condition."""

    condition = models.ForeignKey(Condition, on_delete=models.CASCADE, related_name="milestones")
    n = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True, default="")
    limit_value = models.DecimalField(max_digits=6, decimal_places=2)
    limit_unit = models.CharField(max_length=12)
    source = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "urban_milestone"
        verbose_name = _("阶段时限")
        constraints = [
            models.UniqueConstraint(fields=["condition", "n"], name="one_milestone_a_condition_and_number")
        ]

    def __str__(self) -> str:
        return self.name


class Duty(models.Model):
    """责任清单: which organisation answers for a class in an area, on what basis and from when."""

    kind = models.CharField(max_length=10)
    class_code = models.CharField(max_length=4)
    area = models.CharField(max_length=12)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    basis = models.CharField(max_length=200, blank=True, default="")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "urban_duty"
        verbose_name = _("责任清单")
        indexes = [models.Index(fields=["kind", "class_code"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.class_code} {self.area} → {self.organisation}"


class Policy(models.Model):
    """A setting of the business by name: photos an act needs, sources to verify, days to reopen."""

    name = models.CharField(max_length=60, unique=True)
    value = models.JSONField()
    title = models.CharField(max_length=120, blank=True, default="")
    source = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "urban_policy"
        verbose_name = _("政策参数")

    def __str__(self) -> str:
        return self.name
