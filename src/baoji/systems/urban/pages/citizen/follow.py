"""查询进度: where the report with this code stands, what its holder may do about it, what was asked and answered."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from baoji.kernel.base.errors import NotAllowed, NotThere, Refused, TooMany
from baoji.kernel.base.links import link
from baoji.kernel.flow.run import File
from baoji.kernel.records.actions import keeping
from baoji.kernel.wire import once
from baoji.kernel.wire.pages import unlisted
from baoji.kernel.wire.visitors import network_of
from baoji.systems.urban import choices, public
from baoji.systems.urban.actions.citizen_follow import forget_follower, joined_not_fixed
from baoji.systems.urban.pages.citizen import limits
from baoji.systems.urban.pages.reporting import own
from baoji.systems.urban.pages.reporting.follow import follow_steps
from baoji.systems.urban.pages.reporting.form import refusal_by_field
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.queries.call_backs import awaits_call_back
from baoji.systems.urban.queries.cases import load_by_id
from baoji.systems.urban.queries.codes import Opened, has_said_not_fixed, opened_by
from baoji.systems.urban.queries.handovers import went_to
from baoji.systems.urban.queries.progress import (
    CODE_LENGTH,
    Progress,
    canonical_code,
    progress,
    public_progress,
    root_of,
)
from baoji.systems.urban.rules.citizens import NOT_FIXED

MOST_PHOTOS = 6
GRADES = {key: word for key, word in choices.GRADE.items() if key != NOT_FIXED}
SAID = {
    "not_fixed": gettext_lazy("这件已经重新打开，并派人到现场核查。"),
    "rate": gettext_lazy("已记下您的评价，谢谢。"),
    "ask": gettext_lazy("已送到受理员。答复会显示在这一页。"),
    "forget": gettext_lazy("您的电话、姓名和邮箱已经删除。"),
}
# What holders of each kind of code may do here; acts of the table among them must be offered as well.
MAY = {
    "report": frozenset({"withdraw", "reopen", "ask", "not_fixed", "rate", "forget"}),
    "me_too": frozenset({"not_fixed", "forget"}),
}


@never_cache
@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """The field for a code; `?code=` leads on, also from the old address."""
    typed = request.GET.get("code", "").strip()
    if not typed:
        return _answer(request, {"typed": "", "length": CODE_LENGTH})
    more = {"new": "1"} if request.GET.get("new") == "1" else {}
    code = canonical_code(typed)
    if not code:
        return _answer(request, {"typed": typed[:30], "error": _("没有这个查询码，请检查有没有输错")}, 404)
    return redirect(f"{reverse('follow', args=[code])}" + (f"?{urlencode(more)}" if more else ""))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """Codes may be typed with spaces, dashes and small letters."""
    context: dict[str, Any] = {"typed": code[:30], "length": CODE_LENGTH}
    status = 200
    try:
        opened = _opened(network_of(request), code)
        if request.method == "POST":
            refused = _act(request, opened)
            if refused is None:
                said = {"said": request.POST.get("act", "")}
                return redirect(f"{reverse('follow', args=[canonical_code(code)])}?{urlencode(said)}")
            context |= {
                "errors": refusal_by_field(refused),
                "failed": request.POST.get("act", ""),
                "sent": request.POST,
            }
            status = refused.status
        context |= _shown(request, opened, canonical_code(code))
    except NotThere as refused:
        context["error"], status = refused.message, 404
    except TooMany as refused:
        context["error"] = _("查得太多，请 %(n)d 分钟后再试") % {"n": -(-refused.retry_after // 60)}
        status = refused.status
    return _answer(request, context, status)


def _opened(network: str, code: str) -> Opened:
    """Codes that are none count against whoever guesses; those who share a network and hold one are never in each other's way.
    Raises NotThere, TooMany."""
    limits.codes.take(network)
    opened = opened_by(code)
    limits.codes.give_back(network)
    return opened


def _answer(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return unlisted(render(request, "urban/citizen/follow.html", context, status=status))


def _shown(request: HttpRequest, opened: Opened, code: str) -> dict[str, Any]:
    now = timezone.now()
    url = link(request, reverse("follow", args=[code]))
    shown: dict[str, Any] = {
        "code": code,
        "typed": f"{code[:5]}-{code[5:]}",
        "is_new": request.GET.get("new") == "1",
        "from_photo": request.GET.get("photo") == "1",
        "said": SAID.get(request.GET.get("said", ""), ""),
        "kind": opened.kind,
        "url": url,
        "qr": _qr(url) if request.GET.get("new") == "1" else "",
    }
    if opened.is_held:
        return shown | {
            "held_at": moment(opened.at, now) if opened.at else "",
            "why": public.held_reason(opened.id),
        }
    found = progress(opened.id, now) if opened.kind == "report" else public_progress(opened.id, now)
    return shown | follow_steps(found, now) | _about(opened, found, now)


def _about(opened: Opened, found: Progress, now: datetime) -> dict[str, Any]:
    case, extra = found.loaded.case, found.loaded.extra
    is_own = opened.kind == "report"
    grade = public.grade_of(opened.id) if is_own else None
    offers = public.offered(public.code_holder(case.number), found.loaded, now)
    is_looked_into = bool(case.notes.get("not_fixed"))  # somebody has called it not fixed
    may_say = any(one["act"] in {"reopen", "also_not_fixed"} for one in offers) and (
        not (is_looked_into and grade and grade["grade"] == NOT_FIXED)
        if is_own
        else not has_said_not_fixed(opened.code)
    )
    is_own_case = is_own and not found.merged_from
    offers = offers if is_own_case else []
    return {
        "case": case,
        "offers": [one for one in offers if one["act"] in {"withdraw", "reopen"} and case.status != "closed"],
        "may_ask": any(one["act"] == "ask" for one in offers),
        "talk": _talk(opened.id, now) if is_own else [],
        "may_say_not_fixed": may_say and (case.status == "closed" or is_looked_into),
        "is_looked_into": is_looked_into,
        "grades": list(GRADES.items()) if is_own_case and case.status == "closed" else [],
        "graded": _graded(grade, case.closed_at, now),
        "me_too": public.me_too_count(case.pk),
        "handed": _handed(opened.id, bool(extra["caller_phone"] or extra["caller_name"])) if is_own else "",
        "call_back": bool(
            is_own
            and extra["caller_phone"]
            and case.closed_at
            and awaits_call_back(opened.id, case.closed_at, now)
        ),
        "may_forget": bool(extra["caller_phone"] or extra["caller_name"] or public.has_mail(opened.id))
        if is_own
        else public.has_mail(opened.id, opened.code),
        "max_photos": MOST_PHOTOS,
    }


HANDED = {
    "waiting": gettext_lazy("这件可能归 %(platform)s 管，已转给对方，正在等对方答复。"),
    "accepted": gettext_lazy("%(platform)s 已接收，由对方办理，对方编号 %(number)s。"),
    "done": gettext_lazy("%(platform)s 已办结，对方编号 %(number)s。"),
}


def _handed(case_id: int, is_named: bool) -> str:
    """To another hotline, in the words of who asks where their report is; '' where it was not, or came back. `is_named`: they left
    a name or a number, which went with it."""
    row = went_to(case_id)
    if row is None:
        return ""
    said = HANDED[row["state"]] % {"platform": row["platform"], "number": row["their_number"]}
    return said + (_("您留下的姓名、电话一并转了过去。") if is_named else "")


def _talk(case_id: int, now: datetime) -> list[dict[str, Any]]:
    return [
        {**row, "when": moment(row["at"], now), "is_own": row["act"] == "ask"} for row in public.talk(case_id)
    ]


def _graded(grade: dict[str, Any] | None, closed_at: datetime | None, now: datetime) -> str:
    """The grade of this very closing in words; '' while there is none."""
    if grade is None or grade["closed_at"] != closed_at or grade["grade"] not in GRADES:
        return ""
    return str(GRADES[grade["grade"]])


def _qr(url: str) -> SafeString:
    """An inline drawing, black on white whatever the page's colours are: cameras want it so."""
    drawn = segno.make(url, error="m").svg_inline(
        scale=4, border=3, dark="#000", light="#fff", title=str(_("查询码的二维码")), omitsize=True
    )
    return mark_safe(drawn)


