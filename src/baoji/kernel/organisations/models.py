"""Divisions of the country, organisations and their posts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Division(models.Model):
    """区划: a county, street or community with the span in which its code was valid (GB/T 2260, GB/T 10114)."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True, default="")
    level = models.CharField(max_length=10)  # city, county, street, community
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    successor = models.CharField(max_length=12, blank=True, default="")
    kind = models.CharField(max_length=20, blank=True, default="")
    source = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "organisations_division"
        verbose_name = _("区划")
        indexes = [models.Index(fields=["level", "code"])]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Organisation(models.Model):
    """机构: from the city down to a crew. `body` is the organisation that answers for it."""

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=40, blank=True, default="")
    name_en = models.CharField(max_length=120, blank=True, default="")
    kind = models.CharField(max_length=30)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    body = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    path = ArrayField(models.BigIntegerField(), default=list, blank=True)  # from the city down to itself
    division = models.CharField(max_length=12, blank=True, default="")
    duties = models.TextField(blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "organisations_organisation"
        verbose_name = _("机构")
        indexes = [models.Index(fields=["kind", "code"])]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """岗位: what somebody does at an organisation. `side` is the axis it stands on, `door` the source of its reports."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True, default="")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="posts")
    side = models.CharField(max_length=12, blank=True, default="")
    door = models.CharField(max_length=12, blank=True, default="")

    class Meta:
        db_table = "organisations_post"
        verbose_name = _("岗位")
        constraints = [
            models.UniqueConstraint(fields=["kind", "organisation"], name="one_post_a_kind_and_organisation")
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.name}"
