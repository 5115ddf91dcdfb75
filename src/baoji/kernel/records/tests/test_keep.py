import errno
import os
import re
import struct
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from baoji.kernel.base.errors import Refused
from baoji.kernel.records import actions, content, jpeg, queries, storage
from baoji.kernel.records.models import StoredFile
from baoji.kernel.records.tests.pictures import A_FILM, RECORDINGS, camera_picture, picture, webm

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def kept_files() -> list[Path]:
    return [path for path in storage.root().rglob("*") if path.is_file() and path.name != ".lock"]


def refused(upload, **options) -> Refused:
    with pytest.raises(Refused) as caught:
        actions.keep(upload, now=NOW, **options)
    assert kept_files() == []
    assert not StoredFile.objects.exists()
    return caught.value


def test_a_photo_is_kept_byte_for_byte_under_its_hash(own_folder):
    data = camera_picture()
    kept = actions.keep(SimpleUploadedFile("a.jpg", data), now=NOW)
    path = own_folder / "files" / kept.sha256[:2] / kept.sha256[2:4] / kept.sha256
    assert path.read_bytes() == data
    row = StoredFile.objects.get(pk=kept.id)
    assert (row.size, row.mime, row.width, row.height, row.created_at) == (
        len(data),
        "image/jpeg",
        400,
        300,
        NOW,
    )


@pytest.mark.parametrize(
    ("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_the_type_is_read_from_the_content_not_from_the_name(kind, mime):
    assert actions.keep(SimpleUploadedFile("x.txt", picture(kind=kind)), now=NOW).mime == mime


def test_a_photo_of_a_phone_that_holds_several_pictures_is_a_jpeg():
    out = BytesIO()
    Image.new("RGB", (40, 30)).save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 15))])
    assert actions.keep(out.getvalue(), now=NOW).mime == "image/jpeg"


def test_exif_is_kept_for_evidence():
    kept = actions.keep(camera_picture(), now=NOW)
    exif = queries.exif(kept.sha256)
    assert exif["Model"] == "Field camera"
    assert exif["Exif"]["DateTimeOriginal"] == "2026:03:02 09:12:44"
    assert exif["Exif"]["MakerNote"] is None
    assert exif["GPS"]["GPSLatitude"] == [34.0, 22.0, 10.0]


def test_the_same_content_twice_is_one_file_and_one_row():
    data = picture()
    first, second = actions.keep(data, now=NOW), actions.keep(BytesIO(data), now=NOW)
    assert first == second
    assert len(kept_files()) == StoredFile.objects.count() == 1


class Unreadable(BytesIO):
    def read(self, *args: object) -> bytes:
        pytest.fail("it was read")


def test_more_than_the_limit_is_refused_before_it_is_read(settings):
    settings.MAX_PHOTO_BYTES = 1024 * 1024
    upload = UploadedFile(Unreadable(), "big.jpg", size=200 * 1024 * 1024)
    error = refused(upload)
    assert (error.code, error.status) == ("too-large", 413)
    assert "超过 1 MB" in error.message


