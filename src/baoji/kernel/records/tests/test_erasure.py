"""What was made of an original goes after it, also after a kill in between."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from baoji.kernel.records import erasure, recordings, renditions, storage

NOW = datetime.now(UTC)
SOUND = sha256(b"sound").hexdigest()
pytestmark = pytest.mark.usefixtures("own_folder")


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"copy")
    return path


def test_the_copy_of_a_recording_whose_eraser_was_killed_goes_the_next_night():
    copy = written(recordings.copy_path(SOUND))
    assert not erasure.unlink(SOUND, "audio/webm", NOW)
    assert not copy.exists()


def test_of_a_photo_only_the_full_copy_goes():
    small, full = (written(renditions.copy_path(SOUND, size)) for size in ("1600", "full"))
    assert not erasure.unlink(SOUND, "image/jpeg", NOW)
    assert small.exists() and not full.exists()


def test_the_copy_of_what_was_sent_again_stays():
    storage.store(SOUND, b"sound")
    copy = written(recordings.copy_path(SOUND))
    assert not erasure.unlink(SOUND, "audio/webm", NOW - timedelta(days=1))
    assert copy.exists() and storage.original_path(SOUND).exists()
