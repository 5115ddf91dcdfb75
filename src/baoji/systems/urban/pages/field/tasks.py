"""What the phone shows: tasks with their clock and distance, own reports with what became of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.coordinates import Point, metres
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban import public
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.pages.staff.words import clock, with_return
from baoji.systems.urban.public import Case
from baoji.systems.urban.queries.book import rates

MOST = 50
ASKED = {"verifying": "verify_answer", "checking": "check_answer"}


@dataclass(frozen=True)
class Task:
    """A case that this person is asked to look at. `clock` is what `ui/clock.html` shows."""

    number: str
    title: str
    address: str
    is_check: bool
    urgent: bool
    clock: dict[str, Any] | None
    due: str
    metres: int | None


def tasks_of(caller: Caller, now: datetime, here: Point | None = None) -> list[Task]:
    """特急 first, then by the time left; with `here` the nearest first."""
    page = public.cases(caller, public.Filters(desk="todo"), limit=MOST, now=now)
    found = [_task(row, now, here) for row in page.rows if row["step"] in ASKED]
    if here is not None:
        found.sort(key=lambda task: (not task.urgent, task.metres or 0))
    return found


def _task(row: dict[str, Any], now: datetime, here: Point | None) -> Task:
    return Task(
        number=row["number"],
        title=public.case_title(row["title"]),
        address=row["address"],
        is_check=row["step"] == "checking",
        urgent=row["severity"] == "critical",
        clock=step_clock(row, now),
        due=moment(row["due_at"], now) if row["due_at"] else "",
        metres=round(metres(here, (row["lon"], row["lat"]))) if here is not None else None,
    )


CLOCK_COLUMNS = ("status", "stage", "step", "severity", "due_at", "near_at", "limit_unit", "clock_limit_s")


def step_clock(row: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """The clock of the step a case stands in, for `ui/clock.html`."""
    return clock(row, now, rates(), current_calendar())


def case_clock(case: Case, now: datetime) -> dict[str, Any] | None:
    """As `step_clock`, and when a clock that stands goes on."""
    row = {name: getattr(case, name) for name in CLOCK_COLUMNS}
    return with_return(step_clock(row, now), now)


def own_reports(caller: Caller, now: datetime, after: str = "") -> tuple[list[dict[str, Any]], str | None]:
    """This person's reports, newest first, each with where it stands and why it ended."""
    rows, following = public.own_reports(caller, now, after)
    return [{**row, "step_word": row["word"], "when": moment(row["at"], now)} for row in rows], following
