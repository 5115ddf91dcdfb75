"""Streets drawn like photos, the same for the same number: what the likeness check is measured on, without anybody's pictures.

A `Place` has layers at several depths, so that a step aside shifts near things more than far ones, as in a photo. Places of
one `family` share covers, paving, signs and wall: alike, and not the same. Loads OpenCV: not for the web process.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

WIDTH, HEIGHT = 1200, 900
HORIZON = 400
GROUND = 1000  # pixels of a side of the ground seen from above
Image = np.ndarray[Any, np.dtype[np.uint8]]
Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class View:
    """Where one stands and when: steps to the side and forward (1 is about a metre), the light, what moves."""

    aside: float = 0.0
    forward: float = 0.0
    tilt: float = 0.0  # degrees
    light: float = 1.0
    warmth: float = 0.0
    moment: int = 0
    has_problem: bool = True


def noise(rng: np.random.Generator, height: int, width: int, coarse: int, octaves: int = 4) -> Floats:
    """Cloudy noise about 0, amplitude about 1."""
    whole = np.zeros((height, width), np.float32)
    for n in range(octaves):
        cells = max(2, coarse * 2**n)
        small = rng.standard_normal((cells * height // width + 2, cells)).astype(np.float32)
        grown = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        whole += np.asarray(grown, np.float32) / np.float32(1.7**n)
    return whole


def tint(rng: np.random.Generator, low: int = 60, high: int = 210) -> tuple[int, int, int]:
    grey, spread = rng.integers(low, high), rng.integers(-25, 26, 3)
    blue, green, red = (int(np.clip(grey + one, 20, 245)) for one in spread)
    return blue, green, red


def textured(rng: np.random.Generator, height: int, width: int, colour: Any, rough: float) -> Floats:
    field = noise(rng, height, width, 6) * rough + rng.standard_normal((height, width)).astype(np.float32) * (
        rough * 0.6
    )
    return np.asarray(colour, np.float32)[None, None, :] + field[:, :, None]


def writing(rng: np.random.Generator, canvas: Any, box: tuple[int, int, int, int], ink: Any) -> None:
    """Strokes that look like a line of Chinese from across the street."""
    x, y, width, height = box
    size = max(8, height * 3 // 4)
    for left in range(x + 6, x + width - size, size + size // 4):
        for _stroke in range(rng.integers(5, 10)):
            a = (left + int(rng.integers(0, size)), y + 4 + int(rng.integers(0, size)))
            b = (
                (left + int(rng.integers(0, size)), a[1])
                if rng.random() < 0.5
                else (a[0], y + 4 + int(rng.integers(0, size)))
            )
            cv2.line(canvas, a, b, ink, max(1, size // 12))


class Place:
    """One stretch of street. `seed` is the place, `family` what it shares with alike places."""

    def __init__(self, seed: int, family: int | None = None) -> None:
        self.own = np.random.default_rng([7, seed])
        self.shared = np.random.default_rng([11, seed if family is None else family])
        self.seed = seed
        self.far, self.far_mask = self._skyline()
        self.near, self.near_mask = self._facades()
        self.ground = self._ground()
        self.spot = (int(self.own.integers(380, 620)), int(self.own.integers(480, 700)))
        self.problem = int(self.own.integers(0, 3))
        self.poles = [
            (int(self.own.integers(-100, 1300)), float(self.own.uniform(0.9, 1.5))) for _n in range(3)
        ]

    def _skyline(self) -> tuple[Floats, Any]:
        layer = np.zeros((HORIZON + 40, WIDTH + 400, 3), np.float32)
        mask = np.zeros(layer.shape[:2], np.float32)
        x = -20
        while x < layer.shape[1]:
            width, top = int(self.own.integers(60, 170)), int(self.own.integers(60, 300))
            colour = np.array(tint(self.own, 120, 200), np.float32)
            a, b = max(x, 0), min(x + width, layer.shape[1])
            if b > a:
                layer[top:, a:b] = colour
                mask[top:, a:b] = 1
                for wy in range(top + 12, layer.shape[0] - 10, int(self.own.integers(14, 24))):
                    for wx in range(a + 8, b - 10, 16):
                        layer[wy : wy + 8, wx : wx + 8] = colour * self.own.uniform(0.5, 0.95)
            x += width + int(self.own.integers(-10, 30))
        return layer, mask

    def _facades(self) -> tuple[Floats, Any]:
        layer = np.zeros((HORIZON + 90, WIDTH + 800, 3), np.float32)
        mask = np.zeros(layer.shape[:2], np.float32)
        x, wall, sign = 0, tint(self.shared), tint(self.shared, 40, 180)
        while x < layer.shape[1]:
            width, top = int(self.own.integers(180, 360)), int(self.own.integers(90, 260))
            end = min(x + width, layer.shape[1])
            if end - x > 60 and self.own.random() < 0.85:
                colour = wall if self.own.random() < 0.5 else tint(self.own)
                self._house(layer, (x, top, end - x, layer.shape[0] - top), colour, sign)
                mask[top:, x:end] = 1
            x += width + int(self.own.integers(0, 90))
        return layer, mask

    def _house(self, layer: Floats, box: tuple[int, int, int, int], colour: Any, sign: Any) -> None:
        x, y, width, height = box
        part = textured(self.own, height, width, colour, 7.0)
        step = int(self.own.integers(34, 60))
        for wy in range(14, height - 130, step):
            for wx in range(12, width - 30, step):
                glass = np.array(tint(self.own, 40, 120), np.float32)
                part[wy : wy + step - 16, wx : wx + step - 18] = glass * self.own.uniform(0.7, 1.3)
                cv2.rectangle(part, (wx, wy), (wx + step - 18, wy + step - 16), (210, 210, 205), 2)
        board = sign if self.own.random() < 0.5 else tint(self.own, 40, 190)
        cv2.rectangle(part, (4, height - 120), (width - 4, height - 84), board, -1)
        writing(self.own, part, (8, height - 120, width - 16, 36), (235, 240, 245))
        cv2.rectangle(part, (10, height - 78), (width - 10, height), tint(self.own, 30, 90), -1)
        for wx in range(14, width - 40, 44):
            cv2.rectangle(part, (wx, height - 74), (wx + 38, height - 4), tint(self.own, 40, 150), -1)
        layer[y : y + height, x : x + width] = part

    def _ground(self) -> Floats:
        """From above: road, kerb, paving, marks, cracks, patches, covers."""
        canvas = textured(self.own, GROUND, GROUND, tint(self.own, 85, 130), 9.0)
        edge = int(self.own.integers(420, 560))
        paving = textured(self.own, edge, GROUND, tint(self.shared, 120, 180), 8.0)
        brick = int(self.shared.integers(26, 44))
        for n, y in enumerate(range(0, edge, brick // 2)):
            cv2.line(paving, (0, y), (GROUND, y), (90, 90, 92), 1)
            for x in range((n % 2) * brick // 2, GROUND, brick):
                cv2.line(paving, (x, y), (x, y + brick // 2), (90, 90, 92), 1)
                if self.own.random() < 0.1:
                    paving[y : y + brick // 2, x : x + brick] *= self.own.uniform(0.75, 1.2)
        canvas[:edge] = paving
        cv2.rectangle(canvas, (0, edge), (GROUND, edge + 14), (190, 192, 190), -1)
        for x in range(int(self.own.integers(0, 80)), GROUND, 150):
            cv2.rectangle(canvas, (x, edge + 210), (x + 80, edge + 222), (225, 228, 228), -1)
        self._wear(canvas)
        for _n in range(3):
            self._cover(canvas, (int(self.own.integers(200, 800)), int(self.own.integers(150, 900))))
        return canvas

    def _wear(self, canvas: Floats) -> None:
        for _n in range(14):
            x, y = self.own.integers(0, GROUND, 2)
            size = self.own.integers(20, 90, 2)
            cv2.ellipse(
                canvas,
                ((float(x), float(y)), (float(size[0]), float(size[1])), float(self.own.uniform(0, 180))),
                tint(self.own, 50, 140),
                -1,
            )
        for _n in range(22):
            at = self.own.integers(0, GROUND, 2).astype(np.int32)
            path = [at]
            for _step in range(int(self.own.integers(4, 12))):
                path.append(path[-1] + self.own.integers(-45, 46, 2).astype(np.int32))
            cv2.polylines(canvas, [np.array(path)], False, (45, 45, 48), int(self.own.integers(1, 4)))

    def _cover(self, canvas: Floats, at: tuple[int, int]) -> None:
        """Covers of a family are of one make: the same relief everywhere."""
        cv2.circle(canvas, at, 48, (62, 62, 66), -1)
        cv2.circle(canvas, at, 48, (35, 35, 36), 4)
        make = np.random.default_rng([13, int(self.shared.bit_generator.state["state"]["state"]) % 1000])
        for _n in range(16):
            a, b = make.integers(-32, 33, 2), make.integers(-32, 33, 2)
            cv2.line(
                canvas,
                (at[0] + int(a[0]), at[1] + int(a[1])),
                (at[0] + int(b[0]), at[1] + int(b[1])),
                (96, 96, 100),
                4,
            )


def photo(place: Place, view: View = View()) -> Image:
    """BGR, 1200 × 900: the place as a phone's camera takes it from there, then."""
    moment = np.random.default_rng([17, place.seed, view.moment])
    frame = _sky(moment)
    _lay(frame, place.far, place.far_mask, 200 + 8 * view.aside, 0, 1 + 0.01 * view.forward)
    _lay(frame, place.near, place.near_mask, 400 + 46 * view.aside, 0, 1 + 0.05 * view.forward)
    _floor(frame, place, view, moment)
    for x, depth in place.poles:
        _pole(frame, int(x - 90 * depth * view.aside), depth * (1 + 0.08 * view.forward))
    for _n in range(int(moment.integers(1, 4))):
        _passer(frame, moment)
    return _taken(frame, view, moment)


