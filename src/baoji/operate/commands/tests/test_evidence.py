"""`baoji evidence verify` of what is no export."""

import shlex
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from baoji.operate.commands.evidence import command
from baoji.operate.commands.evidence_export import told
from baoji.operate.errors import Trouble


def test_heads_that_are_not_there_are_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "case.zip").write_bytes(b"")
    for wrong in (tmp_path / "nowhere.log", tmp_path):
        done = CliRunner().invoke(command, ["verify", str(tmp_path / "case.zip"), "--heads", str(wrong)])
        assert isinstance(done.exception, Trouble)
        assert str(done.exception).startswith(f"The copy of heads.log cannot be read: {wrong}: ")
        assert done.output == ""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "are empty"), (b"\n \n", "are empty"), (b"\xff\xfe\x00 1", "line 1 of the heads")],
)
def test_heads_that_say_nothing_are_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    (tmp_path / "case.zip").write_bytes(b"")
    (tmp_path / "heads.log").write_bytes(data)
    given = ["verify", str(tmp_path / "case.zip"), "--heads", str(tmp_path / "heads.log")]
    done = CliRunner().invoke(command, given)
    assert done.exit_code == 1 and sentence in done.output


@pytest.mark.parametrize("number", ["T261124-0000001", "610302-20261124-0000001"])
def test_the_number_of_a_case_is_told_how_it_becomes_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(command, ["verify", number])
    assert done.exit_code == 2 and "DOES NOT HOLD" not in done.output
    assert f"\n  baoji evidence export {number} --out {number}.zip\n" in done.output
    assert f"\n  baoji evidence verify {number}.zip\n" in done.output
    (tmp_path / number).write_bytes(b"")  # somebody may call a file so
    assert CliRunner().invoke(command, ["verify", number]).exit_code == 1


def test_what_is_no_export_at_all_is_said_so_plainly(tmp_path: Path) -> None:
    def said(path: Path) -> str:
        found = CliRunner().invoke(command, ["verify", str(path)])
        assert found.exit_code == 1
        return found.output

    for data in (b"", b"%PDF-1.7 not a zip"):
        (tmp_path / "letter.pdf").write_bytes(data)
        assert "this file is not a zip file, and so no evidence export" in said(tmp_path / "letter.pdf")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("holiday.txt", "sun")
    assert "not a" in said(tmp_path / "other.zip")
    assert "is not there" in said(tmp_path / "nowhere.zip") and "not a file" in said(tmp_path)


@pytest.mark.parametrize(
    ("size", "said"), [(1, "1 kB"), (40_000, "40 kB"), (1024 * 1024, "1.0 MB"), (852_000_000, "812.5 MB")]
)
def test_what_was_written_is_told_with_a_command_that_a_shell_takes(size: int, said: str) -> None:
    path = Path("/tmp/for the court/it's.zip")
    first, second = told(path, size, "ab cd").splitlines()
    assert first.startswith(f"{path}: {said}. ")
    command = second.removeprefix("Check it with: ")
    assert shlex.split(command) == ["baoji", "evidence", "verify", str(path), "--key", "ab cd"]
