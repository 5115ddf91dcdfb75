"""核对: what does not fit together in what the phones said, for those who answer for supervision to look at."""

from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from baoji.kernel.base.errors import Refused
from baoji.kernel.base.instants import is_sane
from baoji.kernel.base.phrases import sentences
from baoji.kernel.identity.callers import Caller
from baoji.kernel.ui.pages import id_before
from baoji.kernel.ui.templatetags.ui import full
from baoji.kernel.wire.pages import View, page
from baoji.systems.urban import public
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.pages.street import plausibility_words as words
from baoji.systems.urban.pages.street.views import tabs

P = ParamSpec("P")
SAMPLE_DAYS = 30
KEPT = ("state", "kind", "person", "case")


def weighing(view: View[P]) -> View[P]:
    """Below `page`: for those who answer for supervision themselves; nobody stands in for them here."""

    @wraps(view)
    def asked(request: HttpRequest, caller: Caller, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        public.require_may_weigh(caller)
        return view(request, caller, *args, **kwargs)

    return asked


@never_cache
@require_safe
@page
@weighing
def findings(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Newest first; the address is the filter."""
    now, given = timezone.now(), _given(request.GET)
    before = id_before(request)
    asked = public.FindingsAsked(**given, before=before)
    rows, following = public.findings(asked)
    context = {
        "tabs": tabs("plausibility", caller),
        "states": [
            {
                "title": title,
                "url": f"?{urlencode({**_narrowed(given), 'state': state})}",
                "current": not asked.case and state == asked.state,
            }
            for state, title in words.STATE.items()
        ],
        "kinds": [(kind, title, kind == asked.kind) for kind, title in words.KIND.items()],
        "people": [(one.code, one.name, one.code == asked.person) for one in public.collectors()],
        "given": given,
        "is_narrowed": bool(_narrowed(given)),
        "rows": [_shown(row, now, given["state"]) for row in rows],
        "next": f"?{urlencode({**_written(given), 'before': following})}" if following else "",
        "first": f"?{urlencode(_written(given))}" if before else "",
        "samples": public.samples(now - timedelta(days=SAMPLE_DAYS)),
        "sample_days": SAMPLE_DAYS,
    }
    return render(request, "urban/street/plausibility.html", context)


def _given(query: Any) -> dict[str, str]:
    state, kind = query.get("state", "new"), query.get("kind", "")
    return {
        "state": state if state in words.STATE else "new",
        "kind": kind if kind in words.KIND else "",
        "person": query.get("person", "")[:40].replace("\x00", ""),
        "case": query.get("case", "")[:30].replace("\x00", ""),
    }


def _written(given: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if value}


def _narrowed(given: dict[str, str]) -> dict[str, str]:
    return {name: given[name] for name in ("kind", "person") if given[name]}


def _shown(row: dict[str, Any], now: datetime, state: str) -> dict[str, Any]:
    arrived = row["arrived_at"] or row["found_at"]
    said = words.sentence(row["kind"], row["facts"])
    by_wrong_clock = row["kind"] == "skew"
    if by_wrong_clock:  # its own time says nothing: when it arrived, and what it said
        when = _("照片 %(at)s 收到") % {"at": _dated(arrived, now)}
        if is_sane(row["at"]):
            said = sentences((said, _("手机上是 %(clock)s") % {"clock": full(row["at"])}))
    else:
        when = _dated(row["at"], now)
    day = timezone.localdate(row["at"] if is_sane(row["at"]) and not by_wrong_clock else arrived).isoformat()
    return {
        **row,
        "word": words.KIND[row["kind"]],
        "said": said,
        "limit": words.limit(row["kind"], row["facts"]),
        "means": words.MEANS[row["kind"]],
        "state_word": words.STATE[row["state"]],
        "shows_state": row["state"] != state,
        "when": when,
        "track": f"{reverse('street-track', args=[row['code']])}?day={day}",
        "subject": row["case_number"] or row["number"],
        "problem": public.case_title(row["title"] or ""),
        "decided": moment(row["decided_at"], now) if row["decided_at"] else "",
    }


def _dated(at: datetime, now: datetime) -> str:
    """As `moment`, with the year where it is another one."""
    is_of_this_year = timezone.localdate(now).year == timezone.localtime(at).year if is_sane(at) else True
    return moment(at, now) if is_of_this_year else full(at)


@require_POST
@page
@weighing
def decide(request: HttpRequest, caller: Caller, id_: int) -> HttpResponseBase:
    """看过 or 需要跟进; back to the list as it was."""
    try:
        public.decide_finding(
            by=caller,
            finding=id_ if id_ < 2**63 else 0,
            state=request.POST.get("do", ""),
            note=request.POST.get("note", ""),
            now=timezone.now(),
        )
        messages.success(request, _("已记下"))
    except Refused as refused:
        messages.error(request, refused.sentence)
    kept = {name: request.POST[name] for name in (*KEPT, "before") if request.POST.get(name)}
    return redirect(f"{reverse('street-plausibility')}?{urlencode(kept)}")
