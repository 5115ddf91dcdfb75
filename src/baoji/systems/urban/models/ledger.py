"""The component ledger and the collectors' responsibility grids."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.utils.translation import gettext_lazy as _

from baoji.kernel.identity.models import Person
from baoji.kernel.maps.models import web_mercator
from baoji.kernel.organisations.models import Organisation


class Component(models.Model):
    """部件: 16 digits = division 6 + major 2 + minor 2 + serial 6, three bodies, state and accuracy (GB/T 30428.2)."""

    code = models.CharField(max_length=16, unique=True)
    edition = models.CharField(max_length=10, default="2013")
    class_code = models.CharField(max_length=4)
    name = models.CharField(max_length=80)
    place = models.PointField(srid=4490, spatial_index=False)
    place_web = web_mercator(models.PointField(srid=3857), "place")
    shape = models.GeometryField(srid=4490, null=True, spatial_index=False)
    unit_grid = models.CharField(max_length=15)
    address = models.CharField(max_length=120, blank=True, default="")
    in_charge = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    maintainer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, default="完好")
    surveyed_on = models.DateField()
    changed_on = models.DateField(null=True, blank=True)
    accuracy = models.CharField(max_length=1)
    data_source = models.CharField(max_length=20, default="实测")
    provenance = models.CharField(max_length=20, default="generated")

    class Meta:
        db_table = "urban_component"
        verbose_name = _("部件")
        indexes = [models.Index(fields=["class_code", "code"]), models.Index(fields=["unit_grid"])]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ResponsibilityGrid(models.Model):
    """责任网格: a union of unit grids in one collector's care."""

    code = models.CharField(max_length=15, unique=True)
    name = models.CharField(max_length=60)
    collector = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    unit_grids = ArrayField(models.CharField(max_length=15))
    place = models.MultiPolygonField(srid=4490)
    place_web = web_mercator(models.MultiPolygonField(srid=3857), "place")

    class Meta:
        db_table = "urban_responsibility_grid"
        verbose_name = _("责任网格")

    def __str__(self) -> str:
        return self.name
