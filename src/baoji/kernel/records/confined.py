"""The process that decodes what strangers send (`records.studio`), as its callers see it."""

from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from baoji.kernel.base.child import Child
from baoji.kernel.records.storage import FULL, full


class Bad(Exception):
    """It cannot be opened as a picture within the limits."""


class TooManyPixels(Bad):
    """More than `pixels.MOST_PIXELS`."""


class Studio(Child):
    """One such process; `studio` below is that of intake and pages, the worker has its own."""

    module = "baoji.kernel.records.studio"
    patience_s = 60.0

    def look(self, data: bytes) -> tuple[int, int, bytes]:
        """Width and height as they are shown, and the EXIF, of a HEIC, PNG or WebP picture that was decoded whole. Raises `Bad`."""
        told = self._job({"look": len(data)}, data)
        return told["width"], told["height"], b64decode(told["exif"])

    def make(self, original: Path, copies: Sequence[dict[str, Any]]) -> None:
        """Raises `Bad`; `Refused` when the disk is full."""
        self._job({"original": str(original), "copies": copies})

    def _job(self, job: dict[str, Any], payload: bytes = b"") -> dict[str, Any]:
        answer = self._told(job, payload)
        if answer is None:
            raise Bad("its process ended")
        if answer.get("errno") in FULL:
            raise full()
        if "bad" in answer:
            raise TooManyPixels if answer["bad"] == "pixels" else Bad(answer["bad"])
        return answer


studio = Studio()
