"""Vorbis comments, as Ogg, WebM and FLAC carry them: replaced where they stand by ones that say nothing and are as long."""

from baoji.kernel.records.plain.steps import require

# What stands before the comments, and behind them, by what the sound is coded with.
MARKS = {
    "opus": (b"OpusTags", b""),
    "vorbis": (b"\x03vorbis", b"\x01"),
    "speex": (b"", b""),
    "flac": (b"", b""),
}


def without_words(kind: str, packet: bytes) -> bytes:
    """No comments, and as many spaces for the encoder's name as it takes. Raises `NotWalked` for what is no such packet."""
    before, behind = MARKS[kind]
    free = len(packet) - len(before) - len(behind) - 8
    require(packet.startswith(before) and free >= 0, "no comments where they have to be")
    return before + free.to_bytes(4, "little") + b" " * free + bytes(4) + behind
