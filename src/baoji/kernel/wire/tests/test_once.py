"""What makes two requests the same, and a table to take along."""

import json
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from baoji.kernel.base.errors import Invalid
from baoji.kernel.wire import once
from baoji.kernel.wire.spreadsheets import spreadsheet


def test_files_are_hashed_whole_and_can_be_read_again() -> None:
    large = b"x" * 200_000
    uploads = [SimpleUploadedFile("a.jpg", b"one"), SimpleUploadedFile("b.jpg", large)]
    assert once.digests(uploads) == [sha256(b"one").digest(), sha256(large).digest()]
    assert [upload.read() for upload in uploads] == [b"one", large]


def test_parts_do_not_run_into_each_other() -> None:
    assert once.fingerprint(b"ab", b"c") != once.fingerprint(b"a", b"bc")
    assert once.fingerprint(b"ab") == once.fingerprint(b"ab")


@pytest.mark.parametrize("key", ["x" * 129, "键", "a\nb"])
def test_a_key_that_cannot_be_one_is_refused(key: str) -> None:
    with pytest.raises(Invalid):
        once.checked_key(key)


@pytest.mark.django_db
def test_who_asks_again_reads_the_same_in_the_same_order() -> None:
    said = {"version": 3, "a": {"zz": 1, "b": "甲"}, "closing": None}
    assert once.claim("p1", "k", "hash") is None
    once.answer("p1", "k", 200, said)
    again = once.claim("p1", "k", "hash")
    assert again is not None
    assert json.dumps(again[1]) == json.dumps(said)


def test_a_spreadsheet_keeps_its_chinese_and_its_commas() -> None:
    answer = spreadsheet("rows.csv", [["代码", "名称"], ["D29", "甲，乙, 丙"]])
    assert answer["Content-Disposition"] == 'attachment; filename="rows.csv"'
    assert answer.content.decode("utf-8-sig").splitlines() == ["代码,名称", 'D29,"甲，乙, 丙"']
    assert answer.content.startswith(b"\xef\xbb\xbf")
