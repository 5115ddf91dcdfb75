"""Tables as files: what a spreadsheet opens is what was in the table, and nothing is calculated."""

import csv
import io

import pytest

from baoji.kernel.wire.spreadsheets import BYTE_ORDER_MARK, spreadsheet


def opened(*cells: object) -> list[str]:
    """The cells of one row as they stand in the file."""
    text = spreadsheet("a.csv", [cells]).content.decode()
    assert text.startswith(BYTE_ORDER_MARK)
    (row,) = csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK)))
    return row


@pytest.mark.parametrize(
    "words", ['=HYPERLINK("http://x")', "@SUM(1)", "+1+cmd", "-2+3", "\t=1", "-1.5e", "=1"]
)
def test_words_that_would_be_a_formula_are_words(words: str) -> None:
    assert opened(words) == [f"'{words}"]


def test_names_and_numbers_stand_as_they_are() -> None:
    cells = ["城管局 D29", "-1.5", "+3", -2, 0.5, "", "-", 'a "b", c', "1=1"]
    assert opened(*cells) == [str(cell) for cell in cells]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("march.csv", 'attachment; filename="march.csv"'),
        ("三月.csv", "attachment; filename*=utf-8''%E4%B8%89%E6%9C%88.csv"),
    ],
)
def test_it_is_saved_under_its_name(name: str, header: str) -> None:
    assert spreadsheet(name, [])["Content-Disposition"] == header
