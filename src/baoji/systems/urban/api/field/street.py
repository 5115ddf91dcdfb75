"""/api/v1/field/: duty, positions, SOS, corrections of the ledger, staying at a dangerous place."""

from base64 import b64decode
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.instants import of_milliseconds
from baoji.kernel.evidence.verification.signed import canonical
from baoji.kernel.wire.callers import must_be_signed_in, must_be_somebody
from baoji.systems.urban import public
from baoji.systems.urban.api.field.deliveries import media_of
from baoji.systems.urban.api.field.schemas import (
    CorrectionIn,
    DutyOut,
    EndStayIn,
    HandOverIn,
    KeptOut,
    PassedOut,
    PositionsIn,
    SosIn,
    StartedOut,
    TrackOut,
)
from baoji.systems.urban.api.reporting import PROBLEMS, reply
from baoji.systems.urban.api.schemas import Problem

router = Router(tags=["field"])
DONE: dict[Any, Any] = {204: None, **PROBLEMS, 424: Problem}


def _nothing() -> HttpResponse:
    return HttpResponse(status=204)


@router.get("/duty", response={200: DutyOut, **PROBLEMS}, summary="当班情况")
def get_duty(request: HttpRequest) -> HttpResponse:
    return reply(200, public.duty(must_be_signed_in(request), timezone.now()))


@router.post("/duty/start", response={200: StartedOut, **PROBLEMS}, summary="上班")
def start_duty(request: HttpRequest) -> HttpResponse:
    """Who is on duty already goes on."""
    return reply(200, {"since": public.start_duty(by=must_be_somebody(request), now=timezone.now())})


@router.post("/duty/end", response={200: PassedOut, **PROBLEMS}, summary="下班")
def end_duty(request: HttpRequest) -> HttpResponse:
    """`passed`: the tasks that others go on with."""
    return reply(200, {"passed": public.end_duty(by=must_be_somebody(request), now=timezone.now())})


@router.post("/positions", response={200: KeptOut, **PROBLEMS}, summary="交位置")
def post_positions(request: HttpRequest, given: PositionsIn) -> HttpResponse:
    """Kept as far as they fall into duty and can be; `left_out` says how many not, and why. The same points again change
    nothing, and none need be sent again. An envelope is of kind `positions`
    and names the SHA-256 of `points` as canonical JSON."""
    caller, now = must_be_somebody(request), timezone.now()
    points = [
        public.Point(of_milliseconds(at), lon7 / 1e7, lat7 / 1e7, acc / 10)
        for at, lon7, lat7, acc in given.points
    ]
    with transaction.atomic():
        kept, left_out = public.keep_positions(by=caller, points=points, now=now)
        receipt = None
        if given.envelope and given.sig:
            data = canonical(given.points)
            receipt = public.sign_for(
                by=caller, envelope=_bytes(given.envelope), sig=_bytes(given.sig), content=data, now=now
            )
    return reply(200, {"kept": kept, "left_out": left_out, "receipt": receipt})


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as fault:
        raise Invalid(_("有内容需要改正"), errors={"envelope": [_("请写 base64")]}) from fault


@router.get("/track", response={200: TrackOut, **PROBLEMS}, summary="我的轨迹")
def get_track(request: HttpRequest, day: str = "") -> HttpResponse:
    """What is kept of the caller's own positions on a day (`2026-11-24`; today if left out)."""
    return reply(200, public.own_track(must_be_signed_in(request), day, timezone.now()))


@router.put("/sos/{name}", response=DONE, summary="求助")
def put_sos(request: HttpRequest, name: UUID, given: SosIn) -> HttpResponse:
    place = public.point_of(given.location.model_dump(), given.crs) if given.location else None
    public.cry_for_help(
        by=must_be_somebody(request), name=name, place=place, words=given.words, now=timezone.now()
    )
    return _nothing()


@router.put("/corrections/{name}", response=DONE, summary="部件纠错")
def put_correction(request: HttpRequest, name: UUID, given: CorrectionIn) -> HttpResponse:
    """What was found different from the ledger; a second person decides."""
    caller, now = must_be_somebody(request), timezone.now()
    finding = public.Finding(
        given.kind,
        given.component or "",
        given.class_ or "",
        given.state,
        public.point_of(given.location.model_dump(), given.crs) if given.location else None,
        given.words,
    )
    with transaction.atomic():
        files = public.files_of(by=caller, media=media_of(given.media), now=now)
        public.propose_correction(by=caller, name=name, finding=finding, files=files, now=now)
    return _nothing()


@router.post("/stays/{number}/start", response=DONE, summary="开始守候")
def start_stay(request: HttpRequest, number: str) -> HttpResponse:
    public.stay_at(by=must_be_somebody(request), number=number, now=timezone.now())
    return _nothing()


@router.post("/stays/{number}/hand-over", response=DONE, summary="交接守候")
def hand_stay_over(request: HttpRequest, number: str, given: HandOverIn) -> HttpResponse:
    public.hand_stay_over(by=must_be_somebody(request), number=number, to=given.to, now=timezone.now())
    return _nothing()


@router.post("/stays/{number}/end", response=DONE, summary="结束守候")
def end_stay(request: HttpRequest, number: str, given: EndStayIn) -> HttpResponse:
    caller, now = must_be_somebody(request), timezone.now()
    with transaction.atomic():
        files = public.files_of(by=caller, media=media_of(given.media), now=now)
        public.end_stay(by=caller, number=number, fenced=given.fenced, files=files, now=now)
    return _nothing()
