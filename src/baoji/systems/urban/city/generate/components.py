"""The exact number of components, placed, numbered and described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from baoji.systems.urban.city.generate.chance import Floats, Ints, dice, spread
from baoji.systems.urban.city.generate.city import STATES, Components, UnitGrid
from baoji.systems.urban.city.generate.grids import Ground
from baoji.systems.urban.city.generate.placement import Placement, placement_of
from baoji.systems.urban.city.generate.projection import to_degrees
from baoji.systems.urban.city.generate.seed import CitySeed, ComponentClass
from baoji.systems.urban.city.generate.shapes import Geometries, points
from baoji.systems.urban.city.generate.spots import Finder

STATE_SHARES = (0.97, 0.021, 0.004, 0.005)
LATER_CHANGED = 0.06
MARGIN = 0.05

Days = npt.NDArray[np.datetime64]


@dataclass(slots=True)
class _Batch:
    kind: Ints
    xy: Floats
    cell: Ints
    names: list[str]
    addresses: list[str]
    shapes: dict[int, BaseGeometry]


def components(seed: CitySeed, finder: Finder, ground: Ground, grids: list[UnitGrid]) -> Components:
    rules = [placement_of(kind.code, kind.name) for kind in seed.classes]
    batches = []
    for index, count in enumerate(_counts(seed, rules, len(finder.roads.bridges)).tolist()):
        if count:
            batches.append(_of_class(index, seed.classes[index], rules[index], count, finder, ground))
    return _numbered(seed, _joined(batches), grids)


def _counts(seed: CitySeed, rules: list[Placement], bridges: int) -> Ints:
    weights = [
        k.weight if k.weight is not None else r.weight for k, r in zip(seed.classes, rules, strict=True)
    ]
    caps = [bridges if rule.ground == "bridge" else seed.components for rule in rules]
    return spread(seed.components, np.array(weights, dtype=np.float64), np.array(caps))


def _of_class(
    index: int, kind: ComponentClass, rule: Placement, count: int, finder: Finder, ground: Ground
) -> _Batch:
    found = finder.find(kind.name, rule, count)
    xy, cell = _settled(found.xy, ground)
    shapes: dict[int, BaseGeometry] = {}
    if kind.shape != "point":
        drawn = _drawn(kind, rule, xy, found.along, ground.metric[cell])
        shapes = {i: shape for i, shape in enumerate(drawn) if shape is not None}
        for i, shape in shapes.items():
            xy[i] = shapely.get_coordinates(_middle(shape))[0]
        xy, cell = _settled(xy, ground)
    names = [f"{kind.name}·{place}" for place in found.place]
    return _Batch(np.full(count, index), np.round(xy, 3), cell, names, found.address, shapes)


def _settled(xy: Floats, ground: Ground) -> tuple[Floats, Ints]:
    """The cell of each place; places outside the core, or on a grid line, step into the nearest cell."""
    xy = xy.copy()
    cell = _within(xy, ground)
    lost = np.flatnonzero(cell < 0)
    if len(lost):
        near = ground.tree.nearest(points(xy[lost]))
        inner = shapely.buffer(ground.metric[near], -1.0, join_style="mitre")
        ends = shapely.get_coordinates(shapely.shortest_line(inner, points(xy[lost])))[::2]
        xy[lost], cell[lost] = ends, near
    return xy, cell


def _within(xy: Floats, ground: Ground) -> Ints:
    places = points(xy)
    which, cells = ground.tree.query(places, predicate="within")
    found = np.full(len(xy), -1, dtype=np.int64)
    found[which] = cells
    clear = shapely.distance(places, shapely.boundary(ground.metric[np.maximum(found, 0)])) > MARGIN
    return np.where(clear, found, -1)


def _drawn(
    kind: ComponentClass, rule: Placement, xy: Floats, along: Floats, cells: Geometries
) -> list[BaseGeometry | None]:
    """Line or area geometry through each place, cut off where its unit grid ends."""
    if kind.shape == "line":
        half = along * rule.length / 2
        shapes = cast(Geometries, shapely.linestrings(np.stack([xy - half, xy + half], axis=1)))
    else:
        half = along * rule.size[0] / 2
        out = np.column_stack([-along[:, 1], along[:, 0]]) * rule.size[1] / 2
        corners = np.stack([xy - half - out, xy + half - out, xy + half + out, xy - half + out], axis=1)
        shapes = cast(Geometries, shapely.polygons(shapely.linearrings(corners)))
    parts = shapely.intersection(shapes, cells)
    wanted = "LineString" if kind.shape == "line" else "Polygon"
    return [_largest(part, wanted) for part in parts]


def _largest(shape: BaseGeometry, wanted: str) -> BaseGeometry | None:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == wanted]
    return max(parts, key=lambda part: part.length, default=None)


def _middle(shape: BaseGeometry) -> BaseGeometry:
    if isinstance(shape, LineString):
        return shape.interpolate(0.5, normalized=True)
    return shapely.point_on_surface(shape)


def _joined(batches: list[_Batch]) -> _Batch:
    shapes: dict[int, BaseGeometry] = {}
    start = 0
    for batch in batches:
        shapes.update({start + i: shape for i, shape in batch.shapes.items()})
        start += len(batch.names)
    return _Batch(
        np.concatenate([b.kind for b in batches]),
        np.concatenate([b.xy for b in batches]),
        np.concatenate([b.cell for b in batches]),
        [name for b in batches for name in b.names],
        [address for b in batches for address in b.addresses],
        shapes,
    )


def _numbered(seed: CitySeed, batch: _Batch, grids: list[UnitGrid]) -> Components:
    """Codes run by county, class, unit grid and from west to east."""
    grid_codes = np.array([grid.code for grid in grids])
    class_codes = np.array([kind.code for kind in seed.classes])
    heads = np.char.add(np.array([code[:6] for code in grid_codes])[batch.cell], class_codes[batch.kind])
    order = np.lexsort((batch.xy[:, 1], batch.xy[:, 0], grid_codes[batch.cell], heads))
    sorted_heads = heads[order]
    numbers = np.arange(len(order)) - np.searchsorted(sorted_heads, sorted_heads) + 1
    codes = [
        f"{head}{number:06d}" for head, number in zip(sorted_heads.tolist(), numbers.tolist(), strict=True)
    ]
    cell = batch.cell[order]
    states, surveyed, changed = _history(seed, cell, np.array([grid.community for grid in grids]))
    places = order.tolist()
    where = {old: new for new, old in enumerate(places)}
    return Components(
        classes=list(seed.classes),
        codes=codes,
        class_index=batch.kind[order],
        names=[batch.names[i] for i in places],
        lonlat=to_degrees(batch.xy[order]),
        shapes={where[i]: shapely.transform(shape, to_degrees) for i, shape in batch.shapes.items()},
        unit_grids=grid_codes[cell].tolist(),
        state_index=states,
        surveyed=surveyed,
        changed=changed,
        addresses=[batch.addresses[i] for i in places],
    )


def _history(seed: CitySeed, cell: Ints, communities: npt.NDArray[np.str_]) -> tuple[Ints, Days, Days]:
    """The survey went from community to community; what is not whole was noticed later."""
    rng = dice(seed.number, "history")
    count = len(cell)
    states = np.minimum(
        np.searchsorted(np.cumsum(STATE_SHARES), rng.random(count), side="right"), len(STATES) - 1
    )
    _, turn = np.unique(communities, return_inverse=True)
    span = (seed.surveyed_to - seed.surveyed_from).days
    days = np.minimum(turn[cell] * span // (turn.max() + 1) + rng.integers(0, 4, count), span)
    first = np.datetime64(seed.surveyed_from, "D")
    surveyed = first + days
    late = np.datetime64(seed.changed_to, "D") - np.datetime64(seed.surveyed_to, "D")
    later = np.datetime64(seed.surveyed_to, "D") + rng.integers(1, max(2, int(late.astype(np.int64))), count)
    touched = (states > 0) | (rng.random(count) < LATER_CHANGED)
    changed = np.where(touched, later, np.datetime64("NaT", "D"))
    return cast(Ints, states.astype(np.int64)), surveyed, changed
