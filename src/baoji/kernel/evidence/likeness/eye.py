"""Looks at pictures with OpenCV, in a process of its own, so that neither the web nor the worker carries it.

python -m baoji.kernel.evidence.likeness.eye NICE: reads jobs, a line of JSON each, answers each with a line, and ends when it
has had nothing to do for half a minute. It knows no Django.
"""

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import cv2
import numpy as np

from baoji.kernel.base.child import confine, serve
from baoji.kernel.evidence.likeness.parts import parts

SIDE, LOW = 32, 8
LONG_SIDE = 640
FEATURES = 800
RATIO = 0.8
REPROJECTION_PX = 5.0
LEAST_MATCHES = 8
BAND = 2  # rows of blocks at the top or bottom that may have been written over
BLOCKS = 12  # a side of the grid on which two pictures are compared once they lie on each other
TEXTURE = 6.0  # grey levels of deviation below which a block says nothing
AGREES = 0.6  # correlation from which a block shows the same
FLAT = 9.0  # grey levels of deviation of a 32 × 32 picture below which its fingerprint says nothing
MOST_BYTES = 2 * 1024 * 1024 * 1024
NOTHING = {"inliers": 0, "alike": 0.0, "blocks": 0, "cover": 0.0}
Grey = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Features:
    points: Any  # n × 2 float32
    marks: Any  # n × 32 uint8
    grey: Grey


