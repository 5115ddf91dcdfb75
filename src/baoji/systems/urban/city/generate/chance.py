"""Random numbers by topic, so that a change in one part does not shuffle the others."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def dice(number: int, topic: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([number, zlib.crc32(topic.encode())]))


def waves(rng: np.random.Generator, at: Floats, lengths: tuple[float, ...]) -> Floats:
    """Smooth noise between about -1 and 1 along `at` (metres), one sine per wave length."""
    phases = rng.random(len(lengths)) * 2 * np.pi
    total = np.zeros_like(at)
    for length, phase in zip(lengths, phases, strict=True):
        total += np.sin(2 * np.pi * at / length + phase)
    return total / len(lengths)


def sums(labels: Ints, weights: Floats | Ints, count: int = 0) -> Floats:
    """Sum of the weights under each label, for at least `count` labels."""
    return np.bincount(labels, weights, minlength=count).astype(np.float64)


def spread(total: int, weights: Floats, caps: Ints | None = None) -> Ints:
    """Whole numbers that sum to `total`, in proportion to `weights`, none above its cap."""
    limits = np.full(len(weights), total, dtype=np.int64) if caps is None else np.minimum(caps, total)
    if limits.sum() < total:
        raise ValueError(f"{total} do not fit under caps of {int(limits.sum())}")
    counts = np.zeros(len(weights), dtype=np.int64)
    while (left := total - int(counts.sum())) > 0:
        free = np.where(counts < limits, np.maximum(weights, 1e-12), 0.0)
        share = free * (left / free.sum())
        step = np.minimum(np.floor(share).astype(np.int64), limits - counts)
        counts += step
        if (step == np.floor(share)).all():
            rest = np.where(counts < limits, share - step, -1.0)
            counts[np.argsort(-rest, kind="stable")[: total - int(counts.sum())]] += 1
    return counts
