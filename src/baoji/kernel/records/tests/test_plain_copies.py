"""Who asks for a recording gets a copy without metadata, on a machine without ffmpeg too."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory

from baoji.kernel.base.errors import NotThere, Refused
from baoji.kernel.records import actions, erasure, media, recordings, responses, storage
from baoji.kernel.records.models import Media
from baoji.kernel.records.plain.strip import strip
from baoji.kernel.records.tests.pictures import MP3_FRAME, WAVE_FORMAT, wave

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOUND = (b"data", bytes(range(250)) * 2)
DATA = wave((b"fmt ", WAVE_FORMAT), (b"LIST", b"INFOIART\x18\0\0\0SECRETOWNER 34.37,107.12"), SOUND)
PLAIN = wave((b"fmt ", WAVE_FORMAT), SOUND)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder", "without_ffmpeg")]


@pytest.fixture
def without_ffmpeg(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def marked_wav() -> actions.Kept:
    return actions.keep(DATA, now=NOW, kind="voice")


def asked(kept: actions.Kept, size: str = "full", **headers: str):
    return responses.file_response(RequestFactory().get("/", headers=headers), kept.sha256, kept.mime, size)


@pytest.mark.parametrize("size", ["full", "320"])
@pytest.mark.parametrize("by", ["the worker", "whoever asks first"])
def test_without_ffmpeg_nobody_gets_the_original(by, size):
    kept = marked_wav()
    if by == "the worker":
        assert (media.make_due(NOW), media.make_due(NOW)) == (1, 0)
        assert recordings.plain_path(kept.sha256).exists()
    answer = asked(kept, size)
    assert answer["Content-Type"] == "audio/wav"
    assert b"".join(answer) == PLAIN
    assert storage.original_path(kept.sha256).read_bytes() == DATA
    assert stat.S_IMODE(recordings.plain_path(kept.sha256).stat().st_mode) == 0o640


def test_parts_are_parts_of_the_copy():
    kept = marked_wav()
    answer = asked(kept, Range="bytes=40-99")
    assert (answer.status_code, b"".join(answer)) == (206, PLAIN[40:100])
    assert answer["Content-Range"] == f"bytes 40-99/{len(PLAIN)}"


def test_what_cannot_be_told_apart_is_a_refusal():
    kept = actions.keep(MP3_FRAME * 2 + b"SECRETOWNER" * 9, now=NOW, kind="voice")
    assert [media.make_due(NOW) for _try in range(4)] == [1, 1, 1, 0]
    with pytest.raises(Refused) as caught:
        asked(kept)
    assert (caught.value.code, caught.value.status) == ("no-plain-copy", 422)
    assert not recordings.plain_path(kept.sha256).exists()


def test_what_was_erased_is_not_there():
    kept = marked_wav()
    asked(kept)
    assert erasure.unlink(kept.sha256, kept.mime, datetime.now(UTC) + timedelta(days=1))
    assert not recordings.plain_path(kept.sha256).exists()
    with pytest.raises(NotThere):
        asked(kept)


def test_what_is_erased_while_its_copy_is_made_leaves_none(monkeypatch):
    kept = marked_wav()

    def made(data: bytes, mime: str) -> bytes:
        storage.original_path(kept.sha256).unlink()
        return strip(data, mime)

    monkeypatch.setattr(recordings, "strip", made)
    with pytest.raises(NotThere):
        asked(kept)
    assert not recordings.plain_path(kept.sha256).exists()


def test_where_ffmpeg_did_not_manage_the_copy_plays_all_the_same(tmp_path):
    program = tmp_path / "ffmpeg"
    program.write_text("")  # no program at all
    program.chmod(0o755)
    kept = marked_wav()
    assert media.make_due(NOW) == 1
    assert Media.objects.get(file_id=kept.id).tries == 1
    assert recordings.plain_path(kept.sha256).exists() and not recordings.copy_path(kept.sha256).exists()
    assert b"".join(asked(kept)) == PLAIN
