"""What is free of the machine counts from one look to the next; our own niced work is no hindrance."""

from pathlib import Path

from baoji.operate.idleness import Idleness


def test_only_what_passed_since_counts(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  1000 0 1000 0 0 0 0 0 0 0\ncpu0 1 2 3\n")
    idleness = Idleness(stat)
    stat.write_text("cpu  1010 50 1010 20 10 0 0 0 0 0\n")
    assert idleness() == 0.8
    stat.write_text("cpu  1110 50 1010 20 10 0 0 0 0 0\n")
    assert idleness() == 0.0
    assert idleness() == 1.0


def test_the_machine_tells_it() -> None:
    assert 0 <= Idleness()() <= 1