def test_a_stream_without_a_size_is_read_to_the_limit_only(settings):
    settings.MAX_PHOTO_BYTES = 1000
    assert refused(BytesIO(b"x" * 5000)).code == "too-large"
    assert refused(BytesIO(b"x" * 5000), kind="voice").message.startswith("录音")


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"<svg onload=alert(1)>", b"GIF89a" + b"\x00" * 50, b"\xff\xd8\xff\xe0" + b"\x00" * 99],
)
def test_what_is_not_a_picture_is_refused(data):
    error = refused(data)
    assert (error.code, error.status) == ("not-an-image", 422)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_picture_is_refused(kind):
    noise = os.urandom(96 * 96 * 3)
    out = BytesIO()
    Image.frombytes("RGB", (96, 96), noise).save(out, kind)
    whole = out.getvalue()
    assert refused(whole[: len(whole) // 2]).code == "not-an-image"
    assert refused(whole[:-20]).code == "not-an-image"


def cut_webp(*, lossless: bool) -> bytes:
    """Half of its pixels, with lengths that say that this is all."""
    out = BytesIO()
    Image.effect_noise((300, 200), 60).convert("RGB").save(out, "WEBP", lossless=lossless)
    name, body = out.getvalue()[12:16], out.getvalue()[20:]
    body = body[: len(body) // 4 * 2]
    part = name + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(part)) + b"WEBP" + part


def noise(width: int = 120, height: int = 90, mode: str = "RGB", **options: object) -> bytes:
    """A JPEG of a picture without a plain corner."""
    out = BytesIO()
    Image.effect_noise((width, height), 60).convert(mode).save(out, "JPEG", **options)
    return out.getvalue()


def cut_scan(whole: bytes, part: float = 0, scan: int = 0) -> bytes:
    """That part of the `scan`th scan's coded data, and the end marker behind it as if this were all."""
    at = -1
    for _scan in range(scan + 1):
        at = whole.index(b"\xff\xda", at + 1)
    begin = at + 2 + int.from_bytes(whole[at + 2 : at + 4], "big")
    end = re.compile(rb"\xff[^\x00\xd0-\xd7]").search(whole, begin)
    assert end is not None
    return whole[: begin + int((end.start() - begin) * part)] + b"\xff\xd9"


@pytest.mark.parametrize("part", [0, 0.5, 0.9])  # a block or two at the very end are not missed
@pytest.mark.parametrize(
    ("scan", "options"),
    [
        (0, {}),
        (0, {"mode": "L"}),
        (0, {"mode": "CMYK"}),
        (0, {"subsampling": 0, "optimize": True}),
        (0, {"restart_marker_rows": 1}),
        (0, {"progressive": True}),
    ],
    ids=str,
)
def test_a_jpeg_without_its_pixels_is_refused_though_its_end_is_marked(part, scan, options):
    """libjpeg paints the rest grey, and Pillow says nothing."""
    whole = noise(**options)
    error = refused(cut_scan(whole, part, scan))
    assert (error.code, error.status) == ("not-an-image", 422)
    assert "不完整" in error.message
    assert actions.keep(whole, now=NOW).mime == "image/jpeg"


def test_a_progressive_jpeg_without_the_colours_that_it_names_is_refused():
    """Brightness, then the two colours, each in scans of its own."""
    whole = noise(progressive=True)
    at = whole.index(b"\xff\xda")
    assert whole[at + 4] == 3  # the first scan holds all three
    one = bytearray(whole)
    one[at + 4] = 1
    one[at + 2 : at + 4] = b"\x00\x08"
    del one[at + 7 : at + 11]
    assert refused(bytes(one)).code == "not-an-image"


def in_planes(short: int | None = None) -> bytes:
    """Sequential, each colour in a scan of its own; of the one that is `short` half."""
    grey = noise(mode="L")
    frame, scan = grey.index(b"\xff\xc0"), grey.index(b"\xff\xda")
    coded = grey[scan + 10 : -2]
    head = grey[: frame + 2] + b"\x00\x11" + grey[frame + 4 : frame + 9] + b"\x03"
    planes = b"".join(
        b"\xff\xda\x00\x08\x01"
        + bytes([plane + 1, 0, 0, 63, 0])
        + (coded[: len(coded) // 2] if plane == short else coded)
        for plane in range(3)
    )
    parts = b"".join(bytes([plane + 1, 0x11, 0]) for plane in range(3))
    return head + parts + grey[frame + 13 : scan] + planes + b"\xff\xd9"


@pytest.mark.parametrize("short", [0, 1, 2])
def test_each_colour_of_a_jpeg_in_planes_has_to_be_whole(short):
    assert refused(in_planes(short)).code == "not-an-image"
    assert actions.keep(in_planes(), now=NOW).mime == "image/jpeg"


def test_finer_scans_of_a_progressive_jpeg_may_be_left_out():
    whole = noise(progressive=True)
    assert whole.count(b"\xff\xda") > 3
    assert actions.keep(cut_scan(whole, 1, 2), now=NOW).mime == "image/jpeg"


def colourful(**options: object) -> bytes:
    """Each colour has finer values of its own."""
    out = BytesIO()
    planes = [Image.effect_noise((30, 24), 90).resize((240, 192)) for _plane in range(3)]
    Image.merge("RGB", planes).save(out, "JPEG", **options)
    return out.getvalue()


@pytest.mark.parametrize("part", [0, 0.5, 0.9])
@pytest.mark.parametrize("scan", range(10))
def test_a_progressive_jpeg_cut_within_any_scan_is_refused_though_its_end_is_marked(scan, part):
    whole = colourful(progressive=True)
    assert whole.count(b"\xff\xda") == 10
    assert content.photo(whole).width == 240
    assert refused(cut_scan(whole, part, scan)).code == "not-an-image"


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_end_is_refused_wherever_it_was_cut(progressive):
    whole = noise(24, 16, progressive=progressive)
    taken = []
    for at in range(1, len(whole)):
        with suppress(Refused):
            taken.append(content.photo(whole[:at]))
    assert len(whole) > 500 and not taken


BEHIND = {
    "nothing": b"",
    "zeros": bytes(5000),
    "a film": b"\0\0\0\x18ftypmp42" + bytes(3000),
    "another picture": picture(),
    "a marker of an end": b"\xff\xd9",
}


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("name", BEHIND)
def test_what_phones_append_is_no_end_and_no_hindrance(name, progressive):
    """A film behind its picture is taken; a picture that was cut before the film is not, though the film has its end."""
    whole = colourful(progressive=progressive)
    assert content.photo(whole + BEHIND[name]).width == 240
    scans = 10 if progressive else 1
    assert refused(cut_scan(whole, 0.5, scans - 1)[:-2] + BEHIND[name]).code == "not-an-image"


def test_a_picture_is_opened_once(monkeypatch):
    """Every act with a photo waits for it."""

    def again(_data: bytes) -> None:
        pytest.fail("it was opened again")

    several = BytesIO()
    Image.new("RGB", (40, 30)).save(several, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 15))])
    monkeypatch.setattr(jpeg, "_opened", again)
    assert content.photo(camera_picture()).exif["Model"] == "Field camera"
    assert content.photo(several.getvalue()).width == 40
    assert refused(cut_scan(noise(), 0.5)).code == "not-an-image"


@given(
    st.integers(1, 80),
    st.integers(1, 80),
    st.sampled_from(["RGB", "L", "CMYK"]),
    st.fixed_dictionaries(
        {"quality": st.integers(1, 100)},
        optional={
            "progressive": st.booleans(),
            "optimize": st.booleans(),
            "subsampling": st.sampled_from(["4:4:4", "4:2:2", "4:2:0"]),
            "restart_marker_blocks": st.integers(1, 9),
        },
    ),
    st.sampled_from([0, 128, 255, None]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whole_jpegs_of_every_kind_are_taken(width, height, mode, options, shade):
    """Plain ones too, of which a block takes a few bits."""
    out = BytesIO()
    plain = Image.new("L", (width, height), shade or 0)
    made = Image.effect_noise((width, height), 60) if shade is None else plain
    made.convert(mode).save(out, "JPEG", **options)
    assert content.photo(out.getvalue()).mime == "image/jpeg"
    assert content.photo(out.getvalue() + b"trailer").width == width


@pytest.mark.parametrize(
    "data",
    [
        lambda: png_header(4000, 3000, b""),
        lambda: png_header(100, 100),
        lambda: png_header(100, 100, b"\0" * (301 * 100 - 1)),
        lambda: cut_webp(lossless=False),
        lambda: cut_webp(lossless=True),
    ],
    ids=["no pixels", "a few", "one byte short", "half a WebP", "half a lossless WebP"],
)
def test_a_picture_without_its_pixels_is_refused_though_its_sums_and_lengths_are_right(data):
    error = refused(data())
    assert (error.code, error.status) == ("not-an-image", 422)
    assert "不完整" in error.message


def test_a_png_with_all_its_pixels_is_taken():
    assert actions.keep(png_header(100, 100, b"\0" * 301 * 100), now=NOW).mime == "image/png"


def png_header(width: int, height: int, pixels: bytes = b"\0" * 1000) -> bytes:
    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(pixels)) + part(b"IEND", b"")


@pytest.mark.parametrize("side", [8_000, 10_000, 100_000])
def test_a_picture_of_too_many_pixels_is_refused_without_decoding(side):
    began = time.process_time()
    error = refused(png_header(side, side))
    assert error.code == "too-large"
    assert "5000 万像素" in error.message
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize("mime", RECORDINGS)
def test_recordings_are_known_by_their_first_bytes(mime):
    kept = actions.keep(RECORDINGS[mime], now=NOW, kind="voice")
    assert (kept.mime, kept.kind) == (mime, "voice")


@pytest.mark.parametrize(
    "data",
    [
        webm(
            b"A_OPUS", sound=b"V_VP8 A_PCM" * 40
        ),  # two letters that stand in every twentieth recording by chance
        webm(b"A_OPUS", length=(1 << 56 | 600).to_bytes(8, "big")),
        webm(b"A_VORBIS\0\0", sound=bytes(20_000)),
    ],
)
def test_sound_may_hold_any_bytes(data):
    assert actions.keep(data, now=NOW, kind="voice").mime == "audio/webm"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ" + b"\0" * 99,
        A_FILM,
        picture(),
        webm(b"V_VP8"),
        webm(b"A_OPUS", b"V_VP9"),
        webm(b"V_VP8", sound=b"A_OPUS" * 40),
        webm(sound=b"A_OPUS" * 40),
        webm(b"A_OPUS", doc_type=b"matroska"),
        webm(b"A_OPUS")[:60],
        b"\x1a\x45\xdf\xa3webmA_OPUS" + b"\0" * 400,
        b"\x1a\x45\xdf\xa3\xff" + b"webm A_OPUS" * 40,
    ],
)
def test_what_is_no_recording_is_refused(data):
    error = refused(data, kind="voice")
    assert (error.code, error.status) == ("not-a-recording", 422)


