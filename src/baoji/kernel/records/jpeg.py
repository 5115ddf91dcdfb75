"""Whether a JPEG has all its pixels. libjpeg paints grey what a scan lacks, and says nothing.

A scan whose code words are Huffman's is followed by a few bytes more that only a scan without its end would take for pixels.

A picture ends with its own end marker (T.81, B.2.1 wants one, and every encoder of phones and browsers writes it): what has none,
or another picture's beginning before it, was cut off. What stands behind the marker is nobody's concern here: films, depth
and further pictures, as phones append them. A marker that somebody set behind a cut says nothing, hence the bytes above.
"""

import re
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageFile

FORMATS = ("JPEG",)
SOI, EOI, SOS, DHT = 0xD8, 0xD9, 0xDA, 0xC4
BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2  # of the frames, those with Huffman's code words
FRAMES = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, 0xCC}
QUARTER, EIGHTH = 4, 8
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


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """The next one with a length, or the end, and where it goes on. Another beginning before the end is another picture's."""
    while True:
        at = data.index(b"\xff", at)
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker == SOI:
            raise ValueError
        if marker not in {0, 1} and not 0xD0 <= marker <= 0xD7:
            return marker, at


def layout(data: bytes) -> Layout:
    """Up to the end of the first picture. Raises ValueError or IndexError where the markers lead nowhere."""
    frame, parts, scans, at = 0, frozenset[int](), list[Scan](), 2
    while True:
        marker, at = _marker(data, at)
        if marker == EOI:
            return Layout(frame, parts, scans)
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


def require_pixels(data: bytes, image: ImageFile.ImageFile) -> None:
    """Raises OSError, ValueError or IndexError for a picture whose scans end before their pixels do.

    `image` was opened from a BytesIO of these bytes and is of no use afterwards. Of a progressive picture the first scan of each
    component, which is all of it coarsely, and the very last scan have to be whole, for a cut goes through the last one; that
    finer ones are left out is allowed (T.81, G.1.1.1), and shows in nothing but its sharpness.
    """
    found = layout(data)
    if found.frame in {BASELINE, EXTENDED} and [scan.parts for scan in found.scans] == [found.parts]:
        _end_with(image, found.scans[0].end)
        _seen(image, EIGHTH, "L")  # all lines, or it is truncated
        return
    last = found.scans[-1]
    is_fine = found.frame == PROGRESSIVE and not last.first
    seen = _seen(image, QUARTER if is_fine else EIGHTH)
    if found.frame in {BASELINE, EXTENDED, PROGRESSIVE}:
        _require_first_scans(data, found)
    if is_fine and seen != _seen(_opened(data[: last.end] + OTHER + END), QUARTER):
        raise ValueError


def _end_with(image: ImageFile.ImageFile, end: int) -> None:
    """The ones in place of all that stands behind the scan."""
    assert isinstance(image.fp, BytesIO)
    image.fp.seek(end)
    image.fp.truncate()
    image.fp.write(ONES)


def _require_first_scans(data: bytes, found: Layout) -> None:
    first = [scan for scan in found.scans if scan.first]
    if frozenset[int]().union(*(scan.parts for scan in first)) != found.parts:
        raise ValueError
    ends = [scan.end for scan in first]
    pieces = [data[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    whole, other = _opened(b"".join(pieces) + END), _opened(OTHER.join([*pieces, END]))
    if _seen(whole, EIGHTH) != _seen(other, EIGHTH):
        raise ValueError


def _opened(data: bytes) -> ImageFile.ImageFile:
    return Image.open(BytesIO(data), formats=FORMATS)


def _seen(image: ImageFile.ImageFile, part: int, mode: str = "") -> bytes:
    """A part of the width and height: every code word is read, hardly a pixel is computed. At an eighth only the blocks' first
    values show, at a quarter those beside them too."""
    image.draft(mode or image.mode, (image.width // part or 1, image.height // part or 1))
    image.load()
    return image.tobytes()
