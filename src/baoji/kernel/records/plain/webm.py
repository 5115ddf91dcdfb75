"""WebM (RFC 8794, RFC 9559): elements of a name, a length and content. What is not needed becomes Void and zeros where it stands.

Nothing moves, so that what tells where the sound lies stays right.
"""

from typing import Any, NamedTuple

from baoji.kernel.records.plain.comments import without_words
from baoji.kernel.records.plain.steps import NotWalked, Steps, require

Tree = dict[int, Any]


def _leaves(*names: int) -> Tree:
    return dict.fromkeys(names)


EBML, SEGMENT, CLUSTER, VOID = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0xEC
MUXING_APP, WRITING_APP = 0x4D80, 0x5741
TRACK_NUMBER, CODEC, CODEC_SETUP = 0xD7, 0x86, 0x63A2
SIMPLE_BLOCK, BLOCK = 0xA3, 0xA1
TRACK: Tree = {
    # Number, UID, type, which are on, lacing, lengths, codec, delays.
    **_leaves(TRACK_NUMBER, 0x73C5, 0x83, 0xB9, 0x88, 0x55AA, 0x9C, 0x6DE7, 0x6DF8, 0x23E383, 0x23314F),
    **_leaves(CODEC, CODEC_SETUP, 0x56AA, 0x56BB),
    0xE1: _leaves(0xB5, 0x78B5, 0x9F, 0x6264),
}
# What a recording is made of; of anything else nothing is left.
KEPT: Tree = {
    EBML: _leaves(0x4286, 0x42F7, 0x42F2, 0x42F3, 0x4282, 0x4287, 0x4285),
    SEGMENT: {
        0x114D9B74: {0x4DBB: _leaves(0x53AB, 0x53AC)},
        0x1549A966: _leaves(0x2AD7B1, 0x4489, MUXING_APP, WRITING_APP),
        0x1654AE6B: {0xAE: TRACK},
        CLUSTER: {
            **_leaves(0xE7, 0xA7, 0xAB, SIMPLE_BLOCK),
            0xA0: _leaves(BLOCK, 0x9B, 0xFB, 0xFA, 0x75A2),
        },
        0x1C53BB6B: {0xBB: {0xB3: None, 0xB7: _leaves(0xF7, 0xF1, 0xF0, 0xB2, 0x5378)}},
    },
}
CODECS = {b"A_OPUS": b"OpusHead", b"A_VORBIS": b"\x02"}


class _Element(NamedTuple):
    """From where to where it goes; its content begins at `body`. One of a length that was not known when it was written has none."""

    name: int
    at: int
    body: int
    end: int
    is_open: bool


