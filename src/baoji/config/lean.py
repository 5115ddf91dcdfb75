"""What a process need not carry."""

import sys
from importlib import import_module
from typing import Any


def geo_without_numpy() -> None:
    """GeoDjango takes numpy for arrays of raster bands if it is there: 11 MB in every process, for what nothing here asks.

    Those who need numpy import it as ever. Call it before the first model.
    """
    if "numpy" in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules["numpy"] = None  # an import of it fails, which GeoDjango takes for an answer
    try:
        import_module("django.contrib.gis.shortcuts")
    finally:
        del modules["numpy"]
