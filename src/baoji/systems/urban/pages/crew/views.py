"""What a crew's link opens: one task, without an account and without scripts."""

from datetime import datetime
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from baoji.kernel.base.errors import NotThere, Refused, TooMany
from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.sketch import sketch
from baoji.kernel.maps.ways import way_for
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.records.actions import keeping
from baoji.kernel.records.responses import file_response
from baoji.kernel.wire import once
from baoji.kernel.wire.pages import unlisted
from baoji.kernel.wire.rates import Bucket
from baoji.kernel.wire.visitors import network_of
from baoji.systems.urban import public
from baoji.systems.urban.pages.field.tasks import case_clock
from baoji.systems.urban.pages.reporting.follow import follow_steps
from baoji.systems.urban.pages.reporting.form import refusal_by_field
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.pages.staff.words import placed_by
from baoji.systems.urban.queries.progress import working_progress
from baoji.systems.urban.queries.stamps import desk_stamp

NO_SHELL: dict[str, Any] = {"shell": {"nav": []}}
SIZES = frozenset({"320", "1600"})
tries = Bucket(1.0, 60)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, token: str) -> HttpResponseBase:
    """The task with its answer; after the answer, the end or a change of mind, what became of it."""
    now = timezone.now()
    try:
        tries.take(network_of(request))
        if request.method != "POST":
            return _shown(request, token, now)
        _answer(request, token, now)
        return unlisted(redirect("crew", token=token))
    except (NotThere, TooMany) as refused:
        return unlisted(
            render(request, "urban/crew/none.html", {"refused": refused, **NO_SHELL}, status=refused.status)
        )
    except Refused as refused:
        return _shown(request, token, timezone.now(), refused)


def _answer(request: HttpRequest, token: str, now: datetime) -> None:
    act = request.POST.get("act", "")
    facts = {name: request.POST[name] for name in ("opinion", "n") if request.POST.get(name)}
    uploads = request.FILES.getlist("photo")
    digests = once.digests(uploads)
    public.open_link(token, now)  # nothing is kept for whoever has no link
    with keeping([(upload, "photo") for upload in uploads], now=now) as files:
        public.answer_by_link(
            token=token,
            act=act,
            facts=facts,
            files=files,
            key=once.checked_key(request.POST.get("key", "")),
            request_hash=once.fingerprint(orjson.dumps([act, facts], option=orjson.OPT_SORT_KEYS), *digests),
            now=now,
        )


def _shown(
    request: HttpRequest, token: str, now: datetime, refused: Refused | None = None
) -> HttpResponseBase:
    link = public.open_link(token, now)
    status = refused.status if refused else 200
    if link.caller is None:
        context = {"link": link, "why": _why(link, now), "refused": refused, **_became(link, now), **NO_SHELL}
        return unlisted(render(request, "urban/crew/became.html", context, status=status))
    context = _task(link, link.caller, now) | {
        "token": token,
        "way": _way(request, link),
        "errors": refusal_by_field(refused) if refused else {},
        "failed": request.POST.get("act", "") if refused else "",
        "sent": request.POST,
        "until": moment(link.ends_at, now),
        **NO_SHELL,
    }
    return unlisted(render(request, "urban/crew/task.html", context, status=status))


def _way(request: HttpRequest, link: public.CrewTask) -> str:
    """By the phone's own map; '' for a case without a place."""
    lon, lat = link.loaded.case.lon, link.loaded.case.lat
    agent = request.headers.get("User-Agent", "")
    return way_for(agent, lon, lat) if lon is not None and lat is not None else ""


def _task(link: public.CrewTask, caller: Caller, now: datetime) -> dict[str, Any]:
    loaded = link.loaded
    case = loaded.case
    seen = public.view(caller, loaded, now)
    condition = public.book().by_id.get(loaded.extra["condition_id"] or 0)
    offers = {one["act"]: one for one in public.offered(caller, loaded, now)}
    body = organisations().known.get(caller.holds[0].body_id)
    grid = case.area if len(case.area) == 15 else ""
    return {
        "case": seen,
        "link": link,
        "from_whom": org_name(body) if body else "",
        "clock": case_clock(case, now),
        "due": moment(case.due_at, now) if case.due_at else "",
        "what": public.condition_text(condition) if condition else "",
        "good": public.closing_text(condition) if condition else "",
        "photos": [one for one in seen["attachments"] if one["kind"] == "photo"],
        "answer": offers.get("answer"),
        "milestone": offers.get("milestone"),
        "stages": _stages(offers.get("milestone")),
        "sketch": sketch(case.lon, case.lat, grid),
        "place": {
            "address": seen["address"],
            "lon": f"{case.lon:.5f}",
            "lat": f"{case.lat:.5f}",
            "grid": "",
            "note": placed_by(seen),
        },
    }


def _stages(offer: dict[str, Any] | None) -> list[dict[str, Any]]:
    return list(offer["schema"]["properties"]["n"].get("x-choices", ())) if offer else []


def _became(link: public.CrewTask, now: datetime) -> dict[str, Any]:
    found = working_progress(link.loaded.case.pk, now)
    return {**follow_steps(found, now), "case": found.loaded.case}


def _why(link: public.CrewTask, now: datetime) -> str:
    """Why nothing is to be done by this link any more."""
    if link.answered_at:
        return _("已收到您的回复（%(at)s），谢谢。") % {"at": moment(link.answered_at, now)}
    if link.ended_at:
        return _("发任务的单位已经结束这个链接，不用再办。")
    if now >= link.ends_at:
        return _("这个链接已经过期。还要办的话，请发任务的单位重新发一个。")
    return _("这件现在不用您办：案卷已经到了别的环节。")


@require_safe
def photo(request: HttpRequest, token: str, id_: int, size: str) -> HttpResponseBase:
    """A photo of the task, while there is something to do about it."""
    try:
        tries.take(network_of(request))
        link = public.open_link(token, timezone.now())
    except Refused as refused:
        raise Http404 from refused
    found = public.attachment(id_) if id_ < 2**63 and size in SIZES else None
    number = link.loaded.case.number
    if link.caller is None or found is None or number not in {found["own"], found["number"]}:
        raise Http404
    if not public.may_hear(link.caller, found):
        raise Http404
    return file_response(request, found["sha256"], found["mime"], size, desk_stamp(found, size))
