"""The 案卷 on paper. Without anything else it is the one to give away: no names, no numbers of people, no unseen photos."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from baoji.kernel.base.phrases import remarked
from baoji.kernel.evidence.keys import fingerprint
from baoji.kernel.flow.store import Loaded
from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.sketch import sketch
from baoji.kernel.wire.pages import page
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff.casefile import casefile, facts, photos
from baoji.systems.urban.pages.staff.passed import timeline
from baoji.systems.urban.pages.staff.words import post_word
from baoji.systems.urban.queries.desk import involved_in
from baoji.systems.urban.queries.discretion import watchers
from baoji.systems.urban.rules.redaction import redacted

Shown = dict[str, Any]
NO_NAMES = {"by_name": "", "receiver_name": "", "on_behalf_of_name": ""}
OF_A_PERSON = {"crew_link", "crew_to"}


@never_cache
@require_safe
@page
def print_case(request: HttpRequest, caller: Caller, number: str) -> HttpResponse:
    """With the digest of the case's chain in the journal; `?full=1` is for the house and holds all that this person may read."""
    now, loaded = timezone.now(), public.case_for(caller, number)
    context = casefile(caller, loaded, now)
    if "full" not in request.GET:
        context |= _for_others(loaded, context, now)
    digest = public.chain_digest(loaded.case.pk)
    context |= {
        "entries": timeline(loaded.case, context["case"], None, now),
        "printed": {
            "by": _who(caller),
            "at": now,
            "digest": f"{digest[:8]}…{digest[-8:]}" if digest else "",
        },
        "subject": loaded.case.case_number or loaded.case.number,
        "digest": digest,
        "fingerprint": fingerprint(),
        "facts": [{**fact, "url": ""} for fact in context["facts"]],  # paper has no links
    }
    return render(request, "urban/case/print.html", context | _located(loaded.case, context))


def _for_others(loaded: Loaded, context: Shown, now: datetime) -> Shown:
    """What takes the place of the context's parts that lead to a person."""
    case, seen, extra = loaded.case, context["case"], loaded.extra
    private = [extra["caller_name"], *involved_in(case.pk), *watchers(case.number)]
    cleared = public.cleared_photos(one["id"] for one in seen["attachments"])
    kept = [one for one in seen["attachments"] if one["id"] in cleared]
    is_exact = public.is_shown_exactly(case.topic)
    address = redacted(case.address, private) if is_exact else _("位置从略（涉及住户或个人）")
    for_others = {name: value for name, value in seen.items() if name != "caller"} | {
        "off_grid": None,
        "attachments": kept,
        "timeline": [_impersonal(entry, private) for entry in seen["timeline"]],
    }
    where, *others = facts(case, extra, for_others)
    if not is_exact:
        others = [fact for fact in others if fact["term"] not in {_("单元网格"), _("部件")}]
    where |= {"text": address or where["text"], "note": where["note"] if is_exact else ""}
    left_out = sum(one["kind"] == "photo" for one in seen["attachments"]) - len(kept)
    return {
        "case": for_others,
        "photos": photos(for_others, now),
        "facts": [where, *others],
        "description": redacted(extra["description"], private),
        "address": address,
        "ended": redacted(context["ended"], private),
        "redacted": _said(left_out),
        "no_place": not is_exact,
    }


def _impersonal(entry: Shown, private: list[str]) -> Shown:
    """An act by its post alone, its words without what leads to a person."""
    kept = {name: value for name, value in entry["facts"].items() if name not in OF_A_PERSON}
    return {**entry, **NO_NAMES, "facts": kept, "opinion": redacted(entry["opinion"] or "", private)}


def _said(left_out: int) -> str:
    words = _("本件供外部使用：已隐去姓名、电话和门牌等个人信息，照片只收核对过没有人脸和车牌的。")
    if not left_out:
        return words
    more = ngettext("另有 %(n)d 张照片没有收入。", "另有 %(n)d 张照片没有收入。", left_out)
    return words + more % {"n": left_out}


def _who(caller: Caller) -> str:
    hold = next(iter(caller.holds), None)
    return remarked(caller.name, post_word(hold.kind)) if hold else caller.name


def _located(case: public.Case, context: Shown) -> Shown:
    """Where the case is, for `urban/case/_locator.html`."""
    grid = case.area if len(case.area) == 15 else ""
    return {
        "sketch": sketch(case.lon, case.lat, grid),
        "place": {
            "address": context.get("address", context["case"]["address"]),
            "lon": f"{case.lon:.5f}",
            "lat": f"{case.lat:.5f}",
            "grid": grid,
            "note": context["map_note"],
        },
    }
