"""Teaching from the city's own closed cases: how well it went is measured on the newest ones, which it has not seen."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.base.snapshot import bump
from baoji.systems.urban.suggest.grams import cleaned, telling
from baoji.systems.urban.suggest.keeping import TOPIC
from baoji.systems.urban.suggest.keywords import Class, keywords
from baoji.systems.urban.suggest.lesson import Lesson, learn
from baoji.systems.urban.suggest.proposing import by_words

MOST_CASES = 30_000
LEAST_CASES = 200
HELD_OUT = 0.2
KEPT_LESSONS = 8
Asked = TypeVar("Asked")  # a text, or the runs of signs in it
Shares = Callable[[Asked], dict[Class, float]]
# What the class was in the end, after supervision had put it right; the newest first.
CLOSED = """
SELECT r.description, r.kind, r.class_code FROM flow_case c JOIN urban_report r ON r.case_id = c.id
 WHERE c.status = 'closed' AND c.flow = 'urban' AND r.class_code <> '' AND length(r.description) >= 4
 ORDER BY c.closed_at DESC, c.id DESC LIMIT %s
"""


@dataclass(frozen=True)
class Marks:
    """Of `cases` told apart, how many had the right class first, and among the first three."""

    cases: int
    first: int
    three: int

    def as_json(self) -> dict[str, Any]:
        whole = self.cases or 1
        return {
            "cases": self.cases,
            "top1": round(self.first / whole, 4),
            "top3": round(self.three / whole, 4),
        }


def teach(now: datetime, by: int | None = None) -> dict[str, Any]:
    """Learns anew and keeps the lesson; its report. Raises Refused `too-few-cases`."""
    told = sql.tuples(CLOSED, [MOST_CASES])
    if len(told) < LEAST_CASES:
        raise Refused(
            _("已结案的案卷还不够：%(n)d 件，至少要 %(least)d 件") % {"n": len(told), "least": LEAST_CASES},
            code="too-few-cases",
        )
    texts = [row[0] for row in told]
    labels: list[Class] = [(row[1], row[2]) for row in told]
    unseen = max(1, round(len(told) * HELD_OUT))
    report = _report(texts, labels, unseen)
    lesson = learn(texts, labels)
    _keep(lesson, report, now, by)
    return report


def _report(texts: list[str], labels: list[Class], unseen: int) -> dict[str, Any]:
    """Learnt from the older cases, asked about the newest."""
    apprentice = learn(texts[unseen:], labels[unseen:])
    asked = [cleaned(text) for text in texts[:unseen]]
    right = labels[:unseen]

    def used(written: str) -> dict[Class, float]:
        return by_words(written, apprentice)

    def learnt(written: str) -> dict[Class, float]:
        return apprentice.shares(telling(written))

    return {
        "learnt": len(texts) - unseen,
        "classes": len(apprentice.classes),
        "grams": len(apprentice.vocabulary),
        "used": marks(used, asked, right).as_json(),
        "lesson": marks(learnt, asked, right).as_json(),
        "table": marks(keywords().shares, asked, right).as_json(),
        "kinds": {kind: marks(used, *_only(kind, asked, right)).as_json() for kind in ("component", "event")},
        "confused": _confused(used, asked, right),
    }


def _only(kind: str, asked: list[str], right: list[Class]) -> tuple[list[str], list[Class]]:
    chosen = [n for n, one in enumerate(right) if one[0] == kind]
    return [asked[n] for n in chosen], [right[n] for n in chosen]


def marks(shares: Shares[Asked], asked: list[Asked], right: list[Class]) -> Marks:
    first = three = 0
    for found, label in zip(asked, right, strict=True):
        told = _best(shares(found), 3)
        first += told[:1] == [label]
        three += label in told
    return Marks(len(right), first, three)


def _best(shares: dict[Class, float], count: int) -> list[Class]:
    return sorted(shares, key=lambda one: (-shares[one], one))[:count]


def _confused(shares: Shares[str], asked: list[str], right: list[Class], most: int = 8) -> list[list[Any]]:
    """[right, told, how often]: the pairs that are mixed up most."""
    pairs = Counter(
        (f"{label[0][0]}{label[1]}", f"{told[0][0][0]}{told[0][1]}")
        for found, label in zip(asked, right, strict=True)
        if (told := _best(shares(found), 1)) and told[0] != label
    )
    return [[*pair, count] for pair, count in pairs.most_common(most)]


@transaction.atomic
def _keep(lesson: Lesson, report: dict[str, Any], now: datetime, by: int | None) -> None:
    id_ = sql.value(
        "INSERT INTO urban_lesson (made_at, cases, weights, report) VALUES (%s, %s, %s, %s::jsonb) RETURNING id",
        [now, lesson.cases, lesson.dump(), orjson.dumps(report).decode()],
    )
    sql.execute(
        "DELETE FROM urban_lesson WHERE id NOT IN (SELECT id FROM urban_lesson ORDER BY id DESC LIMIT %s)",
        [KEPT_LESSONS],
    )
    facts = {"cases": lesson.cases, "top1": report["used"]["top1"], "top3": report["used"]["top3"]}
    record("urban.lesson", id_, "train", facts, by, now)
    bump(TOPIC)


def latest() -> dict[str, Any] | None:
    """When the newest lesson was taught, from how many cases, and its report."""
    row = sql.row("SELECT made_at, cases, report::text AS report FROM urban_lesson ORDER BY id DESC LIMIT 1")
    return {**row, "report": orjson.loads(row["report"])} if row else None
