"""Copies for others' eyes: made by our own encoder, so that nothing but the picture is in them."""

from io import BytesIO
from pathlib import Path
from threading import Lock

from django.conf import settings
from PIL import Image, ImageOps

from baoji.kernel.records.content import OPENERS, UNREADABLE, not_an_image
from baoji.kernel.records.storage import original_path, write_whole

# Name of a copy: its greatest width in pixels and its JPEG quality.
SIZES: dict[str, tuple[int | None, int]] = {"320": (320, 80), "1280": (1280, 80), "full": (None, 92)}
# A picture of 50 million pixels takes 150 MB while it is turned; one at a time is enough.
_one_at_a_time = Lock()


def copy_path(sha256: str, size: str) -> Path:
    return Path(settings.DATA) / "copies" / size / sha256[:2] / sha256[2:4] / f"{sha256}.jpg"


def made_copy(sha256: str, size: str) -> Path:
    """The copy's path; made on first request. Raises `Refused` when the original cannot be opened as a picture."""
    path = copy_path(sha256, size)
    if path.exists():
        return path
    width, quality = SIZES[size]
    with _one_at_a_time:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, _encoded(original_path(sha256), width, quality), durable=False)
    return path


def _encoded(original: Path, width: int | None, quality: int) -> bytes:
    out = BytesIO()
    try:
        with Image.open(original, formats=OPENERS) as image:
            if width:
                # Decoding at a reduced size; turned pictures need the width as their height.
                image.draft("RGB", (width, width))
            upright = _flat(ImageOps.exif_transpose(image))
    except UNREADABLE as error:
        raise not_an_image() from error
    if width and upright.width > width:
        height = max(1, round(upright.height * width / upright.width))
        upright = upright.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    upright.save(out, "JPEG", quality=quality, optimize=False, progressive=False, exif=b"")
    return out.getvalue()


def _flat(image: Image.Image) -> Image.Image:
    """RGB; what is transparent becomes white."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    flat = image.convert("RGB")
    flat.info.clear()
    return flat
