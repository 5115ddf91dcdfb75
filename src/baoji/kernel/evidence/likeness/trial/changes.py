"""What people do to a picture before they pass it off as another one. Loads OpenCV: not for the web process."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from baoji.kernel.evidence.likeness.trial.scenes import Image

Change = Callable[[Image, np.random.Generator], Image]


def packed(image: Image, quality: int) -> Image:
    """Through JPEG and back."""
    _done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _bytes(picture: Any) -> Image:
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def recompressed(image: Image, rng: np.random.Generator) -> Image:
    return packed(image, 40)


def halved(image: Image, rng: np.random.Generator) -> Image:
    return _sized(image, image.shape[1] // 2)


def thumbnail(image: Image, rng: np.random.Generator) -> Image:
    return _sized(image, 320)


def _sized(image: Image, width: int) -> Image:
    height = round(image.shape[0] * width / image.shape[1])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def brighter(image: Image, rng: np.random.Generator) -> Image:
    return _bytes(image.astype(np.float32) * 1.4)


def darker(image: Image, rng: np.random.Generator) -> Image:
    return _bytes(image.astype(np.float32) * 0.6)


def _cropped(share: float) -> Change:
    """`share` of width and height is cut away, anywhere."""

    def change(image: Image, rng: np.random.Generator) -> Image:
        height, width = image.shape[:2]
        top, left = (int(rng.uniform(0, share) * side) for side in (height, width))
        return image[top : top + int(height * (1 - share)), left : left + int(width * (1 - share))]

    return change


def mirrored(image: Image, rng: np.random.Generator) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def upside_down(image: Image, rng: np.random.Generator) -> Image:
    return np.ascontiguousarray(image[::-1, ::-1])


def turned(image: Image, rng: np.random.Generator) -> Image:
    """Three degrees, the empty corners trimmed away."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 3 if rng.random() < 0.5 else -3, 1)
    whole = cv2.warpAffine(image, turn, (width, height))
    edge = int(0.045 * width)
    return np.ascontiguousarray(whole[edge:-edge, edge:-edge], dtype=np.uint8)


def quartered(image: Image, rng: np.random.Generator) -> Image:
    """By a quarter, as in a phone's gallery, or held upright before a screen that lies across."""
    return packed(np.ascontiguousarray(np.rot90(image, 1 if rng.random() < 0.5 else 3)), 85)


def banded(image: Image, rng: np.random.Generator) -> Image:
    """A strip with writing over the lower tenth, as watermark apps put it there."""
    made, top = image.copy(), int(image.shape[0] * 0.9)
    made[top:] = made[top:] // 4
    for x in range(20, made.shape[1] - 200, 26):
        cv2.line(
            made,
            (x, top + int(rng.integers(10, 60))),
            (x + 16, top + int(rng.integers(10, 60))),
            (240, 240, 240),
            3,
        )
    return made


def screenshot(image: Image, rng: np.random.Generator) -> Image:
    """A phone's screen that shows the picture: bars above and below, a clock, a button."""
    width, height = 1080, 2160
    paper = 0 if rng.random() < 0.7 else 250
    screen = np.full((height, width, 3), paper, np.uint8)
    shown = cv2.resize(
        image, (width, round(image.shape[0] * width / image.shape[1])), interpolation=cv2.INTER_AREA
    )
    top = (height - shown.shape[0]) // 2 + int(rng.integers(-120, 121))
    screen[top : top + shown.shape[0]] = shown
    ink = (235,) * 3 if paper == 0 else (30,) * 3
    cv2.putText(
        screen,
        f"{rng.integers(0, 24):02}:{rng.integers(0, 60):02}",
        (40, 60),
        cv2.FONT_HERSHEY_SIMPLEX,
        1.4,
        ink,
        3,
    )
    for x in (220, 540, 860):
        cv2.circle(screen, (x, height - 90), 34, ink, 5)
    return packed(screen, 88)


def photographed(image: Image, rng: np.random.Generator) -> Image:
    """A photo of the picture on a screen: seen a little from the side, soft, with grain and moiré."""
    return _photo_of(image, rng, lean=0.04, soft=1.1, grain=4.0, moire=5.0, margin=0.03)


def photographed_badly(image: Image, rng: np.random.Generator) -> Image:
    """From further to the side, with a glare, more of what is around the screen, and out of focus."""
    return _photo_of(image, rng, lean=0.11, soft=2.2, grain=8.0, moire=11.0, margin=0.1)


def _photo_of(
    image: Image,
    rng: np.random.Generator,
    *,
    lean: float,
    soft: float,
    grain: float,
    moire: float,
    margin: float,
) -> Image:
    height, width = image.shape[:2]
    edge = np.array([width, height], np.float32)
    at = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    inward = at + (0.5 - at) * 2 * margin + rng.uniform(-lean, lean, (4, 2)).astype(np.float32) * 0.7
    desk = np.full_like(image, 46) + rng.integers(0, 24, image.shape, dtype=np.uint8)
    matrix = cv2.getPerspectiveTransform(at * edge, (inward * edge).astype(np.float32))
    seen = cv2.warpPerspective(image, matrix, (width, height)).astype(np.float32)
    cover = cv2.warpPerspective(np.ones((height, width), np.float32), matrix, (width, height))[:, :, None]
    seen = desk * (1 - cover) + seen * cover
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch, way = rng.uniform(3.1, 5.3), rng.uniform(0, np.pi)
    waves = np.sin((x * np.cos(way) + y * np.sin(way)) * 2 * np.pi / pitch) * np.sin(
        y * 2 * np.pi / (pitch * 9)
    )
    seen += (waves * moire)[:, :, None]
    glare = np.exp(-(((x - rng.uniform(0, width)) / 260) ** 2 + ((y - rng.uniform(0, height)) / 200) ** 2))
    seen += (glare * moire * 6)[:, :, None]
    seen = cv2.GaussianBlur(seen, (0, 0), soft) * rng.uniform(0.85, 1.1) + rng.uniform(-8, 14)
    seen += rng.standard_normal(seen.shape).astype(np.float32) * grain
    return packed(_bytes(seen), 80)


def mirrored_crop(image: Image, rng: np.random.Generator) -> Image:
    return packed(mirrored(CHANGES["crop 20 %"](image, rng), rng), 75)


def quartered_photo(image: Image, rng: np.random.Generator) -> Image:
    return quartered(photographed(image, rng), rng)


CHANGES: dict[str, Change] = {
    "JPEG 40": recompressed,
    "half size": halved,
    "320 px": thumbnail,
    "brighter": brighter,
    "darker": darker,
    "band of text": banded,
    "crop 10 %": _cropped(0.1),
    "crop 20 %": _cropped(0.2),
    "crop 30 %": _cropped(0.3),
    "crop 40 %": _cropped(0.4),
    "crop 50 %": _cropped(0.5),
    "turned 3°": turned,
    "upside down": upside_down,
    "mirror": mirrored,
    "mirror, crop 20 %": mirrored_crop,
    "screenshot": screenshot,
    "photo of it": photographed,
    "photo of it, bad": photographed_badly,
    "quarter turn": quartered,
    "photo of it, quarter turn": quartered_photo,
}


def jpeg(image: Image, quality: int = 85) -> bytes:
    _done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    made: Any = data
    return bytes(made)
