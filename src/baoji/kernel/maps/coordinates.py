"""Coordinates as they come from maps in use in China. Plain Python; degrees, longitude first.

GCJ-02 and BD-09 have no published definition; these are the formulas in public use, good to about a metre.
CGCS2000 and WGS 84 agree to centimetres and are taken as the same here.
"""

from math import atan2, cos, hypot, pi, sin, sqrt

Point = tuple[float, float]
EARTH_A = 6378245.0
EARTH_EE = 0.00669342162296594323
METRES_A_DEGREE = 111_320.0
SYSTEMS = ("EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09")


def gcj_shift(lon: float, lat: float) -> Point:
    """How far GCJ-02 moves a point, in degrees."""
    x, y = lon - 105.0, lat - 35.0
    wave = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    d_lat += (wave + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    d_lat += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    d_lon += (wave + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    d_lon += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    rad = lat / 180.0 * pi
    magic = 1 - EARTH_EE * sin(rad) ** 2
    root = sqrt(magic)
    return (
        d_lon * 180.0 / (EARTH_A / root * cos(rad) * pi),
        d_lat * 180.0 / (EARTH_A * (1 - EARTH_EE) / (magic * root) * pi),
    )


def to_gcj(lon: float, lat: float) -> Point:
    """A point of CGCS2000 as maps of China draw it."""
    d_lon, d_lat = gcj_shift(lon, lat)
    return lon + d_lon, lat + d_lat


def from_gcj(lon: float, lat: float) -> Point:
    """A point of GCJ-02 in CGCS2000: the shift has no inverse, so it is approached in a few steps."""
    x, y = lon, lat
    for _step in range(6):
        d_lon, d_lat = gcj_shift(x, y)
        x, y = lon - d_lon, lat - d_lat
    return x, y


def from_bd(lon: float, lat: float) -> Point:
    """A point of BD-09 in CGCS2000, by way of GCJ-02."""
    x, y = lon - 0.0065, lat - 0.006
    z = sqrt(x * x + y * y) - 0.00002 * sin(y * pi * 3000.0 / 180.0)
    theta = atan2(y, x) - 0.000003 * cos(x * pi * 3000.0 / 180.0)
    return from_gcj(z * cos(theta), z * sin(theta))


def to_city(lon: float, lat: float, crs: str) -> Point:
    """The point in CGCS2000; `crs` is one of `SYSTEMS`."""
    if crs == "GCJ-02":
        return from_gcj(lon, lat)
    if crs == "BD-09":
        return from_bd(lon, lat)
    return lon, lat


def metres(a: Point, b: Point) -> float:
    """Distance of two near points."""
    return hypot(
        (a[0] - b[0]) * METRES_A_DEGREE * cos((a[1] + b[1]) / 360.0 * pi), (a[1] - b[1]) * METRES_A_DEGREE
    )


def looks_shifted(given: Point, true: Point, tolerance_m: float) -> bool:
    """Whether `given` lies where GCJ-02 would have put `true`."""
    d_lon, d_lat = gcj_shift(*true)
    return metres(given, (true[0] + d_lon, true[1] + d_lat)) <= tolerance_m
