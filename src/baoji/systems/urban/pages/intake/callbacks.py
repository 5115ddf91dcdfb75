"""回访: who may be asked, one question, four answers of the same size."""

from datetime import datetime
from typing import Any

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from baoji.kernel.base.errors import NotAllowed, Refused
from baoji.kernel.base.numbers import whole
from baoji.kernel.base.phrases import headed
from baoji.kernel.identity.callers import Caller
from baoji.kernel.wire.pages import page
from baoji.systems.urban import public
from baoji.systems.urban.pages.intake.tabs import tabs
from baoji.systems.urban.pages.reporting.words import moment

ANSWERS = (
    ("solved", gettext_lazy("解决了")),
    ("not_solved", gettext_lazy("没有解决")),
    ("no_word", gettext_lazy("说不好，或不想说")),
    ("unreached", gettext_lazy("没有接通")),
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page
def call_backs(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Those this seat has taken, those due, those done; the forms take one, put it back or say its answer."""
    if public.door_of(caller) != "hotline":
        raise NotAllowed(_("回访由热线坐席办理"))
    now = timezone.now()
    error, wrong = "", 0
    if request.method == "POST":
        case_id = whole(request.POST.get("case", "")) or 0
        try:
            _do(request, caller, case_id, now)
            return redirect("call-backs")
        except Refused as refused:
            error = refused.sentence
            wrong = case_id
    mine = [_shown(row, now) for row in public.call_backs_of(caller)]
    context = {
        "tabs": tabs(caller, "call-backs", now),
        "mine": mine,
        "due": [_shown(row, now) for row in public.call_backs_due(now)],
        "done": [_done(row, now) for row in public.call_backs_done()],
        "answers": ANSWERS,
        "error": error,
        "wrong": wrong if wrong in {row["id"] for row in mine} else 0,
        "sent": request.POST,
    }
    return render(request, "urban/intake/call_backs.html", context, status=422 if error else 200)


def _do(request: HttpRequest, caller: Caller, case_id: int, now: datetime) -> None:
    doing = request.POST.get("do", "")
    if doing == "take":
        public.take_call_back(by=caller, case_id=case_id, now=now)
    elif doing == "put_back":
        public.put_back(by=caller, case_id=case_id)
    else:
        words = request.POST.get("words", "")
        said = public.answer_call_back(by=caller, case_id=case_id, answer=doing, words=words, now=now)
        messages.success(request, _said(said))


def _said(said: Any) -> str:
    if said.opened:
        return _("已记下。案卷已重新办理，并派人到现场核查")
    if said.why_not:
        return headed(_("已记下，但案卷没有重新办理"), said.why_not)
    return _("已记下，谢谢")


def _shown(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    closing = orjson.loads(row["closing"]) if row["closing"] else {}
    return {
        **row,
        "closed": moment(row["closed_at"], now) if row["closed_at"] else "",
        "came_to": public.closing_words(str(closing.get("condition", ""))),
    }


def _done(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {**row, "word": dict(ANSWERS)[row["answer"]], "when": moment(row["at"], now)}
