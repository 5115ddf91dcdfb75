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
    tracks = b"".join(
        element("ae", element("d7", bytes([n])) + element("83", b"\x02") + element("86", codec))
        for n, codec in enumerate(codecs, 1)
    )
    cluster = element("1f43b675", element("a3", b"\x81\x00\x00\x80" + sound), length=UNKNOWN)
    body = element("ec", bytes(40)) + element("1654ae6b", tracks) + cluster
    return element("1a45dfa3", element("4282", doc_type)) + element("18538067", body, length=length)


def page(number: int, *packets: bytes, serial: bytes = b"sail", flags: int = 0) -> bytes:
    """Of an Ogg; a packet of 255 bytes and more gets as many lengths as it takes."""
    lengths = b"".join(b"\xff" * (len(one) // 255) + bytes([len(one) % 255]) for one in packets)
    head = b"OggS\0" + bytes([flags]) + bytes(8) + serial + struct.pack("<I", number)
    tail = bytes([len(lengths)]) + lengths + b"".join(packets)
    return head + struct.pack("<I", crc(head + bytes(4) + tail)) + tail


def crc(data: bytes) -> int:
    """Of RFC 3533, bit by bit."""
    found = 0
    for one in data:
        found ^= one << 24
        for _bit in range(8):
            found = (found << 1 ^ (0x04C11DB7 if found & 1 << 31 else 0)) & 0xFFFFFFFF
    return found


def box(name: bytes, *content: bytes) -> bytes:
    """Of an MP4."""
    inner = b"".join(content)
    return struct.pack(">I", 8 + len(inner)) + name + inner


def full(name: bytes, *content: bytes) -> bytes:
    return box(name, bytes(4), *content)


def m4a(
    sound: bytes = bytes(range(200)),
    *,
    about: bytes = b"",
    of_track: bytes = b"",
    before: bytes = b"",
    told: bytes = bytes(8),
    name: bytes = b"",
    kind: bytes = b"soun",
) -> bytes:
    """One sample of AAC; `about` and `of_track` are further boxes of the film and of its track, `before` bytes before the sound,
    `told` when it was made and changed, `name` its handler's."""
    ftyp = box(b"ftyp", b"M4A \0\0\0\0M4A isom")
    entry = box(
        b"mp4a",
        bytes(6) + b"\0\1" + bytes(8) + b"\0\1\0\x10" + bytes(4) + struct.pack(">I", 8000 << 16),
        full(b"esds", bytes(20)),
    )

    def moov(at: int) -> bytes:
        stbl = box(
            b"stbl",
            full(b"stsd", b"\0\0\0\1", entry),
            full(b"stts", struct.pack(">III", 1, 1, 1024)),
            full(b"stsc", struct.pack(">IIII", 1, 1, 1, 1)),
            full(b"stsz", struct.pack(">III", 0, 1, len(sound))),
            full(b"stco", struct.pack(">II", 1, at)),
        )
        dinf = box(b"dinf", full(b"dref", b"\0\0\0\1", box(b"url ", b"\0\0\0\1")))
        mdia = box(
            b"mdia",
            full(b"mdhd", told, struct.pack(">IIHH", 8000, 1024, 0x55C4, 0)),
            full(b"hdlr", bytes(4), kind, bytes(12), name + b"\0"),
            box(b"minf", full(b"smhd", bytes(4)), dinf, stbl),
        )
        trak = box(b"trak", full(b"tkhd", told, bytes(72)), mdia, of_track)
        return box(b"moov", full(b"mvhd", told, bytes(88)), trak, about)

    at = len(ftyp) + len(moov(0)) + 8 + len(before)
    return ftyp + moov(at) + box(b"mdat", before, sound)


def wave(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2) for name, content in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


WAVE_FORMAT = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
# 64 kbit/s at 44,100 Hz and one channel: 208 bytes.
MP3_FRAME = b"\xff\xfb\x50\xc4" + bytes(range(1, 205))
ADTS_FRAME = b"\xff\xf1\x50\x40\x0d\x7f\xfc" + bytes(range(100))
OPUS_HEAD = b"OpusHead\1\1" + bytes(9)
RECORDINGS = {
    "audio/webm": webm(b"A_OPUS"),
    "audio/ogg": page(0, OPUS_HEAD, flags=2)
    + page(1, b"OpusTags" + bytes(8))
    + page(2, bytes(range(250)), bytes(range(200)), flags=4),
    "audio/mp4": m4a(),
    "audio/aac": ADTS_FRAME * 4,
    "audio/mpeg": b"ID3\x04\0\0\0\0\0\0" + MP3_FRAME * 4,
    "audio/wav": wave((b"fmt ", WAVE_FORMAT), (b"data", bytes(range(250)) * 2)),
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
