"""HEIC, copies with nothing but the picture in them, words on copies, recordings; and what tries to be too much."""

import os
import stat
import subprocess
import sys
import warnings
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from PIL import Image, PngImagePlugin

from baoji.kernel.base.errors import Refused
from baoji.kernel.records import actions, confined, content, media, queries, recordings, renditions, storage
from baoji.kernel.records.models import Media, StoredFile
from baoji.kernel.records.tests.pictures import RECORDINGS, camera_picture, heic, picture

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def test_heic_is_kept_as_it_came_with_what_it_says():
    kept = actions.keep(heic(), now=NOW)
    assert kept.mime == "image/heic"
    assert storage.original_path(kept.sha256).read_bytes() == heic()
    assert queries.exif(kept.sha256)["Model"] == "Field camera"
    row = StoredFile.objects.get(pk=kept.id)
    assert (row.width, row.height) == (64, 96)


def test_a_copy_of_heic_is_upright_and_says_nothing():
    kept = actions.keep(heic(), now=NOW)
    copy = queries.copy_path(kept.sha256, "1600")
    for secret in (b"Field", b"secret", b"Exif", b"ftyp"):
        assert secret not in copy.read_bytes()
    with Image.open(copy) as image:
        red, blue = image.getpixel((32, 5)), image.getpixel((32, 90))
        assert (image.format, image.size) == ("JPEG", (64, 96))
        assert red[0] > 200 > blue[0]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (heic(claims=(30_000, 30_000)), "too-large"),
        (heic(claims=(10_000, 10_000)), "too-large"),
        (heic(claims=(32, 32)), "not-an-image"),
        (heic(claims=(5_000, 5_000)), "not-an-image"),
        (heic()[:-20], "not-an-image"),
        (heic()[:300], "not-an-image"),
        (heic()[:16] + b"\0" * 900, "not-an-image"),
    ],
)
def test_heic_that_lies_or_is_cut_is_refused(data, code):
    with pytest.raises(Refused) as caught:
        actions.keep(data, now=NOW)
    assert caught.value.code == code
    assert not StoredFile.objects.exists()


def test_pictures_of_other_kinds_are_not_let_in_by_the_same_door():
    out = BytesIO()
    Image.new("RGB", (32, 32)).save(out, "AVIF")
    with pytest.raises(Refused):
        actions.keep(out.getvalue(), now=NOW)


def told_everything() -> bytes:
    """A JPEG with EXIF, XMP, a comment and bytes behind its end."""
    out = BytesIO()
    with Image.open(BytesIO(camera_picture())) as image:
        image.save(out, "JPEG", exif=image.getexif(), xmp=b"<x>secret xmp</x>", comment=b"secret comment")
    return out.getvalue() + b"secret tail"


def told_in_png() -> bytes:
    out, words = BytesIO(), PngImagePlugin.PngInfo()
    words.add_itxt("XML:com.adobe.xmp", "secret xmp")
    words.add_text("Comment", "secret comment")
    with Image.open(BytesIO(camera_picture())) as image:
        image.save(out, "PNG", pnginfo=words, exif=image.getexif())
    return out.getvalue()


@pytest.mark.parametrize("data", [told_everything(), told_in_png()], ids=["jpeg", "png"])
@pytest.mark.parametrize("size", ["320", "1600", "full"])
def test_copies_say_nothing_of_what_the_original_says(data, size):
    assert b"secret" in data
    copy = queries.copy_path(actions.keep(data, now=NOW).sha256, size).read_bytes()
    for secret in (b"secret", b"Field", b"Exif", b"http://ns.adobe.com", b"ICC_PROFILE"):
        assert secret not in copy


def test_words_stand_on_the_copy_for_those_who_ask_and_nowhere_else():
    kept = actions.keep(picture(1600, 1200, colour=(90, 90, 90)), now=NOW)
    words = ("2026-0001", "2026-03-02 09:00", "34.36190, 107.23720")
    plain, marked = queries.copy_path(kept.sha256, "1600"), queries.copy_path(kept.sha256, "1600", words)
    assert plain != marked and queries.copy_path(kept.sha256, "1600", words) == marked
    with Image.open(plain) as before, Image.open(marked) as after:
        assert before.size == after.size
        assert before.getextrema() != after.getextrema()
        top = (0, 0, 1600, 1100)
        assert before.crop(top).tobytes() == after.crop(top).tobytes(), "most of the picture is as it was"
        assert max(after.crop((0, 1150, 1600, 1200)).convert("L").getextrema()) > 200, "light words on dark"
    assert storage.original_path(kept.sha256).read_bytes() == picture(1600, 1200, colour=(90, 90, 90))


def test_words_fit_on_the_smallest_picture():
    kept = actions.keep(picture(20, 8), now=NOW)
    with Image.open(queries.copy_path(kept.sha256, "1600", ("2026-0001", "经二路 9 号"))) as image:
        assert image.size == (20, 8)


