"""协作分析: who meets whom more often than the lot would have it, with its numbers and exactly the cases behind them."""

import re
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.numbers import whole
from baoji.kernel.identity.callers import Caller
from baoji.kernel.ui.pages import moment_cursor, read_moment_cursor
from baoji.kernel.wire.pages import page
from baoji.kernel.wire.spreadsheets import spreadsheet
from baoji.systems.urban import public
from baoji.systems.urban.pages.reporting.words import moment, step_word
from baoji.systems.urban.pages.street import collusion_words as words
from baoji.systems.urban.pages.street.plausibility import weighing
from baoji.systems.urban.pages.street.plausibility_words import short_span
from baoji.systems.urban.pages.street.views import tabs
from baoji.systems.urban.queries import collusion
from baoji.systems.urban.queries.collusion import Asked
from baoji.systems.urban.rules.collusion import NOTABLE, Pair

MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
USUAL_MONTHS = 3
MOST_MONTHS = 36
MOST_EXPORTED = 20_000


def read(request: HttpRequest) -> Asked:
    """What the address asks for; three months to now unless told otherwise. Raises Invalid."""
    given, usual = request.GET, _usual(request)
    kind, this = usual.kind, usual.last
    last = _month(given.get("to", "")) or this
    first = _month(given.get("from", "")) or _before(last, USUAL_MONTHS - 1)
    if first > last:
        raise Invalid(_("止月在起月之前，请换过来"))
    if _before(last, MOST_MONTHS - 1) > first:
        raise Invalid(_("一次最多看 %(n)d 个月") % {"n": MOST_MONTHS})
    return Asked(kind, first, last)


def _usual(request: HttpRequest) -> Asked:
    """Three months to now."""
    kind, this = request.GET.get("kind", ""), timezone.localdate().replace(day=1)
    return Asked(kind if kind in words.KIND else "checker", _before(this, USUAL_MONTHS - 1), this)


def _month(text: str) -> date | None:
    return date(int(text[:4]), int(text[5:]), 1) if MONTH.fullmatch(text) else None


