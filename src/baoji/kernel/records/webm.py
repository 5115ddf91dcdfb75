"""Which codecs a WebM has tracks of: what stands before its first Cluster. Sound behind it holds any bytes, such as `V_` by chance.

Elements by RFC 8794: a name whose leading zeros tell its length, then a length of the same kind, then content.
"""

from collections.abc import Iterator

EBML, DOC_TYPE = 0x1A45DFA3, 0x4282
SEGMENT, TRACKS, CLUSTER = 0x18538067, 0x1654AE6B, 0x1F43B675
TRACK, CODEC = 0xAE, 0x86
SOUND = frozenset({b"A_OPUS", b"A_VORBIS"})
# What stands before the first Cluster is a few hundred bytes, with Vorbis' code books some thousand.
HEAD = 1 << 16


def is_sound(data: bytes) -> bool:
    """Whether it is a WebM that has tracks, each of Opus or Vorbis."""
    head = data[:HEAD]
    try:
        doc_type = [head[a:b] for a, b in _inside(head, [(0, len(head))], EBML, DOC_TYPE)]
        codecs = [
            head[a:b].rstrip(b"\0") for a, b in _inside(head, [(0, len(head))], SEGMENT, TRACKS, TRACK, CODEC)
        ]
    except IndexError:
        return False
    return doc_type == [b"webm"] and bool(codecs) and SOUND.issuperset(codecs)


def _inside(head: bytes, spans: list[tuple[int, int]], *path: int) -> list[tuple[int, int]]:
    """From where to where the content of the elements goes that lie at this path."""
    for name in path:
        spans = [(a, b) for span in spans for found, a, b in _elements(head, *span) if found == name]
    return spans


def _elements(head: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Name, and from where to where its content goes, of those beside each other up to the first Cluster. Raises IndexError."""
    while at < end:
        name, at = _number(head, at, marked=True)
        if name == CLUSTER:
            return
        length, start = _number(head, at)
        # All ones: not known when it was written, as by whoever records live; it goes to the end.
        at = min(end, start + length) if length >= 0 else end
        yield name, start, at


def _number(head: bytes, at: int, *, marked: bool = False) -> tuple[int, int]:
    """The number there and where it ends; -1 for a length that is not known. A name keeps the bit that ends its zeros."""
    size = 9 - head[at].bit_length()
    if size > 8:
        raise IndexError
    number, mark = int.from_bytes(head[at : at + size], "big"), 1 << 7 * size
    if marked:
        return number, at + size
    return (-1 if number == 2 * mark - 1 else number - mark), at + size
