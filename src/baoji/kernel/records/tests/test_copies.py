from datetime import UTC, datetime

import pytest
from django.test import RequestFactory
from PIL import Image

from baoji.kernel.base.errors import NotThere, Refused
from baoji.kernel.records import actions, queries, renditions, responses, storage
from baoji.kernel.records.tests.pictures import RECORDINGS, camera_picture, picture

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


@pytest.mark.parametrize(("size", "width"), [("320", 320), ("1600", 1600), ("full", 1800)])
def test_a_copy_stands_upright_and_tells_nothing_but_the_picture(size, width):
    kept = actions.keep(camera_picture(2400, 1800, orientation=6), now=NOW)
    copy = queries.copy_path(kept.sha256, size)
    assert b"Field" not in copy.read_bytes()
    assert b"Exif" not in copy.read_bytes()
    with Image.open(copy) as image:
        assert (image.format, image.size) == ("JPEG", (width, round(width * 4 / 3)))
        red, blue = image.getpixel((width // 2, 10)), image.getpixel((width // 2, image.height - 10))
        assert red[0] > 200 > blue[0]


def test_a_small_picture_is_not_blown_up():
    kept = actions.keep(picture(100, 50), now=NOW)
    with Image.open(queries.copy_path(kept.sha256, "320")) as image:
        assert image.size == (100, 50)


def test_transparency_becomes_paper():
    kept = actions.keep(picture(40, 40, kind="PNG", colour=(0, 0, 0, 0)), now=NOW)
    with Image.open(queries.copy_path(kept.sha256, "320")) as image:
        assert min(image.getpixel((20, 20))) > 250


def test_a_copy_is_made_once_and_again_when_it_was_lost():
    kept = actions.keep(picture(), now=NOW)
    copy = queries.copy_path(kept.sha256, "320")
    made = copy.stat().st_mtime_ns
    assert queries.copy_path(kept.sha256, "320").stat().st_mtime_ns == made
    copy.unlink()
    assert queries.copy_path(kept.sha256, "320").exists()


def test_unknown_sizes_and_files_are_not_there():
    kept = actions.keep(picture(), now=NOW)
    for sha256, size in ((kept.sha256, "999"), ("0" * 64, "320"), (kept.sha256, "../320")):
        with pytest.raises(NotThere):
            queries.copy_path(sha256, size)


def test_an_original_that_went_bad_is_refused_not_crashed_on():
    kept = actions.keep(picture(), now=NOW)
    storage.original_path(kept.sha256).write_bytes(b"rotten")
    with pytest.raises(Refused):
        queries.copy_path(kept.sha256, "320")


def get(kept: actions.Kept, size: str = "320", **headers: str):
    request = RequestFactory().get("/", headers=headers)
    return responses.file_response(request, kept.sha256, kept.mime, size)


def test_a_copy_may_be_cached_for_long_but_only_by_the_reader():
    kept = actions.keep(picture(), now=NOW)
    answer = get(kept)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    again = get(kept, **{"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_recording_is_served_in_parts():
    data = RECORDINGS["audio/ogg"]
    kept = actions.keep(data, now=NOW, kind="voice")
    for asked, part in {
        "bytes=0-9": data[:10],
        "bytes=10-": data[10:],
        "bytes=-7": data[-7:],
        "bytes=400-9999": data[400:],
    }.items():
        answer = get(kept, Range=asked)
        assert (answer.status_code, b"".join(answer)) == (206, part), asked
        assert answer["Content-Length"] == str(len(part))
    assert get(kept, Range="bytes=10-")["Content-Range"] == f"bytes 10-{len(data) - 1}/{len(data)}"


def test_a_part_beyond_the_end_is_said_so_and_nonsense_gets_the_whole():
    data = RECORDINGS["audio/ogg"]
    kept = actions.keep(data, now=NOW, kind="voice")
    beyond = get(kept, Range="bytes=9999-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(data)}")
    assert get(kept, Range="bytes=9-2").status_code == 416
    for nonsense in ("pages=1-2", f"bytes={'9' * 5000}-", f"bytes=-{'9' * 5000}"):
        assert b"".join(get(kept, Range=nonsense)) == data


def test_what_was_never_kept_is_not_there():
    with pytest.raises(NotThere):
        responses.file_response(RequestFactory().get("/"), "0" * 64, "image/jpeg", "320")


def test_a_copy_that_is_erased_while_it_is_asked_for_is_not_there(monkeypatch):
    kept = actions.keep(picture(), now=NOW)
    copy = queries.copy_path(kept.sha256, "full")

    def asked(*given):
        copy.unlink()
        return copy

    monkeypatch.setattr(queries, "copy_path", asked)
    with pytest.raises(NotThere):
        get(kept, "full")


def test_an_original_that_is_erased_while_its_copy_is_made_is_not_there(monkeypatch):
    kept = actions.keep(picture(), now=NOW)
    original, make = storage.original_path(kept.sha256), renditions.studio.make

    def made(*given):
        original.unlink()
        make(*given)

    monkeypatch.setattr(renditions.studio, "make", made)
    with pytest.raises(NotThere):
        queries.copy_path(kept.sha256, "full")


def test_an_answer_under_way_is_read_to_its_end_and_closed():
    kept = actions.keep(picture(), now=NOW)
    copy = queries.copy_path(kept.sha256, "full")
    data, whole, piece = copy.read_bytes(), get(kept, "full"), get(kept, "full", Range="bytes=10-19")
    copy.unlink()
    assert (b"".join(whole), b"".join(piece)) == (data, data[10:20])
    whole.close()
    piece.close()
    assert all(answer.file_to_stream._file.closed for answer in (piece,)) and whole.file_to_stream.closed