def _before(month: date, months: int) -> date:
    n = month.year * 12 + month.month - 1 - months
    return date(n // 12, n % 12 + 1, 1)


def _query(asked: Asked, **more: Any) -> str:
    return urlencode({"kind": asked.kind, "from": f"{asked.first:%Y-%m}", "to": f"{asked.last:%Y-%m}"} | more)


@never_cache
@require_safe
@page
@weighing
def pairs(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """The pairs of a period; one that is none comes back with what was written, above the usual one."""
    now, error = timezone.now(), ""
    try:
        asked = read(request)
    except Invalid as wrong:
        asked, error = _usual(request), wrong.message
    found = collusion.shown(asked)
    weighed = found.weighed
    n = len(weighed.pairs)
    context = {
        "tabs": tabs("pairs", caller),
        "kinds": [
            {
                "title": title,
                "url": f"?{_query(Asked(kind, asked.first, asked.last))}",
                "current": kind == asked.kind,
            }
            for kind, title in words.KIND.items()
        ],
        "asked": asked,
        "from": request.GET.get("from", "") if error else f"{asked.first:%Y-%m}",
        "to": request.GET.get("to", "") if error else f"{asked.last:%Y-%m}",
        "error": error,
        "sides": words.SIDES[asked.kind],
        "about": words.ABOUT[asked.kind],
        "rows": [_shown(pair, asked, found) for pair in weighed.pairs[: collusion.MOST_SHOWN]],
        "looked_at": n,
        "least": collusion.least_together(),
        "met": weighed.total.n,
        "drawn": weighed.total.drawn,
        "rare": sum(pair.tail < NOTABLE for pair in weighed.pairs),
        "by_chance": words.by_chance(weighed.by_chance(NOTABLE)),
        "fresh": moment(found.fresh_at, now) if found.fresh_at else "",
        "csv_url": f"{reverse('street-pairs-csv')}?{_query(asked)}",
        "more": n > collusion.MOST_SHOWN,
    }
    return render(request, "urban/street/pairs.html", context, status=422 if error else 200)


def _shown(pair: Pair, asked: Asked, found: collusion.Shown) -> dict[str, Any]:
    minutes = collusion.quick_minutes()
    return {
        "one": found.sides["one", pair.one],
        "other": found.sides["other", pair.other],
        "n": pair.n,
        "expected": f"{pair.expected:.1f}",
        "ratio": words.ratio(pair),
        "tail": words.chance(pair.tail),
        "by_chance": words.by_chance(found.weighed.by_chance(pair.tail)),
        "is_rare": pair.tail < NOTABLE,
        "patterns": [words.pattern(one, asked.kind, minutes) for one in pair.patterns],
        "url": f"{reverse('street-pair')}?{_query(asked, one=pair.one, other=pair.other)}",
    }


@never_cache
@require_safe
@page
@weighing
def behind(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Exactly the checks or answers that a pair's number counts."""
    now, asked = timezone.now(), read(request)
    one, other = (whole(request.GET.get(name, "")) or 0 for name in ("one", "other"))
    after = read_moment_cursor(request.GET.get("after", ""))
    rows = collusion.behind(asked, one, other, after=after, limit=collusion.PAGE + 1)
    sides = collusion.sides_of(asked.kind, [Pair(one, other)])
    last = rows[collusion.PAGE - 1] if len(rows) > collusion.PAGE else None
    context = {
        "tabs": tabs("pairs", caller),
        "one": sides["one", one],
        "other": sides["other", other],
        "asked": asked,
        "kind": words.KIND[asked.kind],
        "span": _("%(first)s 到 %(last)s") % {"first": f"{asked.first:%Y-%m}", "last": f"{asked.last:%Y-%m}"},
        "rows": [_line(row, now) for row in rows[: collusion.PAGE]],
        "back": f"{reverse('street-pairs')}?{_query(asked)}",
        "next": f"?{_query(asked, one=one, other=other, after=moment_cursor(last['at'], last['id']))}"
        if last
        else "",
        "first": f"?{_query(asked, one=one, other=other)}" if request.GET.get("after") else "",
    }
    return render(request, "urban/street/pair.html", context)


def _line(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    draw = row["draw"] or ""
    return {
        **row,
        "subject": row["case_number"] or row["number"],
        "problem": public.case_title(row["title"]),
        "when": moment(row["at"], now),
        "took": short_span(row["took_s"]),
        "step_word": step_word(row["stage"], row["step"]),
        "lot": _("另选") if '"chosen"' in draw else _("抽签") if '"among"' in draw else "—",
    }


@never_cache
@require_safe
@page
@weighing
def export(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """All pairs that were looked at, as a file that a spreadsheet opens; who took it is in the journal."""
    asked = read(request)
    found = collusion.shown(asked, MOST_EXPORTED)
    top = found.weighed.pairs[:MOST_EXPORTED]
    public.note_pairs_export(by=caller, asked=asked, pairs=len(top), now=timezone.now())
    name = f"pairs-{asked.kind}-{asked.first:%Y-%m}-{asked.last:%Y-%m}.csv"
    minutes = collusion.quick_minutes()
    return spreadsheet(
        name, [*_head(asked, found), *(_exported(pair, asked, found, minutes) for pair in top)]
    )


def _exported(pair: Pair, asked: Asked, found: collusion.Shown, minutes: int) -> list[object]:
    """A pair under the titles of `_head`."""
    one, other = found.sides["one", pair.one], found.sides["other", pair.other]
    return [
        one.code,
        one.name,
        other.code,
        other.name,
        pair.n,
        f"{pair.expected:.2f}",
        words.ratio(pair),
        f"{pair.tail:.3g}",
        f"{found.weighed.by_chance(pair.tail):.3g}",
        pair.drawn,
        pair.positive,
        pair.quick,
        pair.same_device,
        pair.chosen,
        " | ".join(words.pattern(each, asked.kind, minutes) for each in pair.patterns),
    ]


def _head(asked: Asked, found: collusion.Shown) -> list[list[str]]:
    one, other = (str(side) for side in words.SIDES[asked.kind])
    n = len(found.weighed.pairs)
    return [
        [str(words.KIND[asked.kind]), f"{asked.first:%Y-%m}", f"{asked.last:%Y-%m}"],
        [_("看了 %(n)d 对；这是要问清楚的线索，不是结论") % {"n": n}],
        [
            one,
            _("姓名"),
            other,
            _("姓名"),
            _("同办件数"),
            _("应有件数"),
            _("倍数"),
            _("凭运气的概率"),
            _("凭运气会有几对"),
            _("有抽签记录"),
            _("核查说已处置好"),
            _("很快办完"),
            _("同一台手机"),
            _("另选了人"),
            _("特点"),
        ],
    ]
