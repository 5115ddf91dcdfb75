import os
import socket
import stat
from pathlib import Path

import pytest

from baoji.operate.dev import main, take_data
from baoji.operate.errors import Trouble
from baoji.operate.layout import Layout, keep_secret, socket_dir_for


def test_the_socket_stays_in_the_data_directory_when_it_fits(tmp_path: Path) -> None:
    assert socket_dir_for(Path("/srv/baoji/run")) == Path("/srv/baoji/run/pg")


def test_a_long_path_gets_a_short_socket_directory_with_a_stable_name() -> None:
    home = Path("/srv") / ("x" * 120) / "run"
    short = socket_dir_for(home)
    assert short == socket_dir_for(home)
    assert short != socket_dir_for(home / "other")
    assert len(str(short / ".s.PGSQL.65535")) < 108


def test_every_socket_directory_can_be_bound(tmp_path: Path) -> None:
    for length in range(1, 100, 7):
        place = socket_dir_for(tmp_path / ("d" * length))
        place.mkdir(parents=True, exist_ok=True)
        with socket.socket(socket.AF_UNIX) as probe:
            address = str(place / ".s.PGSQL.5432")
            probe.bind(address)
            os.unlink(address)
        if place.parent == Path("/tmp"):
            place.rmdir()


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    first = keep_secret(path)
    assert len(first) >= 50
    assert keep_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_too_little_space_is_one_sentence(layout: Layout) -> None:
    with pytest.raises(Trouble, match=r"^The disk under .* is full: \d+ MB are free, \d+ MB are needed\.$"):
        layout.require_space(1 << 60)


@pytest.mark.parametrize(
    ("words", "place", "rest"),
    [
        (["--data", "/d", "city", "report"], "/d", ["city", "report"]),
        (["city", "report", "--json", "--data=/d"], "/d", ["city", "report", "--json"]),
        (
            ["--data", "/d", "--", "-c", "select 1", "--data", "x"],
            "/d",
            ["--", "-c", "select 1", "--data", "x"],
        ),
    ],
)
def test_data_may_stand_anywhere(words: list[str], place: str, rest: list[str]) -> None:
    assert take_data(words) == (Path(place), rest)


@pytest.mark.parametrize("words", [["--data"], ["--data", ""], ["--data="]])
def test_data_without_a_directory_is_refused(words: list[str]) -> None:
    with pytest.raises(Trouble, match="needs a directory"):
        take_data(words)


@pytest.mark.parametrize("word", ["0", "-1", "65535", "99999", "x", "８０", ""])
def test_a_port_that_is_none_is_one_sentence(
    word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORT", raising=False)
    assert main(["up", "--data", str(tmp_path / "var"), f"--port={word}"]) == 1
    said = f"A port is a number from 1 to 65534, not {word}; live updates take the one after it.\n"
    assert capsys.readouterr().err == said
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("verb", [["up", "--port", "1"], ["baoji", "--help"], ["manage", "check"]])
@pytest.mark.parametrize("kind", ["file", "proc", "long"])
def test_a_place_that_can_hold_no_data_is_one_sentence(
    verb: list[str], kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    data = {"file": tmp_path / "file", "proc": Path("/proc/nothing"), "long": tmp_path / ("x" * 300)}[kind]
    assert main([*verb, "--data", str(data)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.startswith(f"{data} cannot hold the data (")
    assert said.endswith("; choose another place with --data DIR.\n")


@pytest.mark.parametrize("verb", [["psql"], ["baoji", "audit", "verify"], ["baoji", "city", "report"]])
@pytest.mark.parametrize("kind", ["nowhere", "file"])
def test_who_looks_makes_no_installation(
    verb: list[str], kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main([*verb, "--data", str(tmp_path / kind)]) == 1
    assert capsys.readouterr().err == f"There is no installation in {tmp_path / kind}; ./dev up makes one.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("verb", [["status"], ["down"], ["reset", "--yes"]])
def test_where_a_file_stands_nothing_runs(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main([*verb, "--data", str(tmp_path / "file")]) == 0
    assert "othing" in capsys.readouterr().out
    assert (tmp_path / "file").exists()
