"""市民上报: without an account, without a name. Photo first; what is known already is shown before a second case is made."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baoji.kernel.base.errors import Invalid, Refused, TooMany
from baoji.kernel.maps.coordinates import metres
from baoji.kernel.maps.queries import bounds, in_bounds
from baoji.kernel.records.actions import keep_all
from baoji.kernel.wire import once
from baoji.kernel.wire.visitors import network_of
from baoji.systems.urban import public
from baoji.systems.urban.actions.citizen_mail import texts_at_end
from baoji.systems.urban.pages.citizen import limits
from baoji.systems.urban.pages.citizen.device import device_of, remember
from baoji.systems.urban.pages.citizen.kinds import what, whats
from baoji.systems.urban.pages.citizen.photo_place import places_of
from baoji.systems.urban.pages.citizen.shown_words import line
from baoji.systems.urban.pages.citizen.told import told
from baoji.systems.urban.pages.reporting import look, topics
from baoji.systems.urban.pages.reporting.form import FILES, Form, checked, fingerprint, read
from baoji.systems.urban.pages.reporting.suggested import suggested
from baoji.systems.urban.queries.words import words_policy
from baoji.systems.urban.queries.written_places import place_of_address
from baoji.systems.urban.rules.citizens import Words

# What strangers may have looked up: where an address lies, which address a place has, what is open there already, what
# class their words may mean.
PARTS = ("places", "address", "similar", "class")
APART_M = 500.0  # a long block; what lies further from its own address is one of two mistakes


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Photo, place, what, how to reach you if you like; then a query code."""
    if request.method != "POST":
        return remember(request, _page(request, Form()))
    try:
        form = read(request)
    except Refused as refused:
        form = Form()
        form.refuse(refused)
        return _page(request, form, status=refused.status)
    if request.POST.get("website"):
        form.problem = _("没有提交：最后一格请留空")  # a person cannot see that field, a program fills it
        return _page(request, form, status=422)
    if "me_too" in request.POST:
        return _join_in(request, form)
    if "pick" in request.POST or "look" in request.POST:
        look.name_the_place(form)
        form.remember_files()
        return _page(request, form, search=True)
    return _hand_in(request, form)


def old_address(request: HttpRequest) -> HttpResponse:
    """`/public/report`, as it stands on printed notices."""
    status = 302 if request.method in {"GET", "HEAD"} else 307
    return HttpResponse(status=status, headers={"Location": reverse("report")})


def _hand_in(request: HttpRequest, form: Form) -> HttpResponse:
    from_photo = False
    if form.values["lon"] or form.values["lat"]:
        _compare_with_address(request, form)
    else:  # without scripts: nobody could press one of the places found, or propose a pin
        _place_from_address(form)
        from_photo = _place_from_photo(request, form)
    draft = checked(form, with_topic=False)
    _describe(form, draft)
    if not (form.values["lon"] or "location" in form.errors):
        form.say("location", _("请在地图上点一下、按“我的位置”，写清路名和门牌号，或附一张带位置的照片"))
    answer, status = _arrive(request, form, draft)
    if answer is None:
        form.remember_files()
        return _page(request, form, status=status)
    query = {"new": "1"} | ({"photo": "1"} if from_photo else {})
    return redirect(f"{reverse('follow', args=[answer.code])}?{urlencode(query)}")


def _place_from_photo(request: HttpRequest, form: Form) -> bool:
    """What somebody wrote counts before what a photo says. Else the photo's place is taken, and the next page says so."""
    if form.values["lon"] or form.values["lat"]:
        return False
    places = places_of(request.FILES.getlist("photo"))
    place = next((one for one in places if in_bounds(*one)), None)
    if place is None:
        if places:
            form.say("location", _("照片是在本市以外拍的，没有用它的位置。请在地图上点，或写地址。"))
        return False
    form.values["lon"], form.values["lat"] = (f"{part:.6f}" for part in place)
    return True


def _place_from_address(form: Form) -> None:
    """An address that is exactly one place is taken."""
    if place := _written_place(form):
        form.values["lon"], form.values["lat"] = (f"{part:.6f}" for part in place)


def _written_place(form: Form) -> tuple[float, float] | None:
    with suppress(Invalid):
        return place_of_address(form.values.get("address", ""))
    return None


def _compare_with_address(request: HttpRequest, form: Form) -> None:
    """A pin far from the address that somebody wrote is said once; pressed again unchanged, both stay as they are."""
    point, said = form.point, form.values["address"]
    if point is None or not in_bounds(*point) or said in {"", form.values["address_found"]}:
        return
    form.apart = f"{form.values['lon']},{form.values['lat']},{said}"
    place = _written_place(form) if request.POST.get("apart") != form.apart else None
    if place is not None and (away := metres(place, point)) > APART_M:
        sentence = _("地图上的位置离您写的地址约 %(km)s 公里，请改其中一处。两处都对，就再按一次“提交”")
        form.say("location", sentence % {"km": f"{away / 1000:.1f}"})


