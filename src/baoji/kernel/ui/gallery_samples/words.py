"""What several pages of the gallery use: addresses, clocks."""

from typing import Any

Sample = dict[str, Any]


def page_url(name: str) -> str:
    return "#" if not name else "/gallery/" if name == "parts" else f"/gallery/{name}/"


def clock(light: str, seconds: int | None, limit: int, word: str = "") -> Sample:
    return {"light": light, "seconds": seconds, "limit": limit, "running": light != "pause", "word": word}
