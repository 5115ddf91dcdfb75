"""What every process of a running city would carry for nothing."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "cv2", "shapely", "pi_heif")
ASK = "import sys, django; django.setup(); import {module}; print(*(name for name in {heavy} if name in sys.modules))"


@pytest.mark.parametrize("module", ["baoji.config.web", "baoji.operate.tasks"])
def test_web_and_worker_start_without_what_few_jobs_need(module: str) -> None:
    words = [sys.executable, "-c", ASK.format(module=module, heavy=HEAVY)]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


ASK_GDAL = """
import django; django.setup(); import {module}
maps = open("/proc/self/maps").read()
print("libgdal" in maps)
from django.contrib.gis.gdal import GDAL_VERSION, OGRGeometry, SpatialReference, gdal_version
print(".".join(map(str, GDAL_VERSION)) == gdal_version().decode(), OGRGeometry("POINT (107 34)").wkt, SpatialReference("WGS84").name)
try:
    OGRGeometry("POINT (107")
except Exception as fault:
    print(type(fault).__name__)
"""


@pytest.mark.parametrize("module", ["baoji.config.web", "baoji.operate.tasks"])
def test_gdal_is_loaded_when_it_is_asked_and_not_before(module: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ASK_GDAL.format(module=module)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split("\n")[:3] == ["False", "True POINT (107 34) WGS 84", "GDALException"]