def _sky(moment: np.random.Generator) -> Floats:
    top = np.array(tint(moment, 170, 230), np.float32)
    fade = np.linspace(1.0, 1.12, HEIGHT, dtype=np.float32)[:, None, None]
    clouds = noise(moment, HEIGHT, WIDTH, 3, 3)[:, :, None] * 9
    sky: Floats = top[None, None, :] * fade + clouds
    return sky


def _lay(frame: Floats, layer: Floats, mask: Any, shift: float, drop: float, scale: float) -> None:
    """Scales about the middle of the horizon."""
    place = np.array(
        [
            [scale, 0, WIDTH / 2 - scale * (WIDTH / 2 + shift)],
            [0, scale, HORIZON - scale * HORIZON + drop],
        ],
        np.float32,
    )
    moved = cv2.warpAffine(layer, place, (WIDTH, HEIGHT))
    cover = cv2.warpAffine(mask, place, (WIDTH, HEIGHT))[:, :, None]
    frame[:] = frame * (1 - cover) + moved * cover


def _floor(frame: Floats, place: Place, view: View, moment: np.random.Generator) -> None:
    ground = place.ground.copy()
    if view.has_problem:
        _problem(ground, place)
    for _n in range(int(moment.integers(2, 6))):  # leaves, stains of the day
        at = moment.integers(0, GROUND, 2)
        cv2.circle(ground, (int(at[0]), int(at[1])), int(moment.integers(4, 16)), tint(moment, 40, 150), -1)
    near, far, ahead = 190 * view.aside, 40 * view.aside, 60 * view.forward
    top, bottom = HORIZON + 46.0, float(HEIGHT)
    seen = np.array([[0, 0], [GROUND, 0], [GROUND, GROUND], [0, GROUND]], np.float32)
    shown = np.array(
        [
            [-250 - far, top - ahead * 0.05],
            [1450 - far, top - ahead * 0.05],
            [2300 - near + ahead, bottom + 60 + ahead],
            [-1100 - near - ahead, bottom + 60 + ahead],
        ],
        np.float32,
    )
    matrix = cv2.getPerspectiveTransform(seen, shown)
    moved = cv2.warpPerspective(ground, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(np.ones((GROUND, GROUND), np.float32), matrix, (WIDTH, HEIGHT))[:, :, None]
    frame[:] = frame * (1 - cover) + moved * cover


def _problem(ground: Floats, place: Place) -> None:
    """A heap of rubbish, a hole, or spilt earth where the case is."""
    rng, (x, y) = np.random.default_rng([19, place.seed]), place.spot
    if place.problem == 1:
        cv2.circle(ground, (x, y), 62, (18, 18, 20), -1)
        cv2.circle(ground, (x, y), 66, (120, 118, 112), 5)
        return
    for _n in range(110 if place.problem == 0 else 60):
        at = (np.array([x, y]) + rng.normal(0, 42, 2)).astype(int)
        size = rng.integers(6, 22, 2) if place.problem == 0 else rng.integers(10, 30, 2)
        colour = tint(rng, 40, 230) if place.problem == 0 else (60, 90, 130)
        points = at + rng.integers(-1, 2, (4, 2)) * size + rng.integers(-5, 6, (4, 2))
        cv2.fillConvexPoly(ground, cv2.convexHull(points.astype(np.int32)), colour)


def _pole(frame: Floats, x: int, depth: float) -> None:
    foot = int(HORIZON + 46 + 240 * (depth - 0.7))
    wide = max(4, int(12 * depth))
    cv2.rectangle(frame, (x, int(140 / depth)), (x + wide, foot), (92, 98, 100), -1)
    cv2.rectangle(frame, (x, foot - 30), (x + wide, foot - 18), (60, 170, 210), -1)
    cv2.line(
        frame, (x, int(150 / depth)), (x + int(90 * depth), int(130 / depth)), (92, 98, 100), wide // 2 + 1
    )


def _passer(frame: Floats, moment: np.random.Generator) -> None:
    """Somebody on foot, or a car: there at this moment only."""
    x, size = int(moment.integers(0, WIDTH)), float(moment.uniform(0.5, 1.3))
    foot = int(HORIZON + 60 + 190 * (size - 0.3))
    if moment.random() < 0.6:
        tall = int(190 * size)
        cv2.rectangle(frame, (x, foot - tall * 3 // 4), (x + tall // 4, foot - tall // 3), tint(moment), -1)
        cv2.rectangle(frame, (x + 3, foot - tall // 3), (x + tall // 4 - 3, foot), tint(moment, 30, 90), -1)
        cv2.circle(frame, (x + tall // 8, foot - tall * 5 // 6), tall // 10, (130, 160, 190), -1)
        return
    long, tall, paint = int(330 * size), int(120 * size), tint(moment, 30, 230)
    cv2.rectangle(frame, (x, foot - tall), (x + long, foot - tall // 4), paint, -1)
    cv2.rectangle(
        frame,
        (x + long // 5, foot - tall * 3 // 2),
        (x + long * 4 // 5, foot - tall),
        tint(moment, 40, 90),
        -1,
    )
    for wheel in (x + long // 5, x + long * 4 // 5):
        cv2.circle(frame, (wheel, foot - tall // 4), tall // 4, (25, 25, 25), -1)


def _taken(frame: Floats, view: View, moment: np.random.Generator) -> Image:
    """Lens and sensor: tilt, shade, light, softness, grain."""
    if view.tilt:
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), view.tilt, 1 + abs(view.tilt) / 60)
        leant = cv2.warpAffine(frame, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        frame = np.asarray(leant, np.float32)
    shade = noise(moment, HEIGHT, WIDTH, 2, 2)[:, :, None] * 0.05 + 1
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    vignette = (1 - 0.16 * (x * x + y * y) / 2)[:, :, None]
    lit = frame * shade * vignette * view.light
    lit += np.array([-view.warmth, 0, view.warmth], np.float32)
    lit = cv2.GaussianBlur(lit, (0, 0), 0.8)
    lit += moment.standard_normal(lit.shape).astype(np.float32) * 3.0
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def another(view: View, rng: np.random.Generator) -> View:
    """The same place on another day, by another hand."""
    return replace(
        view,
        aside=view.aside + float(rng.uniform(0.4, 1.2)) * (1 if rng.random() < 0.5 else -1),
        forward=view.forward + float(rng.uniform(-0.8, 0.8)),
        tilt=float(rng.uniform(-2.5, 2.5)),
        light=float(rng.uniform(0.75, 1.2)),
        warmth=float(rng.uniform(-10, 10)),
        moment=int(rng.integers(1, 1_000_000)),
    )
