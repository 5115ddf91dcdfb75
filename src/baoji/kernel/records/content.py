"""What an upload is, judged by its content: a photo, a recording, or neither."""

import re
import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from baoji.kernel.base.errors import Refused, TooLarge
from baoji.kernel.records import jpeg, webm
from baoji.kernel.records.confined import Bad, TooManyPixels, studio
from baoji.kernel.records.pixels import MOST_PIXELS

OPENERS = ("JPEG", "PNG", "WEBP")
# A JPEG with further pictures behind the first, as many phones write it, calls itself MPO once it is open.
MIMES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
# What Pillow raises over content that is not what its first bytes promise.
UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    struct.error,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
)
# Longer values (maker's notes, thumbnails) stay in the original only.
LONGEST_EXIF_VALUE = 500

# Pillow's own limit only warns; ours, in `_opened`, refuses before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Content:
    """What was found; width and height in pixels for photos only, EXIF by its names."""

    mime: str
    width: int | None = None
    height: int | None = None
    exif: dict[str, Any] = field(default_factory=dict)


def photo(data: bytes) -> Content:
    """Raises `Refused` unless the data is a whole JPEG, PNG, WebP or HEIC picture of bearable size."""
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return _heic(data)
    with _opened(data) as image:
        found = Content(MIMES[str(image.format)], image.width, image.height, read_exif(image))
        _require_whole(image, data)
        return found


def _heic(data: bytes) -> Content:
    """Its decoder never runs in a process that holds anything worth taking."""
    if not _has_whole_boxes(data):
        raise _incomplete()
    try:
        width, height, told = studio.look(data)
    except TooManyPixels as error:
        raise _too_many_pixels() from error
    except Bad as error:
        raise not_an_image() from error
    exif = Image.Exif()
    try:
        exif.load(told)
        return Content("image/heic", width, height, _named(exif))
    except UNREADABLE:
        return Content("image/heic", width, height)


def _has_whole_boxes(data: bytes) -> bool:
    """ISO 14496-12: length (0: to the end; 1: it stands in the eight bytes behind the name), name, content; to the end."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length == 0:
            return True
        if length < 8 or at + length > len(data):
            return False
        at += length
    return True


def _too_many_pixels() -> TooLarge:
    return TooLarge(_("照片没有传上：超过 %(n)d 万像素。请重拍或缩小") % {"n": MOST_PIXELS // 10_000})


def _incomplete() -> Refused:
    return Refused(_("照片没有传上：文件不完整。请重拍或重新选择"), code="not-an-image", status=422)


def _opened(data: bytes) -> ImageFile.ImageFile:
    try:
        image = Image.open(BytesIO(data), formats=OPENERS)
    except UNREADABLE as error:
        raise not_an_image() from error
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    return image


def not_an_image() -> Refused:
    """For what cannot be opened as a picture at all."""
    return Refused(
        _("照片没有传上：不是能打开的照片。请选 JPEG、PNG、WebP 或 HEIC 照片"),
        code="not-an-image",
        status=422,
    )


def _require_whole(image: ImageFile.ImageFile, data: bytes) -> None:
    """Looks through the whole file, at a fraction of the size where the format allows it.

    Where it does not, right check sums and lengths tell nothing of the pixels between them: these are decoded once.
    """
    try:
        if image.format == "PNG":
            image.verify()  # the check sums of all parts
            studio.look(data)
        elif image.format == "WEBP":
            if len(data) < 8 + int.from_bytes(data[4:8], "little"):
                raise EOFError
            studio.look(data)
        else:
            jpeg.require_pixels(data, image)
    except (*UNREADABLE, Bad) as error:
        raise _incomplete() from error


def read_exif(image: Image.Image) -> dict[str, Any]:
    """EXIF by its names, as far as it can be read; what cannot stays in the original."""
    if image.format == "PNG" and not {"exif", "Raw profile type exif"} & set(image.info):
        return {}  # Pillow would decode the whole picture to look behind it
    try:
        return _named(image.getexif())
    except UNREADABLE:
        return {}


def _named(exif: Image.Exif) -> dict[str, Any]:
    found = {ExifTags.TAGS.get(tag, str(tag)): _plain(value) for tag, value in exif.items()}
    for name, directory in (("Exif", ExifTags.IFD.Exif), ("GPS", ExifTags.IFD.GPSInfo)):
        names = ExifTags.GPSTAGS if name == "GPS" else ExifTags.TAGS
        inner = exif.get_ifd(directory)
        if inner:
            found[name] = {names.get(tag, str(tag)): _plain(value) for tag, value in inner.items()}
    return {name: value for name, value in found.items() if name not in {"ExifOffset", "GPSInfo"}}


def _plain(value: Any) -> Any:
    """A value that JSON and PostgreSQL can hold."""
    if isinstance(value, bytes):
        return value.hex() if len(value) <= LONGEST_EXIF_VALUE // 2 else None
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()[:LONGEST_EXIF_VALUE]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value[:100]]
    if isinstance(value, bool | int) or value is None:
        return value if value is None or abs(value) < 2**53 else str(value)
    try:
        number = float(value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        return str(value)[:LONGEST_EXIF_VALUE]
    return number if abs(number) < 1e300 else None


def recording(data: bytes) -> Content:
    """Raises `Refused` unless the data begins like a recording that browsers and phones make."""
    mime = next((mime for looks_like, mime in RECORDINGS if looks_like(data)), None)
    if mime is None:
        raise Refused(
            _("录音没有传上：不是能播放的录音。请用 WebM、Ogg、M4A、AAC、MP3 或 WAV 录音"),
            code="not-a-recording",
            status=422,
        )
    return Content(mime)


def _is_ogg(data: bytes) -> bool:
    head = data[:64]
    return head.startswith(b"OggS") and any(
        kind in head for kind in (b"OpusHead", b"\x01vorbis", b"Speex  ", b"\x7fFLAC")
    )


AUDIO_BRANDS = (
    b"M4A ",
    b"M4B ",
    b"mp42",
    b"mp41",
    b"isom",
    b"iso2",
    b"iso5",
    b"iso6",
    b"dash",
    b"3gp4",
    b"3gp5",
)
VIDEO_TRACK = re.compile(rb"hdlr.{8}vide", re.DOTALL)


def _is_mp4(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in AUDIO_BRANDS and not VIDEO_TRACK.search(data)


def _is_aac(data: bytes) -> bool:
    return len(data) > 7 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0


def _is_mp3(data: bytes) -> bool:
    return data.startswith(b"ID3") or (
        len(data) > 4 and data[0] == 0xFF and data[1] in {0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3}
    )


def _is_wav(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


RECORDINGS = (
    (webm.is_sound, "audio/webm"),
    (_is_ogg, "audio/ogg"),
    (_is_mp4, "audio/mp4"),
    (_is_aac, "audio/aac"),
    (_is_mp3, "audio/mpeg"),
    (_is_wav, "audio/wav"),
)