@pytest.mark.parametrize("step", ["fsync", "rename", "mkdir"])
def test_a_full_disk_is_said_and_leaves_nothing(monkeypatch, step):
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage.os, step, full)
    error = refused(picture())
    assert (error.code, error.status) == ("storage-full", 507)


def test_the_file_and_every_new_directory_are_synced_before_the_answer(monkeypatch, own_folder):
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(storage.os, "fsync", fsync)
    kept = actions.keep(picture(), now=NOW)
    leaf = storage.original_path(kept.sha256).parent
    assert synced[0].startswith(f"{leaf}/.partial-")
    assert set(synced[1:]) == {str(leaf), str(leaf.parent), str(leaf.parent.parent), str(own_folder)}


def test_only_old_files_without_a_row_are_swept():
    kept = storage.original_path(actions.keep(picture(), now=NOW).sha256)
    old, young = (storage.root() / "ab" / "cd" / (letter * 64) for letter in "ef")
    torn = old.parent / ".partial-x"
    old.parent.mkdir(parents=True, exist_ok=True)
    for path in (old, young, torn):
        path.write_bytes(b"x")
    for path in (kept, old, torn):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert actions.sweep() == 2
    assert (kept.exists(), young.exists(), old.exists(), torn.exists()) == (True, True, False, False)


