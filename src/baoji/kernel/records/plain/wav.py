"""WAV: chunks of a name, a length (little-endian) and content; of them the format, the number of samples and the sound are kept."""

from baoji.kernel.records.plain.steps import NotWalked, Steps, require

PCM = 1
# PCM, Microsoft's ADPCM, float, A-law, µ-law, IMA's ADPCM, GSM, and PCM with more channels: sound that holds no tags of its own.
SOUND = frozenset({PCM, 2, 3, 6, 7, 0x11, 0x31, 0xFFFE})
LONGEST_FORMAT = 64


def strip(data: bytes) -> bytes:
    """What stands behind the sound is left out unread."""
    head: dict[bytes, bytes] = {}
    steps, at = Steps(), 12
    while at + 8 <= len(data):
        steps.one()
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8
        if name == b"data":
            return _written(head, _sound(data, at, length))
        if name in {b"fmt ", b"fact"}:
            require(at + length <= len(data), "cut")
            head[name] = data[at : at + min(length, LONGEST_FORMAT + 1)]
        at += length + length % 2
    raise NotWalked("no sound")


def _sound(data: bytes, at: int, length: int) -> bytes:
    """Who streams says that it goes on for ever; a length that was never written may have anything behind it."""
    require(length or at == len(data), "a length that was never written")
    return data[at : at + length]


def _written(head: dict[bytes, bytes], sound: bytes) -> bytes:
    kind = int.from_bytes(head.get(b"fmt ", b"")[:2], "little")
    require(kind in SOUND and 16 <= len(head[b"fmt "]) <= LONGEST_FORMAT, "a format that may hold anything")
    chunks = [(b"fmt ", head[b"fmt "][:16] if kind == PCM else head[b"fmt "])]
    if b"fact" in head:
        chunks.append((b"fact", head[b"fact"][:4]))
    body = b"WAVE" + b"".join(_chunk(*one) for one in [*chunks, (b"data", sound)])
    return _chunk(b"RIFF", body)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)
