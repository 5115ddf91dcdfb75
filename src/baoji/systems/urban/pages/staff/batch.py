"""Several cases dispatched at once: each through the same action, each with its own answer."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.base.numbers import whole
from baoji.kernel.base.phrases import strung
from baoji.kernel.base.postgres.base import HeldTooLong
from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.wire import once
from baoji.systems.urban import public

MOST = 100
KEPT_IN = "batch_results"
Told = dict[str, Any]


def dispatch(caller: Caller, numbers: list[str], to: str, key: str) -> list[Told]:
    """`to` is the id of one body for all, or '' for the body proposed for each."""
    chosen = organisations().by_id.get(whole(to) or 0)
    if to and chosen is None:
        return [{"number": "", "ok": False, "text": _("没有这个单位，一件也没有派出")}]
    return [
        _one(caller, number, chosen.code if chosen else None, key) for number in dict.fromkeys(numbers[:MOST])
    ]


def _one(caller: Caller, number: str, to: str | None, key: str) -> Told:
    try:
        return _dispatched(caller, number, to, once.checked_key(f"{key}:{number}") if key else "")
    except Refused as refused:
        return {"number": number, "ok": False, "text": refused.message}
    except HeldTooLong:
        # The others of the batch are dispatched all the same.
        return {"number": number, "ok": False, "text": _("没有保存：需要的内容一直被别处占用")}


def _dispatched(caller: Caller, number: str, to: str | None, key: str) -> Told:
    now = timezone.now()
    with transaction.atomic():
        if key:
            # The body is not part of the hash: a second press of the same form is the same deed.
            earlier = once.claim(once.name_of(caller), key, once.fingerprint(b"batch", number.encode()))
            if earlier is not None:
                told: Told = earlier[1]
                return told
        doing = public.perform(
            number=number, act="dispatch", by=caller, facts={"to": to or _proposal(caller, number)}, now=now
        )
        told = {
            "number": doing.case.case_number or number,
            "ok": True,
            "text": organisations().known[doing.case.body_id or 0].name,
        }
        if key:
            once.answer(once.name_of(caller), key, 200, told)
    return told


def _proposal(caller: Caller, number: str) -> str:
    loaded = public.case_for(caller, number)
    row = {"id": loaded.case.pk, "area": loaded.case.area, **loaded.extra}
    found = public.propose_bodies([row], timezone.now()).get(loaded.case.pk)
    if found is None:
        raise Invalid(_("没有建议单位，请打开案卷选择"))
    return organisations().known[found.org_id].code


def keep(request: HttpRequest, told: list[Told]) -> None:
    """For the page that comes next, which shows them once (`results`)."""
    request.session[KEPT_IN] = told


def results(request: HttpRequest) -> list[dict[str, str]]:
    """What the last batch came to, as notices shown once: what was dispatched together, each refusal by itself."""
    told: list[Told] = request.session.pop(KEPT_IN) if KEPT_IN in request.session else []
    sent = [one for one in told if one["ok"]]
    made = []
    if sent:
        each = strung(
            _("%(number)s 已派给%(to)s") % {"number": one["number"], "to": one["text"]} for one in sent
        )
        made.append({"kind": "ok", "text": _("派出 %(n)d 件：%(each)s") % {"n": len(sent), "each": each}})
    for one in told:
        if not one["ok"]:
            text = (
                _("%(number)s 没有派出：%(why)s") % {"number": one["number"], "why": one["text"]}
                if one["number"]
                else one["text"]
            )
            made.append({"kind": "bad", "text": text})
    return made
