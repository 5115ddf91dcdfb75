"""Small geometry steps with exact types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import numpy as np
import shapely
from shapely import LineString, MultiPolygon
from shapely.geometry.base import BaseGeometry

from baoji.systems.urban.city.generate.chance import Floats
from baoji.systems.urban.city.generate.projection import to_degrees
from baoji.systems.urban.city.generate.seed import Area

Geometries = np.ndarray[tuple[int], np.dtype[np.object_]]


def merged(polygons: Geometries | list[MultiPolygon]) -> MultiPolygon:
    """Union of polygons that share corners and do not overlap."""
    return parts_of(shapely.coverage_union_all(polygons))


def parts_of(shape: BaseGeometry) -> MultiPolygon:
    """The areas of a shape, without lines and points."""
    return MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def points(xy: Floats) -> Geometries:
    return cast(Geometries, shapely.points(xy))


def area_in_degrees(shape: BaseGeometry) -> Area:
    moved = parts_of(shapely.transform(shape, to_degrees))
    return moved if len(moved.geoms) != 1 else moved.geoms[0]


def line_in_degrees(xy: Floats) -> LineString:
    return LineString(to_degrees(xy))


def joined(shapes: Iterable[BaseGeometry]) -> MultiPolygon:
    return parts_of(shapely.union_all(list(shapes), grid_size=0.001))
