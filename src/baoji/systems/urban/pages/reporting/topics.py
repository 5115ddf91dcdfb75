"""Choosing a class by words. A topic is the kind's letter and the class code: `c0102`, `e0110`."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.translation import ngettext

from baoji.systems.urban import choices, public

KINDS = {"c": "component", "e": "event"}


class Topic(NamedTuple):
    key: str
    kind: str
    code: str
    title: str
    note: str


class Condition(NamedTuple):
    """A filing condition as a choice: `n` is its number within the class."""

    n: str
    text: str
    limit: str
    severity: str
    severity_word: str


def _topic(row: Any) -> Topic:
    return Topic(
        row.kind[0] + row.code,
        row.kind,
        row.code,
        public.class_name(row),
        f"{choices.KIND[row.kind]} · {public.major_name(row)}",
    )


def topic(key: str) -> Topic | None:
    """The class in force with this key."""
    row = public.book().classes.get((KINDS.get(key[:1], ""), key[1:]))
    return _topic(row) if row else None


def topics(keys: Iterable[str]) -> list[Topic]:
    return [found for found in map(topic, keys) if found is not None]


def search(words: str, limit: int = 20) -> list[Topic]:
    """Classes whose name or code has the words, those that begin with them first."""
    words = words.strip().lower()
    rows = [row for row in public.book().classes.values() if _matches(row, words)]
    rows.sort(key=lambda row: (not row.name.startswith(words), len(row.name), row.kind, row.code))
    return [_topic(row) for row in rows[:limit]]


def _matches(row: Any, words: str) -> bool:
    return bool(words) and (
        words in row.name
        or words in row.name_en.lower()
        or row.code.startswith(words)
        or row.kind[0] + row.code == words
    )


def resolve(words: str) -> Topic | list[Topic]:
    """The one class that was meant, or the candidates (none: []) when the words fit several."""
    exact = topic(words.strip().lower())
    if exact is not None:
        return exact
    found = search(words)
    named = [one for one in found if one.title.lower() == words.strip().lower()]
    if len(named) == 1 or len(found) == 1:
        return (named or found)[0]
    return found


def conditions(kind: str, code: str) -> list[Condition]:
    return [
        Condition(
            str(row.n),
            public.condition_text(row),
            choices.limit_words(row.limit_value, row.limit_unit),
            row.severity,
            str(choices.SEVERITY[row.severity]) if row.severity != "normal" else "",
        )
        for row in public.book().conditions.get((kind, code), [])
    ]


def plain_limit(case: Any) -> str:
    """A case's limit as anybody says it: `2 小时`; '' while it has none."""
    if case.limit_value is None or not case.limit_unit:
        return ""
    value = float(case.limit_value)
    n = 1 if value == 1 else 2
    units = {
        "urgent_hour": ngettext("小时", "小时", n),
        "urgent_day": ngettext("天", "天", n),
        "work_hour": ngettext("个工作小时", "个工作小时", n),
        "work_day": ngettext("个工作日", "个工作日", n),
    }
    return f"{value:g} {units[case.limit_unit]}"