def test_what_an_interrupted_copier_left_goes_too():
    actions.keep(picture(), now=NOW)
    torn = storage.root().parent / "copies" / "full" / "ab" / "cd" / f"{storage.PARTIAL}1-x.jpg"
    torn.parent.mkdir(parents=True)
    torn.write_bytes(b"half")
    os.utime(torn, (time.time() - 90_000,) * 2)
    assert actions.sweep() == 1 and not torn.exists()


def test_an_orphan_that_is_kept_again_is_young_again():
    data = picture()
    path = storage.original_path(actions.keep(data, now=NOW).sha256)
    StoredFile.objects.all().delete()
    os.utime(path, (time.time() - 90_000,) * 2)
    actions.keep(data, now=NOW)
    StoredFile.objects.all().delete()
    assert actions.sweep() == 0
    assert path.exists()


def uploaded(*pictures: bytes) -> list[tuple[UploadedFile, str]]:
    return [(SimpleUploadedFile("a.jpg", data), "photo") for data in pictures]


def test_files_are_kept_with_what_is_done_with_them_or_not_at_all():
    with pytest.raises(ZeroDivisionError), actions.keeping(uploaded(picture()), now=NOW) as files:
        assert StoredFile.objects.filter(pk=files[0][0]).exists()
        raise ZeroDivisionError
    assert not StoredFile.objects.exists()
    assert actions.sweep(age_s=0) == 1  # the content itself, which no row names
    assert kept_files() == []


def test_files_come_in_the_order_they_were_sent_and_the_same_content_is_one_file():
    one, other = picture(), picture(kind="PNG")
    with actions.keeping(uploaded(one, other, one), now=NOW) as files:
        pass
    assert [StoredFile.objects.get(pk=file).mime for file, _kind in files] == [
        "image/jpeg",
        "image/png",
        "image/jpeg",
    ]
    assert files[0] == files[2]


def test_one_bad_file_keeps_none():
    with pytest.raises(Refused), actions.keeping(uploaded(picture(), b"no picture"), now=NOW):
        pass
    assert not StoredFile.objects.exists()
