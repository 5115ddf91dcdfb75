"""Where a photo says that it was taken: what proposes the pin for browsers without scripts."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from PIL import Image

from baoji.kernel.records.content import OPENERS, UNREADABLE, read_exif

MOST_BYTES = 20 * 1024 * 1024


def places_of(uploads: "list[UploadedFile[bytes]]") -> list[tuple[float, float]]:
    """Longitude and latitude of each photo that names them, anywhere on earth; the files can be read again afterwards."""
    return [place for upload in uploads if (place := _place(upload))]


def _place(upload: "UploadedFile[bytes]") -> tuple[float, float] | None:
    if (upload.size or 0) > MOST_BYTES:
        return None
    data = upload.read()
    upload.seek(0)
    try:
        with Image.open(BytesIO(data), formats=OPENERS) as image:
            gps = read_exif(image).get("GPS", {})
    except UNREADABLE:
        return None
    lat = _degrees(gps.get("GPSLatitude"), gps.get("GPSLatitudeRef") == "S")
    lon = _degrees(gps.get("GPSLongitude"), gps.get("GPSLongitudeRef") == "W")
    return (lon, lat) if lon is not None and lat is not None else None


def _degrees(parts: Any, is_negative: bool) -> float | None:
    """Degrees, minutes and seconds, as EXIF keeps them."""
    if not isinstance(parts, list) or len(parts) != 3 or not all(isinstance(p, int | float) for p in parts):
        return None
    found = float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3600
    return round(-found if is_negative else found, 6)