def test_the_worker_makes_what_nobody_has_asked_for_yet(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    photo, voice = (
        actions.keep(picture(2000, 1000), now=NOW),
        actions.keep(RECORDINGS["audio/ogg"], now=NOW, kind="voice"),
    )
    assert not renditions.copy_path(photo.sha256, "320").exists()
    assert media.make_due(NOW) == 2
    for size, width in (("1600", 1600), ("320", 320)):
        with Image.open(renditions.copy_path(photo.sha256, size)) as image:
            assert image.width == width
    assert Media.objects.get(file_id=photo.id).copies_at == NOW
    assert media.make_due(NOW) == 0
    assert recordings.plain_path(voice.sha256).exists()
    assert Media.objects.get(file_id=voice.id).duration_ms is None


def test_the_worker_gives_up_on_what_cannot_be_made():
    kept = actions.keep(picture(), now=NOW)
    storage.original_path(kept.sha256).write_bytes(b"rotten")
    assert [media.make_due(NOW) for _try in range(4)] == [1, 1, 1, 0]
    assert Media.objects.get(file_id=kept.id).copies_at is None


def test_an_original_that_is_erased_leaves_its_copies():
    kept = actions.keep(picture(), now=NOW)
    media.make_due(NOW)
    storage.original_path(kept.sha256).unlink()
    assert queries.copy_path(kept.sha256, "320").exists()
    assert queries.copy_path(kept.sha256, "full") == queries.copy_path(kept.sha256, "1600"), (
        "the largest that stays"
    )


class Ended(confined.Studio):
    """A studio whose process ends before it answers, so many times."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__()
        self.words, self.started = words, 0

    def _running(self):
        if self._child is None or self._child.poll() is not None:
            self.started += 1
            self._child = subprocess.Popen(
                self.words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._child


def test_a_process_that_dies_over_a_picture_is_a_refusal():
    kept = actions.keep(picture(), now=NOW)
    studio = Ended((sys.executable, "-c", "import os; os.abort()"))
    with pytest.raises(Refused):
        renditions.make_copies(kept.sha256, studio)
    assert studio.started == 1


def test_a_process_that_had_just_ended_is_started_again():
    kept = actions.keep(picture(), now=NOW)
    studio = Ended((sys.executable, "-c", ""))
    with pytest.raises(Refused):
        renditions.make_copies(kept.sha256, studio)
    assert studio.started == 2


def test_a_picture_that_takes_too_long_ends_its_process(monkeypatch):
    monkeypatch.setattr(confined.Studio, "patience_s", 0.3)
    kept = actions.keep(picture(), now=NOW)
    studio = Ended((sys.executable, "-c", "import time; time.sleep(60)"))
    with pytest.raises(Refused):
        renditions.make_copies(kept.sha256, studio)
    assert studio.started == 1 and studio._child is None


def test_the_studio_works_within_limits():
    kept = actions.keep(picture(), now=NOW)
    studio = confined.Studio(5)
    renditions.make_copies(kept.sha256, studio)
    child = studio._child
    assert child is not None
    limits = Path(f"/proc/{child.pid}/limits").read_text()
    assert [
        line
        for line in limits.splitlines()
        if line.startswith("Max address space") and str(1536 * 1024**2) in line
    ]
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)
    assert b"DATABASE_URL" not in Path(f"/proc/{child.pid}/environ").read_bytes()
    child.terminate()
    child.communicate()


def stand_in_for_ffmpeg(folder: Path, *, fails: bool = False) -> Path:
    """Writes down how it was called and copies the recording; the words are ffmpeg's."""
    program = folder / "ffmpeg"
    program.write_text(
        f"#!{sys.executable}\n"
        "import shutil, sys\n"
        f"open({str(folder / 'called')!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
        + ("sys.exit('Invalid data found when processing input')\n" if fails else "")
        + "shutil.copy(sys.argv[sys.argv.index('-i') + 1], sys.argv[-1])\n"
        "print('out_time_us=1000000\\nprogress=continue\\nout_time_us=5012345\\nprogress=end')\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder / "called"


def test_a_recording_gets_a_copy_that_plays_everywhere(monkeypatch, tmp_path):
    called = stand_in_for_ffmpeg(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    kept = actions.keep(RECORDINGS["audio/webm"], now=NOW, kind="voice")
    assert media.make_due(NOW) == 1
    assert recordings.copy_path(kept.sha256).exists()
    assert Media.objects.get(file_id=kept.id).duration_ms == 5012
    words = called.read_text()
    assert "-f matroska" in words and "-protocol_whitelist file" in words and "-map_metadata -1" in words


def test_a_recording_that_cannot_be_read_stays_as_it_is(monkeypatch, tmp_path):
    stand_in_for_ffmpeg(tmp_path, fails=True)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    kept = actions.keep(RECORDINGS["audio/webm"], now=NOW, kind="voice")
    with pytest.raises(recordings.NotMade, match="Invalid data"):
        recordings.make_copy(kept.sha256, kept.mime)
    assert not recordings.copy_path(kept.sha256).exists()
    assert list(recordings.copy_path(kept.sha256).parent.iterdir()) == []


def test_without_ffmpeg_a_copy_in_its_own_format_plays(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    kept = actions.keep(RECORDINGS["audio/webm"], now=NOW, kind="voice")
    assert media.make_due(NOW) == 1
    assert media.make_due(NOW) == 0
    assert recordings.plain_path(kept.sha256).exists()
    assert Media.objects.get(file_id=kept.id).duration_ms is None


@pytest.mark.parametrize(
    "data",
    [heic(), camera_picture(), picture(kind="PNG"), picture(kind="WEBP")],
    ids=["heic", "jpeg", "png", "webp"],
)
def test_whatever_bytes_a_picture_has_it_is_kept_or_refused(data):
    draw = Random(1)
    for _n in range(120):
        harmed = bytearray(data)
        for _m in range(draw.choice((1, 1, 2, 20))):
            harmed[draw.randrange(len(harmed))] = draw.randrange(256)
        with suppress(Refused), warnings.catch_warnings(action="ignore"):
            content.photo(bytes(harmed[: draw.choice((len(harmed), draw.randrange(len(harmed))))]))


def test_a_full_disk_costs_a_file_none_of_its_tries(monkeypatch):
    kept = actions.keep(picture(), now=NOW)

    def full(*_given: object) -> None:
        raise storage.full()

    with monkeypatch.context() as patch:
        patch.setattr(media, "_make", full)
        assert media.make_due(NOW) == 0
    assert Media.objects.get(file_id=kept.id).tries == 0
    assert media.make_due(NOW) == 1
