"""Looking things up while a report is being written: each part of the page that depends on place, class or component."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from baoji.kernel.maps.queries import in_bounds, nearest_address, search_places
from baoji.systems.urban.pages.reporting import nearby, topics
from baoji.systems.urban.pages.reporting.form import Form
from baoji.systems.urban.pages.reporting.suggested import suggested

PARTS = ("places", "address", "components", "conditions", "duplicates", "suggested")
SHORTEST_ADDRESS = 2
SHOWN_FIRST = 3  # components shown before one asks for more


def context_of(form: Form, *, search: bool = False) -> dict[str, Any]:
    """What the templates of a report need besides the page's own; `search`: also look the typed address up."""
    near = nearby.components_near(form)
    topic = nearby.effective_topic(form, near)
    chosen = next((one.code for one in near if one.checked), "")
    places = search_places(form.values["address"], limit=6) if search and _is_sought(form) else []
    return {
        "form": form,
        "near": near,
        "topic": topic,
        "component": chosen,
        "far_chosen": any(one.checked for one in near[SHOWN_FIRST:]),
        "conditions": topics.conditions(topic.kind, topic.code) if topic else [],
        "condition": _condition(form, topic),
        "duplicates": nearby.likely_duplicates(form, near),
        "places": places,
        "unknown_address": search and not places and _is_sought(form),
    }


def _condition(form: Form, topic: topics.Topic | None) -> str:
    """The condition ticked, while the class is still the same; the only one of a class is ticked from the start."""
    if topic is None:
        return ""
    if form.values.get("condition_of") == topic.key:
        return form.values.get("condition", "")
    known = topics.conditions(topic.kind, topic.code)
    return known[0].n if len(known) == 1 else ""


def let_the_class_win(form: Form) -> None:
    """A class chosen after a component was: a component of another class is not what is meant."""
    topic = form.topic
    if topic is not None and (topic.kind, topic.code) != (
        "component",
        form.values.get("component", "")[6:10],
    ):
        form.values["component"] = ""


def _is_sought(form: Form) -> bool:
    """Whether somebody wrote an address, other than the one found for the place."""
    words = form.values.get("address", "")
    return len(words) >= SHORTEST_ADDRESS and words != form.values.get("address_found")


def name_the_place(form: Form) -> None:
    """Fills the address from the place, unless somebody wrote another one."""
    point = form.point
    if point is None or not in_bounds(*point):
        return
    if form.values.get("address", "") in {"", form.values.get("address_found", "")}:
        form.values["address"] = form.values["address_found"] = nearest_address(*point)


def parts(request: HttpRequest, form: Form, allowed: tuple[str, ...], **extra: Any) -> HttpResponse:
    """The parts that the page asks for (`parts`), each to be put in place of the one with its id."""
    wanted = [name for name in request.POST.get("parts", "").split(",") if name in allowed]
    if request.POST.get("by") == "class":
        let_the_class_win(form)
    if "address" in wanted:
        name_the_place(form)
    context = context_of(form, search="places" in wanted)
    if "suggested" in wanted:
        context["suggested"] = suggested(form)
    context["templates"] = [f"urban/reporting/_{name}.html" for name in wanted]
    return render(request, "urban/reporting/_parts.html", context | extra | {"oob": True})


def classes(words: str) -> JsonResponse:
    """For the class field: `{"items": [{"value", "title", "note"}]}`."""
    found = topics.search(words)
    return JsonResponse(
        {"items": [{"value": one.key, "title": one.title, "note": one.note} for one in found]}
    )
