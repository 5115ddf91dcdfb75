"""/api/v1/field/reports, /answers, /stays and /duty: what a phone kept while it had no signal, each once."""

from base64 import b64decode
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.instants import bounded
from baoji.kernel.wire.callers import must_be_somebody
from baoji.kernel.wire.once import fingerprint
from baoji.kernel.wire.problems import problem
from baoji.systems.urban import public
from baoji.systems.urban.api.field.schemas import (
    DeliveredOut,
    DutyTurnIn,
    DutyTurnOut,
    FieldAnswerIn,
    FieldReportIn,
    MediumIn,
    SignedIn,
    TurnIn,
    TurnOut,
)
from baoji.systems.urban.api.reporting import PROBLEMS, aware, draft_of, reply
from baoji.systems.urban.api.schemas import Problem

router = Router(tags=["field"])
STATUSES: dict[Any, Any] = {201: DeliveredOut, 200: DeliveredOut, **PROBLEMS, 424: Problem}
TURNED: dict[Any, Any] = {201: TurnOut, 200: TurnOut, **PROBLEMS, 424: Problem}


@router.put("/reports/{name}", response=STATUSES, summary="交上报")
def put_report(request: HttpRequest, name: UUID, given: FieldReportIn) -> HttpResponse:
    """A report under the phone's own name for it: 201, the same again 200, media still missing 424 with `missing`."""
    caller, now = must_be_somebody(request), timezone.now()
    draft = draft_of(given)
    draft.place_by = given.place_by or ""
    parcel = _parcel(request, name, given, given.media, draft.found_at)
    draft.found_at, draft.clock_off = public.believed(draft.found_at, now)
    delivered = public.deliver_report(by=caller, parcel=parcel, draft=draft, now=now)
    return _answer(delivered, _("%(reason)s。照片和记录已收下保存"))


@router.put("/answers/{name}", response=STATUSES, summary="交回复")
def put_answer(request: HttpRequest, name: UUID, given: FieldAnswerIn) -> HttpResponse:
    """An act that a case offered this person. A task withdrawn or answered meanwhile answers 409 `task-gone`; result, words
    and photos then stand in the case's record as what came too late."""
    caller, now = must_be_somebody(request), timezone.now()
    parcel = _parcel(request, name, given, given.media, aware(given.captured_at))
    delivered = public.deliver_answer(
        by=caller, parcel=parcel, number=given.number, act=given.act, facts=given.facts, now=now
    )
    return _answer(
        delivered,
        _("这个任务已经不在您手上：%(reason)s。您做的和拍的已作为迟到的回复记在案卷里")
        if delivered.answer.get("noted")
        else _("这个任务不在您手上：%(reason)s。照片已收下，没有记进案卷"),
    )


@router.put("/stays/{name}", response=TURNED, summary="交守候的一步")
def put_turn(request: HttpRequest, name: UUID, given: TurnIn) -> HttpResponse:
    """Beginning, taking over, handing over or leaving a watch, under the phone's name for it; late or at once. Who was handed
    a watch has it at once, and says with `start` that they are there.

    What somebody else or the end of the case has overtaken answers 409 `task-gone` with the reason, and stands in the record.
    422 with `relief` for handing over, now, to somebody who is not on duty.
    """
    caller, now = must_be_somebody(request), timezone.now()
    parcel = _parcel(request, name, given, given.media, aware(given.captured_at))
    turn = public.Turn(given.number, given.act, given.to, given.fenced)
    return turned(public.deliver_turn(by=caller, parcel=parcel, turn=turn, now=now))


def turned(delivered: public.Delivered) -> HttpResponse:
    """The answer to a turn of a watch: 201, 200 the same again, or 409 `task-gone` with the receipt for what was kept.

    Where the case is none that the caller may see, nothing was written into it, and the sentence does not say so.
    """
    was_noted = delivered.answer.get("noted", True)  # of an answer that was kept before this was
    return _answer(
        delivered,
        _("%(reason)s。您做的已记在案卷里") if was_noted else _("%(reason)s。照片和记录已收下保存"),
    )


@router.put(
    "/duty/{uuid:name}", response={201: DutyTurnOut, 200: DutyTurnOut, **PROBLEMS}, summary="交上班、下班"
)
def put_duty(request: HttpRequest, name: UUID, given: DutyTurnIn) -> HttpResponse:
    """Beginning or ending duty, under the phone's name for it; late or at once, and in any order.

    Whatever comes is kept, and never ends in an error because another phone, the rule or a wrong clock was before it:
    `why` says how it came out.
    """
    caller, now = must_be_somebody(request), timezone.now()
    parcel = _parcel(request, name, given, [], aware(given.captured_at))
    turn = public.DutyTurn(given.act == "start", given.after)
    delivered = public.deliver_duty(by=caller, parcel=parcel, turn=turn, now=now)
    return reply(
        delivered.status, {name: value for name, value in delivered.answer.items() if name != "number"}
    )


def _parcel(
    request: HttpRequest, name: UUID, words: SignedIn, media: list[MediumIn], captured_at: datetime | None
) -> public.Parcel:
    return public.Parcel(
        name,
        fingerprint(request.path.encode(), request.body),
        media_of(media),
        _signed(words, ""),
        bounded(captured_at) if captured_at is not None else None,
    )


def media_of(media: list[MediumIn]) -> list[public.Medium]:
    """Uploaded media as they were named, envelopes and signatures as bytes. Raises Invalid at `media.N.envelope` or `.sig` for
    what is no base64."""
    return [
        public.Medium(one.sha256, one.kind, _signed(one, f"media.{n}"), one.role or "")
        for n, one in enumerate(media)
    ]


def _signed(given: SignedIn, where: str) -> public.Signed | None:
    if given.envelope is None and given.sig is None:
        return None
    found = []
    for name, text in (("envelope", given.envelope), ("sig", given.sig)):
        try:
            found.append(b64decode(text or "", validate=True))
        except ValueError as fault:
            raise Invalid(
                _("有内容需要改正"), errors={f"{where}.{name}".lstrip("."): [_("请写 base64")]}
            ) from fault
    return public.Signed(*found)


def _answer(delivered: public.Delivered, gone: str) -> HttpResponse:
    if delivered.status == 409:
        said = gone % {"reason": delivered.answer.get("reason", "")}
        return problem(409, "task-gone", said, more={"receipt": delivered.answer["receipt"]})
    location = {"Location": f"/api/v1/cases/{delivered.answer['number']}"}
    return reply(delivered.status, delivered.answer, location)
