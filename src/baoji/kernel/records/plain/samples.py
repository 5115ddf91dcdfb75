"""Where in an MP4 the sound lies, by its tables (ISO 14496-12, 8.7): chunks of samples, and how long each sample is."""

import sys
from array import array
from collections.abc import Iterator, Mapping

from baoji.kernel.records.plain.steps import Steps, require


def spans(tables: Mapping[bytes, bytes], steps: Steps) -> Iterator[tuple[int, int]]:
    """From where to where each chunk goes, in the order of the tables. Raises `NotWalked`."""
    runs, offsets = _numbers(tables.get(b"stsc", b""), "I", 3), _offsets(tables)
    require(runs or not offsets, "chunks without samples")
    fixed, sizes = _sizes(tables.get(b"stsz", b""))
    run = sample = 0  # a run: its first chunk, how many samples each of its chunks has, what describes them
    for number, at in enumerate(offsets, 1):
        steps.one()
        while run + 3 < len(runs) and runs[run + 3] <= number:
            run += 3
        samples = runs[run + 1]
        yield at, at + (samples * fixed or sum(sizes[sample : sample + samples]))
        sample += samples


def _sizes(table: bytes) -> "tuple[int, array[int]]":
    """One for all, or 0 and one for each."""
    require(len(table) >= 12, "a table that is missing")
    fixed = int.from_bytes(table[4:8], "big")
    return fixed, array("I") if fixed else _numbers(table[4:], "I")


def _offsets(tables: Mapping[bytes, bytes]) -> "array[int]":
    if b"co64" in tables:
        return _numbers(tables[b"co64"], "Q")
    return _numbers(tables.get(b"stco", b""), "I")


def _numbers(table: bytes, kind: str, a_row: int = 1) -> "array[int]":
    """Behind four bytes and how many rows there are; no more than there are."""
    found = array(kind)
    require(len(table) >= 8, "a table that is missing")
    end = 8 + int.from_bytes(table[4:8], "big") * a_row * found.itemsize
    require(end <= len(table), "a table that is cut")
    found.frombytes(table[8:end])
    if sys.byteorder == "little":
        found.byteswap()
    return found


def blank_between(made: bytearray, boxes: list[tuple[int, int]], sound: list[tuple[int, int]]) -> None:
    """Zeros wherever no sound lies in these boxes: what was cut away in the phone, or belonged to other tracks."""
    sound = sorted(sound)
    n = 0
    for at, end in boxes:
        while at < end:
            while n < len(sound) and sound[n][1] <= at:
                n += 1
            a, b = sound[n] if n < len(sound) else (end, end)
            a, b = min(max(a, at), end), min(max(b, at), end)
            made[at:a] = bytes(a - at)
            at = max(b, a)
