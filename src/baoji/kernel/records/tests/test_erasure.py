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


def test_who_is_killed_while_erasing_leaves_the_original_to_tell_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing else lists what was made of it."""
    storage.store(SOUND, b"sound")
    copy, original = written(recordings.copy_path(SOUND)), storage.original_path(SOUND)

    def killed(path: Path, moment: float) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "remove_if_stored_before", killed)
    with pytest.raises(KeyboardInterrupt):
        erasure.unlink(SOUND, "audio/webm", NOW + timedelta(days=1))
    assert original.exists() and not copy.exists()
    monkeypatch.undo()


def test_what_a_reader_had_made_meanwhile_goes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    storage.store(SOUND, b"sound")
    full, remove = renditions.copy_path(SOUND, "full"), storage.remove_if_stored_before

    def removed(path: Path, moment: float) -> bool:
        written(full)
        return remove(path, moment)

    monkeypatch.setattr(storage, "remove_if_stored_before", removed)
    assert erasure.unlink(SOUND, "image/jpeg", NOW + timedelta(days=1))
    assert not full.exists()