class _Cut(Exception):
    """The file ends in the middle of what begins here."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class _Walk:
    def __init__(self, data: bytes) -> None:
        self.made, self._steps = bytearray(data), Steps()
        self.seen: set[int] = set()
        self._tracks: set[int] = set()

    def through(self, at: int, end: int, kept: Tree, *, is_open: bool = False) -> int:
        """As deep as `kept` is, which names what may stay there and in it; where it ends."""
        while at < end:
            self._steps.one()
            element = self._element(at, end)
            if is_open and element.name > 0xFFFFFF:
                return at  # the next Cluster, or what else stands beside Clusters
            at = self._one(element, kept)
        return at

    def _one(self, element: _Element, kept: Tree) -> int:
        """Where the next one begins."""
        require(element.name not in {EBML, SEGMENT} or kept is KEPT, "a recording in a recording")
        self.seen.add(element.name)
        if element.name not in kept:
            require(not element.is_open, "an unknown length")
            self._blank(element.at, element.end)
        elif kept[element.name] is None:
            require(not element.is_open, "an unknown length")
            self._touch(element)
        else:
            return self._into(element, kept[element.name])
        return element.end

    def _into(self, element: _Element, kept: Tree) -> int:
        if element.is_open:
            require(element.name in {SEGMENT, CLUSTER}, "an unknown length")
            return self.through(element.body, element.end, kept, is_open=element.name == CLUSTER)
        try:
            self.through(element.body, element.end, kept)
        except _Cut as cut:
            if element.name in {SEGMENT, CLUSTER}:
                raise
            raise NotWalked("an element longer than what it is in") from cut
        if kept is TRACK:
            self._check_track(element)
        return element.end

    def _element(self, at: int, end: int) -> _Element:
        try:
            name, size = self._number(at, end)
            length, body = self._number(size, end)
        except IndexError:
            if end == len(self.made):
                raise _Cut(at) from None
            raise
        name_size, width = size - at, body - size
        is_open = length == (1 << 7 * width) - 1
        stop = end if is_open else body + length
        if stop > end == len(self.made):
            # A Segment or Cluster that was cut holds whole blocks.
            if name | 1 << 7 * name_size not in {SEGMENT, CLUSTER}:
                raise _Cut(at)
            stop = end
        require(stop <= end, "an element longer than what it is in")
        return _Element(name | 1 << 7 * name_size, at, body, stop, is_open)

    def _number(self, at: int, end: int) -> tuple[int, int]:
        """The number there, without the bit that ends its zeros, and where it ends. Raises IndexError."""
        size = 9 - self.made[at].bit_length()
        if size > 8 or at + size > end:
            raise IndexError
        return int.from_bytes(self.made[at : at + size], "big") & ~(1 << 7 * size), at + size

    def _touch(self, element: _Element) -> None:
        name, body, end = element.name, element.body, element.end
        if name in {MUXING_APP, WRITING_APP}:
            self.made[body:end] = b" " * (end - body)
        elif name == TRACK_NUMBER:
            self._tracks.add(int.from_bytes(self.made[body:end], "big"))
        elif name in {SIMPLE_BLOCK, BLOCK} and self._number(body, end)[0] not in self._tracks:
            self._blank(element.at, end)

    def _blank(self, at: int, end: int) -> None:
        """A Void as long as what was there."""
        width = min(8, end - at - 1)
        body = at + 1 + width
        self.made[at] = VOID
        self.made[at + 1 : body] = (end - body | 1 << 7 * width).to_bytes(width, "big")
        self.made[body:end] = bytes(end - body)

    def _check_track(self, track: _Element) -> None:
        """Vorbis' setup holds its comments, Opus' setup nothing but numbers."""
        found: dict[int, tuple[int, int]] = {}
        at = track.body
        while at < track.end:
            element = self._element(at, track.end)
            require(element.name == VOID or element.name not in found, "a track that says things twice")
            found[element.name] = (element.body, element.end)
            at = element.end
        codec = self._of(found, CODEC).rstrip(b"\0")
        require(codec in CODECS, "a track that is not of sound")
        if CODEC_SETUP in found:
            setup = self._of(found, CODEC_SETUP)
            require(setup.startswith(CODECS[codec]), "another codec's setup")
            a, b = found[CODEC_SETUP]
            self.made[a:b] = _without_comments(setup) if codec == b"A_VORBIS" else setup

    def _of(self, found: dict[int, tuple[int, int]], name: int) -> bytes:
        require(name in found, "a track without a codec")
        a, b = found[name]
        return bytes(self.made[a:b])


def _without_comments(setup: bytes) -> bytes:
    """Two lengths, each as so many 255 and a rest, and three packets: what it is, the comments, the code books."""
    lengths, at = [], 1
    for _packet in range(2):
        first = at
        while setup[at] == 255:
            at += 1
        lengths.append(255 * (at - first) + setup[at])
        at += 1
    a = at + lengths[0]
    b = a + lengths[1]
    require(b <= len(setup), "cut")
    return setup[:a] + without_words("vorbis", setup[a:b]) + setup[b:]


def strip(data: bytes) -> bytes:
    """What was cut off at the very end is left out."""
    walk = _Walk(data)
    try:
        walk.through(0, len(data), KEPT)
    except _Cut as cut:
        del walk.made[cut.at :]
    if not walk.seen >= {EBML, SEGMENT, CODEC, CLUSTER}:
        raise NotWalked("no sound")
    return bytes(walk.made)
