"""/api/v1/field/pack and /tasks: what a phone takes along, and what it is asked to do."""

from gzip import compress

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from ninja import Query, Router

from baoji.kernel.notices.actions import mark_read
from baoji.kernel.notices.queries import mine_among, notices
from baoji.kernel.wire import phones
from baoji.kernel.wire.callers import must_be_signed_in, must_be_somebody
from baoji.systems.urban import choices, public
from baoji.systems.urban.api.field.schemas import (
    MeOut,
    MessagesOut,
    MineOut,
    PackAsked,
    PackOut,
    ReadIn,
    StaysOut,
    TasksOut,
)
from baoji.systems.urban.api.reporting import PROBLEMS, reply
from baoji.systems.urban.queries.watches import handed_watches

router = Router(tags=["field"])


@router.get("/me", response={200: MeOut, **PROBLEMS}, summary="我")
def get_me(request: HttpRequest) -> HttpResponse:
    """Who the caller is, at which post, whether on duty, and which tools the app shows.

    A phone's session is renewed by this (policy `field.session_days`), once its key is approved (`/field/ticket`).
    """
    caller, now = must_be_signed_in(request), timezone.now()
    if (term := public.session_term(caller)) is not None:
        phones.renew(request, term, public.STREET_POSTS, now)
    post = next((hold.kind for hold in caller.holds if hold.lender is None), "")
    said = {
        "code": caller.code,
        "name": caller.name,
        "post": str(choices.POST.get(post, post)),
        "door": public.door_of(caller),
        **public.duty(caller, now),
        "tools": public.tools_of(caller),
    }
    return reply(200, said)


@router.get("/pack", response={200: PackOut, **PROBLEMS}, summary="外勤资料包")
def get_pack(request: HttpRequest, given: Query[PackAsked]) -> HttpResponse:
    """One's own area, or the neighbourhood of `lon`, `lat`. `If-None-Match` with the version answers 304."""
    caller = must_be_signed_in(request)
    here = (given.lon, given.lat) if given.lon is not None and given.lat is not None else None
    wanted = public.pack_asked(caller, here)
    tag = f'"{wanted.version}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    return squeezed(request, reply(200, public.pack(wanted), {"ETag": tag}))


def squeezed(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """A pack is some hundred kilobytes of words that repeat themselves, and phones have slow lines."""
    patch_vary_headers(answer, ["Accept-Encoding"])
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        answer.content = compress(answer.content, 6)
        answer["Content-Encoding"] = "gzip"
    return answer


@router.get("/tasks", response={200: TasksOut, **PROBLEMS}, summary="外勤任务")
def get_tasks(request: HttpRequest, have: str = "") -> HttpResponse:
    """`have`: numbers of the tasks that the phone holds, with commas. 403 for whose post has no such tool (`/field/me`)."""
    caller = must_be_signed_in(request)
    public.require_tool(caller, "tasks")
    held = [number for number in have.split(",") if number]
    return reply(
        200,
        {
            "items": public.field_tasks(caller),
            "gone": public.no_longer(caller, held) if held else [],
            "now": timezone.now(),
        },
    )


@router.get("/mine", response={200: MineOut, **PROBLEMS}, summary="我报的")
def get_mine(request: HttpRequest, after: str = "") -> HttpResponse:
    """What the caller reported and found, and what became of it, with the reason where it was turned down."""
    caller, now = must_be_signed_in(request), timezone.now()
    items, following = public.own_reports(caller, now, after)
    found = [] if after else public.own_corrections(caller, now)
    return reply(200, {"items": items, "next": following, "corrections": found})


@router.get("/stays", response={200: StaysOut, **PROBLEMS}, summary="我的守候")
def get_stays(request: HttpRequest) -> HttpResponse:
    """Where the watch is the caller's until it is fenced, and whether they have said that they are there; whom it can be
    handed to; and whether who was handed it is there. 403 for whose post has no such tool."""
    caller = must_be_signed_in(request)
    public.require_tool(caller, "stay")
    said = {
        "items": public.own_stays(caller),
        "relief": public.relief(caller),
        "handed": handed_watches(caller, timezone.now()),
    }
    return reply(200, said)


@router.get("/messages", response={200: MessagesOut, **PROBLEMS}, summary="消息")
def get_messages(request: HttpRequest) -> HttpResponse:
    """The newest 30, read or not."""
    rows = notices(must_be_signed_in(request), limit=30)[0]
    return reply(200, {"items": [{**row, "number": _number(row["link"])} for row in rows]})


@router.post("/messages/read", response={204: None, **PROBLEMS}, summary="消息已读")
def read_messages(request: HttpRequest, given: ReadIn) -> HttpResponse:
    """Those of `ids` that are the caller's count as read from now on."""
    caller = must_be_somebody(request)
    mark_read(caller.id or 0, mine_among(caller, given.ids), timezone.now())
    return HttpResponse(status=204)


def _number(link: str) -> str:
    number = link.removeprefix("/cases/").strip("/")
    return number if link.startswith("/cases/") and "/" not in number else ""
