"""Names from the data in the reader's language: the Chinese ones are official, the English ones stand beside them."""

import re
from typing import Final

from django.utils.translation import gettext

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.base.text import mark
from baoji.kernel.organisations.names import division_name, in_english
from baoji.kernel.organisations.queries import divisions
from baoji.systems.urban.queries.book import ClassRow, ConditionRow, MilestoneRow, book

# What the product itself calls the editions of the class tables; one that a city describes keeps the name it was given.
EDITION_NAMES: Final = (
    mark("2007 版（CJ/T 214-2007）"),
    mark("2013 版（GB/T 30428.2-2013）"),
    mark("本市扩展（补充 2013 版，小类自 99 向下编号）"),
)
GRID_NAME: Final = mark("{county}第{n}责任网格")
_GRID_NAME: Final = re.compile(GRID_NAME.format(county="(?P<county>.*)", n=r" ?(?P<n>\d+) ?"))


def edition_name(name: str) -> str:
    return gettext(name) if name in EDITION_NAMES else name


def grid_name(name: str, code: str) -> str:
    """A responsibility grid by its number and county, where it is called as the city's generator names them."""
    found = _GRID_NAME.fullmatch(name) if in_english() else None
    if found is None:
        return name
    county, division = found["county"], divisions().get(code[:6])
    if division is not None and division.name == county:
        county = division_name(code[:6])
    return gettext(GRID_NAME).format(county=county, n=found["n"]).rstrip(", ")


def class_name(row: ClassRow) -> str:
    return row.name_en if in_english() and row.name_en else row.name


def major_name(row: ClassRow) -> str:
    return row.major_name_en if in_english() and row.major_name_en else row.major_name


def milestone_name(row: MilestoneRow) -> str:
    return row.name_en if in_english() and row.name_en else row.name


def closing_text(row: ConditionRow) -> str:
    return row.closing_en if in_english() and row.closing_en else row.closing


def condition_text(row: ConditionRow) -> str:
    return row.text_en if in_english() and row.text_en else row.text


def component_name(name: str, class_code: str) -> str:
    """A component's name in the ledger begins with its class, and often says its road after it."""
    row = book().classes.get(("component", class_code))
    if not in_english() or row is None or not row.name_en or not name.startswith(row.name):
        return name
    return row.name_en + name.removeprefix(row.name).replace("·", " · ", 1)


# What a class or condition was called before an operator changed it: cases filed then keep that title.
FORMER_NAMES = """
SELECT k.kind, k.code, n.before->>'name' FROM registers_change_note n JOIN urban_class k ON k.id = n.row
 WHERE n.register = 'classes' AND n.before ? 'name'
"""
FORMER_TEXTS = """
SELECT n.row, n.before->>'text' FROM registers_change_note n WHERE n.register = 'conditions' AND n.before ? 'text'
"""


def _titles() -> dict[str, str]:
    """The titles that filing makes of a class and a condition, or made before these were renamed, in English."""
    names: dict[tuple[str, str], list[str]] = {}
    for kind, code, name in sql.tuples(FORMER_NAMES):
        names.setdefault((kind, code), []).append(name)
    texts: dict[int, list[str]] = {}
    for condition, text in sql.tuples(FORMER_TEXTS):
        texts.setdefault(condition, []).append(text)
    made: dict[str, str] = {}
    now: dict[str, str] = {}
    for key, row in book().classes.items():
        now[row.name] = row.name_en or row.name
        made |= {name: row.name_en or name for name in names.get(key, ())}
        for one in book().conditions.get(key, ()):
            now[_title(row.name, one.text)] = f"{row.name_en or row.name} · {one.text_en or one.text}"
            made |= {
                _title(name, text): f"{row.name_en or name} · {one.text_en or text}"
                for name in (row.name, *names.get(key, ()))
                for text in (one.text, *texts.get(one.id, ()))
            }
    return made | now


def _title(name: str, text: str) -> str:
    return f"{name} · {text}"[:120]


_english_titles = Snapshot(_titles, "classes")


def case_title(title: str) -> str:
    """A case's title as stored, or in English if it is one made of a class in force and its condition, as these are or were called."""
    if not in_english():
        return title
    found = _english_titles().get(title, title)
    return found[:1].upper() + found[1:]


_english_closings = Snapshot(
    lambda: {row.closing: row.closing_en for row in book().by_id.values() if row.closing_en}, "classes"
)


def closing_words(stored: str) -> str:
    """A case's closing condition as stored, or in English while it is one of the class tables."""
    return _english_closings().get(stored, stored) if in_english() else stored


def official_closing(words: str, row: ConditionRow | None) -> str:
    """What is stored of a closing condition: the official words, also where the English proposal was taken over."""
    return row.closing if row is not None and words == row.closing_en else words
