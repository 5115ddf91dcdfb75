"""`baoji evaluate`: the numbers of the score page, for scripts and for the minutes of a meeting."""

import csv
import json
import unicodedata
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from django.utils import timezone, translation

from baoji.operate.errors import Trouble
from baoji.operate.owner import owner_django
from baoji.systems.urban import choices
from baoji.systems.urban.pages.score import words
from baoji.systems.urban.queries import score, score_check, score_posts
from baoji.systems.urban.queries.grade_check import changed_grades
from baoji.systems.urban.rules import periods
from baoji.systems.urban.rules.score import RATES, Period, Row

FIRST = {"department": "部门", "area": "区域", "post": "岗位"}


@click.command()
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day. Without dates: this month."
)
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day, which counts as well.")
@click.option(
    "--by", type=click.Choice(list(FIRST)), default="department", show_default=True, help="What a row is."
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]),
    help="Leave out what was done after that; a case sent back since then counts as it stands now. Without: now.",
)
@click.option(
    "--csv",
    "csv_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page's export to this file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option(
    "--check",
    is_flag=True,
    help="Tell figures and clock of each case created in the period again from its flow records, and say where they differ.",
)
def command(
    first: datetime | None,
    last: datetime | None,
    by: str,
    as_of: datetime | None,
    csv_to: Path | None,
    as_json: bool,
    check: bool,
) -> None:
    """Compute the evaluation of a period from the flow records.

    A case belongs to the period in which its deadline falls, so months add up to quarters. The figures and their
    definitions are those of the page 考核评价 in the internal portal.

    \b
    $ baoji evaluate --from 2026-10-01 --to 2026-10-31
    $ baoji evaluate --from 2026-10-01 --to 2026-10-31 --by area --csv october.csv
    $ baoji evaluate --by post --json | jq '.rows[] | select(.post == "dispatcher")'
    """
    owner_django()
    translation.activate("zh-hans")
    span = _span(first, last)
    over = score.of_days(span.first, span.end, timezone.now(), timezone.make_aware(as_of) if as_of else None)
    if check:
        _check(over)
        return
    rows, total = _rows(over, by)
    if csv_to:
        _write(csv_to, span, over, by, rows, total)
        click.echo(f"{len(rows)} rows in {csv_to}")
    elif as_json:
        click.echo(json.dumps(_document(span, over, by, rows, total), ensure_ascii=False))
    else:
        _print(span, over, by, rows, total)


def _span(first: datetime | None, last: datetime | None) -> periods.Span:
    if first is None and last is None:
        return periods.of("month", timezone.localdate())
    if first is None or last is None:
        raise click.UsageError("Give both --from and --to, or neither.")
    try:
        return periods.any_days(first.date(), last.date())
    except ValueError as error:
        raise click.UsageError("--to lies before --from.") from error


def _rows(over: Period, by: str) -> tuple[list[Any], Row | None]:
    if by == "post":
        return list(score_posts.posts(over)), None
    found = score.score(over)
    return (found.departments if by == "department" else found.areas), found.total


def _lines(by: str, rows: list[Any], total: Row | None) -> list[list[str]]:
    if by == "post":
        return [words.post_line(row, str(choices.POST[row.post])) for row in rows]
    grades = score.grades()
    return [words.line(row, grades) for row in [*rows, *([total] if total else [])]]


def _heads(by: str) -> list[str]:
    return words.post_columns() if by == "post" else words.columns(FIRST[by])


def _write(path: Path, span: periods.Span, over: Period, by: str, rows: list[Any], total: Row | None) -> None:
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(
                [*words.head_lines(f"{FIRST[by]}考评", span, over), _heads(by), *_lines(by, rows, total)]
            )
    except OSError as error:
        raise Trouble(f"{path} cannot be written: {error.strerror}") from error


def _document(
    span: periods.Span, over: Period, by: str, rows: list[Any], total: Row | None
) -> dict[str, Any]:
    return {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "as_of": over.as_of.isoformat(timespec="seconds"),
        "by": by,
        "rows": [_object(row) for row in rows],
        "total": _object(total) if total else None,
    }


def _object(row: Any) -> dict[str, Any]:
    if isinstance(row, Row):
        rates = {
            name: {"numerator": row.rate(name)[0], "denominator": row.rate(name)[1], "share": row.share(name)}
            for name in RATES
        }
        grade = words.grade_of(row, score.grades())
        return {
            "code": row.code,
            "name": row.name,
            **row.counts,
            **rates,
            "average_s": row.average_s,
            "critical_average_s": row.critical_average_s,
            "grade": grade,
        }
    return {
        **asdict(row),
        "timed": row.timed,
        "timed_late": row.timed_late,
        "in_time_share": row.in_time_share,
        "average_s": row.average_s,
    }


def _print(span: periods.Span, over: Period, by: str, rows: list[Any], total: Row | None) -> None:
    click.echo(f"{FIRST[by]}考评 {words.span_title(span)} · 数据截至 {words.stamp(over)}")
    if not rows:
        click.echo(
            "No case has its deadline in this period." if by != "post" else "Nothing was done in this period."
        )
        return
    table = [_heads(by), *_lines(by, rows, total)]
    widths = [max(_width(line[n]) for line in table) for n in range(len(table[0]))]
    for line in table:
        click.echo("  ".join(_padded(text, widths[n], left=n < 2) for n, text in enumerate(line)).rstrip())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int, *, left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text


def _check(over: Period) -> None:
    seen, bulk, wrong, by_calendar = 0, 0, 0, 0
    for page in score_check.pages(over.start, over.end):
        seen, bulk = seen + page.cases, bulk + page.bulk
        for found in page.differences:
            said = (f"{name}: case {_plain(kept)}, records {_plain(told)}" for name, kept, told in found.said)
            mark = "  (the calendar was changed after its limit began)" if found.calendar else ""
            click.echo(f"{found.number}  {'; '.join(said)}{mark}")
            by_calendar += found.calendar
            wrong += not found.calendar
    grades = _check_grades(over)
    if bulk:
        click.echo(f"{bulk} cases were loaded as rows for a bench; no act tells their clocks.")
    if by_calendar:
        click.echo(f"{by_calendar} cases were reckoned with an earlier calendar; audit verify knows them.")
    if wrong:
        raise Trouble(f"{wrong} of {seen} cases are not what their flow records say.")
    if grades:
        raise Trouble(f"The grades of {grades} cases are not those that were given.")
    click.echo(
        f"{seen} cases were created in the period; figures and clocks are what their flow records say."
    )


def _check_grades(over: Period) -> int:
    """Says whose grade is not what the journal says was given; how many."""
    found = list(changed_grades(over.start, over.end))
    for grade in found:
        said = (f"{name}: row {kept}, journal {told}" for name, kept, told in grade.said)
        click.echo(f"{grade.number}  {'; '.join(said)}")
    return len(found)


def _plain(value: Any) -> str:
    return (
        timezone.localtime(value).isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
    )
