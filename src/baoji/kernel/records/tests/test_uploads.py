"""Uploads without HTTP: what is kept, what is refused, what survives."""

import errno
import os
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused, TooLarge, TooMany
from baoji.kernel.identity.models import Person
from baoji.kernel.records import actions, parts, storage, uploads
from baoji.kernel.records.models import StoredFile, Upload
from baoji.kernel.records.tests.pictures import RECORDINGS, heic, picture
from baoji.kernel.records.uploads import Growing, State

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


@pytest.fixture
def person() -> int:
    return Person.objects.get(code="collector.01").pk


@pytest.fixture
def other() -> int:
    return Person.objects.get(code="collector.02").pk


def name_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def create(person: int, data: bytes, *, kind="photo", length=None, name=None) -> State:
    return uploads.create(
        person,
        sha256=name or name_of(data),
        length=len(data) if length is None else length,
        kind=kind,
        metadata="",
        now=NOW,
    )


def feed(person: int, name: str, *pieces: bytes) -> State:
    growing = uploads.grow(person, name, NOW)
    assert isinstance(growing, Growing)
    try:
        for piece in pieces:
            growing.feed(piece)
        return growing.end(NOW)
    finally:
        growing.close()


def unfinished() -> list[Path]:
    return [path for path in parts.root().rglob("*") if path.is_file()]


def test_pieces_become_a_file_of_their_sender(person, other):
    data = picture()
    create(person, data)
    assert feed(person, name_of(data), data[:100]).offset == 100
    assert uploads.kept(person, name_of(data)) is None
    done = feed(person, name_of(data), data[100:200], data[200:])
    assert done.is_finished and done.offset == len(data)
    kept = uploads.kept(person, name_of(data))
    assert (kept.sha256, kept.mime, kept.kind) == (name_of(data), "image/jpeg", "photo")
    assert StoredFile.objects.get(pk=kept.id).size == len(data)
    assert storage.original_path(kept.sha256).read_bytes() == data
    assert uploads.kept(other, name_of(data)) is None
    assert unfinished() == []


def test_a_recording_is_an_upload_too(person):
    data = RECORDINGS["audio/webm"]
    assert uploads.put(person, data, kind="voice", now=NOW).mime == "audio/webm"


def test_the_same_content_of_two_people_is_one_file_and_each_sends_it(person, other):
    data = picture()
    first = uploads.put(person, data, kind="photo", now=NOW)
    with pytest.raises(NotThere):
        uploads.look(other, name_of(data), NOW)
    assert create(other, data).offset == 0  # nobody learns that it is here
    assert uploads.put(other, data, kind="photo", now=NOW) == first
    assert StoredFile.objects.count() == 1


def test_an_upload_begun_again_goes_on(person):
    data = picture()
    create(person, data)
    feed(person, name_of(data), data[:50])
    assert create(person, data).offset == 50
    assert create(person, data, length=len(data) + 1).offset == 0, "another length is another upload"
    assert unfinished() == []


def test_a_finished_upload_stays_finished(person):
    data = picture()
    kept = uploads.put(person, data, kind="photo", now=NOW)
    assert create(person, data).is_finished
    assert isinstance(uploads.grow(person, kept.sha256, NOW), State)
    assert uploads.look(person, kept.sha256, NOW).offset == len(data)
    with pytest.raises(NotAllowed):
        uploads.end_early(person, kept.sha256)


def test_a_wrong_hash_begins_anew(person):
    data = picture()
    name = name_of(data + b"x")
    create(person, data, name=name)
    with pytest.raises(Refused) as caught:
        feed(person, name, data)
    assert (caught.value.code, caught.value.status) == ("wrong-hash", 460)
    assert uploads.look(person, name, NOW).offset == 0
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"hello world", "photo", "not-an-image"),
        (picture(), "voice", "not-a-recording"),
        (heic(claims=(16, 16)), "photo", "not-an-image"),
        (heic(claims=(30_000, 30_000)), "photo", "too-large"),
    ],
)
def test_what_is_not_what_it_says_is_refused_and_gone(person, data, kind, code):
    create(person, data, kind=kind)
    with pytest.raises(Refused) as caught:
        feed(person, name_of(data), data)
    assert caught.value.code == code
    with pytest.raises(NotThere):
        uploads.look(person, name_of(data), NOW)
    assert unfinished() == []
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(("length", "error"), [(0, Invalid), (-1, Invalid), (20 * 1024 * 1024 + 1, TooLarge)])
def test_lengths_that_cannot_be(person, length, error):
    with pytest.raises(error):
        create(person, b"", length=length)


def test_a_killed_process_loses_nothing_that_it_had_written(person):
    """Killed before the end: the bytes lie there. Killed between the last byte and the end: the next look finishes it."""
    data = picture()
    create(person, data)
    killed = uploads.grow(person, name_of(data), NOW)
    killed.feed(data)
    killed.close()  # what the kernel does for a dead process
    assert uploads.kept(person, name_of(data)) is None
    assert uploads.look(person, name_of(data), NOW).is_finished
    assert storage.original_path(name_of(data)).read_bytes() == data


@pytest.mark.parametrize("where", ["enter", "adopt"])
def test_killed_while_the_end_is_written(monkeypatch, person, where):
    data, room = picture(), {"enter": uploads.intake, "adopt": uploads.storage}[where]
    create(person, data)
    with monkeypatch.context() as patch:
        patch.setattr(room, where, _killed)
        with pytest.raises(KeyboardInterrupt):
            feed(person, name_of(data), data)
    assert uploads.look(person, name_of(data), NOW).is_finished
    assert storage.original_path(name_of(data)).read_bytes() == data
    assert unfinished() == []


