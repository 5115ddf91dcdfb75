"""Cutting a set of neighbouring pieces into connected parts of about equal weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baoji.systems.urban.city.generate.blocks import connected
from baoji.systems.urban.city.generate.chance import Floats, Ints, sums


@dataclass(frozen=True, slots=True)
class Pieces:
    """`edges` are rows of two neighbouring pieces, `border` the metres they share."""

    middle: Floats
    weight: Floats
    edges: Ints
    border: Floats


def divide(pieces: Pieces, members: Ints, shares: Floats, anchors: Floats | None = None) -> Ints:
    """Part (0…len(shares)-1) of each member. Parts keep the order of their anchors, if these are given."""
    labels = np.full(len(pieces.weight), -1, dtype=np.int64)
    _halve(pieces, members, np.arange(len(shares)), shares, anchors, labels)
    _mend(pieces, members, labels, len(shares))
    return labels[members]


def _axis(spread: Floats) -> int:
    return int(np.ptp(spread[:, 1]) > np.ptp(spread[:, 0]))


def _halve(
    pieces: Pieces, members: Ints, parts: Ints, shares: Floats, anchors: Floats | None, labels: Ints
) -> None:
    if len(parts) == 1:
        labels[members] = parts[0]
        return
    axis = _axis(anchors[parts] if anchors is not None else pieces.middle[members])
    if anchors is not None:
        parts = parts[np.argsort(anchors[parts, axis], kind="stable")]
    upto = np.cumsum(shares[parts])
    half = min(max(1, int(np.argmin(np.abs(upto - upto[-1] / 2))) + 1), len(parts) - 1)
    order = members[np.argsort(pieces.middle[members, axis], kind="stable")]
    weight = np.cumsum(pieces.weight[order])
    cut = int(np.searchsorted(weight, weight[-1] * upto[half - 1] / upto[-1]))
    cut = min(max(cut, half), len(order) - (len(parts) - half))
    _halve(pieces, order[:cut], parts[:half], shares, anchors, labels)
    _halve(pieces, order[cut:], parts[half:], shares, anchors, labels)


def _mend(pieces: Pieces, members: Ints, labels: Ints, count: int) -> None:
    """Stray pieces of a part go to the neighbour with the longest border, until every part is whole."""
    inside = np.zeros(len(labels), dtype=np.bool_)
    inside[members] = True
    held = inside[pieces.edges].all(axis=1)
    edges, border = pieces.edges[held], pieces.border[held]
    for _ in range(12):
        same = labels[edges[:, 0]] == labels[edges[:, 1]]
        groups = connected(len(labels), edges[same])
        weights = sums(groups, pieces.weight)
        strays = _strays(groups, labels, members, weights, count)
        if not strays or not _hand_over(strays, groups, labels, edges[~same], border[~same]):
            return


def _strays(groups: Ints, labels: Ints, members: Ints, weights: Floats, count: int) -> list[int]:
    mine = np.unique(np.column_stack([labels[members], groups[members]]), axis=0)
    strays: list[int] = []
    for part in range(count):
        own = mine[mine[:, 0] == part, 1]
        if len(own) > 1:
            strays += [int(g) for g in own if g != own[np.argmax(weights[own])]]
    return strays


def _hand_over(strays: list[int], groups: Ints, labels: Ints, edges: Ints, border: Floats) -> bool:
    moved = False
    for group in strays:
        ends = groups[edges] == group
        touching = ends.any(axis=1)
        if not touching.any():
            continue
        others = np.where(ends[touching, 0], edges[touching, 1], edges[touching, 0])
        metres = sums(labels[others], border[touching])
        labels[groups == group] = int(np.argmax(metres))
        moved = True
    return moved
