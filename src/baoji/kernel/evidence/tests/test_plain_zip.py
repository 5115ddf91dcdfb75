"""The writer of exports beside Python's reader and our own: also beyond 2 GB, where Python's writer makes another kind of file."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from baoji.kernel.evidence.plain_zip import MOST_MEMBERS, PlainZip
from baoji.kernel.evidence.verification.container import Container
from baoji.kernel.evidence.verification.signed import Wrong

PHOTO = "photos/" + "0" * 64 + ".jpg"


def test_any_reader_reads_it_and_ours_accounts_for_every_byte(tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(bytes(range(256)) * 9000)
    with (tmp_path / "made.zip").open("w+b") as target:
        archive = PlainZip(target)
        archive.add("case.json", b"{}")
        archive.add(PHOTO, big)
        archive.close()
        assert list(Container(target).members) == ["case.json", PHOTO]
    with zipfile.ZipFile(tmp_path / "made.zip") as found:
        assert found.testzip() is None and found.read(PHOTO) == big.read_bytes()
        assert {one.external_attr >> 16 for one in found.infolist()} == {0o600}


def test_it_may_begin_behind_something() -> None:
    target = io.BytesIO(b"before")
    target.seek(0, io.SEEK_END)
    archive = PlainZip(target)
    archive.add("case.json", b"{}")
    archive.close()
    assert list(Container(io.BytesIO(target.getvalue()[6:])).members) == ["case.json"]


def test_more_members_than_such_a_zip_can_list_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baoji.kernel.evidence.plain_zip.MOST_MEMBERS", 2)
    archive = PlainZip(io.BytesIO())
    for name in ("a", "b"):
        archive.add(name, b"")
    with pytest.raises(Wrong):
        archive.add("c", b"")
    assert MOST_MEMBERS == 65_535


class Sparse:
    """A file in which nothing but zeros is left out, so that it takes no room on the disk."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, part: bytes) -> None:
        self.file.write(part) if part.strip(b"\0") else self.file.seek(len(part), io.SEEK_CUR)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


@pytest.mark.slow
def test_beyond_two_gigabytes_it_is_still_a_plain_zip(tmp_path: Path) -> None:
    big, size = tmp_path / "big", (1 << 31) + 5
    with big.open("wb") as file:
        file.truncate(size)
    with (tmp_path / "made.zip").open("w+b") as file:
        archive = PlainZip(Sparse(file))  # type: ignore[arg-type]
        archive.add(PHOTO, big)
        archive.add("records.jsonl", b"[]\n")
        archive.close()
        found = Container(file).members
    assert found[PHOTO].size == size and found["records.jsonl"].offset > size
    with zipfile.ZipFile(tmp_path / "made.zip") as read:
        assert read.read("records.jsonl") == b"[]\n"
