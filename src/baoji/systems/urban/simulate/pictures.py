"""Placeholder pictures that stand in for photos: drawn, the same every time, and each says what it is."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

from baoji.kernel.evidence.likeness.prints import mark_common
from baoji.kernel.records.actions import keep

# 模拟照片 as 16 × 16 dots each, one row in four hexadecimal digits: no font with Chinese signs need be installed.
SIGNS = (
    "1088108813fe10887ffc13043bfc3b043f0477fc506057fe107010d8138e1602",
    "1000130413c433447b44136c132c130c3b087b0c737c13dc1396133230637040",
    "00007dfe6466644664c67f9c640065fc658465847dfc6000324c266462664222",
    "004010401040104010c01ffe1000100010001ff0301030102010601060104010",
)
WIDTH, HEIGHT, DOT = 480, 360, 3
VARIANTS = 4

Drawer = Callable[[ImageDraw.ImageDraw, Random], None]


def manhole(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    x, y = rng.randint(140, 280), rng.randint(170, 230)
    draw.ellipse((x - 90, y - 55, x + 90, y + 55), fill=(58, 58, 62), outline=(30, 30, 30), width=6)
    for step in range(-60, 61, 20):
        draw.line((x + step, y - 40, x + step, y + 40), fill=(84, 84, 88), width=4)


def pole(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    x = rng.randint(150, 330)
    draw.rectangle((x, 70, x + 12, 300), fill=(96, 98, 104))
    draw.line((x + 6, 74, x + 110, 60), fill=(96, 98, 104), width=8)
    draw.ellipse((x + 96, 50, x + 130, 74), fill=(250, 226, 140))


def tree(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    for _n in range(3):
        x = rng.randint(60, 420)
        draw.rectangle((x - 6, 170, x + 6, 270), fill=(92, 66, 46))
        draw.ellipse((x - 60, 70, x + 60, 190), fill=(60, 110 + rng.randint(0, 40), 62))


def rubbish(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    for _n in range(45):
        x, y = rng.randint(110, 370), rng.randint(190, 310)
        size = rng.randint(6, 26)
        tint = rng.choice(((190, 60, 50), (70, 90, 160), (220, 210, 190), (60, 60, 60), (40, 130, 90)))
        draw.polygon([(x, y), (x + size, y + rng.randint(-8, 8)), (x + size // 2, y + size)], fill=tint)


def stalls(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    for n in range(3):
        x, y = 50 + n * 140, 150 + rng.randint(-20, 20)
        draw.polygon(
            [(x, y), (x + 110, y), (x + 124, y + 36), (x - 14, y + 36)],
            fill=rng.choice(((180, 40, 40), (40, 90, 160))),
        )
        draw.rectangle((x + 6, y + 36, x + 104, y + 110), fill=(176, 148, 112))


def road(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    for n in range(-1, 6):
        draw.polygon(
            [(n * 100, 250), (n * 100 + 46, 250), (n * 100 + 30, 262), (n * 100 - 16, 262)],
            fill=(236, 236, 236),
        )
    x = 200 + rng.randint(-80, 80)
    points = [(x, 190)]
    for _n in range(7):
        points.append((points[-1][0] + rng.randint(-26, 26), points[-1][1] + 22))
    draw.line(points, fill=(30, 30, 30), width=7)


def works(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    y = rng.randint(180, 220)
    for n in range(8):
        draw.rectangle((n * 60, y, n * 60 + 58, y + 80), fill=(40, 110, 170) if n % 2 else (230, 230, 235))
    draw.polygon([(300, y), (360, 90), (380, y)], fill=(200, 160, 60))


def board(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    x, y = rng.randint(60, 180), rng.randint(90, 130)
    draw.rectangle(
        (x, y, x + 220, y + 110), fill=(200, 50 + rng.randint(0, 40), 40), outline=(120, 20, 20), width=5
    )
    for n in range(3):
        draw.rectangle((x + 24, y + 22 + n * 26, x + 190 - n * 30, y + 34 + n * 26), fill=(250, 220, 120))


def done(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    x, y = rng.randint(180, 260), rng.randint(150, 200)
    draw.line((x - 60, y, x, y + 60, x + 110, y - 70), fill=(30, 140, 70), width=16)


# Which drawing suits a class: kind and the first two digits of its code.
SCENES: dict[str, Drawer] = {
    "c01": manhole,
    "c02": road,
    "c03": rubbish,
    "c04": tree,
    "c05": works,
    "pole": pole,
    "e01": rubbish,
    "e02": board,
    "e03": works,
    "e04": stalls,
    "e05": road,
    "e06": stalls,
    "done": done,
}


def scene_of(kind: str, class_code: str) -> str:
    """The scene's name for a class; poles and lamps are not manholes."""
    if kind == "component" and class_code[:2] == "01":
        return "c01" if class_code[2:].isdigit() and int(class_code[2:]) <= 23 else "pole"
    scene = kind[:1] + class_code[:2]
    return scene if scene in SCENES else "e01"


def draw_picture(scene: str, variant: int) -> bytes:
    rng = Random(f"{scene} {variant}")
    sky, ground = 178 + rng.randint(-14, 14), 128 + rng.randint(-18, 18)
    image = Image.new("RGB", (WIDTH, HEIGHT), (sky - 10, sky, sky + 12))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 150, WIDTH, HEIGHT), fill=(ground, ground, ground - 6))
    for n in range(5):
        left, top = n * 100 + rng.randint(-14, 14), rng.randint(30, 100)
        draw.rectangle((left, top, left + 84, 150), fill=(ground + 26, ground + 22, ground + 12))
    SCENES[scene](draw, rng)
    _write_signs(draw)
    made = BytesIO()
    image.save(made, "JPEG", quality=70)
    return made.getvalue()


def _write_signs(draw: ImageDraw.ImageDraw) -> None:
    left, top = WIDTH - 4 * 17 * DOT - 12, HEIGHT - 16 * DOT - 14
    draw.rectangle((left - 8, top - 8, WIDTH, HEIGHT), fill=(250, 250, 250))
    for n, sign in enumerate(SIGNS):
        for y in range(16):
            row = int(sign[y * 4 : y * 4 + 4], 16)
            for x in range(16):
                if row >> (15 - x) & 1:
                    corner = (left + n * 17 * DOT + x * DOT, top + y * DOT)
                    draw.rectangle((*corner, corner[0] + DOT - 1, corner[1] + DOT - 1), fill=(170, 30, 30))


class Album:
    """The kept pictures: a few of each scene, real files with real hashes."""

    def __init__(self, now: datetime) -> None:
        self._ids = {
            scene: [keep(draw_picture(scene, n), now=now).id for n in range(VARIANTS)] for scene in SCENES
        }
        mark_common(self.all_ids())

    def take(self, rng: Random, scene: str, count: int) -> list[tuple[int, str]]:
        return [(id_, "photo") for id_ in rng.sample(self._ids[scene], min(count, VARIANTS))]

    def all_ids(self) -> list[int]:
        return [id_ for ids in self._ids.values() for id_ in ids]
