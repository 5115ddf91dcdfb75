"""Whether a JPEG has all its pixels. libjpeg paints grey what a scan lacks, and says nothing.

A scan whose code words are Huffman's is followed by a few bytes more that only a scan without its end would take for pixels.
"""

import re
from io import BytesIO
from typing import NamedTuple

from PIL import Image

FORMATS = ("JPEG",)
SOI, EOI, SOS, DHT = 0xD8, 0xD9, 0xDA, 0xC4
BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2  # of the frames, those with Huffman's code words
FRAMES = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, 0xCC}
END = b"\xff\xd9"
# Entropy-coded data ends at the first marker that is neither a stuffed FF nor a restart (ITU-T T.81, B.1.1.2 and B.2.1).
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# More bytes than libjpeg reads ahead (8), too few for more than a block or two. All ones is no code word of any table, so what
# lacks its end takes up two bytes of it and more for each value.
ONES = b"\xff\x00" * 12
# What moves the brightness where a scan without its end goes on in it.
OTHER = bytes(range(3, 250, 13)) * 4


class Scan(NamedTuple):
    """`first`: its values are the blocks' first ones (brightness), or all of them. `end`: where its coded data ends."""

    parts: frozenset[int]
    first: bool
    end: int


class Layout(NamedTuple):
    """The frame's kind, the components it has, its scans in order."""

    frame: int
    parts: frozenset[int]
    scans: list[Scan]


def layout(data: bytes) -> Layout:
    """Up to the end of the first picture. Raises ValueError or IndexError where the markers lead nowhere."""
    frame, parts, scans, at = 0, frozenset[int](), list[Scan](), 2
    while True:
        at = data.index(b"\xff", at)
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker == EOI:
            return Layout(frame, parts, scans)
        if marker in {0, 1, SOI} or 0xD0 <= marker <= 0xD7:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        body, at = data[at + 2 : at + length], at + max(2, length)
        if marker in FRAMES:
            frame, parts = marker, frozenset(body[6 : 6 + 3 * body[5] : 3])
        elif marker == SOS:
            ended = MARKER.search(data, at)
            if ended is None:
                raise ValueError
            count = body[0]
            begins, _ends, bits = body[1 + 2 * count : 4 + 2 * count]
            scans.append(
                Scan(frozenset(body[1 : 1 + 2 * count : 2]), begins == 0 and bits >> 4 == 0, ended.start())
            )
            at = ended.start()


def require_pixels(data: bytes) -> None:
    """Raises OSError, ValueError or IndexError for a picture whose scans end before their pixels do.

    Of a progressive picture the first scan of each component, which is all of it coarsely, has to be whole; that finer ones
    are left out is allowed (T.81, G.1.1.1), and shows in nothing but its sharpness.
    """
    found = layout(data)
    if found.frame in {BASELINE, EXTENDED} and [scan.parts for scan in found.scans] == [found.parts]:
        _small(data[: found.scans[0].end] + ONES, "L")  # all lines, or it is truncated
        return
    _small(data, "L")
    if found.frame in {BASELINE, EXTENDED, PROGRESSIVE}:
        _require_first_scans(data, found)


def _require_first_scans(data: bytes, found: Layout) -> None:
    first = [scan for scan in found.scans if scan.first]
    if frozenset[int]().union(*(scan.parts for scan in first)) != found.parts:
        raise ValueError
    ends = [scan.end for scan in first]
    pieces = [data[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    if _small(b"".join(pieces) + END) != _small(OTHER.join([*pieces, END])):
        raise ValueError


def _small(data: bytes, mode: str = "") -> bytes:
    """The picture at an eighth of its size: every code word is read, hardly a pixel is computed."""
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        image.draft(mode or image.mode, (1, 1))
        image.load()
        return image.tobytes()
