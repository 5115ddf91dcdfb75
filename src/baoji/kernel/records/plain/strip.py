"""Of a recording only the sound and what is needed to play it, in the container it came in.

What an encoder hides within the sound itself stays: it is not decoded here.
"""

from collections.abc import Callable

from baoji.kernel.records.plain import frames, mp4, ogg, wav, webm
from baoji.kernel.records.plain.steps import NotWalked

STRIPPERS: dict[str, Callable[[bytes], bytes]] = {
    "audio/webm": webm.strip,
    "audio/ogg": ogg.strip,
    "audio/mp4": mp4.strip,
    "audio/aac": frames.strip,
    "audio/mpeg": frames.strip,
    "audio/wav": wav.strip,
}


def strip(data: bytes, mime: str) -> bytes:
    """Raises `NotWalked` where that cannot be told apart to the end."""
    stripper = STRIPPERS.get(mime)
    if stripper is None:
        raise NotWalked(mime)
    try:
        return stripper(data)
    except (IndexError, ValueError, OverflowError) as error:
        raise NotWalked("cut in the middle of a number") from error
