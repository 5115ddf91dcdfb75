"""What `./dev test` runs: everything once, and what is named, whatever it is."""

import pytest

from baoji.operate.checks import _pytest_words, checks

IGNORED = "--ignore=tests/architecture"


@pytest.mark.parametrize("more", [[], ["-n", "0"], ["-k", "duty", "-x"]])
def test_what_the_checks_have_run_is_not_run_again(more: list[str]) -> None:
    assert "tests/architecture" in next(one for one in checks() if one.name == "architecture").argv
    for quick in (False, True):
        assert IGNORED in _pytest_words(quick, more)


@pytest.mark.parametrize("named", ["tests/architecture", "tests/architecture/test_docs.py::test_x", "src"])
def test_what_is_named_runs(named: str) -> None:
    assert IGNORED not in _pytest_words(False, ["-q", named]) and named in _pytest_words(False, ["-q", named])