def _killed(*args: object) -> None:
    raise KeyboardInterrupt


def test_one_writes_and_the_next_asks_it_to_stop(person):
    data = picture()
    create(person, data)
    first = uploads.grow(person, name_of(data), NOW)
    assert not first.is_wanted()
    for ask in (uploads.grow, uploads.look):
        with pytest.raises(parts.Busy):
            ask(person, name_of(data), NOW)
    assert first.is_wanted()
    first.feed(data[:30])
    first.close()
    second = uploads.grow(person, name_of(data), NOW)
    assert second.offset == 30 and not second.is_wanted()
    second.close()


def test_what_was_finished_by_another_while_one_waited_is_finished(person):
    data = picture()
    create(person, data)
    path = parts.path_of(person, name_of(data))
    feed(person, name_of(data), data)
    assert not path.exists()
    assert uploads.look(person, name_of(data), NOW).is_finished


def test_the_whole_is_synced_before_it_is_told(monkeypatch, person, own_folder):
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    data = picture()
    uploads.put(person, data, kind="photo", now=NOW)
    leaf = storage.original_path(name_of(data)).parent
    assert synced[0] == str(parts.path_of(person, name_of(data)))
    assert {str(leaf), str(leaf.parent), str(leaf.parent.parent)} <= set(synced[1:])


def test_a_disk_without_links_gets_a_copy(monkeypatch, person):
    def link(*args: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(storage.os, "link", link)
    data = picture()
    uploads.put(person, data, kind="photo", now=NOW)
    assert storage.original_path(name_of(data)).read_bytes() == data


def test_a_full_disk_keeps_what_came_before(monkeypatch, person):
    data = picture()
    create(person, data)
    feed(person, name_of(data), data[:40])
    growing = uploads.grow(person, name_of(data), NOW)
    real = os.write

    def full(handle: int, piece: bytes) -> int:
        if len(piece) > 10:
            return real(handle, piece[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(parts.os, "write", full)
        with pytest.raises(Refused) as caught:
            growing.feed(data[40:55])
    growing.close()
    assert (caught.value.code, caught.value.status) == ("storage-full", 507)
    state = uploads.look(person, name_of(data), NOW)
    assert state.offset == 50
    assert feed(person, name_of(data), data[50:]).is_finished


def test_room_is_left_for_the_database(monkeypatch, person):
    data = picture()
    create(person, data)
    monkeypatch.setattr(parts, "LEAST_FREE", 1 << 60)
    for refused in (
        lambda: create(person, picture(30, 30)),
        lambda: uploads.grow(person, name_of(data), NOW),
    ):
        with pytest.raises(Refused) as caught:
            refused()
        assert caught.value.code == "storage-full"


def test_an_upload_that_was_taken_away_while_it_grew_is_not_acknowledged(person):
    data = picture()
    create(person, data)
    growing = uploads.grow(person, name_of(data), NOW)
    Upload.objects.all().delete()  # as the sweep does with what was announced long ago and never came
    growing.feed(data)
    with pytest.raises(NotThere):
        growing.end(NOW)
    growing.close()
    assert not StoredFile.objects.exists()
    assert create(person, data).offset == len(data), "announced again, it goes on"
    assert uploads.look(person, name_of(data), NOW).is_finished


def test_quotas_are_of_one_person(monkeypatch, person, other):
    monkeypatch.setattr(uploads, "MOST_UNFINISHED", 2)
    for n in (1, 2):
        create(person, b"x", name=f"{n:064}")
    with pytest.raises(TooMany):
        create(person, b"x", name=f"{3:064}")
    create(other, b"x", name=f"{3:064}")
    uploads.end_early(person, f"{1:064}")
    create(person, b"x", name=f"{3:064}")


def test_quotas_count_bytes_and_a_day(monkeypatch, person):
    monkeypatch.setattr(uploads, "MOST_UNFINISHED_BYTES", 1000)
    create(person, b"x" * 600, name=f"{1:064}")
    with pytest.raises(TooMany):
        create(person, b"x" * 600, name=f"{2:064}")
    monkeypatch.setattr(uploads, "MOST_A_DAY", 1)
    uploads.end_early(person, f"{1:064}")
    uploads.put(person, picture(), kind="photo", now=NOW)
    with pytest.raises(TooMany):
        create(person, b"x", name=f"{3:064}")


def test_the_sweep_takes_what_nobody_goes_on_with(person):
    old, alive, never = picture(20, 20), picture(21, 21), picture(22, 22)
    for data in (old, alive, never):
        create(person, data)
    for data in (old, alive):
        feed(person, name_of(data), data[:9])
    done = uploads.put(person, picture(23, 23), kind="photo", now=NOW)
    os.utime(parts.path_of(person, name_of(old)), (time.time() - 90_000,) * 2)
    assert uploads.sweep(NOW + timedelta(hours=25)) == 2
    assert {row.sha256 for row in Upload.objects.all()} == {name_of(alive), done.sha256}
    uploads.sweep(NOW + timedelta(days=29))
    assert uploads.kept(person, done.sha256) is not None
    uploads.sweep(NOW + timedelta(days=31))
    assert uploads.kept(person, done.sha256) is None
    assert storage.original_path(done.sha256).exists()


def test_unfinished_uploads_are_no_originals(person):
    data = picture()
    create(person, data)
    feed(person, name_of(data), data[:30])
    os.utime(parts.path_of(person, name_of(data)), (time.time() - 90_000,) * 2)
    assert list(storage.originals()) == []
    assert actions.sweep() == 0
    assert uploads.look(person, name_of(data), NOW).offset == 30
