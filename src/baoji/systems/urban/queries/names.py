"""Names from the data in the reader's language: the Chinese ones are official, the English ones stand beside them."""

from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.organisations.names import in_english
from baoji.systems.urban.queries.book import ClassRow, ConditionRow, book


def class_name(row: ClassRow) -> str:
    return row.name_en if in_english() and row.name_en else row.name


def condition_text(row: ConditionRow) -> str:
    return row.text_en if in_english() and row.text_en else row.text


def _titles() -> dict[str, str]:
    """The titles that filing makes of a class and a condition, in English."""
    made = {row.name: row.name_en or row.name for row in book().classes.values()}
    for (kind, code), conditions in book().conditions.items():
        row = book().classes.get((kind, code))
        if row is not None:
            made |= {
                f"{row.name} · {one.text}"[:120]: f"{row.name_en or row.name} · {one.text_en or one.text}"
                for one in conditions
            }
    return made


_english_titles = Snapshot(_titles, "classes")


def case_title(title: str) -> str:
    """A case's title as stored, or in English while it is one made of a class in force and its condition."""
    return _english_titles().get(title, title) if in_english() else title
