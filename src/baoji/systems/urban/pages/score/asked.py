"""What the address asks for: which objects, which period, whose rows; and addresses that ask for something near it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid, NotAllowed
from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban.queries import score
from baoji.systems.urban.queries.score_posts import POST_ACTS
from baoji.systems.urban.rules import periods
from baoji.systems.urban.rules.score import Period

READERS = frozenset({"head", "mayor", "chief", "commander", "dispatcher"})
BODIES = frozenset({"handler", "section_head"})
OBJECTS = ("area", "department", "post")


@dataclass(frozen=True)
class Asked:
    """`bodies` are the organisations a department is restricted to, or None."""

    by: str
    span: periods.Span
    over: Period
    level: int
    post: str
    bodies: list[int] | None

    def query(self, **more: Any) -> str:
        given: dict[str, Any] = {"by": self.by, "kind": self.span.kind}
        if self.span.kind == "any":
            given |= {"from": self.span.first.isoformat(), "to": self.span.last.isoformat()}
        else:
            given["on"] = self.span.first.isoformat()
        if self.by == "area" and self.level != 6:
            given["level"] = self.level
        if self.by == "post":
            given["post"] = self.post
        given |= more
        return urlencode({name: value for name, value in given.items() if value not in {None, ""}})

    def moved(self, **changes: Any) -> "Asked":
        return replace(self, **changes)


def read(request: HttpRequest, caller: Caller) -> Asked:
    """Raises NotAllowed for posts that have no part in the score, Invalid for a period that is none."""
    bodies = _bodies(caller)
    given = request.GET
    by = given.get("by", "department")
    if bodies is not None or by not in OBJECTS:
        by = "department"
    span = _span(given.get("kind", "month"), given.get("on", ""), given.get("from", ""), given.get("to", ""))
    level = int(given["level"]) if given.get("level") in {"9", "12"} else 6
    post = given["post"] if given.get("post") in POST_ACTS else "collector"
    return Asked(by, span, score.of_days(span.first, span.end, timezone.now()), level, post, bodies)


def _bodies(caller: Caller) -> list[int] | None:
    kinds = caller.kinds()
    if kinds & READERS:
        return None
    own = sorted({hold.body_id for hold in caller.holds if hold.kind in BODIES})
    if not own:
        raise NotAllowed(_("考评由中心主任、市领导、值班长、指挥长和派遣员查看，处置单位看自己的一行"))
    return own


def _span(kind: str, on: str, first: str, last: str) -> periods.Span:
    today = timezone.localdate()
    if kind == "any":
        begin, end = day_of(first), day_of(last)
        if begin is None or end is None:
            raise Invalid(_("请填起止日期，例如 2026-10-01 至 2026-10-31"))
        if end < begin:
            raise Invalid(_("止日在起日之前，请换过来"))
        return periods.any_days(begin, end)
    return periods.of(kind if kind in periods.KINDS else "month", day_of(on) or today)


def day_of(text: str) -> date | None:
    """Within the years that a calendar can be asked for; the limits of what is due on the first day began the year before."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 2001 <= found.year <= 2100 else None


def body_named(asked: Asked, code: str) -> list[int] | None:
    """The organisations whose cases to list: the one named, within what the reader may see."""
    if not code:
        return asked.bodies
    org = organisations().known_codes.get(code)
    if org is None or (asked.bodies is not None and org.id not in asked.bodies):
        raise NotAllowed(_("只能看自己单位的案卷"))
    return [org.id]