def _arrive(request: HttpRequest, form: Form, draft: public.Draft) -> tuple[public.Answer | None, int]:
    """The number and code of the report; or None with the refusals in the form, and the status of the answer."""
    if form.is_refused:
        return None, 422
    uploads = [(upload, kind) for name, kind in FILES for upload in request.FILES.getlist(name)]
    now = timezone.now()
    try:
        key = once.checked_key(request.POST.get("key", ""))
        sent = public.Sent(
            draft,
            lambda: keep_all(uploads, now=now),  # type: ignore[arg-type]
            photo_count=sum(kind == "photo" for _upload, kind in uploads),
            mail=public.checked_mail(form.values["mail"]),
            key=key,
            request_hash=fingerprint(form, uploads) if key else "",
        )
        asking = public.Asking(
            network_of(request), device_of(request), draft.description, key, request.POST.get("proof", "")
        )
        return public.arrive(sent, asking, now, hold_unproven=True), 302
    except Refused as refused:
        form.refuse(refused)
        return None, refused.status if isinstance(refused, TooMany) else 422


def _describe(form: Form, draft: public.Draft) -> None:
    """The kind becomes a class where it means one; the condition is for the acceptor to judge."""
    draft.condition = draft.component = None
    draft.self_disposed = False
    chosen = what(form.values["what"])
    found = form.topic or (topics.topic(chosen.topic) if chosen else None)
    if found is not None:
        draft.kind, draft.class_code = found.kind, found.code
    elif chosen is not None and chosen.key != "other":
        draft.description = f"{chosen.title}：{draft.description}" if draft.description else chosen.title
    elif not draft.description:
        form.say("description" if chosen else "what", _("请写是什么问题") if chosen else _("请选是什么问题"))


def _join_in(request: HttpRequest, form: Form) -> HttpResponse:
    """我也遇到了, pressed while writing a report: its photos and words stay unsent."""
    try:
        code = join(request, request.POST.get("me_too", ""), form.values["mail"])
    except Refused as refused:
        form.refuse(refused)
        form.remember_files()
        return _page(request, form, status=refused.status)
    return redirect(f"{reverse('follow', args=[code])}?new=1")


def join(request: HttpRequest, number: str, mail: str) -> str:
    """The code with which whoever joined in follows the public case of this number; a second press gets the same."""
    limits.joins.take(network_of(request))
    row, key = public.public_case(number), once.checked_key(request.POST.get("key", ""))
    mail = public.checked_mail(mail)
    with transaction.atomic():
        # The address stands in no inbox, where it would outlive its erasure.
        sent = once.fingerprint(number.encode(), mail.encode())
        earlier = once.claim("me-too", key, sent) if key else None
        if earlier is not None:
            return str(earlier[1]["code"])
        code = public.join_in(row["case_id"], mail, get_language() or "", timezone.now())
        if key:
            once.answer("me-too", key, 201, {"code": code})
    return code


def _page(request: HttpRequest, form: Form, *, status: int = 200, search: bool = False) -> HttpResponse:
    context = {
        "form": form,
        "whats": whats(),
        "words_public": words_policy() is not Words.NONE,
        "places": look.context_of(form, search=True)["places"] if search else [],
        # A flood is refused without looking anything up.
        "similar": similar(form) if form.values.get("lon") and status != TooMany.status else [],
        **classes(form),
        "may_mail": public.may_mail(),
        "may_text": texts_at_end(),
        "city_box": " ".join(str(side) for side in bounds() or ()),
        "apart": form.apart,
        "crowded": public.is_crowded(network_of(request), device_of(request)),
    }
    return render(request, "urban/citizen/report.html", context, status=status)


def classes(form: Form) -> dict[str, Any]:
    """The class picked, or those that the words may mean."""
    return {"chosen": form.topic, "suggested": suggested(form, by_ledger=False)}


def similar(form: Form) -> list[dict[str, Any]]:
    """Open public cases at the form's place, of the class or kind that was chosen."""
    point = form.point
    if point is None or not in_bounds(*point):
        return []
    chosen, now = what(form.values.get("what", "")), timezone.now()
    topic = form.values.get("topic", "")
    topics = [topic] if topic else chosen.topics() if chosen else []
    return [line(row, now) | {"metres": round(row["metres"])} for row in public.similar(*point, topics)]


@require_POST
def look_up(request: HttpRequest) -> HttpResponse:
    try:
        limits.looks.take(network_of(request))
        form = read(request)
    except Refused as refused:
        return HttpResponse(refused.message, status=refused.status)
    wanted = request.POST.get("parts", "")
    extra = {"similar": similar(form)} if "similar" in wanted.split(",") else {}
    return look.parts(request, form, PARTS, **extra, **classes(form))


@never_cache
@require_safe
def proof(request: HttpRequest) -> JsonResponse:
    """Whether a report from here needs a proof of work now, and what to solve; asked by the page while it is filled in."""
    try:
        key = once.checked_key(request.GET.get("key", ""))
    except Refused as refused:
        return JsonResponse({"needed": False, "error": refused.message}, status=refused.status)
    if not key or not public.is_crowded(network_of(request), device_of(request)):
        return JsonResponse({"needed": False})
    return JsonResponse({"needed": True, **public.challenge(key, timezone.now())})


@require_POST
@told
def me_too(request: HttpRequest, number: str) -> HttpResponse:
    """我也遇到了, pressed on a public case."""
    code = join(request, number, request.POST.get("mail", ""))
    return redirect(f"{reverse('follow', args=[code])}?new=1")
