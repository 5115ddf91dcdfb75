"""Stands in for `django.contrib.gis.gdal.libgdal` until somebody calls GDAL, which nobody here does.

GeoDjango loads GDAL with whatever touches a model: a hundred libraries, 28 MB resident in every process. Written against
Django 5.2: its names are those that GeoDjango's own modules import. Functions take their types from GeoDjango as those of
ctypes do, and the library is loaded when the first of them is called.
"""

import logging
import re
import sys
from ctypes import CDLL, CFUNCTYPE, c_char_p, c_int
from ctypes.util import find_library
from functools import cache
from pathlib import Path
from typing import Any

log = logging.getLogger("django.contrib.gis")
STANDS_FOR = "django.contrib.gis.gdal.libgdal"
FOLDERS = ("/usr/lib/*-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib")
TYPES = ("argtypes", "restype", "errcheck")

lib_path = find_library("gdal") or ""


class _Function:
    """A function of the library, with the types it was given."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *given: Any) -> Any:
        real = _library()[self._name]
        for name in TYPES:
            if name in self.__dict__:
                setattr(real, name, self.__dict__[name])
        return real(*given)


class _Later:
    """What ctypes makes of a library: functions by name. By index each time another, whose types are its own."""

    def __getitem__(self, name: str) -> _Function:
        return _Function(name)

    def __getattr__(self, name: str) -> _Function:
        found = self.__dict__[name] = _Function(name)
        return found


@cache
def _library() -> CDLL:
    library = CDLL(lib_path)
    library.CPLSetErrorHandler(err_handler)
    return library


def _told_by_name() -> tuple[int, int, int] | None:
    """The version, as Debian and others write it into the name of the file: `libgdal.so.32.3.6.2` is 3.6.2."""
    for folder in FOLDERS:
        for place in Path("/").glob(f"{folder[1:]}/{lib_path}"):
            told = re.search(r"\.so\.\d+\.(\d+)\.(\d+)\.(\d+)$", place.resolve().name)
            if told:
                return int(told[1]), int(told[2]), int(told[3])
    return None


GDAL_VERSION = _told_by_name() if lib_path else None
lgdal = _Later()
std_call = lgdal.__getitem__
_version_info = std_call("GDALVersionInfo")
_version_info.argtypes, _version_info.restype = [c_char_p], c_char_p  # type: ignore[attr-defined]


def gdal_version() -> bytes:
    said: bytes = _version_info(b"RELEASE_NAME")
    return said


def gdal_full_version() -> bytes:
    said: bytes = _version_info(b"")
    return said


def _said(_class: int, number: int, message: bytes) -> None:
    log.error("GDAL_ERROR %d: %s", number, message)


err_handler = CFUNCTYPE(None, c_int, c_int, c_char_p)(_said)


def stand_in() -> None:
    """Call it before the first model. Where the version cannot be told without loading, GeoDjango loads as ever."""
    if GDAL_VERSION is not None:
        sys.modules.setdefault(STANDS_FOR, sys.modules[__name__])
