"""Small pictures and recordings as cameras and phones make them."""

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, TiffImagePlugin

NORTH, EAST = (34.0, 22.0, 10.0), (107.0, 8.0, 30.0)


def picture(
    width: int = 64, height: int = 48, *, kind: str = "JPEG", colour: Any = (120, 60, 30), **options: Any
) -> bytes:
    out = BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", (width, height), colour).save(out, kind, **options)
    return out.getvalue()


def camera_picture(width: int = 400, height: int = 300, *, orientation: int = 6) -> bytes:
    """Left half red, right half blue, with the camera, the place and the time it was taken in EXIF."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    exif = Image.Exif()
    exif[0x0110] = "Field\x00 camera"
    exif[0x0112] = orientation
    exif[0x8769] = {
        0x9003: "2026:03:02 09:12:44",
        0x829A: TiffImagePlugin.IFDRational(1, 125),
        0x927C: b"m" * 4000,
    }
    exif[0x8825] = {1: "N", 2: NORTH, 3: "E", 4: EAST}
    out = BytesIO()
    image.save(out, "JPEG", exif=exif, quality=90)
    return out.getvalue()


def element(name: str, content: bytes, *, length: bytes | None = None) -> bytes:
    """Of a WebM: its name in hexadecimal, its length in eight bytes unless another is given, its content."""
    return bytes.fromhex(name) + (length or (len(content) | 1 << 56).to_bytes(8, "big")) + content


UNKNOWN = b"\x01" + b"\xff" * 7


def webm(
    *codecs: bytes, sound: bytes = bytes(400), doc_type: bytes = b"webm", length: bytes = UNKNOWN
) -> bytes:
    """As browsers record: a Segment of unknown length, in it a Void, the tracks and a Cluster of unknown length."""
    tracks = b"".join(element("ae", element("83", b"\x02") + element("86", codec)) for codec in codecs)
    cluster = element("1f43b675", element("a3", b"\x81\x00\x00\x80" + sound), length=UNKNOWN)
    body = element("ec", bytes(40)) + element("1654ae6b", tracks) + cluster
    return element("1a45dfa3", element("4282", doc_type)) + element("18538067", body, length=length)


RECORDINGS = {
    "audio/webm": webm(b"A_OPUS"),
    "audio/ogg": b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead" + b"\x00" * 400,
    "audio/mp4": b"\x00\x00\x00\x1cftypM4A \x00\x00\x00\x00"
    + b"hdlr\x00\x00\x00\x00\x00\x00\x00\x00soun"
    + b"\x00" * 400,
    "audio/aac": b"\xff\xf1\x50\x80" + b"\x00" * 400,
    "audio/mpeg": b"ID3\x04\x00" + b"\x00" * 400,
    "audio/wav": b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 400,
}
A_FILM = (
    b"\x00\x00\x00\x1cftypmp42\x00\x00\x00\x00" + b"hdlr\x00\x00\x00\x00\x00\x00\x00\x00vide" + b"\x00" * 400
)


SAMPLES = Path(__file__).parent / "samples"


def heic(*, claims: tuple[int, int] | None = None) -> bytes:
    """96 × 64 turned by a quarter, left half red, with a camera, a place and XMP in it; or what claims another size."""
    data = bytearray((SAMPLES / "camera.heic").read_bytes())
    if claims:
        at = data.find(b"ispe")
        data[at + 8 : at + 16] = struct.pack(">II", *claims)
    return bytes(data)
