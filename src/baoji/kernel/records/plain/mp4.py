"""MP4 and M4A (ISO 14496-12): boxes of a length, a name and content. What is not needed becomes `free` and zeros where it stands.

Nothing moves, so that what tells where the sound lies stays right.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from baoji.kernel.records.plain.samples import blank_between, spans
from baoji.kernel.records.plain.steps import Steps, require

Tree = dict[bytes, Any]


def _leaves(*names: bytes) -> Tree:
    return dict.fromkeys(names)


# How sound is coded, and what a decoder has to know.
SOUND = frozenset({b"mp4a", b"Opus", b"alac", b"samr", b"sawb"})
ENTRY: Tree = _leaves(b"esds", b"dOps", b"alac", b"damr", b"chan") | {
    b"wave": _leaves(b"frma", b"mp4a", b"esds", b"alac", bytes(4))
}
GROUPS = _leaves(b"sgpd", b"sbgp")
TABLE: Tree = GROUPS | _leaves(b"stts", b"ctts", b"stsc", b"stsz", b"stco", b"co64", b"stss")
MEDIA: Tree = {
    b"mdhd": None,
    b"hdlr": None,
    b"minf": {
        b"smhd": None,
        b"dinf": {b"dref": {b"url ": None, b"alis": None}},
        b"stbl": TABLE | {b"stsd": dict.fromkeys(SOUND, ENTRY)},
    },
}
# What a recording is made of; of anything else nothing is left.
KEPT: Tree = _leaves(b"ftyp", b"styp", b"mdat", b"sidx") | {
    b"moov": {
        b"mvhd": None,
        b"trak": {b"tkhd": None, b"edts": _leaves(b"elst"), b"mdia": MEDIA},
        b"mvex": _leaves(b"mehd", b"trex"),
    },
    b"moof": {b"mfhd": None, b"traf": GROUPS | _leaves(b"tfhd", b"tfdt", b"trun")},
    b"mfra": _leaves(b"tfra", b"mfro"),
}
# Bytes between a box's header and the boxes in it.
BEFORE = {b"stsd": 8, b"dref": 8}
ENTRY_HEADER = {0: 28, 1: 44, 2: 64}
NO_LANGUAGE = 0x55C4.to_bytes(2, "big")


class _Box(NamedTuple):
    """From where to where it goes; its content begins at `body`."""

    name: bytes
    at: int
    body: int
    end: int


class _Walk:
    def __init__(self, data: bytes) -> None:
        self.made, self.steps = bytearray(data), Steps()
        self.seen: set[bytes] = set()
        self.mdats: list[tuple[int, int]] = []
        self.tables: list[dict[bytes, bytes]] = []

    def through(self, at: int, end: int, kept: Tree) -> None:
        """As deep as `kept` is, which names what may stay there and in it."""
        for box in self._boxes(at, end):
            if box.name not in kept:
                self._blank(box)
                continue
            self.seen.add(box.name)
            inner = kept[box.name]
            if inner is None:
                self._leaf(box)
            else:
                self.tables += [{}] if box.name == b"stbl" else []
                self.through(box.body + self._before(box), box.end, inner)

    def _leaf(self, box: _Box) -> None:
        if box.name in TABLE and self.tables:
            require(box.name not in self.tables[-1] or box.name in GROUPS, "a track that says things twice")
            self.tables[-1][box.name] = bytes(self.made[box.body : box.end])
        elif box.name == b"mdat":
            self.mdats.append((box.body, box.end))
        elif touch := TOUCHED.get(box.name):
            touch(self.made, box.body, box.end)

    def _boxes(self, at: int, end: int) -> Iterator[_Box]:
        while at + 8 <= end:
            self.steps.one()
            name, length, body = bytes(self.made[at + 4 : at + 8]), _number(self.made, at, 4), at + 8
            if length == 1:
                length, body = _number(self.made, at + 8, 8), at + 16
            stop = at + length if length else end
            if stop > end == len(self.made) and name == b"mdat":
                stop = end  # cut off while it was recorded or sent
            require(body <= stop <= end, "a box longer than what it is in")
            yield _Box(name, at, body, stop)
            at = stop
        self.made[at:end] = bytes(end - at)

    def _before(self, box: _Box) -> int:
        if box.name not in SOUND:
            return BEFORE.get(box.name, 0)
        header = ENTRY_HEADER.get(_number(self.made, box.body + 8, 2), len(self.made))
        require(box.body + header <= box.end, "an unknown kind of sound")
        return header

    def _blank(self, box: _Box) -> None:
        self.made[box.at + 4 : box.at + 8] = b"free"
        self.made[box.body : box.end] = bytes(box.end - box.body)


def _number(made: bytearray, at: int, size: int) -> int:
    require(at + size <= len(made), "cut")
    return int.from_bytes(made[at : at + size], "big")


def _without_times(made: bytearray, at: int, end: int) -> None:
    """When it was made and when it was changed."""
    size = 16 if made[at] == 1 else 8
    require(at + 4 + size <= end, "cut")
    made[at + 4 : at + 4 + size] = bytes(size)


def _without_times_and_language(made: bytearray, at: int, end: int) -> None:
    _without_times(made, at, end)
    language = at + (32 if made[at] == 1 else 20)
    require(language + 2 <= end, "cut")
    made[language : language + 2] = NO_LANGUAGE


def _without_name(made: bytearray, at: int, end: int) -> None:
    """Tracks of words, or of places where the phone was, hold them among the sound."""
    require(at + 24 <= end and made[at + 8 : at + 12] == b"soun", "a track that is not of sound")
    made[at + 12 : end] = bytes(end - at - 12)


def _without_address(made: bytearray, at: int, end: int) -> None:
    """Sound that lies elsewhere is not here, and what lies here needs no address."""
    require(at + 4 <= end and made[at + 3] & 1, "sound that lies elsewhere")
    made[at + 4 : end] = bytes(end - at - 4)


TOUCHED = {
    b"mvhd": _without_times,
    b"tkhd": _without_times,
    b"mdhd": _without_times_and_language,
    b"hdlr": _without_name,
    b"url ": _without_address,
    b"alis": _without_address,
}


def strip(data: bytes) -> bytes:
    walk = _Walk(data)
    walk.through(0, len(data), KEPT)
    require(walk.seen >= {b"ftyp", b"moov", b"hdlr", b"mdat"} and walk.seen & SOUND, "no sound")
    if b"moof" not in walk.seen:
        lies = [span for tables in walk.tables for span in spans(tables, walk.steps)]
        blank_between(walk.made, walk.mdats, lies)
    return bytes(walk.made)
