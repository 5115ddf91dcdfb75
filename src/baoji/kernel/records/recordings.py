"""Copies of recordings without metadata: AAC in M4A, which plays at every desk, where the machine has ffmpeg; else in the format
that they came in.
"""

import logging
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import NotThere, Refused
from baoji.kernel.records.plain.steps import NotWalked
from baoji.kernel.records.plain.strip import strip
from baoji.kernel.records.storage import PARTIAL, original_path, told_when_full, write_whole

log = logging.getLogger("baoji.records")
MIME = "audio/mp4"
# The demuxer is named, so that nothing in a recording can make ffmpeg open something else.
DEMUXERS = {
    "audio/webm": "matroska",
    "audio/ogg": "ogg",
    "audio/mp4": "mov",
    "audio/aac": "aac",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
}
LIMITS = ("nice", "-n", "10", "prlimit", "--as=2147483648", "--cpu=300", "--fsize=67108864", "--")
LONGEST_S = 3600
PATIENCE_S = 600
OUT_TIME = re.compile(r"^out_time_us=(\d+)$", re.MULTILINE)


class NotMade(Exception):
    """ffmpeg did not manage; the copy in its own format plays where it can."""


def copy_path(sha256: str) -> Path:
    """Where the copy of ffmpeg is kept, made or not."""
    return Path(settings.DATA) / "copies" / "m4a" / sha256[:2] / sha256[2:4] / f"{sha256}.m4a"


def plain_path(sha256: str) -> Path:
    """Where the copy in its own format is kept, made or not."""
    return Path(settings.DATA) / "copies" / "plain" / sha256[:2] / sha256[2:4] / sha256


def plain_copy(sha256: str, mime: str) -> Path:
    """The copy with nothing but sound in it, of the original's type; made on first request.

    Raises `NotThere` (erased), `Refused` (no-plain-copy, storage-full).
    """
    path, original = plain_path(sha256), original_path(sha256)
    if path.exists():
        return path
    try:
        plain = strip(original.read_bytes(), mime)
    except FileNotFoundError as error:
        raise gone() from error
    except NotWalked as error:
        log.warning("no plain copy of %s (%s): %s", sha256, mime, error)
        raise Refused(
            _("这段录音的格式读不完整，没有可以播放的副本；原件只有有权查看原件的人能打开"),
            code="no-plain-copy",
            status=422,
        ) from error
    with told_when_full():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, plain, durable=False)
    if not original.exists():
        forget(sha256)  # erased meanwhile
        raise gone()
    return path


def gone() -> NotThere:
    """The refusal for an original whose time was over."""
    return NotThere(_("原件已按期限删除，或不在这台服务器上"))


def forget(sha256: str) -> None:
    """Deletes what was made of a recording."""
    for path in (copy_path(sha256), plain_path(sha256)):
        path.unlink(missing_ok=True)


def make_copy(sha256: str, mime: str) -> int | None:
    """The recording's length in milliseconds; None where there is no ffmpeg. Raises `NotMade`."""
    program = shutil.which("ffmpeg")
    if program is None:
        return None
    path = copy_path(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f"{PARTIAL}{uuid4().hex}.m4a")
    try:
        done = subprocess.run(
            (*LIMITS, program, *_words(original_path(sha256), mime, passing)),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=True,
        )
        passing.chmod(0o640)
        passing.rename(path)
    except (subprocess.SubprocessError, OSError) as error:
        raise NotMade(str(getattr(error, "stderr", "") or error)[-300:]) from error
    finally:
        with suppress(FileNotFoundError):
            passing.unlink()
    times = OUT_TIME.findall(done.stdout)
    return int(times[-1]) // 1000 if times else None


def _words(original: Path, mime: str, made: Path) -> list[str]:
    reading = f"-protocol_whitelist file -f {DEMUXERS[mime]} -t {LONGEST_S} -i"
    leaving_out = "-map 0:a:0 -vn -sn -dn -map_metadata -1 -map_chapters -1"
    writing = "-c:a aac -b:a 48k -ac 1 -movflags +faststart -f ipod -y"
    telling = "-nostdin -hide_banner -loglevel error -progress pipe:1"
    return [
        *telling.split(),
        *reading.split(),
        str(original),
        *leaving_out.split(),
        *writing.split(),
        str(made),
    ]