# Acts -------------------------------------------------------------------------


def _act(request: HttpRequest, opened: Opened) -> Refused | None:
    """Does what the code's holder asks for; what has been merged goes on elsewhere, what is held back waits."""
    act = request.POST.get("act", "")
    try:
        if act not in MAY.get(opened.kind, frozenset()):
            raise NotAllowed(_("这一步不由您办理"))
        DO.get(act, _table_act)(request, opened, timezone.now())
    except Refused as refused:
        return refused
    return None


def _table_act(request: HttpRequest, opened: Opened, now: datetime) -> None:
    number = load_by_id(opened.id).case.number
    act, words = request.POST.get("act", ""), request.POST.get("reason", "").strip()
    facts = ({"opinion": words} if act == "ask" else {"reason": words}) if words else {}
    own.perform_once(request, public.code_holder(number), number, act, facts)


def _not_fixed(request: HttpRequest, opened: Opened, now: datetime) -> None:
    """Also of a report that went into another one: whoever made it speaks about the case where it went on."""
    words, went_to = request.POST.get("reason", "").strip()[:1000], root_of(opened.id)
    is_own = opened.kind == "report" and went_to == opened.id

    def say(files: Sequence[File]) -> None:
        if opened.kind == "me_too":
            joined_not_fixed(opened.code, went_to, words, files, now)
        else:
            public.not_fixed(went_to, words, files, now, reporter=is_own)

    _once(request, opened, now, say)


def _rate(request: HttpRequest, opened: Opened, now: datetime) -> None:
    _once(request, opened, now, lambda files: public.rate(opened.id, request.POST.get("grade", ""), now))


def _forget(request: HttpRequest, opened: Opened, now: datetime) -> None:
    if opened.kind == "report":
        public.forget_me(opened.id, now)
    else:
        forget_follower(opened.id, opened.code, now)


DO: dict[str, Callable[[HttpRequest, Opened, datetime], None]] = {
    "not_fixed": _not_fixed,
    "rate": _rate,
    "forget": _forget,
}


def _once(request: HttpRequest, opened: Opened, now: datetime, work: Callable[[Sequence[File]], Any]) -> None:
    """One deed however often the button is pressed; refused, its photos are not kept."""
    key = once.checked_key(request.POST.get("idempotency_key", ""))
    who, uploads = f"code:{opened.kind}:{opened.id}", request.FILES.getlist("photo")[:MOST_PHOTOS]
    sent = {name: request.POST.get(name, "") for name in ("act", "reason", "grade")}
    request_hash = once.fingerprint(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS), *once.digests(uploads))
    with keeping([(upload, "photo") for upload in uploads], now=now) as files:
        if key and once.claim(who, key, request_hash) is not None:
            return
        work(files)
        if key:
            once.answer(who, key, 200, {"done": sent["act"]})
