"""The five elements as the screen sends them: 时间、地点、人物、事件、诉求, and what to do with the call."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Refused
from baoji.kernel.base.numbers import whole
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import public
from baoji.systems.urban.pages.reporting.form import Form

ON_THE_SPOT = "answered"


def read_elements(form: Form, draft: public.Draft, now: datetime) -> public.Elements:
    """What stands beside the report; refusals are said in the form. Time and words go into the draft."""
    values = form.values
    draft.found_at = _happened(form, now)
    is_answered = values["resolution"] == ON_THE_SPOT or bool(values["answered"])
    if values["resolution"] == ON_THE_SPOT and not values["answered"]:
        form.say("answered", _("请写答复了什么"))
    given = public.Elements(
        involved=values["involved"],
        demand=values["demand"],
        answered=values["answered"] if is_answered else "",
        call_back=values["no_call_back"] == "",
        call=whole(values["call"]) or 0,
        handover=whole(values["handover"]) or 0,
    )
    try:
        public.check_elements(given)
    except Refused as refused:
        form.refuse(refused)
    draft.description = public.described(
        draft.description, demand=given.demand, involved=given.involved, answered=given.answered
    )
    return given


def _happened(form: Form, now: datetime) -> datetime | None:
    """Left empty: now."""
    written = form.values["happened"]
    if not written:
        return None
    try:
        found = parse_datetime(written)
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2150:
        form.say("happened", _("请写日期和时间，例如 2026-11-24 17:30"))
        return None
    at = timezone.make_aware(found) if timezone.is_naive(found) else found
    if at > now:
        form.say("happened", _("发生时间在将来，请检查"))
        return None
    return at


def form_of_call(call: dict[str, Any]) -> Form:
    """The screen with the caller's number in it."""
    return Form({"caller_phone": call["phone"], "call": str(call["id"])})


def form_of_handover(row: dict[str, Any]) -> Form:
    """An order of another hotline, to be checked and saved under a number of ours."""
    told = row["order"]["elements"]
    draft = public.handed_draft(row["order"])
    point = (draft.location or {}).get("coordinates") if isinstance(draft.location, dict) else None
    values = {
        "handover": str(row["id"]),
        "caller_name": draft.caller_name,
        "caller_phone": draft.caller_phone,
        "description": str(told["event"])[:2000],
        "demand": str(told.get("demand") or "")[:500],
        "involved": str(told["people"].get("involved") or "")[:200],
        "address": draft.address,
        "no_call_back": "1",  # the platform that knows the caller asks them
    }
    if draft.found_at:
        values["happened"] = f"{timezone.localtime(draft.found_at):%Y-%m-%dT%H:%M}"
    if point:
        values |= {"lon": str(point[0]), "lat": str(point[1])}
    return Form(values)


def may_see_handover(caller: Caller, id_: str) -> dict[str, Any] | None:
    """The order of another hotline with this id that waits to be written down."""
    number = whole(id_)
    row = public.handover(number) if number and public.may_hand_over(caller) else None
    return row if row and row["direction"] == "in" and row["state"] == "waiting" else None
