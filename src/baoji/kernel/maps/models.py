"""Where things are: unit grids, outlines, the base map and addresses. Storage is CGCS2000 (EPSG:4490)."""

from typing import Any

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.utils.translation import gettext_lazy as _


def web_mercator(field: Any, source: str) -> models.GeneratedField:
    """The same geometry in EPSG:3857, kept by the database: tiles are cut from it without transforming."""
    return models.GeneratedField(expression=Transform(source, 3857), output_field=field, db_persist=True)


class UnitGrid(models.Model):
    """单元网格 (GB/T 30428.1): about 10,000 m², 15 digits. Retired by `valid_to`, never edited in place."""

    code = models.CharField(max_length=15)
    place = models.PolygonField(srid=4490)
    place_web = web_mercator(models.PolygonField(srid=3857), "place")
    area_m2 = models.FloatField()
    land_use = models.CharField(max_length=20, blank=True, default="")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, default="")
    provenance = models.CharField(max_length=20, default="generated")

    class Meta:
        db_table = "maps_unit_grid"
        verbose_name = _("单元网格")
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(valid_to__isnull=True), name="one_live_grid_a_code"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Outline(models.Model):
    """The outline of a division. `provenance`: 示意 (simplified real) or 生成 (generated)."""

    division = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=10)
    place = models.MultiPolygonField(srid=4490)
    place_web = web_mercator(models.MultiPolygonField(srid=3857), "place")
    provenance = models.CharField(max_length=20)

    class Meta:
        db_table = "maps_outline"
        indexes = [models.Index(fields=["level"])]

    def __str__(self) -> str:
        return self.name


class Feature(models.Model):
    """A shape of the base map: land, block, green, water, building, road, rail, label."""

    layer = models.CharField(max_length=12)
    name = models.CharField(max_length=60, blank=True, default="")
    rank = models.CharField(max_length=12, blank=True, default="")
    place = models.GeometryField(srid=4490, spatial_index=False)
    place_web = web_mercator(models.GeometryField(srid=3857), "place")
    provenance = models.CharField(max_length=20, default="generated")

    class Meta:
        db_table = "maps_feature"
        indexes = [models.Index(fields=["layer"])]

    def __str__(self) -> str:
        return f"{self.layer} {self.name}"


class Address(models.Model):
    """地理编码 (GB/T 30428.3): a door plate, crossing or point of interest that words can find."""

    kind = models.CharField(max_length=12)  # plate, crossing, street, poi
    name = models.CharField(max_length=120)
    number = models.IntegerField(null=True, blank=True)
    place = models.PointField(srid=4490)
    provenance = models.CharField(max_length=20, default="generated")

    class Meta:
        db_table = "maps_address"
        indexes = [models.Index(fields=["name"], name="maps_address_by_name", opclasses=["text_pattern_ops"])]

    def __str__(self) -> str:
        return self.name