def opened(path: str) -> Grey:
    """Grey, its long side 640 px at most. Raises ValueError."""
    image = cv2.imread(path, cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise ValueError("cannot be opened")
    return scaled(np.asarray(image, np.uint8))


def scaled(grey: Grey) -> Grey:
    share = LONG_SIDE / max(grey.shape)
    if share >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * share)), max(1, round(grey.shape[0] * share)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _cosines() -> Any:
    n = np.arange(SIDE)
    return np.cos(np.pi * (2 * n[None, :] + 1) * n[:LOW, None] / (2 * SIDE))


COSINES = _cosines()


def phash(small: Any) -> int:
    """The fingerprint of a grey picture of 32 × 32, 0 ≤ it < 2**64: signs of the 8 × 8 lowest frequencies against their median.

    As in J. Buchner's imagehash.
    """
    low = COSINES @ small.astype(np.float64) @ COSINES.T
    bits = (low > np.median(low)).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def small(grey: Grey) -> Grey:
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def is_flat(grey: Grey) -> bool:
    """A wall, a night, a lens cap: such pictures are all alike and stand for nothing."""
    return bool(small(grey).std() < FLAT)


def trimmed(grey: Grey) -> Grey:
    """Without the bars of one colour that a screenshot puts around a picture; the same where there are none."""
    for _turn in range(4):
        grey = np.rot90(grey[_bar(grey) :])
    return np.ascontiguousarray(grey)


def _bar(grey: Grey) -> int:
    """How many rows at the top mostly have the colour of the first; lines of writing on it belong to it."""
    colour = float(np.median(grey[0]))
    plain = (np.abs(grey.astype(np.int16) - colour) <= 10).mean(axis=1) >= 0.7
    last, gap = 0, max(4, grey.shape[0] // 20)
    for n, one in enumerate(plain[: grey.shape[0] * 4 // 5]):
        if one:
            last = n + 1
        elif n - last > gap:
            break
    return last if last >= max(3, grey.shape[0] // 50) else 0


def variants(grey: Grey) -> list[int]:
    """Fingerprints: as it is, then as it would have been before it was mirrored, turned upside down, bars put around it; and, the
    last two, turned by a quarter.

    Few, since each costs 68 keys: what was changed otherwise has parts in common (`parts`).
    """
    shown = [grey, grey[:, ::-1], grey[::-1, ::-1]]
    bare = trimmed(grey)
    if bare.shape != grey.shape:
        shown.append(bare)
    shown += [np.rot90(grey), np.rot90(grey, 3)]
    return [phash(small(np.ascontiguousarray(one))) for one in shown]


def features(grey: Grey) -> Features:
    orb = cv2.ORB_create(nfeatures=FEATURES)  # type: ignore[attr-defined]
    points, marks = orb.detectAndCompute(grey, None)
    if marks is None:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8), grey)
    return Features(np.array([point.pt for point in points], np.float32), marks, grey)


def kept_features(path: str, keep: str) -> Features:
    """From the file beside, made on first use; it may be deleted at any time."""
    place = Path(keep)
    try:
        with np.load(place) as found:
            grey = np.asarray(cv2.imdecode(found["grey"], cv2.IMREAD_GRAYSCALE), np.uint8)
            return Features(found["points"].astype(np.float32), found["marks"], grey)
    except (OSError, ValueError, KeyError, cv2.error):
        made = features(opened(path))
    with suppress(OSError):  # a full disk: then it is made again next time
        _keep(place, made)
    return made


def _keep(place: Path, made: Features) -> None:
    _done, grey = cv2.imencode(".jpg", made.grey, [cv2.IMWRITE_JPEG_QUALITY, 75])
    place.parent.mkdir(parents=True, exist_ok=True)
    passing = place.with_name(f".partial-{os.getpid()}-{place.name}")
    try:
        with passing.open("wb") as file:
            np.savez(file, points=made.points.astype(np.float16), marks=made.marks, grey=grey)
        passing.chmod(0o640)
        passing.rename(place)
    finally:
        passing.unlink(missing_ok=True)


def compared(later: Features, earlier: Features) -> dict[str, float]:
    """`inliers` of one plane-to-plane view; then, laid on each other: `alike` of `blocks` agree, and `cover` of the later is shared."""
    pairs = _pairs(later, earlier)
    if len(pairs) < LEAST_MATCHES:
        return dict(NOTHING)
    here = np.array([later.points[a] for a, _b in pairs], np.float32)
    there = np.array([earlier.points[b] for _a, b in pairs], np.float32)
    matrix, holds = cv2.findHomography(there, here, cv2.USAC_MAGSAC, REPROJECTION_PX, maxIters=2000)
    if matrix is None or not _is_sane(matrix, earlier.grey.shape):
        return dict(NOTHING)
    return {"inliers": int(holds.sum()), **_laid(later.grey, earlier.grey, matrix)}


def _pairs(later: Features, earlier: Features) -> list[tuple[int, int]]:
    if len(later.marks) < LEAST_MATCHES or len(earlier.marks) < LEAST_MATCHES:
        return []
    found = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(later.marks, earlier.marks, k=2)
    good = [pair[0] for pair in found if len(pair) == 2 and pair[0].distance < RATIO * pair[1].distance]
    best: dict[int, Any] = {}
    for one in good:
        if one.trainIdx not in best or one.distance < best[one.trainIdx].distance:
            best[one.trainIdx] = one
    return [(one.queryIdx, one.trainIdx) for one in best.values()]


def _is_sane(matrix: Any, shape: tuple[int, ...]) -> bool:
    """The earlier picture's frame stays a convex, not mirrored, not vanishing quadrangle."""
    height, width = shape[:2]
    frame = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32)
    corners = cv2.perspectiveTransform(frame, matrix)[0]
    if not np.isfinite(corners).all() or not cv2.isContourConvex(corners.astype(np.float32)):
        return False
    area = cv2.contourArea(corners.astype(np.float32), oriented=True)
    return bool(0.03 < area / (width * height) < 30)


def _laid(later: Grey, earlier: Grey, matrix: Any) -> dict[str, float]:
    """Softened, so that grain, moiré and a pixel's offset do not count; block by block, so that light does not.

    Of `alike` a band over the top or the bottom may disagree: watermark apps write there.
    """
    size = (later.shape[1], later.shape[0])
    moved = cv2.GaussianBlur(cv2.warpPerspective(earlier, matrix, size), (0, 0), 2.0).astype(np.float32)
    mask = cv2.warpPerspective(np.full_like(earlier, 255), matrix, size)
    own = cv2.GaussianBlur(later, (0, 0), 2.0).astype(np.float32)
    grid, covered = np.full((BLOCKS, BLOCKS), np.nan), 0
    for row, rows in enumerate(np.array_split(np.arange(size[1]), BLOCKS)):
        for column, columns in enumerate(np.array_split(np.arange(size[0]), BLOCKS)):
            box = np.ix_(rows, columns)
            if mask[box].min() < 255:
                continue
            covered += 1
            if max(own[box].std(), moved[box].std()) >= TEXTURE:
                grid[row, column] = _correlation(own[box], moved[box])
    return {
        "alike": round(max(_agreeing(grid), _agreeing(grid[BAND:]), _agreeing(grid[:-BAND])), 3),
        "blocks": int((~np.isnan(grid)).sum()),
        "cover": round(covered / BLOCKS**2, 3),
    }


def _agreeing(grid: Any) -> float:
    """The share of the blocks that show the same."""
    known = grid[~np.isnan(grid)]
    return float((known >= AGREES).mean()) if known.size else 0.0


def _correlation(a: Any, b: Any) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 1e-6 else 0.0


def look(job: dict[str, Any]) -> dict[str, Any]:
    """`path`, `keep` → the picture's fingerprints, those of its parts, flatness, and features kept for later."""
    found = kept_features(job["path"], job["keep"])
    return {
        "prints": variants(found.grey),
        "parts": parts(trimmed(found.grey)),
        "flat": is_flat(found.grey),
        "features": len(found.marks),
    }


def compare(job: dict[str, Any]) -> dict[str, Any]:
    """`path`, `keep`, `others` [{path, keep}] → for each other what `compared` says, mirrored if that fits better."""
    own = kept_features(job["path"], job["keep"])
    mirror = mirrored(own)
    return {"found": [_best(own, mirror, other) for other in job["others"]]}


def _best(own: Features, mirror: Features, other: dict[str, str]) -> dict[str, Any]:
    try:
        return best(own, mirror, kept_features(other["path"], other["keep"]))
    except ValueError:
        return {**NOTHING, "mirrored": False, "features": 0}


def best(own: Features, mirror: Features, earlier: Features) -> dict[str, Any]:
    """As `compared`, of the picture or of its mirror image, whichever fits better; and whether it was mirrored."""
    plain, flipped = compared(own, earlier), compared(mirror, earlier)
    is_mirrored = flipped["inliers"] > plain["inliers"]
    least = min(len(own.marks), len(earlier.marks))
    return {**(flipped if is_mirrored else plain), "mirrored": is_mirrored, "features": least}


def mirrored(seen: Features) -> Features:
    return features(np.ascontiguousarray(seen.grey[:, ::-1]))


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        return compare(job) if "others" in job else look(job)
    except Exception as error:
        # The edge of the process: whatever OpenCV raises, our caller logs it.
        return {"bad": str(error)[:300] or type(error).__name__}


def main() -> NoReturn:
    confine(int(sys.argv[1]), MOST_BYTES)
    cv2.setNumThreads(1)
    serve(_answer)


if __name__ == "__main__":
    main()
