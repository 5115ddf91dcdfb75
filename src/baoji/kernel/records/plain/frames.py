"""MP3 and AAC (ADTS): frames behind each other that tell their own length, with tags before and behind them."""

import re
from collections.abc import Callable

from baoji.kernel.records.plain.steps import Steps, require

# kbit/s by the index in the header (ISO 11172-3, 2.4.2.3; 13818-3), of MPEG 1 and of 2 and 2.5; 0 would be a length of one's own.
RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
# Samples a second by the version's bits: 2.5, none, 2, 1.
HERTZ = {0: (11025, 12000, 8000), 2: (22050, 24000, 16000), 3: (44100, 48000, 32000)}
ENCODERS = frozenset({b"LAME", b"Lavf", b"Lavc"})
LONGEST_LYRICS = 5120
ZEROS = re.compile(rb"\0+")
LONGEST_HEADER = 7


def strip(data: bytes) -> bytes:
    """The frames alone; one that was cut off at the very end is left out."""
    steps = Steps()
    end = _without_tags_behind(data, steps)
    at = _next(data, 0, end, steps)
    measure = _adts if _is_adts(data, at) else _mp3
    kept: list[bytes] = []
    while at + LONGEST_HEADER <= end:
        steps.one()
        length = measure(data, at)
        if at + length > end:
            break
        kept.append(data[at : at + length])
        at = _next(data, at + length, end, steps)
    require(kept, "no frames")
    if measure is _mp3:
        kept[0] = _without_names(kept[0])
    return b"".join(kept)


def _next(data: bytes, at: int, end: int, steps: Steps) -> int:
    """The next frame's beginning, or the end: behind ID3 and the zeros that are left free for it."""
    while at < end and data[at] != 0xFF:
        steps.one()
        if data.startswith(b"ID3", at):
            at += 10 + _syncsafe(data, at + 6) + (10 if data[at + 5] & 0x10 else 0)
            require(at <= end, "a tag beyond the end")
        else:
            zeros = ZEROS.match(data, at, end)
            require(zeros, "neither sound nor tag")
            at = zeros.end() if zeros else end
    return at


def _syncsafe(data: bytes, at: int) -> int:
    require(at + 4 <= len(data) and not any(one & 0x80 for one in data[at : at + 4]), "a broken tag")
    return sum(one << 7 * (3 - n) for n, one in enumerate(data[at : at + 4]))


def _without_tags_behind(data: bytes, steps: Steps) -> int:
    """Where the sound ends, by ID3v1, APE, Lyrics3 and ID3v2.4 at the end, in whatever order."""
    end, before = len(data), -1
    while end != before:
        steps.one()
        before = end
        for found in TAGS_BEHIND:
            length = found(data, end)
            require(0 <= length <= end, "a tag longer than the file")
            end -= length
    return end


def _id3v1(data: bytes, end: int) -> int:
    if end < 128 or data[end - 128 : end - 125] != b"TAG":
        return 0
    return 355 if end >= 355 and data[end - 355 : end - 351] == b"TAG+" else 128


def _ape(data: bytes, end: int) -> int:
    if end < 32 or data[end - 32 : end - 24] != b"APETAGEX":
        return 0
    length, has_header = int.from_bytes(data[end - 20 : end - 16], "little"), data[end - 9] & 0x80
    return max(32, length) + (32 if has_header else 0)


def _lyrics3(data: bytes, end: int) -> int:
    if end < 15 or data[end - 9 : end] not in {b"LYRICS200", b"LYRICSEND"}:
        return 0
    if data[end - 9 : end] == b"LYRICS200":
        digits = data[end - 15 : end - 9]
        require(digits.isdigit(), "a broken tag")
        return int(digits) + 15
    begins = data.rfind(b"LYRICSBEGIN", max(0, end - LONGEST_LYRICS), end)
    require(begins >= 0, "a broken tag")
    return end - begins


def _id3v2(data: bytes, end: int) -> int:
    return 20 + _syncsafe(data, end - 4) if end >= 20 and data[end - 10 : end - 7] == b"3DI" else 0


TAGS_BEHIND: tuple[Callable[[bytes, int], int], ...] = (_id3v1, _ape, _lyrics3, _id3v2)


def _is_adts(data: bytes, at: int) -> bool:
    return at + 1 < len(data) and data[at] == 0xFF and data[at + 1] & 0xF6 == 0xF0


def _adts(data: bytes, at: int) -> int:
    require(_is_adts(data, at), "not a frame")
    length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    require(length >= LONGEST_HEADER, "a frame shorter than its header")
    return length


def _mp3(data: bytes, at: int) -> int:
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    rate, hertz = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    is_frame = data[at] == 0xFF and data[at + 1] & 0xE0 == 0xE0 and version in HERTZ and layer == 1
    require(is_frame and rate not in {0, 15} and hertz != 3, "not a frame")
    kbit, of_samples = (RATES_1[rate], 144) if version == 3 else (RATES_2[rate], 72)
    return of_samples * kbit * 1000 // HERTZ[version][hertz] + (data[at + 2] >> 1 & 1)


def _without_names(frame: bytes) -> bytes:
    """A first frame without sound tells the length of the others (Xing), the silence around them and who encoded it.

    The encoder's four letters stay: players believe the silence of those they know.
    """
    version, is_mono = frame[1] >> 3 & 3, frame[3] >> 6 == 3
    at = 4 + ((17 if is_mono else 32) if version == 3 else (9 if is_mono else 17))
    if not frame[1] & 1 and frame[at + 2 : at + 6] in {b"Xing", b"Info"}:
        at += 2  # behind a check sum
    if frame[at : at + 4] not in {b"Xing", b"Info"}:
        return frame
    told = frame[at + 7]
    at += (
        8
        + (4 if told & 1 else 0)
        + (4 if told & 2 else 0)
        + (100 if told & 4 else 0)
        + (4 if told & 8 else 0)
    )
    encoder, silence = frame[at : at + 4], frame[at + 21 : at + 24]
    known = encoder + bytes(17) + silence if encoder in ENCODERS else b""
    return (frame[:at] + known)[: len(frame)].ljust(len(frame), b"\0")
