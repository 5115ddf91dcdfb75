"""/api/v1/field/pack and /tasks: what a phone takes along, and what it is asked to do."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from baoji.kernel.wire.callers import must_be_signed_in
from baoji.systems.urban import choices, public
from baoji.systems.urban.api.field.schemas import MeOut, PackAsked, PackOut, TasksOut
from baoji.systems.urban.api.reporting import PROBLEMS, reply

router = Router(tags=["field"])


@router.get("/me", response={200: MeOut, **PROBLEMS}, summary="我")
def get_me(request: HttpRequest) -> HttpResponse:
    caller = must_be_signed_in(request)
    post = next((hold.kind for hold in caller.holds if hold.principal is None), "")
    said = {
        "code": caller.code,
        "name": caller.name,
        "post": str(choices.POST.get(post, post)),
        "door": public.door_of(caller),
        "since": public.on_duty_since(caller),
    }
    return reply(200, said)


@router.get("/pack", response={200: PackOut, **PROBLEMS}, summary="外勤资料包")
def get_pack(request: HttpRequest, given: Query[PackAsked]) -> HttpResponse:
    """One's own area, or the neighbourhood of `lon`, `lat`. `If-None-Match` with the version answers 304."""
    caller = must_be_signed_in(request)
    here = (given.lon, given.lat) if given.lon is not None and given.lat is not None else None
    packed = public.pack(caller, here)
    tag = f'"{packed["version"]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    return reply(200, packed, {"ETag": tag})


@router.get("/tasks", response={200: TasksOut, **PROBLEMS}, summary="外勤任务")
def get_tasks(request: HttpRequest, have: str = "") -> HttpResponse:
    """`have`: numbers of the tasks that the phone holds, with commas."""
    caller = must_be_signed_in(request)
    held = [number for number in have.split(",") if number]
    return reply(
        200,
        {
            "items": public.field_tasks(caller),
            "gone": public.no_longer(caller, held) if held else [],
            "now": timezone.now(),
        },
    )
