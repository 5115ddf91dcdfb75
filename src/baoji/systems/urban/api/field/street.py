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
from baoji.kernel.wire.once import fingerprint
from baoji.systems.urban import public
from baoji.systems.urban.actions.place import heard_from
from baoji.systems.urban.api.field.deliveries import media_of, turned
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
    TurnOut,
)
from baoji.systems.urban.api.reporting import PROBLEMS, reply
from baoji.systems.urban.api.schemas import Problem

router = Router(tags=["field"])
DONE: dict[Any, Any] = {204: None, **PROBLEMS, 424: Problem}
ENDED: dict[Any, Any] = {201: TurnOut, 200: TurnOut, **DONE}


def _nothing() -> HttpResponse:
    return HttpResponse(status=204)


@router.get("/duty", response={200: DutyOut, **PROBLEMS}, summary="当班情况")
def get_duty(request: HttpRequest) -> HttpResponse:
    """Whether the caller is on duty and since when, or when the rule ended the last duty; the same as in `/me`."""
    return reply(200, public.duty(must_be_signed_in(request), timezone.now()))


@router.post("/duty/start", response={200: StartedOut, **PROBLEMS}, summary="上班")
def start_duty(request: HttpRequest) -> HttpResponse:
    """Who is on duty already goes on."""
    return reply(200, {"since": public.start_duty(by=must_be_somebody(request), now=timezone.now())})


@router.post("/duty/end", response={200: PassedOut, **PROBLEMS}, summary="下班")
def end_duty(request: HttpRequest) -> HttpResponse:
    """`passed`: the tasks that others go on with; `stays`: the watches that the caller has left to nobody."""
    caller = must_be_somebody(request)
    passed = public.end_duty(by=caller, now=timezone.now())
    left = [stay["number"] for stay in public.own_stays(caller) if stay["status"] == "open"]
    return reply(200, {"passed": passed, "stays": left})


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
        # The phone before its duty, as every delivery locks them: a 下班 of the same phone is on its way just now.
        receipt = None
        if given.envelope and given.sig:
            data = canonical(given.points)
            receipt = public.sign_for(
                by=caller, envelope=_bytes(given.envelope), sig=_bytes(given.sig), content=data, now=now
            )
        kept, left_out = public.keep_positions(by=caller, points=points, now=now)
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
    """A cry for help under the phone's name for it, heard at once at three desks; sent again it is one. A place outside the city
    is told as it is, and one that cannot be as none: neither keeps the call back. 403 for who has no post in the street."""
    place = heard_from(given.location.model_dump(), given.crs) if given.location else None
    public.cry_for_help(
        by=must_be_somebody(request), name=name, place=place, words=given.words, now=timezone.now()
    )
    return _nothing()


@router.put("/corrections/{name}", response=DONE, summary="部件纠错")
def put_correction(request: HttpRequest, name: UUID, given: CorrectionIn) -> HttpResponse:
    """What was found different from the ledger; a second person decides. 403 for whose post has no such tool (`/field/me`)."""
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
    """The caller stays at a dangerous place from now on; who was handed the watch says that they are there, and who stays
    already goes on. 409 `already-taken` where somebody else stays, 409 `wrong-stage` where nobody has to."""
    public.stay_at(by=must_be_somebody(request), number=number, now=timezone.now())
    return _nothing()


@router.post("/stays/{number}/hand-over", response=DONE, summary="交接守候")
def hand_stay_over(request: HttpRequest, number: str, given: HandOverIn) -> HttpResponse:
    """The watch is somebody else's from now on, who is told, and confirms with `start` when they are there. 403 for who does not
    stay there, 422 for a person who cannot or is not on duty, with `relief`: who is."""
    public.hand_stay_over(by=must_be_somebody(request), number=number, to=given.to, now=timezone.now())
    return _nothing()


@router.post("/stays/{number}/end", response=ENDED, summary="结束守候")
def end_stay(request: HttpRequest, number: str, given: EndStayIn) -> HttpResponse:
    """Leaving a watch now, `fenced` or not. With photos it is answered like `PUT /field/stays/{name}`: 201 with the receipt,
    200 the same again, 409 `task-gone` with a receipt for what was kept; without any 204, or 403 for who does not stay there.
    """
    caller, now = must_be_somebody(request), timezone.now()
    if not given.media:
        public.end_stay(by=caller, number=number, fenced=given.fenced, files=[], now=now)
        return _nothing()
    request_hash = fingerprint(request.path.encode(), request.body)
    media = media_of(given.media)
    delivered = public.deliver_end(
        by=caller, number=number, fenced=given.fenced, media=media, request_hash=request_hash, now=now
    )
    return turned(delivered)
