"""Ogg (RFC 3533): pages of several streams, each with its check sum; the second packet of a stream of sound holds its comments.

Pages keep their lengths, so that those of sound stay as they are to the byte.
"""

import zlib
from dataclasses import dataclass, field

from baoji.kernel.records.plain.comments import without_words
from baoji.kernel.records.plain.steps import Steps, require

HEADER, BEGINS = 27, 2
KINDS = ((b"OpusHead", "opus"), (b"\x01vorbis", "vorbis"), (b"Speex   ", "speex"), (b"\x7fFLAC", "flac"))
# Blocks of FLAC that are needed or hold numbers alone; what else there is becomes padding (RFC 9639, 8.1).
FLAC_COMMENTS, FLAC_PADDING, FLAC_SEEK = 4, 1, 3
BACKWARDS = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))


@dataclass
class _Stream:
    """One that sounds; `open` says from where to where the parts of a packet go that is not over yet."""

    kind: str
    packets: int = 0
    has_comments: bool = False
    open: list[tuple[int, int]] = field(default_factory=list)
    pages: list[tuple[int, int]] = field(default_factory=list)


def strip(data: bytes) -> bytes:
    """Streams that are not of sound are left out, and a page that was cut off at the very end."""
    made, kept = bytearray(data), []
    streams: dict[bytes, _Stream | None] = {}
    sounding: list[_Stream] = []
    steps, at = Steps(), 0
    while at < len(data):
        steps.one()
        page = _page(data, at)
        if page is None:
            break
        body, end = page
        name = data[at + 14 : at + 18]
        if data[at + 5] & BEGINS:
            streams[name] = begun = _stream(data[body:end])
            sounding += [begun] if begun else []
        require(name in streams, "a page of no stream")
        stream = streams[name]
        if stream is not None:
            if not stream.has_comments:
                _take(made, stream, at, body, end)
            kept.append((at, end))
        at = end
    require(sounding and all(one.has_comments for one in sounding), "no sound")
    return b"".join(made[a:b] for a, b in kept)


def _page(data: bytes, at: int) -> tuple[int, int] | None:
    """From where to where its body goes; None of one that was cut off."""
    require(b"OggS\0".startswith(data[at : at + 5]), "not a page")
    if at + HEADER > len(data):
        return None
    body = at + HEADER + data[at + HEADER - 1]
    end = body + sum(data[at + HEADER : body])
    return (body, end) if end <= len(data) else None


def _stream(head: bytes) -> _Stream | None:
    return next((_Stream(kind) for mark, kind in KINDS if head.startswith(mark)), None)


def _take(made: bytearray, stream: _Stream, at: int, body: int, end: int) -> None:
    """Takes the page's packets until the stream's comments are over, which may be in the middle of it."""
    stream.pages.append((at, end))
    for length in bytes(made[at + HEADER : body]):
        stream.open.append((body, body + length))
        body += length
        if length < 255 and not stream.has_comments:
            _end_packet(made, stream)
    if stream.has_comments:
        for page in stream.pages:
            _sign(made, *page)


def _end_packet(made: bytearray, stream: _Stream) -> None:
    spans, stream.open = stream.open, []
    stream.packets += 1
    if stream.packets == 1:
        return
    packet = b"".join(made[a:b] for a, b in spans)
    if stream.kind == "flac":
        new, stream.has_comments = _flac(packet)
    else:
        new, stream.has_comments = without_words(stream.kind, packet), True
    at = 0
    for a, b in spans:
        made[a:b] = new[at : at + b - a]
        at += b - a


def _flac(packet: bytes) -> tuple[bytes, bool]:
    """A block of what stands before the sound, and whether it is the last."""
    require(len(packet) >= 4 and packet[0] & 0x7F < 7, "no block where one has to be")
    is_last, kind, content = packet[0] & 0x80, packet[0] & 0x7F, packet[4:]
    require(int.from_bytes(packet[1:4], "big") == len(content), "a block of another length")
    if kind == FLAC_COMMENTS:
        content = without_words("flac", content)
    elif kind != FLAC_SEEK:
        kind, content = FLAC_PADDING, bytes(len(content))
    return bytes([is_last | kind]) + packet[1:4] + content, bool(is_last)


def _sign(made: bytearray, at: int, end: int) -> None:
    """Its check sum, over the page with zeros in its place: zlib's, with all bits the other way round."""
    made[at + 22 : at + 26] = bytes(4)
    turned = zlib.crc32(made[at:end].translate(BACKWARDS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    made[at + 22 : at + 26] = turned.to_bytes(4, "big").translate(BACKWARDS)
