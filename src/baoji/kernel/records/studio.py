"""Makes copies of pictures in a process of its own, with limits: a picture that is too much ends this process, not the city.

python -m baoji.kernel.records.studio NICE: reads jobs, a line of JSON each (behind `look` come so many
bytes of a picture), and answers each with a line. It knows no Django.
"""

import os
import sys
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

from pi_heif import register_heif_opener
from PIL import Image, ImageDraw, ImageFont, ImageOps

from baoji.kernel.base.child import confine, serve
from baoji.kernel.records.pixels import MOST_PIXELS

OPENERS = ("JPEG", "PNG", "WEBP", "HEIF")
MOST_BYTES = 1536 * 1024 * 1024
# Fonts that hold Chinese, as distributions install them; without one the words are left to what they have in ASCII.
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
)

Image.MAX_IMAGE_PIXELS = None
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


def look(data: bytes) -> dict[str, Any]:
    """A picture's size and EXIF. Headers that promise too much are refused first, those that promise too little after."""
    with Image.open(BytesIO(data), formats=("HEIF", "PNG", "WEBP")) as image:
        _require_bearable(image)
        exif = image.info.get("exif") or b""
        image.load()
        return {"width": image.width, "height": image.height, "exif": b64encode(exif).decode()}


def _require_bearable(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise ValueError("pixels")


def make(job: dict[str, Any]) -> None:
    """`copies`: path, width (the greatest; None as it is), quality, words (drawn at the bottom). The largest comes first."""
    widest = job["copies"][0]["width"]
    with Image.open(job["original"], formats=OPENERS) as image:
        _require_bearable(image)
        if widest:
            # Decoding at a reduced size; turned pictures need the width as their height.
            image.draft("RGB", (widest, widest))
        picture = _flat(ImageOps.exif_transpose(image))
    for copy in job["copies"]:
        picture = _narrowed(picture, copy["width"])
        shown = _marked(picture, copy["words"]) if copy.get("words") else picture
        _write(Path(copy["path"]), shown, copy["quality"])


def _narrowed(picture: Image.Image, width: int | None) -> Image.Image:
    if not width or picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _flat(image: Image.Image) -> Image.Image:
    """RGB; what is transparent becomes white."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    flat = image.convert("RGB")
    flat.info.clear()
    return flat


def _write(path: Path, picture: Image.Image, quality: int) -> None:
    """Under a passing name first, so that the name never stands for half a copy."""
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=False, progressive=False, exif=b"")
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f".partial-{os.getpid()}-{path.name}")
    passing.write_bytes(out.getvalue())
    passing.chmod(0o640)
    passing.rename(path)


def _marked(picture: Image.Image, words: list[str]) -> Image.Image:
    """A copy with the words on a dark strip at the bottom, small enough to hide nothing."""
    shown = picture.convert("RGBA")
    size = max(12, round(shown.width / 64))
    font = _font(size)
    line = "  ".join(word for word in words if _can_draw(font, word))
    if (long := font.getlength(line) + 1.2 * size) > shown.width:
        size = max(8, int(size * shown.width / long))
        font = _font(size)
    strip = Image.new("RGBA", (shown.width, round(size * 1.7)), (0, 0, 0, 140))
    ImageDraw.Draw(strip).text(
        (round(size * 0.6), strip.height // 2), line, font=font, fill=(255, 255, 255, 235), anchor="lm"
    )
    shown.alpha_composite(strip, (0, max(0, shown.height - strip.height)))
    return shown.convert("RGB")


def _font(size: int) -> Any:
    for path in FONTS:
        if os.path.exists(path):
            # In Noto's collection the third is the simplified Chinese one.
            return ImageFont.truetype(path, size, index=2 if "Noto" in path else 0)
    return ImageFont.load_default(size)


def _can_draw(font: Any, word: str) -> bool:
    return word.isascii() or getattr(font, "path", "") in FONTS


def main() -> NoReturn:
    """Serves until nobody asks any more."""
    confine(int(sys.argv[1]), MOST_BYTES)
    serve(_answer)


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    data = sys.stdin.buffer.read(job.get("look", 0))
    try:
        if data:
            return look(data)
        make(job)
    except OSError as error:
        return {"bad": str(error), "errno": error.errno}
    except Exception as error:
        # Whatever a decoder raises over hostile bytes: this is the edge of the process, and our caller logs it.
        return {"bad": str(error)[:300] or type(error).__name__}
    return {}


if __name__ == "__main__":
    main()
